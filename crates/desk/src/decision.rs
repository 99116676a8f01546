//! Deciding: a preview of what a decision would mean, then one sealed row in `work.db`. Nothing here waits for the network, and nothing is
//! said to be delivered.

use casework::{
    CaseState, Consequence, DecideError, DecisionId, Language, Next, Opinion, ReasonCatalogue, ReasonCode,
    consequence_of_rejection, decide, may_reject,
};
use contract::decision::DecisionPayload;
use contract::envelope;
use contract::signature::decision_message;
use serde::{Deserialize, Serialize};
use vault::{CaseRow, EvidenceState, HeldCase, NewOutboxRow, StateWord};
use working_days::BeijingDate;

use crate::case_work;
use crate::conflict::restore_draft;
use crate::deadline::{breach_ms, case_id, instant};
use crate::desk::Desk;
use crate::error::{DeskError, command_error};
use crate::grace::{ReadOnly, read_only};
use crate::ids;
use crate::seat::{Seat, Shown};
use crate::view::{
    CommandError, ConsequenceView, DecisionPreviewRequest, DecisionPreviewView, DecisionRecordRequest,
    DecisionRecordedView, OpinionKindView, OpinionRequest, TopicView,
};

/// A decision can be taken back within this time, as long as it was not sent.
pub(crate) const UNDO_WINDOW_MS: i64 = 10_000;

/// The longest internal note, in characters; the window's field has the same bound.
const MAX_NOTE_CHARS: usize = 1000;

/// What the author can read of the own decision later: the payload as it was sealed, and the name for the list.
#[derive(Serialize, Deserialize)]
pub(crate) struct AuthorCopy {
    pub(crate) payload: DecisionPayload,
    pub(crate) name: String,
    /// Where the case stood, as a word; not in copies of before.
    #[serde(default)]
    pub(crate) state: Option<String>,
    /// The note for colleagues that was on the case, for the way back.
    #[serde(default)]
    pub(crate) case_note: Option<String>,
}

impl Desk {
    /// What a decision would mean: what forbids it, what the applicant gets, what it costs.
    ///
    /// # Errors
    /// Locked, not held, or the vault cannot be read.
    pub async fn decision_preview(&self, request: DecisionPreviewRequest) -> Result<DecisionPreviewView, CommandError> {
        self.at_seat(move |desk, seat| {
            let (row, held) = held_case(seat, &request.case_id)?;
            let catalogue = catalogue(seat)?;
            let opinion = opinion(&request.opinion);
            let problem = check(seat, desk.now_ms(seat), &row, &held, &opinion, &catalogue).err();
            let cost = desk.cost(seat, &row, &held, &opinion);
            Ok(DecisionPreviewView {
                problem: problem.as_ref().map(command_error),
                applicant_text_zh: catalogue.applicant_text(&opinion, Language::Zh),
                applicant_text_en: catalogue.applicant_text(&opinion, Language::En),
                consequence: cost.map(|cost| ConsequenceView {
                    attempt: cost.attempt,
                    left: cost.left,
                    again_from: cost.again_from.map(|date| date.to_string()),
                }),
                needs_second_person: needs_second_person(seat, &row, &opinion),
            })
        })
        .await
    }

    /// Confirms a decision: it is on the disk when this returns, and delivered later.
    ///
    /// # Errors
    /// Whatever forbids it; then nothing was recorded.
    pub async fn decision_record(&self, request: DecisionRecordRequest) -> Result<DecisionRecordedView, CommandError> {
        self.at_seat(move |desk, seat| {
            let (row, held_here) = held_case(seat, &request.case_id)?;
            let catalogue = catalogue(seat)?;
            // Recorded only on what was on the screen under this token: version, state, lease, declared data, photos, reasons.
            let now_here = Shown::of(&row, &held_here, catalogue.version);
            let is_shown = seat
                .open()
                .case
                .as_ref()
                .is_some_and(|open| open.token == request.case_token && open.shown == now_here);
            if !is_shown {
                return Err(DeskError::CaseChanged);
            }
            let opinion = opinion(&request.opinion);
            check(seat, desk.now_ms(seat), &row, &held_here, &opinion, &catalogue)?;
            let cost = desk.cost(seat, &row, &held_here, &opinion);
            if cost.map(|cost| cost.left) != request.reviews_left_shown {
                return Err(DeskError::ConsequenceChanged);
            }
            let decision_id = desk.put_in_outbox(seat, &row, &held_here, &opinion, &catalogue, &request)?;
            // It is on the disk: from here on nothing may fail, or the person would be told that it was not saved.
            seat.delivery.courier.nudge();
            if let Err(error) = seat.vault.forget_case_work(row.case_id) {
                tracing::warn!(%error, "the draft of a decided case is still here");
            }
            desk.outbox_changed();
            let next = seat.hidden_cases().ok().and_then(|hide| seat.vault.next_held(Some(row.case_id), &hide).ok()?);
            Ok(DecisionRecordedView {
                decision_id: decision_id.to_string(),
                next_case_id: next.map(|id| id.to_string()),
            })
        })
        .await
    }

    /// Takes a decision back that was not sent yet; the case is in the queue again.
    ///
    /// # Errors
    /// Locked, no such decision, or too late.
    pub async fn decision_undo(&self, id: String) -> Result<(), CommandError> {
        self.at_seat(move |desk, seat| {
            let (id, now_ms) = (decision_id(&id)?, desk.now_ms(seat));
            let row = seat.vault.outbox_row(id)?.ok_or(DeskError::DecisionNotHere)?;
            // Read before, since the row goes; kept after, since a decision that stays has no draft.
            let copy = seat.vault.author_copy(id)?;
            seat.vault.outbox_undo(id, now_ms)?;
            // It is taken back: from here on nothing may fail.
            let restored = serde_json::from_slice::<AuthorCopy>(&copy)
                .map_err(DeskError::from)
                .and_then(|copy| restore_draft(seat, row.case_id, row.fence, &copy, now_ms));
            if let Err(error) = restored {
                tracing::error!(%error, "a decision that was taken back is no draft again");
            }
            seat.delivery.courier.nudge();
            desk.outbox_changed();
            desk.inner.announcer.changed(TopicView::Case);
            Ok(())
        })
        .await
    }

    fn cost(&self, seat: &Seat, row: &CaseRow, held: &HeldCase, opinion: &Opinion) -> Option<Consequence> {
        may_reject(row.state == StateWord::Pending, opinion).then(|| {
            let submitted = BeijingDate::of(instant(held.submitted_at_ms));
            consequence_of_rejection(row.round, submitted, BeijingDate::of(instant(self.now_ms(seat))))
        })
    }

    fn put_in_outbox(
        &self,
        seat: &Seat,
        row: &CaseRow,
        held_here: &HeldCase,
        opinion: &Opinion,
        catalogue: &ReasonCatalogue,
        request: &DecisionRecordRequest,
    ) -> Result<DecisionId, DeskError> {
        let time = seat.engine.clock();
        let decision_id = DecisionId(ids::decision_id(time.ms)?);
        let note = request.note.trim();
        if note.chars().count() > MAX_NOTE_CHARS {
            return Err(DeskError::NoteTooLong);
        }
        let mut evidence: Vec<String> = held_here.evidence.iter().map(|photo| photo.sha256.to_string()).collect();
        evidence.sort_unstable();
        let payload = DecisionPayload {
            decision_id: decision_id.0,
            case_id: row.case_id.0,
            author: seat.account_id().0,
            device_id: seat.vault.header().device_id,
            round: row.round.number(),
            case_version: row.version.0,
            fence: held_here.fence.0,
            opinion: opinion.kind().word().to_owned(),
            reasons: opinion.reasons().iter().map(|code| code.0.clone()).collect(),
            reasons_version: catalogue.version,
            applicant_text: opinion.text().map(str::to_owned),
            internal_note: (!note.is_empty()).then(|| note.to_owned()),
            evidence,
            reviews_left_shown: request.reviews_left_shown,
            decided_at_ms: time.ms,
            clock: time.claim(),
        };
        let bytes = serde_json::to_vec(&payload)?;
        let key = seat.server().envelope_key;
        let public_key = crate::escrow::public_key(&key)?;
        let sealed = envelope::seal(&public_key, decision_id, row.case_id, &bytes)?;
        let payload_sha256 = envelope::payload_sha256(&bytes);
        let message = decision_message(decision_id, row.case_id, payload_sha256);
        let case_note = case_work::stored(seat, row.case_id)?.and_then(|stored| stored.work.note);
        let author_copy = serde_json::to_vec(&AuthorCopy {
            payload,
            name: row.name.clone(),
            state: Some(row.state.word().to_owned()),
            case_note,
        })?;
        seat.vault.outbox_insert(&NewOutboxRow {
            decision_id,
            case_id: row.case_id,
            case_no: row.case_no.clone(),
            round: row.round,
            case_version: row.version,
            fence: held_here.fence,
            target_ms: row.deadline.due().map(|due| due.target_ms),
            breach_ms: breach_ms(row),
            created_at_ms: time.ms,
            not_before_ms: time.ms.saturating_add(UNDO_WINDOW_MS),
            payload_sha256,
            key_id: key.key_id,
            envelope: sealed,
            author_signature: seat.vault.sign_as_author(&message)?,
            device_signature: seat.vault.sign_as_device(&message)?,
            author_copy,
        })?;
        Ok(decision_id)
    }
}

/// Reads a decision id that came from the window.
pub(crate) fn decision_id(text: &str) -> Result<DecisionId, DeskError> {
    text.parse().map_err(|_| DeskError::DecisionNotHere)
}

fn held_case(seat: &Seat, id: &str) -> Result<(CaseRow, HeldCase), DeskError> {
    let id = case_id(id)?;
    let row = seat.vault.case_row(id)?.ok_or(DeskError::CaseNotHere)?;
    let held = seat.vault.held(id)?.filter(|_| row.is_held).ok_or(DeskError::NotHeld)?;
    Ok((row.case, held))
}

fn catalogue(seat: &Seat) -> Result<ReasonCatalogue, DeskError> {
    // Without a catalogue nothing but an approval can be given; the checks then say that a reason is unknown.
    Ok(seat.vault.reasons()?.unwrap_or(ReasonCatalogue { version: 0, reasons: Vec::new() }))
}

fn opinion(request: &OpinionRequest) -> Opinion {
    let reasons = || request.reasons.iter().map(|code| ReasonCode(code.clone())).collect();
    let text = || Some(request.text.trim().to_owned()).filter(|text| !text.is_empty());
    match request.kind {
        OpinionKindView::Approve => Opinion::Approve,
        OpinionKindView::Reject => Opinion::Reject { reasons: reasons(), text: text() },
        OpinionKindView::Escalate => Opinion::Escalate { reasons: reasons(), text: text() },
    }
}

/// Everything that forbids this decision now, as far as this desktop can know. The server checks all of it again.
fn check(
    seat: &Seat,
    now_ms: i64,
    row: &CaseRow,
    held: &HeldCase,
    opinion: &Opinion,
    catalogue: &ReasonCatalogue,
) -> Result<(), DeskError> {
    if !seat.role().may_review()
        || (row.state == StateWord::SupervisorDecides && seat.role() != casework::Role::Supervisor)
    {
        return Err(DeskError::Decide(DecideError::RoleMayNot));
    }
    if let Some(why) = why_read_only(seat, now_ms)? {
        return Err(DeskError::ReadOnly(why));
    }
    if row.state == StateWord::Technical {
        return Err(DeskError::Decide(DecideError::InTechnical));
    }
    if seat.hidden_cases()?.contains(&row.case_id) {
        return Err(DeskError::AlreadyDecidedHere);
    }
    if held.evidence.is_empty() || held.evidence.iter().any(|photo| photo.state != EvidenceState::Ready) {
        return Err(DeskError::PhotosMissing);
    }
    opinion.check(catalogue)?;
    Ok(())
}

/// Why no new decision can be made now, by what the office allows without the server.
pub(crate) fn why_read_only(seat: &Seat, now_ms: i64) -> Result<Option<ReadOnly>, DeskError> {
    let undelivered = seat.vault.outbox_counts()?.undelivered();
    let calendar = seat.calendars.counting().own();
    Ok(read_only(&calendar, seat.server().limits, instant(signed_in_ms(seat)?), instant(now_ms), undelivered))
}

/// The last sign-in at the server; of a vault from before this was kept, when it was made.
pub(crate) fn signed_in_ms(seat: &Seat) -> Result<i64, DeskError> {
    Ok(seat.vault.last_sign_in_ms()?.unwrap_or_else(|| seat.vault.header().created_at_ms))
}

/// Whether a second person must agree. Known for first opinions; a second opinion is blind, so nothing is foretold.
fn needs_second_person(seat: &Seat, row: &CaseRow, opinion: &Opinion) -> bool {
    row.state == StateWord::Pending
        && decide(&CaseState::Pending, row.round, seat.account_id(), seat.role(), opinion) == Ok(Next::SecondOpinion)
}
