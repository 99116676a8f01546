//! Waits for what happens by the clock alone: a Beijing day ends, so that lamps and the calendar's health are others; working hours begin,
//! so that the person may be told what is due today; a deadline comes near, so that a decision cannot wait for its undo window; the computer wakes,
//! so that the server is asked for the time. Goes by server time, and ends with the seat: nothing is told while locked.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use vault::{DueTold, OutboxRow, OutboxState, VaultError};
use working_days::BeijingDate;

use crate::courier::tidy;
use crate::deadline::instant;
use crate::desk::Desk;
use crate::due_today::{has_fallen, is_news, is_working_hour, next_instant};
use crate::error::DeskError;
use crate::notice::NoticeKind;
use crate::seat::{Seat, held};
use crate::view::TopicView;

/// The longest sleep: a computer that slept itself does not count the time, and says nothing when it wakes.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// An undo window ends so long before a target or a breach, whatever is left of it.
pub(crate) const BEFORE_DEADLINE_MS: i64 = 60_000;

/// When the next undo window ends because a deadline comes near, if that is before it ends by itself.
fn next_to_end(rows: &[OutboxRow], now_ms: i64) -> Option<i64> {
    let can_be_undone = |row: &&OutboxRow| {
        row.state == OutboxState::Queued && row.attempts == 0 && !row.is_undo_over && row.not_before_ms > now_ms
    };
    let ends = rows.iter().filter(can_be_undone).flat_map(|row| {
        let before_end = |at_ms: &i64| now_ms < *at_ms && *at_ms < row.not_before_ms;
        [row.target_ms, row.breach_ms]
            .into_iter()
            .flatten()
            .map(|at_ms| at_ms.saturating_sub(BEFORE_DEADLINE_MS))
            .filter(before_end)
            .collect::<Vec<_>>()
    });
    ends.min()
}

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
                let work = seat.delivery.work.clone();
                if let Err(error) = self
                    .blocking_call(move || {
                        tidy(&work, time.ms);
                        Ok(())
                    })
                    .await
                {
                    tracing::warn!(%error, "what was kept for a while is removed later");
                }
            }
            if let Err(error) = self.tell_what_is_due(&seat, now).await {
                tracing::warn!(%error, "what is due today cannot be told");
            }
            let deadline = self.send_before_deadlines(&seat, time.ms).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "an undo window is not ended before a deadline");
                None
            });
            self.ask_what_is_stuck(&seat, time.ms);
            let until_next = |at: DateTime<Utc>| (at - now).to_std().unwrap_or(LOOK_AGAIN);
            let wait = deadline.into_iter().chain([next_instant(now)]).map(until_next).fold(LOOK_AGAIN, Duration::min);
            tokio::select! {
                () = seat.woken.notified() => {}
                () = self.inner.clock.sleep(wait) => {}
            }
        }
    }

    /// Ends the undo windows of decisions whose deadline comes within a minute; gives when the next one is to be ended so.
    async fn send_before_deadlines(&self, seat: &Arc<Seat>, now_ms: i64) -> Result<Option<DateTime<Utc>>, DeskError> {
        let work = seat.delivery.work.clone();
        let (ended, next) = self
            .vault_call(move || {
                let ended = work.end_undo_windows(now_ms, Some(now_ms.saturating_add(BEFORE_DEADLINE_MS)))?;
                Ok((ended, next_to_end(&work.outbox_list()?, now_ms)))
            })
            .await?;
        if ended > 0 {
            seat.delivery.courier.nudge();
            self.outbox_changed();
        }
        Ok(next.map(instant))
    }

    async fn tell_what_is_due(&self, seat: &Arc<Seat>, now: DateTime<Utc>) -> Result<(), DeskError> {
        let today = BeijingDate::of(now);
        let asking = seat.clone();
        // A region's calendar may have to be built first, so that too is off the event loop.
        let due = self
            .blocking_call(move || {
                let is_open = is_working_hour(&asking.calendars.counting().own(), now);
                is_open.then(|| Ok(asking.vault.held_due_on(today, &asking.hidden_cases()?)?)).transpose()
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
        self.tell(NoticeKind::DueToday, due);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use casework::{CaseId, CaseNo, CaseVersion, DecisionId, Fence, Round, Sha256};
    use uuid::Uuid;

    use super::*;

    const NOW: i64 = 1_795_492_800_000;

    fn row(target_ms: Option<i64>, breach_ms: Option<i64>) -> OutboxRow {
        OutboxRow {
            decision_id: DecisionId(Uuid::from_u128(1)),
            case_id: CaseId(Uuid::from_u128(2)),
            case_no: CaseNo("RS-1".into()),
            round: Round::new(1).unwrap(),
            case_version: CaseVersion(1),
            fence: Fence(1),
            target_ms,
            breach_ms,
            created_at_ms: NOW,
            not_before_ms: NOW + 10_000,
            is_undo_over: false,
            is_signed: true,
            refused_epoch: None,
            stuck_told_at_ms: None,
            payload_sha256: Sha256([0; 32]),
            key_id: String::new(),
            state: OutboxState::Queued,
            attempts: 0,
            next_attempt_ms: NOW + 10_000,
            problem: None,
            standing: None,
            receipt: None,
            delivered_at_ms: None,
            is_dismissed: false,
        }
    }

    #[test]
    fn an_undo_window_is_looked_at_again_a_minute_before_a_deadline_that_comes_within_it() {
        let after = |ms| Some(NOW + ms);
        // The window ends at 10 s, so only a deadline between 60 s and 70 s from now makes it end sooner.
        assert_eq!(next_to_end(&[row(after(65_000), after(7 * 3_600_000))], NOW), after(5_000));
        assert_eq!(next_to_end(&[row(None, after(63_000))], NOW), after(3_000));
        assert_eq!(next_to_end(&[row(after(70_000), None)], NOW), None);
        assert_eq!(next_to_end(&[row(after(-1), after(3_600_000))], NOW), None);
        assert_eq!(next_to_end(&[row(after(65_000), None), row(after(62_000), None)], NOW), after(2_000));
    }

    #[test]
    fn what_cannot_be_taken_back_any_more_wakes_nobody() {
        let soon = row(Some(NOW + 65_000), None);
        assert_eq!(next_to_end(&[OutboxRow { is_undo_over: true, ..soon.clone() }], NOW), None);
        assert_eq!(next_to_end(&[OutboxRow { attempts: 1, ..soon.clone() }], NOW), None);
        assert_eq!(next_to_end(&[OutboxRow { state: OutboxState::Sending, ..soon }], NOW), None);
    }
}
