//! One case.

use desk::Desk;
use desk::view::{CaseOpenView, CaseWhyRequest, CaseWorkRequest, CommandError};
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

#[tauri::command]
pub(crate) async fn case_keep_work(desk: State<'_, Desk>, request: CaseWorkRequest) -> Result<(), CommandError> {
    desk.case_keep_work(request).await
}

#[tauri::command]
pub(crate) async fn case_give_back(desk: State<'_, Desk>, request: String) -> Result<(), CommandError> {
    desk.case_give_back(request).await
}

#[tauri::command]
pub(crate) async fn case_recuse(desk: State<'_, Desk>, request: CaseWhyRequest) -> Result<(), CommandError> {
    desk.case_recuse(request).await
}

#[tauri::command]
pub(crate) async fn case_revoke(desk: State<'_, Desk>, request: CaseWhyRequest) -> Result<(), CommandError> {
    desk.case_revoke(request).await
}
