//! The two sides of a decision that is not delivered: what of the case changed since it was made, and the way back to deciding again with
//! the own text. A person does that; nothing here ever makes a new decision out of an old one.

use casework::{AccountId, CaseId};
use contract::case_work::CaseWork;
use contract::decision::{DecisionPayload, Standing};
use contract::problem::ProblemCode;
use vault::{HeldCase, OutboxRow, OutboxState, QueueRow, StateWord, VaultError};

use crate::case_work;
use crate::decision::{AuthorCopy, decision_id};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::seat::Seat;
use crate::view::{CaseChangeView, CommandError};

/// What is known here of the case now.
pub(crate) struct Now<'a> {
    pub(crate) row: Option<&'a QueueRow>,
    pub(crate) held: Option<&'a HeldCase>,
    pub(crate) me: AccountId,
    pub(crate) now_ms: i64,
}

impl Now<'_> {
    fn is_others(&self) -> bool {
        let lease = self.row.and_then(|row| row.case.lease.as_ref());
        lease.is_some_and(|lease| lease.holder != self.me && lease.expires_at_ms > self.now_ms)
    }
}

/// What is not as the author saw it, each mark once: by what the server said, and by what came here since. Only of a decision that is in
/// conflict or parked: the others may change the case themselves.
pub(crate) fn changes(
    row: &OutboxRow,
    copy: &AuthorCopy,
    standing: Option<&Standing>,
    now: &Now<'_>,
) -> Vec<CaseChangeView> {
    if !matches!(row.state, OutboxState::Conflict | OutboxState::Parked) {
        return Vec::new();
    }
    let payload = &copy.payload;
    let code = row.problem.as_ref().and_then(|problem| {
        serde_json::from_value::<ProblemCode>(serde_json::Value::String(problem.code.clone())).ok()
    });
    let state = now.row.map(|row| row.case.state.word());
    let version = now.row.map(|row| row.case.version.0).or(standing.map(|standing| standing.version));
    let is_void = standing.is_some_and(|standing| standing.state == "void");
    let marks = [
        (CaseChangeView::Void, is_void),
        (
            CaseChangeView::Concluded,
            !is_void
                && (code == Some(ProblemCode::AlreadyDecided)
                    || standing.is_some_and(|standing| standing.outcome.is_some())),
        ),
        (
            CaseChangeView::State,
            code == Some(ProblemCode::StateChanged)
                || matches!((&copy.state, state), (Some(then), Some(now)) if then != now),
        ),
        (CaseChangeView::Holder, code == Some(ProblemCode::LeaseLost) || now.is_others()),
        (
            CaseChangeView::Evidence,
            code == Some(ProblemCode::EvidenceChanged) || now.held.is_some_and(|held| differs(payload, held)),
        ),
        (
            CaseChangeView::Version,
            code == Some(ProblemCode::VersionChanged) || version.is_some_and(|version| version != payload.case_version),
        ),
        (CaseChangeView::Consequence, code == Some(ProblemCode::ConsequenceChanged)),
    ];
    marks.into_iter().filter_map(|(mark, holds)| holds.then_some(mark)).collect()
}

fn differs(payload: &DecisionPayload, held: &HeldCase) -> bool {
    let mut evidence: Vec<String> = held.evidence.iter().map(|photo| photo.sha256.to_string()).collect();
    evidence.sort_unstable();
    evidence != payload.evidence
}

/// Whether the author can decide the case again: it is open, and nobody else holds it as far as is known here.
pub(crate) fn can_redo(row: &OutboxRow, seat: &Seat, now: &Now<'_>) -> bool {
    matches!(row.state, OutboxState::Conflict | OutboxState::Parked)
        && !row.is_dismissed
        && seat.role().may_review()
        && now.row.is_some_and(|row| row.case.state != StateWord::Technical)
        && !now.is_others()
}

impl Desk {
    /// Puts a conflict or a parked decision away and its words into the draft of its case, which is leased again where needed. Gives the case.
    /// Nothing is decided by it.
    ///
    /// # Errors
    /// Locked; no such decision, or it is not in conflict and not parked; the case is not here any more, or the server does not lease it; no
    /// connection where a lease is needed; or the vault fails. The decision stays as it was then.
    pub async fn outbox_redo(&self, id: String) -> Result<String, CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let seat = desk.seat()?;
            let id = decision_id(&id)?;
            let of = seat.clone();
            let (case, is_held) = desk.blocking_call(move || redoable(&of, id)).await?;
            if !is_held {
                seat.engine.lease_case(case).await?;
            }
            let (of, now_ms) = (seat.clone(), desk.now_ms(&seat));
            desk.blocking_call(move || back_to_draft(&of, id, case, now_ms)).await?;
            // A screen of the case has no draft of this; it is opened anew.
            seat.close_if_shown(case);
            seat.open().lost = None;
            seat.engine.nudge();
            desk.outbox_changed();
            desk.inner.announcer.changed(crate::view::TopicView::Case);
            Ok(case.to_string())
        })
        .await
    }
}

fn redoable(seat: &Seat, id: casework::DecisionId) -> Result<(CaseId, bool), DeskError> {
    let row = seat.vault.outbox_row(id)?.ok_or(DeskError::DecisionNotHere)?;
    if row.is_dismissed || !matches!(row.state, OutboxState::Conflict | OutboxState::Parked) {
        return Err(DeskError::Vault(VaultError::IllegalMove { from: row.state }));
    }
    let case = seat.vault.case_row(row.case_id)?.ok_or(DeskError::CaseNotHere)?;
    let is_held = case.is_held && seat.vault.held(row.case_id)?.is_some();
    Ok((row.case_id, is_held))
}

/// The draft first: what was typed is never only in a row that was put away.
fn back_to_draft(seat: &Seat, id: casework::DecisionId, case: CaseId, now_ms: i64) -> Result<(), DeskError> {
    let copy: AuthorCopy = serde_json::from_slice(&seat.vault.author_copy(id)?)?;
    let held = seat.vault.held(case)?.ok_or(DeskError::NotHeld)?;
    restore_draft(seat, case, held.fence, &copy, now_ms)?;
    Ok(seat.vault.outbox_dismiss(id)?)
}

/// Makes a decision's words the draft of its case again. A note or a hold that is there stays, else those from before the decision come back.
pub(crate) fn restore_draft(
    seat: &Seat,
    case: CaseId,
    fence: casework::Fence,
    copy: &AuthorCopy,
    now_ms: i64,
) -> Result<(), DeskError> {
    let there = case_work::stored(seat, case)?.map(|stored| stored.work).unwrap_or_default();
    let work = CaseWork {
        draft: Some(case_work::draft_of(copy)),
        note: there.note.or_else(|| copy.case_note.clone()),
        hold: there.hold,
        updated_at_ms: now_ms,
        by_name: None,
    };
    case_work::put(seat, case, fence, &work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use casework::{CaseNo, CaseVersion, DecisionId, Fence, Round, Sha256};
    use uuid::Uuid;
    use vault::Problem;

    fn copy() -> AuthorCopy {
        AuthorCopy {
            payload: DecisionPayload {
                decision_id: Uuid::from_u128(1),
                case_id: Uuid::from_u128(2),
                author: Uuid::from_u128(3),
                device_id: Uuid::from_u128(4),
                round: 1,
                case_version: 7,
                fence: 1,
                opinion: "approve".into(),
                reasons: Vec::new(),
                reasons_version: 1,
                applicant_text: None,
                internal_note: None,
                evidence: vec!["ab".repeat(32)],
                reviews_left_shown: None,
                decided_at_ms: 1,
                clock: None,
            },
            name: "张三".into(),
            state: Some("pending".into()),
            case_note: None,
        }
    }

    fn row(state: OutboxState, code: &str) -> OutboxRow {
        OutboxRow {
            decision_id: DecisionId(Uuid::from_u128(1)),
            case_id: CaseId(Uuid::from_u128(2)),
            case_no: CaseNo("RS-1".into()),
            round: Round::new(1).unwrap(),
            case_version: CaseVersion(7),
            fence: Fence(1),
            target_ms: None,
            breach_ms: None,
            created_at_ms: 1,
            not_before_ms: 1,
            is_undo_over: true,
            is_signed: true,
            refused_epoch: None,
            stuck_told_at_ms: None,
            payload_sha256: Sha256([0; 32]),
            key_id: String::new(),
            state,
            attempts: 1,
            next_attempt_ms: 1,
            problem: Some(Problem { code: code.into(), status: None, incident: None }),
            standing: None,
            receipt: None,
            delivered_at_ms: None,
            is_dismissed: false,
        }
    }

    fn standing(state: &str, version: u32, outcome: Option<&str>) -> Standing {
        Standing {
            state: state.into(),
            version,
            outcome: outcome.map(str::to_owned),
            decision_id: None,
            by_name: None,
            at_ms: None,
            reasons: Vec::new(),
        }
    }

    fn marks(code: &str, standing: Option<&Standing>) -> Vec<CaseChangeView> {
        let unknown = Now { row: None, held: None, me: AccountId(Uuid::from_u128(3)), now_ms: 5 };
        changes(&row(OutboxState::Conflict, code), &copy(), standing, &unknown)
    }

    #[test]
    fn what_the_server_said_is_a_mark_each() {
        use CaseChangeView as Mark;
        assert_eq!(marks("lease_lost", None), [Mark::Holder]);
        assert_eq!(marks("evidence_changed", None), [Mark::Evidence]);
        assert_eq!(marks("version_changed", None), [Mark::Version]);
        assert_eq!(marks("state_changed", None), [Mark::State]);
        assert_eq!(marks("consequence_changed", None), [Mark::Consequence]);
        assert_eq!(
            marks("already_decided", Some(&standing("concluded", 8, Some("approved")))),
            [Mark::Concluded, Mark::Version]
        );
        assert_eq!(marks("already_decided", Some(&standing("void", 7, None))), [Mark::Void]);
        assert_eq!(marks("a_code_of_tomorrow", None), []);
    }

    #[test]
    fn a_decision_on_its_way_has_no_marks() {
        let unknown = Now { row: None, held: None, me: AccountId(Uuid::from_u128(3)), now_ms: 5 };
        for state in [OutboxState::Queued, OutboxState::Sending, OutboxState::Delivered] {
            assert_eq!(changes(&row(state, "lease_lost"), &copy(), None, &unknown), []);
        }
    }
}
