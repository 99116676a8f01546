//! After a restore: decisions of the history that was lost. One that this server had accepted comes back with the receipt that it signed, and
//! is accepted as it was. One that it never got was made on leases and versions that are forgotten here; it is accepted where nobody took
//! the case since. Whatever else stands by now is left to a person.

use casework::{CaseState, CaseVersion, Fence, Next};
use chrono::{DateTime, Duration, Utc};
use contract::decision::Receipt;
use contract::problem::ProblemCode;
use contract::signature::receipt_message;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::opening::Opened;
use crate::rules::{accepting, case_view};
use crate::state::AppState;
use crate::store::case::CaseRecord;
use crate::store::lease::{self, LeaseRecord};
use crate::store::{event, ms};

/// For how long after a restore a decision that was made on a newer version of its case waits for what came between, which may be the first
/// opinion on another desktop. After it the newer version is taken for something that does not come back, such as a repair.
const EARLIER_MAY_COME: Duration = Duration::hours(24);

/// When a desktop should offer again what has to wait.
const OFFER_AGAIN_S: u32 = 300;

/// When an earlier history of this server received the decision, by the receipt that came with it.
///
/// # Errors
/// The receipt is not one of this server for this decision: `bad_signature` at `receipt`.
pub(crate) fn received_at(state: &AppState, opened: &Opened, receipt: &Receipt) -> Result<DateTime<Utc>, ServerError> {
    let is_of_it = receipt.decision_id == opened.decision.0 && receipt.payload_sha256 == opened.sha256.to_string();
    if is_of_it
        && state.has_signed(&receipt_message(state.server_id(), receipt), &receipt.signature)
        && let Some(at) = DateTime::from_timestamp_millis(receipt.received_at_ms)
    {
        return Ok(at);
    }
    Err(ServerError::at_field(ProblemCode::BadSignature, "receipt"))
}

/// Refuses a decision with a good receipt that would lead elsewhere here than it did: for now when something before it may still come,
/// else for good, with what stands.
pub(crate) fn must_lead_there(
    db: &Connection,
    state: &AppState,
    case: &CaseRecord,
    seen: CaseVersion,
    next: Next,
    receipt: &Receipt,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    let (word, outcome) = accepting::words_of(next);
    let leads_there = word == receipt.state && outcome.map(casework::Conclusion::word) == receipt.outcome.as_deref();
    // One that was made on an older version than the opinions that stand here is none that follows them.
    let follows = case.state == CaseState::Pending || seen >= case.version;
    if leads_there && follows {
        // A later opinion that finds none before it may look like a first one of the same outcome.
        return must_not_be_early(state, case, seen, now);
    }
    if seen > case.version {
        return Err(ServerError::retry_after(ProblemCode::DecisionInProgress, OFFER_AGAIN_S));
    }
    Err(ServerError::standing(ProblemCode::AlreadyDecided, case_view::standing(db, case)?))
}

/// Lets a decision on a newer version of its case wait, for a day after the restore.
pub(crate) fn must_not_be_early(
    state: &AppState,
    case: &CaseRecord,
    seen: CaseVersion,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    // A restore that lies ahead was made by a clock that was wrong: nothing waits for that.
    let since_ms = state.restored_at_ms().map(|at| ms(now).saturating_sub(at));
    let may_come = since_ms.is_some_and(|since| (0..EARLIER_MAY_COME.num_milliseconds()).contains(&since));
    if seen > case.version && may_come {
        return Err(ServerError::retry_after(ProblemCode::DecisionInProgress, OFFER_AGAIN_S));
    }
    Ok(())
}

/// Whether a decision may have been made on a lease that was granted after the backup: its fence is greater than the one on record, and since
/// the restore nobody took the case, no lease on it was revoked, and nothing moved it. A grant that is younger than the decision, as another
/// restore before may leave it, is somebody who took the case.
pub(crate) fn is_of_forgotten_lease(
    db: &Connection,
    state: &AppState,
    case: &CaseRecord,
    opened: &Opened,
) -> Result<bool, ServerError> {
    let Some(restored_at_ms) = state.restored_at_ms() else {
        return Ok(false);
    };
    let record: Option<LeaseRecord> = lease::load(db, case.id)?;
    let (fence, granted_at_ms) = record.map_or((Fence(0), i64::MIN), |record| (record.fence, ms(record.granted_at)));
    Ok(opened.payload.fence > fence.0
        && granted_at_ms < restored_at_ms
        && granted_at_ms <= opened.payload.decided_at_ms
        && !lease::was_taken_since(db, case.id, restored_at_ms)?
        && !event::any_since(db, case.id, restored_at_ms)?)
}
