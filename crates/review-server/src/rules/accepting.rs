//! What an accepted decision leaves behind, all in the transaction that accepted it: the opinion, perhaps the conclusion, the case's new
//! version, history, feed, audit, the portal's notice, and the receipt, which the server signs.

use casework::{CaseState, CaseVersion, Conclusion, DecisionId, Next, Opinion, ReasonCatalogue};
use chrono::{DateTime, Duration, Utc};
use contract::access_log::AuditPosition;
use contract::decision::Receipt;
use contract::signature::receipt_message;
use rusqlite::Connection;
use serde_json::json;

use crate::refusal::ServerError;
use crate::rules::case_work;
use crate::rules::opening::Opened;
use crate::rules::viewer::Viewer;
use crate::state::AppState;
use crate::store::answer::{self, AnswerRecord};
use crate::store::case::{self, CaseRecord};
use crate::store::event::{self, Event};
use crate::store::opinion::{self, OpinionRecord, Position};
use crate::store::{audit, conclusion, feed, lease, ms, notice};

/// A claim later than this is flagged.
const CLAIM_AHEAD: Duration = Duration::minutes(5);

/// A decision that passed every check.
pub(crate) struct Accepted<'a> {
    pub(crate) case: &'a CaseRecord,
    pub(crate) opened: &'a Opened,
    pub(crate) opinion: &'a Opinion,
    pub(crate) catalogue: &'a ReasonCatalogue,
    pub(crate) next: Next,
    /// When the lease was granted under which it was made; `None` when that is not known any more.
    pub(crate) granted_at: Option<DateTime<Utc>>,
    /// The legal time: now, or when the server received it in a history that was lost.
    pub(crate) received_at: DateTime<Utc>,
    /// The version that the case must have afterwards at least.
    pub(crate) at_least: CaseVersion,
    /// The word of the audit: `decision`, or `decision_restored` for one that an earlier history had accepted.
    pub(crate) what: &'static str,
}

/// Applies a decision and keeps its answer. Returns the answer as it will be repeated.
pub(crate) fn accept(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    accepted: &Accepted<'_>,
    now: DateTime<Utc>,
) -> Result<String, ServerError> {
    let Accepted { case, opened, opinion, next, received_at, .. } = accepted;
    let received_at = *received_at;
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
        decided_at_flag: flag_of_claim(opened.payload.decided_at_ms, accepted.granted_at, received_at),
    };
    opinion::insert(db, &record, ms(received_at))?;
    let (to_state, outcome) = words_of(*next);
    if let Some(outcome) = outcome {
        conclusion::insert(db, case.id, case.round, outcome, opened.decision, viewer.id(), received_at)?;
    }
    let version = case::move_to_at_least(db, case, to_state, accepted.at_least)?;
    lease::end(db, case.id, "ended", now)?;
    case_work::clear(db, case.id)?;
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
    let audit = audit::write_decision(db, ms(now), viewer.id(), accepted.what, case.id, opened.decision)?;
    if let Some(outcome) = outcome {
        let body = notice_body(case, opinion, accepted.catalogue, outcome, received_at);
        notice::insert(db, case.id, "concluded", &body, ms(now))?;
    }
    let receipt = signed(
        state,
        Receipt {
            decision_id: opened.decision.0,
            payload_sha256: opened.sha256.to_string(),
            case_version: version.0,
            state: to_state.to_owned(),
            outcome: outcome.map(|outcome| outcome.word().to_owned()),
            received_at_ms: ms(received_at),
            audit,
            signature: String::new(),
        },
    )?;
    let answer = text_of(&receipt)?;
    let record = AnswerRecord { fingerprint: opened.fingerprint(), answer: answer.clone() };
    answer::insert(db, opened.decision, viewer.id(), &record, ms(now))?;
    Ok(answer)
}

/// The state's word and the outcome that an opinion leads to.
pub(crate) fn words_of(next: Next) -> (&'static str, Option<Conclusion>) {
    match next {
        Next::Concluded(outcome) => ("concluded", Some(outcome)),
        Next::SecondOpinion => ("second_opinion", None),
        Next::SupervisorDecides => ("supervisor_decides", None),
    }
}

fn signed(state: &AppState, mut receipt: Receipt) -> Result<Receipt, ServerError> {
    receipt.signature = state.signing_key()?.sign(&receipt_message(state.server_id(), &receipt));
    Ok(receipt)
}

fn text_of(receipt: &Receipt) -> Result<String, ServerError> {
    serde_json::to_string(receipt).map_err(|_| ServerError::Fault("a receipt cannot be written"))
}

/// The stored answer of a decision that came before. One from before receipts were signed is signed now, and kept so.
pub(crate) fn repeated(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    case: &CaseRecord,
    decision: DecisionId,
    known: AnswerRecord,
    now: DateTime<Utc>,
) -> Result<String, ServerError> {
    let broken = ServerError::Fault("a stored answer cannot be read");
    let mut answer: serde_json::Value = match serde_json::from_str(&known.answer) {
        Ok(answer) => answer,
        Err(_) => return Err(broken),
    };
    if answer.get("signature").is_some() {
        return Ok(known.answer);
    }
    let position: AuditPosition = match audit::position_of(db, decision)? {
        Some(position) => position,
        None => audit::write_decision(db, ms(now), viewer.id(), "decision_signed", case.id, decision)?,
    };
    answer["audit"] = json!(position);
    answer["signature"] = json!("");
    let receipt: Receipt = serde_json::from_value(answer).map_err(|_| broken)?;
    let text = text_of(&signed(state, receipt)?)?;
    answer::sign_old(db, decision, &text)?;
    Ok(text)
}

/// A claimed time that cannot be true is kept with a flag; the legal time is the server's.
fn flag_of_claim(
    decided_at_ms: i64,
    granted_at: Option<DateTime<Utc>>,
    received_at: DateTime<Utc>,
) -> Option<&'static str> {
    if granted_at.is_some_and(|granted_at| decided_at_ms < ms(granted_at)) {
        Some("before_lease")
    } else if decided_at_ms > ms(received_at + CLAIM_AHEAD) {
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
    concluded_at: DateTime<Utc>,
) -> serde_json::Value {
    use casework::Language::{En, Zh};
    let is_rejected = outcome == Conclusion::Rejected;
    let reasons: Vec<_> = opinion.reasons().iter().filter(|_| is_rejected).map(|code| &code.0).collect();
    let text = |language| is_rejected.then(|| catalogue.applicant_text(opinion, language));
    json!({
        "case_no": case.no.0,
        "round": case.round.number(),
        "outcome": outcome.word(),
        "concluded_at_ms": ms(concluded_at),
        "reasons": reasons,
        "text_zh": text(Zh),
        "text_en": text(En),
    })
}
