//! Pulls the server's calendar pack: on contact, every ten minutes, and at once when a row was computed by a pack that is not here. What
//! comes is for the ledger to judge; a pack that it does not accept is not asked for again before the next regular look. A server without
//! a calendar, or one in trouble with it, keeps nobody from the rest.

use casework::Sha256;
use sha2::Digest;

use crate::api_error::ApiError;
use crate::cycle::{End, Memory, Stop};
use crate::engine::Engine;
use crate::error::SyncError;
use crate::event::SyncEvent;
use crate::ledger::CalendarStored;
use crate::transport::TransportError;

const CALENDAR_EVERY_MS: i64 = 10 * 60 * 1000;

impl Engine {
    /// Asks for the pack when it is time to.
    pub(crate) async fn pull_calendar_if_due(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        let now = self.api.clock().mono_ms();
        if memory.calendar.asked_ms.is_some_and(|asked| now - asked < CALENDAR_EVERY_MS) {
            return Ok(());
        }
        memory.calendar.asked_ms = Some(now);
        memory.calendar.given = None;
        memory.calendar.named.clear();
        self.pull_calendar(memory, stop).await
    }

    /// Asks for the pack when rows name one that is neither here nor what the server gave last; once for each.
    pub(crate) async fn pull_calendar_if_named(
        &self,
        memory: &mut Memory,
        named: Vec<String>,
        stop: &Stop,
    ) -> Result<(), End> {
        if named.is_empty() {
            return Ok(());
        }
        let here = self.on_ledger(|ledger| ledger.calendar_etag()).await?;
        let mut is_news = false;
        for pack in named {
            let is_known = pack == here || memory.calendar.given.as_ref() == Some(&pack);
            is_news |= !is_known && memory.calendar.named.insert(pack);
        }
        if is_news { self.pull_calendar(memory, stop).await } else { Ok(()) }
    }

    async fn pull_calendar(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        let known = match memory.calendar.given.clone() {
            Some(given) => given,
            None => self.on_ledger(|ledger| ledger.calendar_etag()).await?,
        };
        let calendar = match stop.or(self.api.calendar(Some(&known))).await? {
            Ok(Some(calendar)) => calendar,
            Ok(None) => {
                let named = known.clone();
                self.on_ledger(move |ledger| ledger.calendar_unchanged(&named)).await?;
                memory.calendar.given = Some(known);
                return Ok(());
            }
            Err(error) if is_about_the_calendar(&error) => {
                tracing::warn!(code = SyncError::from(error).kind.word(), "the calendar cannot be had now");
                return Ok(());
            }
            Err(error) => return Err(SyncError::from(error).into()),
        };
        memory.calendar.given = Some(Sha256(sha2::Sha256::digest(calendar.pack.as_bytes()).into()).to_string());
        if self.on_ledger(move |ledger| ledger.put_calendar(&calendar)).await? != CalendarStored::NothingNew {
            self.emit(SyncEvent::CalendarChanged);
        }
        Ok(())
    }
}

/// What only says that there is no calendar to be had; a server out of reach would say the same to the next call.
fn is_about_the_calendar(error: &ApiError) -> bool {
    match error {
        ApiError::Transport(error) => matches!(error, TransportError::TooLarge | TransportError::Incomplete),
        ApiError::NotAReviewServer
        | ApiError::Unreadable
        | ApiError::PhotoDiffers
        | ApiError::Problem { .. }
        | ApiError::Refused { .. } => true,
    }
}
