//! A decision comes in: every check and every change in one transaction, in a fixed order, so that a refusal always names the first rule
//! that stands against it and nothing about a case is told before the person may know of it. An accepted decision keeps its answer for
//! the life of the case; refusals are worked out anew each time and can only stay refusals, since versions and fences never fall.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casework::{
    CaseId, CaseState, CaseVersion, Conclusion, DecideError, DecisionId, Fence, Next, Opinion, OpinionKind, Period,
    ReasonCatalogue, ReasonCode, Sha256, may_reject, reviews_left,
};
use chrono::{DateTime, Duration, Utc};
use contract::decision::{DecisionPayload, DecisionRequest, Receipt};
use contract::envelope::payload_sha256;
use contract::headers::unquoted;
use contract::problem::ProblemCode;
use rusqlite::Connection;
use serde_json::json;
use working_days::BeijingDate;

use crate::catalogue;
use crate::refusal::ServerError;
use crate::rules::viewer::Viewer;
use crate::rules::{case_view, leasing};
use crate::secret::sha256_hex;
use crate::state::AppState;
use crate::store::answer::{self, AnswerRecord};
use crate::store::case::{self, CaseRecord};
use crate::store::event::{self, Event};
use crate::store::lease::LeaseRecord;
use crate::store::opinion::{self, OpinionRecord, Position};
use crate::store::{applicant, audit, conclusion, feed, lease, ms, notice, photo};

/// The longest internal note, in characters.
const MAX_NOTE_CHARS: usize = 2000;

/// A claim later than this is flagged.
const CLAIM_AHEAD: Duration = Duration::minutes(5);

/// What came in: body and headers, not yet believed.
pub(crate) struct Incoming {
    pub(crate) request: DecisionRequest,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) if_match: Option<String>,
}

/// A decision whose envelope opened and belongs to its header, its case and its author.
struct Opened {
    decision: DecisionId,
    payload: DecisionPayload,
    bytes: Vec<u8>,
    sha256: Sha256,
}

/// Takes a decision, or says why not.
pub(crate) fn decide(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    id: CaseId,
    incoming: &Incoming,
    now: DateTime<Utc>,
) -> Result<Receipt, ServerError> {
    // 1. May this person decide at all, and is it a case of the own office?
    viewer.must_review()?;
    let case = viewer.case(db, id)?;

    // 2. What is it? Nothing of an envelope that does not open or belongs elsewhere is looked at.
    let opened = open(state, viewer, &case, incoming)?;

    // 3. Did it come before?
    let fingerprint = fingerprint(&opened);
    if let Some(known) = answer::load(db, opened.decision)? {
        if known.fingerprint != fingerprint {
            return Err(ProblemCode::DecisionIdReused.into());
        }
        return serde_json::from_str(&known.answer).map_err(|_| ServerError::Fault("a stored answer cannot be read"));
    }
    if opinion::exists(db, opened.decision)? {
        return Err(ProblemCode::DecisionIdReused.into());
    }

    // 4. Which version was seen? Saying so is not optional.
    let seen = version_seen(incoming, &opened.payload)?;

    // 5. Does the case still wait for this person?
    let conflict =
        |code| -> Result<ServerError, ServerError> { Ok(ServerError::standing(code, case_view::standing(db, &case)?)) };
    match &case.state {
        CaseState::Concluded(_) | CaseState::Void => return Err(conflict(ProblemCode::AlreadyDecided)?),
        CaseState::Technical => return Err(conflict(ProblemCode::StateChanged)?),
        CaseState::SecondOpinion { first_by, .. } if *first_by == viewer.id() => {
            return Err(ProblemCode::OwnFirstOpinion.into());
        }
        open if !open.may_be_worked_by(viewer.id(), viewer.role()) => {
            return Err(conflict(ProblemCode::StateChanged)?);
        }
        _ => {}
    }

    // 6. Is it still this person's to decide? A lapsed lease that nobody took is.
    let grant = leasing::must_hold(db, viewer, &case, Fence(opened.payload.fence), now)?;

    // 7. Were these the photos?
    if !saw_evidence(db, &case, &opened.payload)? {
        return Err(conflict(ProblemCode::EvidenceChanged)?);
    }

    // 8. Was it this version?
    if seen != case.version {
        return Err(conflict(ProblemCode::VersionChanged)?);
    }

    // 9. Does a rejection still mean what the reviewer was told?
    if consequence_changed(db, &case, &opened.payload, now)? {
        return Err(conflict(ProblemCode::ConsequenceChanged)?);
    }

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

    let receipt = apply(db, viewer, &case, &opened, &opinion, &catalogue, next, &grant, now)?;
    let answer = serde_json::to_string(&receipt).map_err(|_| ServerError::Fault("a receipt cannot be written"))?;
    answer::insert(db, opened.decision, viewer.id(), &AnswerRecord { fingerprint, answer }, ms(now))?;
    Ok(receipt)
}

fn bad_envelope(field: &str) -> ServerError {
    ServerError::at_field(ProblemCode::BadEnvelope, field)
}

fn open(state: &AppState, viewer: &Viewer, case: &CaseRecord, incoming: &Incoming) -> Result<Opened, ServerError> {
    let request = &incoming.request;
    let decision = DecisionId(request.decision_id);
    let key = incoming.idempotency_key.as_deref().and_then(unquoted);
    let key = key.ok_or_else(|| ServerError::at_field(ProblemCode::BadRequest, "idempotency-key"))?;
    if key.parse() != Ok(decision) {
        return Err(bad_envelope("idempotency-key"));
    }
    let claimed: Sha256 = request.payload_sha256.parse().map_err(|_| bad_envelope("payload_sha256"))?;
    let pair = state.envelope_key(&request.key_id).ok_or_else(|| bad_envelope("key_id"))?;
    let sealed = STANDARD.decode(&request.envelope).map_err(|_| bad_envelope("envelope"))?;
    let bytes = pair.open(decision, case.id, &sealed).map_err(|_| bad_envelope("envelope"))?;
    let sha256 = payload_sha256(&bytes);
    if sha256 != claimed {
        return Err(bad_envelope("payload_sha256"));
    }
    let payload: DecisionPayload = serde_json::from_slice(&bytes).map_err(|_| bad_envelope("payload"))?;
    if payload.decision_id != decision.0 {
        return Err(bad_envelope("decision_id"));
    }
    if payload.case_id != case.id.0 {
        return Err(bad_envelope("case_id"));
    }
    if payload.author != viewer.id().0 {
        return Err(bad_envelope("author"));
    }
    if payload.round != case.round.number() {
        return Err(bad_envelope("round"));
    }
    Ok(Opened { decision, payload, bytes, sha256 })
}

/// The same payload sealed again is the same decision: sealing is randomised, so the envelope's bytes say nothing.
fn fingerprint(opened: &Opened) -> String {
    let Opened { payload, sha256, .. } = opened;
    sha256_hex(format!("{sha256} {} {}", payload.case_id, payload.author).as_bytes())
}

fn version_seen(incoming: &Incoming, payload: &DecisionPayload) -> Result<CaseVersion, ServerError> {
    let header = incoming.if_match.as_deref().ok_or(ProblemCode::VersionRequired)?;
    let seen = unquoted(header)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ServerError::at_field(ProblemCode::BadRequest, "if-match"))?;
    if seen == payload.case_version { Ok(CaseVersion(seen)) } else { Err(bad_envelope("case_version")) }
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

#[expect(clippy::too_many_arguments, reason = "the one place where all that was checked is written down")]
fn apply(
    db: &Connection,
    viewer: &Viewer,
    case: &CaseRecord,
    opened: &Opened,
    opinion: &Opinion,
    catalogue: &ReasonCatalogue,
    next: Next,
    grant: &LeaseRecord,
    now: DateTime<Utc>,
) -> Result<Receipt, ServerError> {
    let position = match case.state {
        CaseState::SecondOpinion { .. } => Position::Second,
        CaseState::SupervisorDecides { .. } => Position::Supervisor,
        _ => Position::First,
    };
    let record = OpinionRecord {
        position,
        opinion,
        payload: &opened.payload,
        payload_bytes: &opened.bytes,
        payload_sha256: opened.sha256,
        decided_at_flag: flag_of_claim(opened.payload.decided_at_ms, grant, now),
    };
    opinion::insert(db, &record, ms(now))?;
    let (to_state, outcome) = match next {
        Next::Concluded(outcome) => ("concluded", Some(outcome)),
        Next::SecondOpinion => ("second_opinion", None),
        Next::SupervisorDecides => ("supervisor_decides", None),
    };
    if let Some(outcome) = outcome {
        conclusion::insert(db, case.id, case.round, outcome, opened.decision, viewer.id(), now)?;
    }
    let version = case::move_to(db, case, to_state)?;
    lease::end(db, case.id, "ended", now)?;
    let event = Event {
        case: case.id,
        version,
        what: "opinion",
        from_state: Some(case.state.word()),
        to_state,
        account: Some(viewer.id()),
        decision: Some(opened.decision),
    };
    event::insert(db, &event, ms(now))?;
    feed::touch(db, case.id, case.office)?;
    audit::write(db, ms(now), Some(viewer.id()), "decision", Some(case.id), Some(&opened.decision.to_string()))?;
    if let Some(outcome) = outcome {
        notice::insert(db, case.id, "concluded", &notice_body(case, opinion, catalogue, outcome, now), ms(now))?;
    }
    Ok(Receipt {
        decision_id: opened.decision.0,
        payload_sha256: opened.sha256.to_string(),
        case_version: version.0,
        state: to_state.to_owned(),
        outcome: outcome.map(|outcome| outcome.word().to_owned()),
        received_at_ms: ms(now),
    })
}

/// A claimed time that cannot be true is kept with a flag; the legal time is the server's.
fn flag_of_claim(decided_at_ms: i64, grant: &LeaseRecord, now: DateTime<Utc>) -> Option<&'static str> {
    if decided_at_ms < ms(grant.granted_at) {
        Some("before_lease")
    } else if decided_at_ms > ms(now + CLAIM_AHEAD) {
        Some("in_future")
    } else {
        None
    }
}

/// What the applicant gets: the text that the reviewer previewed, composed by the same rule. Never the internal note.
fn notice_body(
    case: &CaseRecord,
    opinion: &Opinion,
    catalogue: &ReasonCatalogue,
    outcome: Conclusion,
    now: DateTime<Utc>,
) -> serde_json::Value {
    use casework::Language::{En, Zh};
    let is_rejected = outcome == Conclusion::Rejected;
    let reasons: Vec<_> = opinion.reasons().iter().filter(|_| is_rejected).map(|code| &code.0).collect();
    let text = |language| is_rejected.then(|| catalogue.applicant_text(opinion, language));
    json!({
        "case_no": case.no.0,
        "round": case.round.number(),
        "outcome": outcome.word(),
        "concluded_at_ms": ms(now),
        "reasons": reasons,
        "text_zh": text(Zh),
        "text_en": text(En),
    })
}
