//! The outbox as its author sees it: what was decided, where it stands, what can be done.

use casework::OpinionKind;
use contract::decision::Standing;
use vault::{OutboxRow, OutboxState};

use crate::conflict::{self, Now};
use crate::deadline::js_ms;
use crate::decision::{AuthorCopy, decision_id};
use crate::desk::Desk;
use crate::error::{DeskError, stored_problem};
use crate::seat::Seat;
use crate::stuck::is_stuck;
use crate::view::{CommandError, OpinionKindView, OutboxRowView, OutboxStateView, OutboxView, StandingView, TopicView};

impl Desk {
    /// All rows: undelivered first, by deadline; then delivered, newest first.
    ///
    /// # Errors
    /// Locked, or the vault cannot be read.
    pub async fn outbox_view(&self) -> Result<OutboxView, CommandError> {
        self.at_seat(|desk, seat| {
            let revision = desk.inner.announcer.revision(TopicView::Outbox);
            let rows = seat.vault.outbox_list()?;
            let now_ms = desk.now_ms(seat);
            let rows = rows.iter().map(|row| row_view(seat, row, now_ms)).collect::<Result<_, _>>()?;
            Ok(OutboxView { rows, revision })
        })
        .await
    }

    /// Sends a decision again now.
    ///
    /// # Errors
    /// Locked, no such decision, or it is not to be sent.
    pub async fn outbox_retry(&self, id: String) -> Result<(), CommandError> {
        self.at_seat(move |desk, seat| {
            seat.vault.outbox_retry_now(decision_id(&id)?, desk.now_ms(seat))?;
            seat.delivery.courier.nudge();
            desk.outbox_changed();
            Ok(())
        })
        .await
    }

    /// Puts away a conflict, a parked or a delivered decision. Its row is kept.
    ///
    /// # Errors
    /// Locked, no such decision, or it is still to be sent.
    pub async fn outbox_dismiss(&self, id: String) -> Result<(), CommandError> {
        self.at_seat(move |desk, seat| {
            seat.vault.outbox_dismiss(decision_id(&id)?)?;
            desk.outbox_changed();
            Ok(())
        })
        .await
    }

    pub(crate) fn outbox_changed(&self) {
        for topic in [TopicView::Outbox, TopicView::Queue, TopicView::Status] {
            self.inner.announcer.changed(topic);
        }
        if let Ok(seat) = self.seat() {
            seat.woken.notify_one();
        }
    }
}

fn row_view(seat: &Seat, row: &OutboxRow, now_ms: i64) -> Result<OutboxRowView, DeskError> {
    let copy: AuthorCopy = serde_json::from_slice(&seat.vault.author_copy(row.decision_id)?)?;
    let standing = row.standing.as_deref().map(serde_json::from_slice::<Standing>).transpose()?;
    let state = match row.state {
        OutboxState::Queued => OutboxStateView::Queued,
        OutboxState::Sending => OutboxStateView::Sending,
        OutboxState::Delivered => OutboxStateView::Delivered,
        OutboxState::Conflict => OutboxStateView::Conflict,
        OutboxState::Parked => OutboxStateView::Parked,
    };
    let case = seat.vault.case_row(row.case_id)?;
    let held = seat.vault.held(row.case_id)?;
    let now = Now { row: case.as_ref(), held: held.as_ref(), me: seat.account_id(), now_ms };
    let can_undo = row.state == OutboxState::Queued && row.attempts == 0 && !row.is_undo_over;
    Ok(OutboxRowView {
        undo_until_ms: (can_undo && now_ms < row.not_before_ms).then(|| js_ms(row.not_before_ms)),
        is_stuck: is_stuck(row, now_ms),
        changed: conflict::changes(row, &copy, standing.as_ref(), &now),
        can_redo: conflict::can_redo(row, seat, &now),
        decision_id: row.decision_id.to_string(),
        case_id: row.case_id.to_string(),
        case_no: row.case_no.to_string(),
        name: Some(copy.name),
        opinion: match OpinionKind::from_word(&copy.payload.opinion) {
            Some(OpinionKind::Approve) => OpinionKindView::Approve,
            Some(OpinionKind::Escalate) => OpinionKindView::Escalate,
            Some(OpinionKind::Reject) | None => OpinionKindView::Reject,
        },
        reasons: copy.payload.reasons,
        text: copy.payload.applicant_text.unwrap_or_default(),
        note: copy.payload.internal_note.unwrap_or_default(),
        decided_at_ms: js_ms(row.created_at_ms),
        state,
        attempts: row.attempts,
        next_attempt_ms: (row.state == OutboxState::Queued).then(|| js_ms(row.next_attempt_ms)),
        problem: row.problem.as_ref().map(stored_problem),
        standing: standing.map(|standing| StandingView {
            state: standing.state,
            outcome: standing.outcome,
            by_name: standing.by_name,
            at_ms: standing.at_ms.map(js_ms),
            reasons: standing.reasons,
        }),
        breach_ms: if row.state == OutboxState::Delivered { None } else { row.breach_ms.map(js_ms) },
        delivered_at_ms: row.delivered_at_ms.map(js_ms),
        receipt_state: row.receipt.as_ref().map(|receipt| receipt.state.clone()),
        can_undo,
        can_retry: matches!(row.state, OutboxState::Queued | OutboxState::Parked) && row.attempts > 0,
        can_dismiss: matches!(row.state, OutboxState::Conflict | OutboxState::Parked | OutboxState::Delivered),
    })
}
