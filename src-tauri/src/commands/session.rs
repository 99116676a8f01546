//! Who sits at the desk.

use desk::Desk;
use desk::view::{CommandError, SessionView, SignInRequest, SignOutRequest, UnlockRequest};
use tauri::State;

#[tauri::command]
pub(crate) async fn session_view(desk: State<'_, Desk>) -> Result<SessionView, CommandError> {
    desk.session_view().await
}

#[tauri::command]
pub(crate) async fn session_sign_in(
    desk: State<'_, Desk>,
    request: SignInRequest,
) -> Result<SessionView, CommandError> {
    desk.sign_in(request).await
}

#[tauri::command]
pub(crate) async fn session_unlock(desk: State<'_, Desk>, request: UnlockRequest) -> Result<SessionView, CommandError> {
    desk.unlock(request).await
}

#[tauri::command]
pub(crate) async fn session_renew(desk: State<'_, Desk>, request: UnlockRequest) -> Result<SessionView, CommandError> {
    desk.renew(request).await
}

#[tauri::command]
pub(crate) async fn session_lock(desk: State<'_, Desk>) -> Result<SessionView, CommandError> {
    desk.lock().await
}

#[tauri::command]
pub(crate) async fn session_sign_out(
    desk: State<'_, Desk>,
    request: SignOutRequest,
) -> Result<SessionView, CommandError> {
    desk.sign_out(request).await
}
