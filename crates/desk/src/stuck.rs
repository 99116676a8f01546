//! Decisions that are undelivered for too long elsewhere: what a supervisor is told of colleagues' desktops. Asked now and then while there is
//! a connection, and kept for the seat only. What is stuck here is told by the courier.

use std::sync::Arc;

use casework::Role;
use contract::access_log::{StuckAnswer, StuckDecision};
use sync::ConnectionState;
use vault::{OutboxRow, OutboxState, Problem};

use crate::deadline::js_ms;
use crate::desk::Desk;
use crate::error::{DeskError, stored_problem};
use crate::seat::{Seat, held};
use crate::view::{CommandError, StuckRowView, StuckView, TopicView};

/// For how long a decision can wait before somebody must look after it, counted from when it could have been sent.
const PATIENCE_MS: i64 = 60 * 60 * 1000;

/// How often a supervisor's desk asks, in milliseconds.
const ASK_EVERY_MS: i64 = 5 * 60 * 1000;

/// Whether a decision is undelivered for too long; told or not.
pub(crate) fn is_stuck(row: &OutboxRow, now_ms: i64) -> bool {
    row.state != OutboxState::Delivered && !row.is_dismissed && row.not_before_ms < now_ms.saturating_sub(PATIENCE_MS)
}

impl Desk {
    /// What colleagues' desktops cannot deliver; asks the server when there is a connection, else tells what it said last. For supervisors.
    ///
    /// # Errors
    /// Locked, no supervisor, or the server's refusal.
    pub async fn outbox_stuck(&self) -> Result<StuckView, CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let seat = desk.seat()?;
            if seat.role() != Role::Supervisor {
                return Err(DeskError::Decide(casework::DecideError::RoleMayNot));
            }
            if seat.engine.connection() == ConnectionState::Online {
                desk.hear_stuck(&seat).await?;
            }
            let heard = held(&seat.stuck_elsewhere).clone();
            Ok(match heard {
                Some((at_ms, answer)) => StuckView {
                    rows: answer.stuck.into_iter().map(row_view).collect(),
                    asked_at_ms: Some(js_ms(at_ms)),
                },
                None => StuckView { rows: Vec::new(), asked_at_ms: None },
            })
        })
        .await
    }

    /// Asks when it is time to.
    pub(crate) fn ask_what_is_stuck(&self, seat: &Arc<Seat>, now_ms: i64) {
        let is_time = match &*held(&seat.stuck_elsewhere) {
            None => true,
            Some((at_ms, _)) => now_ms.saturating_sub(*at_ms) >= ASK_EVERY_MS,
        };
        if !is_time || seat.role() != Role::Supervisor || seat.engine.connection() != ConnectionState::Online {
            return;
        }
        let (desk, asking) = (self.clone(), seat.clone());
        let asked = self.inner.runtime.spawn(async move {
            if let Err(error) = desk.hear_stuck(&asking).await {
                tracing::info!(%error, "what is stuck elsewhere is not known");
            }
        });
        let mut tasks = held(&seat.tasks);
        tasks.retain(|task| !task.is_finished());
        tasks.push(asked);
    }

    async fn hear_stuck(&self, seat: &Seat) -> Result<(), DeskError> {
        let answer: StuckAnswer = seat.engine.stuck().await?;
        let at_ms = self.now_ms(seat);
        let before = held(&seat.stuck_elsewhere).replace((at_ms, answer.clone()));
        if before.is_none_or(|(_, before)| before != answer) {
            self.inner.announcer.changed(TopicView::Status);
        }
        Ok(())
    }
}

fn row_view(stuck: StuckDecision) -> StuckRowView {
    StuckRowView {
        case_id: stuck.case_id.to_string(),
        case_no: stuck.case_no,
        author_name: stuck.author_name,
        since_ms: js_ms(stuck.since_ms),
        problem: stored_problem(&Problem { code: stuck.problem, status: None, incident: None }),
        breach_ms: stuck.breach_ms.map(js_ms),
    }
}
