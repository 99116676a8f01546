//! The queue.

use desk::Desk;
use desk::view::{CommandError, QueuePageRequest, QueuePageView};
use tauri::State;

#[tauri::command]
pub(crate) async fn queue_page(
    desk: State<'_, Desk>,
    request: QueuePageRequest,
) -> Result<QueuePageView, CommandError> {
    desk.queue_page(request).await
}

#[tauri::command]
pub(crate) async fn queue_next(desk: State<'_, Desk>, request: Option<String>) -> Result<Option<String>, CommandError> {
    desk.queue_next(request).await
}
