//! The outbox.

use desk::Desk;
use desk::view::{CommandError, ExportView, OutboxView, StuckView};
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

#[tauri::command]
pub(crate) async fn outbox_redo(desk: State<'_, Desk>, request: String) -> Result<String, CommandError> {
    desk.outbox_redo(request).await
}

#[tauri::command]
pub(crate) async fn outbox_export(desk: State<'_, Desk>, request: Vec<String>) -> Result<ExportView, CommandError> {
    desk.outbox_export(request).await
}

#[tauri::command]
pub(crate) async fn outbox_stuck(desk: State<'_, Desk>) -> Result<StuckView, CommandError> {
    desk.outbox_stuck().await
}
