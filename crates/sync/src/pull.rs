//! Pulls what changed: pages of the feed, the reasons catalogue; when leases are asked for. Every page is applied with its cursor or not at all; a new
//! epoch starts from nothing and drops nothing by itself. Nothing the server leaves out is ever deleted here.

use std::sync::atomic::Ordering;

use casework::Sha256;

use crate::cycle::{End, Memory, Stop};
use crate::engine::Engine;
use crate::error::{SyncError, SyncErrorKind};
use crate::event::SyncEvent;
use crate::session::CallError;

/// How many times the epoch may change within one pull before the feed counts as unreadable.
const EPOCHS_AT_MOST: u32 = 3;
/// How many different packs the rows of one pull may make the engine look for.
const PACKS_AT_MOST: usize = 16;
const REASONS_EVERY_MS: i64 = 10 * 60 * 1000;
const LEASES_EVERY_MS: i64 = 5 * 60 * 1000;

impl Engine {
    pub(crate) async fn pull(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        // First, so that rows come to the calendar that they were counted by.
        self.pull_calendar_if_due(memory, stop).await?;
        let has_changed = self.pull_changes(memory, stop).await?;
        let now = self.api.clock().mono_ms();
        let is_due = |asked: Option<i64>, every: i64| asked.is_none_or(|asked| now - asked >= every);
        if is_due(memory.reasons_ms, REASONS_EVERY_MS) {
            self.pull_reasons(stop).await?;
            memory.reasons_ms = Some(now);
        }
        let could_fill_up = has_changed && memory.could_hold_more;
        let is_asked = self.ask_leases.swap(false, Ordering::Relaxed);
        if self.wants_leases() && (could_fill_up || is_asked || is_due(memory.leases_ms, LEASES_EVERY_MS)) {
            memory.leases_ms = None;
            self.pull_leases(memory, stop).await?;
            memory.leases_ms = Some(now);
        }
        self.photos.notify_one();
        Ok(())
    }

    async fn pull_changes(&self, memory: &mut Memory, stop: &Stop) -> Result<bool, End> {
        let api = &self.api;
        let limit = self.settings.page;
        let mut has_changed = false;
        let mut epochs = 0;
        let mut packs = Vec::new();
        loop {
            let position = self.on_ledger(|ledger| ledger.feed_position()).await?;
            let mut after = if position.epoch.is_some() { position.cursor } else { 0 };
            let page = loop {
                let page = stop
                    .or(self.session.call(|token| async move { api.changes(&token, after, limit).await }))
                    .await?
                    .map_err(SyncError::from)?;
                if after == 0 || position.epoch.as_deref() == Some(&page.epoch) {
                    break page;
                }
                // Another epoch: its cursors are not ours. Ask again from nothing.
                after = 0;
            };
            let is_first = position.epoch.as_deref() != Some(&page.epoch);
            if is_first {
                epochs += 1;
                if epochs > EPOCHS_AT_MOST {
                    return Err(SyncError::new(SyncErrorKind::Unreadable).into());
                }
            }
            let has_more = page.has_more;
            // Perhaps one that was held here: then there is room for another.
            memory.could_hold_more |=
                page.changes.iter().any(|change| matches!(change, contract::feed::Change::Gone { .. }));
            note_packs(&mut packs, &page);
            let is_news = is_first || !page.changes.is_empty();
            self.on_ledger(move |ledger| ledger.apply_changes(&page, is_first, !has_more)).await?;
            if is_news {
                has_changed = true;
                self.emit(SyncEvent::QueueChanged);
            }
            if !has_more {
                self.pull_calendar_if_named(memory, packs, stop).await?;
                return Ok(has_changed);
            }
        }
    }

    async fn pull_reasons(&self, stop: &Stop) -> Result<(), End> {
        let api = &self.api;
        let answer = stop.or(self.session.call(|token| async move { api.reasons(&token).await })).await?;
        let Some(reasons) = unless_refused(answer, "reasons")? else {
            return Ok(());
        };
        self.on_ledger(move |ledger| {
            if ledger.reasons_version()? == Some(reasons.version) { Ok(()) } else { ledger.put_reasons(&reasons) }
        })
        .await?;
        Ok(())
    }
}

/// The packs by which the rows of a page were computed, each once; what is no hash names none. There are few; a server that names many is not asked for each.
fn note_packs(packs: &mut Vec<String>, page: &contract::feed::ChangesAnswer) {
    for change in &page.changes {
        if let contract::feed::Change::Case { row } = change
            && packs.len() < PACKS_AT_MOST
            && !packs.contains(&row.deadline.pack_sha256)
            && row.deadline.pack_sha256.parse::<Sha256>().is_ok()
        {
            packs.push(row.deadline.pack_sha256.clone());
        }
    }
}

/// A refusal of one of the lesser calls (a role that may not) keeps nobody from the rest.
pub(crate) fn unless_refused<T>(answer: Result<T, CallError>, what: &'static str) -> Result<Option<T>, End> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => {
            let error = SyncError::from(error);
            if matches!(error.kind, SyncErrorKind::Problem(_) | SyncErrorKind::Refused(_)) {
                tracing::warn!(what, code = error.kind.word(), "the server refuses");
                Ok(None)
            } else {
                Err(error.into())
            }
        }
    }
}
