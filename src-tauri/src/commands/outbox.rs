//! The outbox.

use desk::Desk;
use desk::view::{CommandError, OutboxView};
use tauri::State;

#[tauri::command]
pub(crate) async fn outbox_view(desk: State<'_, Desk>) -> Result<OutboxView, CommandError> {
    desk.outbox_view().await
}

#[tauri::command]
pub(crate) async fn outbox_retry(desk: State<'_, Desk>, request: String) -> Result<(), CommandError> {
    desk.outbox_retry(request).await
}

#[tauri::command]
pub(crate) async fn outbox_dismiss(desk: State<'_, Desk>, request: String) -> Result<(), CommandError> {
    desk.outbox_dismiss(request).await
}
