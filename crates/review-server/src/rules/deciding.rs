//! A decision comes in: every check and every change in one transaction, in a fixed order, so that a refusal always names the first rule
//! that stands against it and nothing about a case is told before the person may know of it. An accepted decision keeps its answer for
//! the life of the case; refusals are worked out anew each time and can only stay refusals, since versions and fences never fall within one
//! history of the server.

use casework::{
    CaseState, CaseVersion, DecideError, Fence, Opinion, OpinionKind, Period, ReasonCatalogue, ReasonCode, Sha256,
    may_reject, reviews_left,
};
use chrono::{DateTime, Utc};
use contract::decision::DecisionPayload;
use contract::problem::ProblemCode;
use rusqlite::Connection;
use working_days::BeijingDate;

use crate::catalogue;
use crate::failpoint::failpoint;
use crate::refusal::ServerError;
use crate::rules::accepting::{self, Accepted};
use crate::rules::opening::{self, Incoming, Opened};
use crate::rules::viewer::{Author, Viewer};
use crate::rules::{case_view, leasing, lost_history};
use crate::state::AppState;
use crate::store::case::CaseRecord;
use crate::store::{answer, applicant, opinion, photo};

/// The longest internal note, in characters.
const MAX_NOTE_CHARS: usize = 2000;

/// What a decision rests on besides its contents.
struct Grounds {
    /// When the lease was granted, where that is known.
    granted_at: Option<DateTime<Utc>>,
    /// When an earlier history of this server accepted it, where one did.
    received_at: Option<DateTime<Utc>>,
    at_least: CaseVersion,
}

/// Takes a decision, or says why not. The answer is the receipt, word for word as it will be repeated.
pub(crate) fn decide(
    db: &Connection,
    state: &AppState,
    author: &Author,
    id: casework::CaseId,
    incoming: &Incoming,
    now: DateTime<Utc>,
) -> Result<String, ServerError> {
    // 1. May this person decide at all, and is it a case of the own office?
    let viewer = &author.viewer;
    viewer.must_review()?;
    let case = viewer.case(db, id)?;

    // 2. What is it? Nothing of an envelope that does not open, belongs elsewhere or is not signed is looked at.
    let opened = opening::open(db, state, author, &case, incoming)?;

    // 3. Did it come before?
    if let Some(known) = answer::load(db, opened.decision)? {
        if known.fingerprint != opened.fingerprint() {
            return Err(ProblemCode::DecisionIdReused.into());
        }
        return accepting::repeated(db, state, viewer, &case, opened.decision, known, now);
    }
    if opinion::exists(db, opened.decision)? {
        return Err(ProblemCode::DecisionIdReused.into());
    }

    // 4. Which version was seen? Saying so is not optional.
    let seen = opening::version_seen(incoming, &opened.payload)?;

    // 5. Does the case still wait for this person?
    must_wait_for(db, viewer, &case)?;

    // 6. to 9. Is it still this person's to decide, on what was seen?
    let grounds = match &incoming.request.receipt {
        None => grounds_now(db, state, viewer, &case, &opened, seen, now)?,
        Some(receipt) => {
            let received_at = lost_history::received_at(state, &opened, receipt)?;
            must_have_seen_evidence(db, &case, &opened.payload)?;
            Grounds { granted_at: None, received_at: Some(received_at), at_least: CaseVersion(receipt.case_version) }
        }
    };

    // 10. Is it an opinion that can be given?
    let (opinion, catalogue) = checked_opinion(db, case.state == CaseState::Pending, &opened.payload)?;

    // 11. Where does it lead?
    let next =
        casework::decide(&case.state, case.round, viewer.id(), viewer.role(), &opinion).map_err(|why| match why {
            DecideError::RoleMayNot => ServerError::from(ProblemCode::RoleMayNot),
            DecideError::OwnFirstOpinion => ProblemCode::OwnFirstOpinion.into(),
            DecideError::NotOpen => ProblemCode::AlreadyDecided.into(),
            DecideError::InTechnical | DecideError::NotInTechnical => ProblemCode::StateChanged.into(),
        })?;
    if let Some(receipt) = &incoming.request.receipt {
        lost_history::must_lead_there(db, state, &case, seen, next, receipt, now)?;
    }

    let accepted = Accepted {
        case: &case,
        opened: &opened,
        opinion: &opinion,
        catalogue: &catalogue,
        next,
        granted_at: grounds.granted_at,
        received_at: grounds.received_at.unwrap_or(now),
        at_least: grounds.at_least,
        what: if grounds.received_at.is_some() { "decision_restored" } else { "decision" },
    };
    let answer = accepting::accept(db, state, viewer, &accepted, now)?;
    failpoint!("server::decide::before-commit");
    Ok(answer)
}

fn conflict(db: &Connection, case: &CaseRecord, code: ProblemCode) -> ServerError {
    match case_view::standing(db, case) {
        Ok(standing) => ServerError::standing(code, standing),
        Err(error) => error,
    }
}

fn must_wait_for(db: &Connection, viewer: &Viewer, case: &CaseRecord) -> Result<(), ServerError> {
    match &case.state {
        CaseState::Concluded(_) | CaseState::Void => return Err(conflict(db, case, ProblemCode::AlreadyDecided)),
        CaseState::Technical => return Err(conflict(db, case, ProblemCode::StateChanged)),
        CaseState::SecondOpinion { first_by, .. } if *first_by == viewer.id() => {
            return Err(ProblemCode::OwnFirstOpinion.into());
        }
        open if !open.may_be_worked_by(viewer.id(), viewer.role()) => {
            return Err(conflict(db, case, ProblemCode::StateChanged));
        }
        _ => {}
    }
    leasing::must_not_be_recused(db, viewer, case)
}

/// The grounds of a decision that was never accepted before.
fn grounds_now(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    case: &CaseRecord,
    opened: &Opened,
    seen: CaseVersion,
    now: DateTime<Utc>,
) -> Result<Grounds, ServerError> {
    // 6. Is it still this person's to decide? A lapsed lease that nobody took is.
    let (granted_at, is_forgotten) = match leasing::must_hold(db, viewer, case, Fence(opened.payload.fence), now) {
        Ok(grant) => (Some(grant.granted_at), false),
        Err(_) if lost_history::is_of_forgotten_lease(db, state, case, opened)? => (None, true),
        Err(lost) => return Err(lost),
    };

    // 7. Were these the photos?
    must_have_seen_evidence(db, case, &opened.payload)?;

    // 8. Was it this version?
    let is_forgotten_version = is_forgotten && seen > case.version;
    if seen != case.version && !is_forgotten_version {
        return Err(conflict(db, case, ProblemCode::VersionChanged));
    }
    if is_forgotten_version {
        lost_history::must_not_be_early(state, case, seen, now)?;
    }

    // 9. Does a rejection still mean what the reviewer was told?
    if consequence_changed(db, case, &opened.payload, now)? {
        return Err(conflict(db, case, ProblemCode::ConsequenceChanged));
    }
    Ok(Grounds { granted_at, received_at: None, at_least: CaseVersion(seen.0.saturating_add(1)) })
}

fn must_have_seen_evidence(db: &Connection, case: &CaseRecord, payload: &DecisionPayload) -> Result<(), ServerError> {
    if saw_evidence(db, case, payload)? { Ok(()) } else { Err(conflict(db, case, ProblemCode::EvidenceChanged)) }
}

fn saw_evidence(db: &Connection, case: &CaseRecord, payload: &DecisionPayload) -> Result<bool, ServerError> {
    let Ok(mut seen) = payload.evidence.iter().map(|text| text.parse()).collect::<Result<Vec<Sha256>, _>>() else {
        return Ok(false);
    };
    let mut there = photo::hashes_of_case(db, case.id)?;
    seen.sort_unstable();
    seen.dedup();
    there.sort_unstable();
    there.dedup();
    Ok(seen == there)
}

/// Whether "some reviews left" has become "none". Counted anew, in the period of now.
fn consequence_changed(
    db: &Connection,
    case: &CaseRecord,
    payload: &DecisionPayload,
    now: DateTime<Utc>,
) -> Result<bool, ServerError> {
    let Some(shown) = payload.reviews_left_shown else {
        return Ok(false);
    };
    Ok(shown > 0 && left_at(db, case, now)? == 0)
}

fn left_at(db: &Connection, case: &CaseRecord, now: DateTime<Utc>) -> Result<u8, ServerError> {
    let period = Period::of(BeijingDate::of(now)).max(Period::of(case.submitted_on()));
    Ok(reviews_left(applicant::rounds_used(db, case.applicant, period)?))
}

fn checked_opinion(
    db: &Connection,
    is_first_opinion: bool,
    payload: &DecisionPayload,
) -> Result<(Opinion, ReasonCatalogue), ServerError> {
    let bad = |field: &str| ServerError::at_field(ProblemCode::BadOpinion, field);
    let kind = OpinionKind::from_word(&payload.opinion).ok_or_else(|| bad("opinion"))?;
    let reasons: Vec<ReasonCode> = payload.reasons.iter().cloned().map(ReasonCode).collect();
    let text = payload.applicant_text.clone();
    let opinion = match kind {
        OpinionKind::Approve if !reasons.is_empty() => return Err(bad("reasons")),
        OpinionKind::Approve if text.is_some() => return Err(bad("applicant_text")),
        OpinionKind::Approve => Opinion::Approve,
        OpinionKind::Reject => Opinion::Reject { reasons, text },
        OpinionKind::Escalate => Opinion::Escalate { reasons, text },
    };
    if may_reject(is_first_opinion, &opinion) && payload.reviews_left_shown.is_none() {
        return Err(bad("reviews_left_shown"));
    }
    let catalogue = catalogue::of_version(db, payload.reasons_version)?.ok_or_else(|| bad("reasons_version"))?;
    opinion.check(&catalogue).map_err(|_| bad("reasons"))?;
    if let Some(note) = &payload.internal_note
        && (note.chars().count() > MAX_NOTE_CHARS || note.chars().any(|c| c.is_control() && c != '\n'))
    {
        return Err(bad("internal_note"));
    }
    Ok((opinion, catalogue))
}
