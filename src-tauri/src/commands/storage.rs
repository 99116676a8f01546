//! The files on this computer.

use desk::Desk;
use desk::view::CommandError;
use tauri::State;

#[tauri::command]
pub(crate) async fn storage_acknowledge(desk: State<'_, Desk>) -> Result<(), CommandError> {
    desk.storage_acknowledge().await
}
