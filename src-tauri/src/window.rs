//! The one window: ephemeral web context, no navigation away from our own page, no new windows, no drops.

use tauri::{AppHandle, Runtime, Url, WebviewUrl, WebviewWindowBuilder};

/// Its label; the capability file names it.
pub(crate) const LABEL: &str = "main";

/// WebKitGTK's DMABUF renderer shows blank windows on some graphics drivers; the person's own choice wins.
pub(crate) fn prefer_software_sharing() {
    #[cfg(target_os = "linux")]
    if std::env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_none() {
        #[expect(unsafe_code, reason = "called first thing in main, before any other thread exists")]
        // SAFETY: no other thread reads or writes the environment yet.
        unsafe {
            std::env::set_var("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
        }
    }
}

/// Whether tests drive this window. WebKitGTK lets no ephemeral context be driven, so a driven one keeps its web data in a folder, where
/// the tests search it. Shipped builds have neither: they cannot be driven at all (docs/adr/0003).
fn is_driven() -> bool {
    cfg!(any(debug_assertions, feature = "webdriver"))
        && std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some_and(|value| value == "true")
}

/// Opens the window.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("审核台 Review Desk")
        .inner_size(1360.0, 860.0)
        .min_inner_size(1024.0, 680.0)
        .incognito(!is_driven())
        .content_protected(true)
        .disable_drag_drop_handler()
        .zoom_hotkeys_enabled(false)
        .on_navigation(is_our_page)
        .build()?;
    Ok(())
}

/// Exactly our own origin: scheme and whole host, since a prefix match let other hosts in once (CVE-2026-42184).
fn is_our_page(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => true,
        ("http" | "https", Some("tauri.localhost")) => true,
        ("http", Some("localhost")) => cfg!(debug_assertions) && cfg!(not(feature = "custom-protocol")),
        _ => false,
    }
}
