//! Settings.

use desk::Desk;
use desk::view::{CommandError, LanguageView, SettingsView};
use tauri::State;

#[tauri::command]
pub(crate) async fn settings_view(desk: State<'_, Desk>) -> Result<SettingsView, CommandError> {
    desk.settings_view().await
}

#[tauri::command]
pub(crate) async fn settings_set_language(
    desk: State<'_, Desk>,
    request: LanguageView,
) -> Result<SettingsView, CommandError> {
    desk.settings_set_language(request).await
}
