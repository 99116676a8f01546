//! Leases beyond one case: taking cases offline.

use desk::Desk;
use desk::view::{CommandError, TakeOfflineRequest, TakenOfflineView};
use tauri::State;

#[tauri::command]
pub(crate) async fn lease_view(desk: State<'_, Desk>) -> Result<TakenOfflineView, CommandError> {
    desk.lease_view().await
}

#[tauri::command]
pub(crate) async fn lease_take_offline(
    desk: State<'_, Desk>,
    request: TakeOfflineRequest,
) -> Result<TakenOfflineView, CommandError> {
    desk.lease_take_offline(request).await
}

#[tauri::command]
pub(crate) async fn lease_end_offline(desk: State<'_, Desk>) -> Result<TakenOfflineView, CommandError> {
    desk.lease_end_offline().await
}
