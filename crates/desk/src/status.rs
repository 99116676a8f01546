//! The strip: connection, clock, what can be done offline, what is undelivered and until when.

use sync::{ConnectionState, SyncErrorKind};
use vault::{OutboxRow, OutboxState};

use crate::calendar::health_view;
use crate::courier::delivery_state_view;
use crate::deadline::js_ms;
use crate::decision::{signed_in_ms, why_read_only};
use crate::desk::Desk;
use crate::error::{DeskError, problem_view};
use crate::grace::ReadOnly;
use crate::seat::{Seat, held};
use crate::stuck::is_stuck;
use crate::view::{
    ClockView, CommandError, ConnectionView, DeliveryStateView, NearestView, PullView, ReadOnlyView, StatusView,
    StorageNoticeView, TopicView,
};

impl Desk {
    /// The strip as of now.
    ///
    /// # Errors
    /// Locked, or the vault cannot be read.
    pub async fn status_view(&self) -> Result<StatusView, CommandError> {
        self.at_seat(|desk, seat| {
            let time = seat.engine.clock();
            let hide = seat.hidden_cases()?;
            let held_here = seat.vault.held_counts(&hide)?;
            let outbox = seat.vault.outbox_counts()?;
            let rows = seat.vault.outbox_list()?;
            let undelivered = outbox.queued + outbox.sending;
            let stuck = rows.iter().filter(|row| is_stuck(row, time.ms)).count();
            let elsewhere = held(&seat.stuck_elsewhere).as_ref().map_or(0, |(_, answer)| answer.stuck.len());
            let (connection, problem) = match &*held(&seat.connection) {
                ConnectionState::Connecting => (ConnectionView::Connecting, None),
                ConnectionState::Online => (ConnectionView::Online, None),
                ConnectionState::Offline(problem) => (ConnectionView::Offline, Some(problem_view(problem))),
                ConnectionState::SignInNeeded => {
                    (ConnectionView::SignInNeeded, Some(problem_view(&SyncErrorKind::SessionExpired.into())))
                }
                ConnectionState::Stopped(problem) => (ConnectionView::Offline, Some(problem_view(problem))),
            };
            Ok(StatusView {
                connection,
                problem,
                last_contact_ms: held(&seat.last_contact_ms).map(js_ms),
                clock: ClockView {
                    now_ms: js_ms(time.ms),
                    error_ms: time.error_ms.map(js_ms),
                    is_estimate: time.is_estimate,
                },
                offline_ready: held_here.offline_ready,
                held: held_here.held,
                undelivered,
                delivery: match delivery_state_view(&seat.delivery.courier.state()) {
                    // With nothing to deliver nobody needs to sign in for it.
                    DeliveryStateView::NeedsSignIn | DeliveryStateView::Offline if undelivered == 0 => {
                        DeliveryStateView::Working
                    }
                    state => state,
                },
                stuck: u32::try_from(stuck).unwrap_or(u32::MAX),
                others: desk.waiting(Some(seat.delivery.vault_id))?,
                read_only: why_read_only(seat, time.ms)?.map(|why| read_only_view(seat, why)).transpose()?,
                offline_until_ms: seat.offline_until_ms(time.ms).map(js_ms),
                storage: storage(seat)?,
                stuck_elsewhere: u32::try_from(elsewhere).unwrap_or(u32::MAX),
                needs_attention: outbox.conflict + outbox.parked,
                nearest: nearest(&rows, time.ms),
                calendar: health_view(&seat.calendars.counting().own(), time.ms),
                pull: held(&seat.photos_progress).map(|(done, total)| PullView { done, total }),
            })
        })
        .await
    }

    /// Tries to reach the server now.
    ///
    /// # Errors
    /// Locked.
    pub async fn connect_now(&self) -> Result<(), CommandError> {
        self.at_seat(|desk, seat| {
            seat.engine.nudge();
            for delivery in &*held(&desk.inner.deliveries) {
                delivery.courier.nudge();
            }
            Ok(())
        })
        .await
    }
}

impl Desk {
    /// What happened to the files was read.
    ///
    /// # Errors
    /// Locked, or the vault cannot be written.
    pub async fn storage_acknowledge(&self) -> Result<(), CommandError> {
        self.at_seat(|desk, seat| {
            seat.vault.work_recovered_told()?;
            held(&seat.recovered).clear();
            desk.inner.announcer.changed(TopicView::Status);
            Ok(())
        })
        .await
    }
}

fn read_only_view(seat: &Seat, why: ReadOnly) -> Result<ReadOnlyView, DeskError> {
    Ok(match why {
        ReadOnly::OfflineTooLong(working_days) => {
            ReadOnlyView::OfflineTooLong { signed_in_ms: js_ms(signed_in_ms(seat)?), working_days }
        }
        ReadOnly::TooManyUndelivered(most) => ReadOnlyView::TooManyUndelivered { most },
    })
}

/// What a person must know of the files, until it was read: first what may have cost something.
fn storage(seat: &Seat) -> Result<Vec<StorageNoticeView>, DeskError> {
    let work = seat.vault.work_recovered()?.map(|recovered| StorageNoticeView::WorkDamaged {
        moved_to: recovered.moved_to.unwrap_or_default(),
        kept: u32::try_from(recovered.decisions_kept).unwrap_or(u32::MAX),
        lost: recovered.rows_lost.map(|lost| u32::try_from(lost).unwrap_or(u32::MAX)),
    });
    let renewed = held(&seat.recovered)
        .iter()
        .map(|recovered| StorageNoticeView::CacheRenewed { moved_to: recovered.moved_to.clone() })
        .collect::<Vec<_>>();
    Ok(work.into_iter().chain(renewed).collect())
}

/// The undelivered decision whose deadline comes next; one whose deadline has passed only when there is no other. A connection
/// does not help conflicts and parked ones: the outbox names their deadlines.
fn nearest(rows: &[OutboxRow], now_ms: i64) -> Option<NearestView> {
    let breach = |row: &OutboxRow| row.breach_ms.unwrap_or(i64::MAX);
    let row = rows
        .iter()
        .filter(|row| matches!(row.state, OutboxState::Queued | OutboxState::Sending))
        .min_by_key(|row| (breach(row) <= now_ms, breach(row)))?;
    Some(NearestView { case_no: row.case_no.to_string(), connect_before_ms: js_ms(row.breach_ms?) })
}
