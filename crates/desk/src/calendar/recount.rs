//! What a new pack moves here: every open row is counted by the pack before and by the new one, in one pass over the table. Both counts are
//! this desktop's own, so that it makes no difference whether the server's new rows or its pack came first, or whether a file came instead.

use std::collections::HashMap;
use std::sync::Arc;

use casework::Sha256;
use vault::{DeadlineReason, DeadlineRow, Recounted, VaultError};
use working_days::{Calendar, Policy, deadline};

use super::in_force::{Calendars, PackInForce};
use crate::deadline::{instant, is_late_by_move};
use crate::seat::held;

impl Calendars {
    /// Counts and records, once for each pack. What cannot be recorded now is recorded at the next start.
    pub(super) fn recount(&self, before: Arc<PackInForce>, after: &PackInForce) {
        // The oldest one that waits: everything since then is counted in one go.
        let before = held(&self.uncounted).take().unwrap_or(before);
        match self.try_recount(&before, after) {
            Ok(None) => {
                *held(&self.uncounted) = Some(before);
                tracing::info!(
                    serial = after.id.serial,
                    "open deadlines are counted by a new pack after the first full sweep"
                );
            }
            Ok(Some(moved)) => {
                tracing::info!(serial = after.id.serial, moved, "open deadlines are counted by a new pack");
            }
            Err(error) => tracing::error!(%error, "what a calendar pack moved is not recorded yet"),
        }
    }

    /// A sweep of the feed is complete: a recount that waited for the facts of rows of schema 1 is made.
    pub(crate) fn recount_if_waiting(&self) {
        if held(&self.uncounted).is_none() {
            return;
        }
        let _accepting = held(&self.accepting);
        let before = held(&self.uncounted).take();
        if let Some(before) = before {
            self.recount(before, &self.in_force());
            self.changed();
        }
    }

    fn try_recount(&self, before: &PackInForce, after: &PackInForce) -> Result<Option<u32>, VaultError> {
        let now_ms = self.clock.now().ms;
        let mut by_region = HashMap::new();
        let recount = self.vault.recount_deadlines(after.id.serial, Sha256(after.id.sha256), now_ms, |row| {
            let region = row.facts.as_ref()?.region.as_ref();
            let calendars: &(Arc<Calendar>, Arc<Calendar>) = by_region.entry(region.cloned()).or_insert_with(|| {
                let region = region.map(String::as_str);
                (before.calendar(region), after.calendar(region))
            });
            recounted(row, &calendars.0, &calendars.1, after.id.serial, now_ms)
        })?;
        Ok(recount.map(|recount| recount.moved))
    }
}

/// `None` for a row that cannot be counted here, or that was first promised by this pack or a newer one: nothing of it moved.
fn recounted(row: &DeadlineRow, before: &Calendar, after: &Calendar, serial: u32, now_ms: i64) -> Option<Recounted> {
    let facts = row.facts.as_ref()?;
    if facts.reason == DeadlineReason::Initial && facts.pack_serial >= serial {
        return None;
    }
    let policy = Policy::by_id(&row.policy)?;
    let due = |calendar: &Calendar| deadline(calendar, &policy, instant(facts.submitted_at_ms)).due().copied();
    let (old, new) = (due(before), due(after));
    let is_late_by_move = is_late_by_move(new.map(|new| new.breach), facts.first_due_date, instant(now_ms));
    Some(Recounted { old_due: old.map(|due| due.date), new_due: new.map(|due| due.date), is_late_by_move })
}
