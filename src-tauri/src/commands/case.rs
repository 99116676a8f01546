//! One case.

use desk::Desk;
use desk::view::{CaseOpenView, CommandError};
use tauri::State;

#[tauri::command]
pub(crate) async fn case_open(desk: State<'_, Desk>, request: String) -> Result<CaseOpenView, CommandError> {
    desk.case_open(request).await
}

#[tauri::command]
pub(crate) async fn case_close(desk: State<'_, Desk>) -> Result<(), CommandError> {
    desk.case_close().await
}

#[tauri::command]
pub(crate) async fn case_report_technical(desk: State<'_, Desk>, request: String) -> Result<(), CommandError> {
    desk.case_report_technical(request).await
}
