//! The strip: connection, clock, what can be done offline, what is undelivered and until when.

use sync::{ConnectionState, SyncErrorKind};
use vault::{OutboxRow, OutboxState};

use crate::calendar::health_view;
use crate::deadline::js_ms;
use crate::desk::Desk;
use crate::error::problem_view;
use crate::seat::held;
use crate::view::{ClockView, CommandError, ConnectionView, NearestView, PullView, StatusView};

impl Desk {
    /// The strip as of now.
    ///
    /// # Errors
    /// Locked, or the vault cannot be read.
    pub async fn status_view(&self) -> Result<StatusView, CommandError> {
        self.at_seat(|_, seat| {
            let time = seat.engine.clock();
            let hide = seat.hidden_cases()?;
            let held_here = seat.vault.held_counts(&hide)?;
            let outbox = seat.vault.outbox_counts()?;
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
                undelivered: outbox.queued + outbox.sending,
                needs_attention: outbox.conflict + outbox.parked,
                nearest: nearest(&seat.vault.outbox_list()?, time.ms),
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
        self.at_seat(|_, seat| {
            seat.engine.nudge();
            Ok(())
        })
        .await
    }
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
