//! The calendar: how a deadline was counted, which pack is in force, taking in a pack from a file.

use desk::Desk;
use desk::view::{CalendarImportRequest, CalendarView, CommandError, ExplanationView};
use tauri::State;

#[tauri::command]
pub(crate) async fn calendar_view(desk: State<'_, Desk>) -> Result<CalendarView, CommandError> {
    desk.calendar_view().await
}

#[tauri::command]
pub(crate) async fn calendar_explain(desk: State<'_, Desk>, request: String) -> Result<ExplanationView, CommandError> {
    desk.calendar_explain(request).await
}

#[tauri::command]
pub(crate) async fn calendar_import(
    desk: State<'_, Desk>,
    request: CalendarImportRequest,
) -> Result<CalendarView, CommandError> {
    desk.calendar_import(request).await
}
