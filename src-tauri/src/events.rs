//! The one event that is pushed to the window: something changed, ask again. It carries a topic and a revision, nothing else.

use std::sync::Arc;

use desk::Announce;
use desk::view::ChangedEvent;
use tauri::{AppHandle, Emitter, Runtime};

/// The event's name.
pub(crate) const CHANGED: &str = "desk-changed";

/// What `desk` calls when something changed; it coalesces before it calls.
pub(crate) fn announcer<R: Runtime>(app: &AppHandle<R>) -> Arc<Announce> {
    let app = app.clone();
    Arc::new(move |event: ChangedEvent| {
        if let Err(error) = app.emit_to(crate::window::LABEL, CHANGED, event) {
            tracing::warn!(%error, "the window could not be told of a change");
        }
    })
}
