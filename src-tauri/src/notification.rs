//! The system's notifications, of what is due today and of decisions that cannot be delivered: a number in a sentence of the catalogue, nothing of any case. What cannot be shown is
//! logged and forgotten: the strip and the lamps say the same. Clicking it does nothing.

use std::sync::Arc;

use desk::view::LanguageView;
use desk::{Notice, NoticeKind, NoticePort};
use notify_rust::Notification;
use serde::Deserialize;

/// The sentences stand with the other ones, so that whoever translates finds them.
const SENTENCES: &str = include_str!("../../ui/src/text/notification.json");
const COUNT: &str = "{count}";
const APP_NAME: &str = "审核台 Review Desk";
/// As the packages install it.
const ICON: &str = "review-desk";
/// As in `tauri.conf.json`: the name by which Windows and macOS know an installed program.
#[cfg(any(target_os = "windows", target_os = "macos"))]
const IDENTIFIER: &str = "org.review-desk.desktop";

/// The words of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// First line.
    pub title: String,
    /// The sentence.
    pub body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    due_today: InLanguages,
    stuck: InLanguages,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InLanguages {
    zh: Words,
    en: Words,
}

/// What a notice says.
///
/// # Errors
/// The catalogue's file is not of its form; a test proves that it is.
pub fn words(notice: Notice) -> Result<Words, serde_json::Error> {
    let sentences: Sentences = serde_json::from_str(SENTENCES)?;
    let of_kind = match notice.kind {
        NoticeKind::DueToday => sentences.due_today,
        NoticeKind::Stuck => sentences.stuck,
    };
    let Words { title, body } = match notice.language {
        LanguageView::Zh => of_kind.zh,
        LanguageView::En => of_kind.en,
    };
    Ok(Words { title, body: body.replace(COUNT, &notice.count.to_string()) })
}

/// What `desk` calls when a person must know of something. Returns at once.
pub(crate) fn port() -> Arc<NoticePort> {
    Arc::new(|notice| {
        // The system's service may take its time, and blocks.
        tauri::async_runtime::spawn_blocking(move || {
            if let Err(error) = show(notice) {
                tracing::warn!(%error, "a notification could not be shown");
            }
        });
    })
}

fn show(notice: Notice) -> Result<(), Box<dyn std::error::Error>> {
    let Words { title, body } = words(notice)?;
    let mut notification = Notification::new();
    notification.appname(APP_NAME).icon(ICON).summary(&title).body(&body);
    // Only an installed program is known to the system under its own name; another one is shown under the system's.
    #[cfg(target_os = "windows")]
    if cfg!(not(debug_assertions)) {
        notification.app_id(IDENTIFIER);
    }
    #[cfg(target_os = "macos")]
    if cfg!(not(debug_assertions)) {
        // Fails when it was set before, which is what is wanted.
        let _ = notify_rust::set_application(IDENTIFIER);
    }
    notification.show()?;
    Ok(())
}
