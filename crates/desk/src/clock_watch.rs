//! Waits for what happens by the clock alone: a Beijing day ends, so that lamps and the calendar's health are others; working hours begin,
//! so that the person may be told what is due today; the computer wakes, so that the server is asked for the time. Goes by server time, and
//! ends with the seat: nothing is told while locked.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use vault::{DueTold, VaultError};
use working_days::BeijingDate;

use crate::deadline::instant;
use crate::desk::Desk;
use crate::due_today::{DueTodayNotice, has_fallen, is_news, is_working_hour, next_instant};
use crate::error::DeskError;
use crate::seat::{Seat, held};
use crate::view::{LanguageView, TopicView};

/// The longest sleep: a computer that slept itself does not count the time, and says nothing when it wakes.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

impl Desk {
    pub(crate) async fn watch_the_clock(self, seat: Arc<Seat>) {
        let (mut day, mut was_estimate) = (None, true);
        loop {
            let time = seat.engine.clock();
            let now = instant(time.ms);
            if time.is_estimate && !was_estimate {
                // It slept, or its clock was set: ask, whatever the wait after the last failure.
                seat.engine.nudge();
                self.inner.announcer.changed(TopicView::Status);
            }
            was_estimate = time.is_estimate;
            let today = BeijingDate::of(now);
            if day.replace(today).is_some_and(|before| before != today) {
                for topic in [TopicView::Status, TopicView::Queue, TopicView::Case, TopicView::Calendar] {
                    self.inner.announcer.changed(topic);
                }
            }
            if let Err(error) = self.tell_what_is_due(&seat, now).await {
                tracing::warn!(%error, "what is due today cannot be told");
            }
            let wait = (next_instant(now) - now).to_std().unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN);
            tokio::select! {
                () = seat.woken.notified() => {}
                () = self.inner.clock.sleep(wait) => {}
            }
        }
    }

    async fn tell_what_is_due(&self, seat: &Arc<Seat>, now: DateTime<Utc>) -> Result<(), DeskError> {
        let today = BeijingDate::of(now);
        let (vault, calendars) = (seat.vault.clone(), seat.calendars.clone());
        // A region's calendar may have to be built first, so that too is off the event loop.
        let due = self
            .vault_call(move || {
                let is_open = is_working_hour(&calendars.counting().own(), now);
                is_open.then(|| vault.held_due_on(today, &vault.outbox_live_cases()?)).transpose()
            })
            .await?;
        let Some(due) = due else {
            return Ok(());
        };
        let before = *held(&seat.told);
        let is_news = is_news(due, before, today);
        if !is_news && !has_fallen(due, before, today) {
            return Ok(());
        }
        // Kept first: rather not told twice than told again after every start.
        let told = DueTold { date: today, count: due };
        *held(&seat.told) = Some(told);
        let vault = seat.vault.clone();
        if let Err(error) = self.vault_call(move || vault.put_due_told(told)).await {
            if matches!(error, DeskError::Vault(VaultError::Closed)) {
                return Ok(());
            }
            tracing::warn!(%error, "what was told is not remembered over a restart");
        }
        if !is_news {
            return Ok(());
        }
        let language = held(&self.inner.settings).language.unwrap_or(LanguageView::Zh);
        (self.inner.notify)(DueTodayNotice { count: due, language });
        Ok(())
    }
}
