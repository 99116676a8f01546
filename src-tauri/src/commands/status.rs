//! The strip: connection, clock, what is undelivered.

use desk::Desk;
use desk::view::{CommandError, StatusView};
use tauri::State;

#[tauri::command]
pub(crate) async fn status_view(desk: State<'_, Desk>) -> Result<StatusView, CommandError> {
    desk.status_view().await
}

#[tauri::command]
pub(crate) async fn status_connect(desk: State<'_, Desk>) -> Result<(), CommandError> {
    desk.connect_now().await
}
