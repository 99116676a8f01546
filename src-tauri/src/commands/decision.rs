//! Deciding.

use desk::Desk;
use desk::view::{
    CommandError, DecisionPreviewRequest, DecisionPreviewView, DecisionRecordRequest, DecisionRecordedView,
};
use tauri::State;

#[tauri::command]
pub(crate) async fn decision_preview(
    desk: State<'_, Desk>,
    request: DecisionPreviewRequest,
) -> Result<DecisionPreviewView, CommandError> {
    desk.decision_preview(request).await
}

#[tauri::command]
pub(crate) async fn decision_record(
    desk: State<'_, Desk>,
    request: DecisionRecordRequest,
) -> Result<DecisionRecordedView, CommandError> {
    desk.decision_record(request).await
}

#[tauri::command]
pub(crate) async fn decision_undo(desk: State<'_, Desk>, request: String) -> Result<(), CommandError> {
    desk.decision_undo(request).await
}
