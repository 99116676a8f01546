//! Takes decisions in from recovery files: the same rules as for a delivery, each decision in its own transaction, with the signatures of
//! author and device in the place of a sign-in. What was accepted before is told as known, so a file can be taken in again.

use casework::{AccountId, CaseId, DecisionId};
use contract::decision::DecisionPayload;
use contract::headers::quoted;
use contract::problem::ProblemCode;
use contract::recovery::{FORMAT, RecoveryCopy, RecoveryFile};
use rusqlite::Connection;
use thiserror::Error;
use uuid::Uuid;

use crate::refusal::ServerError;
use crate::rules::deciding;
use crate::rules::opening::{self, Incoming};
use crate::rules::viewer::{self, Author, Viewer};
use crate::state::AppState;
use crate::store::{StoreError, account, answer, case};

/// Why a whole file is not taken in.
#[derive(Debug, Error)]
pub enum RecoverError {
    /// It is something else, or of a newer program.
    #[error("this is not a recovery file that this program knows")]
    NotOurs,
    /// It is about the cases of another server.
    #[error("the recovery file is of another server")]
    OtherServer,
    /// The database. What was taken in before stays.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else inside.
    #[error("{0}")]
    Fault(&'static str),
}

/// What became of one decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was accepted now.
    Accepted,
    /// It had been accepted before.
    Known,
    /// It was refused.
    Refused(ProblemCode),
}

/// One decision and what became of it. Nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The decision.
    pub decision_id: Uuid,
    /// The number of its case, where the case is known here.
    pub case_no: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// Reads a recovery file.
///
/// # Errors
/// It is not one.
pub fn parse(bytes: &[u8]) -> Result<RecoveryFile, RecoverError> {
    let file: RecoveryFile = serde_json::from_slice(bytes).map_err(|_| RecoverError::NotOurs)?;
    if file.format == FORMAT { Ok(file) } else { Err(RecoverError::NotOurs) }
}

/// Takes in every decision of a file. With `from_revoked`, also those of devices that were revoked: the office's choice. Blocks.
///
/// # Errors
/// The file is another server's, or the database fails. Refusals of single decisions are results.
pub fn recover(state: &AppState, file: &RecoveryFile, from_revoked: bool) -> Result<Vec<Recovered>, RecoverError> {
    if file.server_id != state.server_id() {
        return Err(RecoverError::OtherServer);
    }
    file.decisions.iter().map(|copy| take_in(state, copy, from_revoked)).collect()
}

fn take_in(state: &AppState, copy: &RecoveryCopy, from_revoked: bool) -> Result<Recovered, RecoverError> {
    let decision_id = copy.request.decision_id;
    let taken = state.store().write_blocking(|tx| {
        let is_known = answer::load(tx, DecisionId(decision_id))?.is_some();
        decide(tx, state, copy, from_revoked)?;
        Ok(if is_known { Outcome::Known } else { Outcome::Accepted })
    });
    let outcome = match taken {
        Ok(outcome) => outcome,
        Err(ServerError::Refused(refusal)) => Outcome::Refused(refusal.code),
        Err(ServerError::Store(error)) => return Err(error.into()),
        Err(ServerError::Fault(what)) => return Err(RecoverError::Fault(what)),
    };
    let case_no = state.store().read_blocking(|tx| case::load(tx, CaseId(copy.case_id)));
    let case_no = case_no.map_err(|error: ServerError| match error {
        ServerError::Store(error) => RecoverError::Store(error),
        _ => RecoverError::Fault("a case cannot be read"),
    })?;
    Ok(Recovered { decision_id, case_no: case_no.map(|case| case.no.0), outcome })
}

fn decide(db: &Connection, state: &AppState, copy: &RecoveryCopy, from_revoked: bool) -> Result<(), ServerError> {
    let id = CaseId(copy.case_id);
    let payload = opening::peek(state, id, &copy.request)?;
    let author = author_of(db, state, &payload, from_revoked)?;
    let incoming = Incoming {
        request: copy.request.clone(),
        idempotency_key: Some(quoted(&copy.request.decision_id.to_string())),
        if_match: Some(quoted(&copy.case_version.to_string())),
    };
    deciding::decide(db, state, &author, id, &incoming, state.now()).map(|_| ())
}

/// The person in the payload, also when the account was closed since: the signatures say that it is theirs, and that they still could.
fn author_of(
    db: &Connection,
    state: &AppState,
    payload: &DecisionPayload,
    from_revoked: bool,
) -> Result<Author, ServerError> {
    let account = account::load(db, AccountId(payload.author))?
        .ok_or_else(|| ServerError::at_field(ProblemCode::BadEnvelope, "author"))?;
    let epoch = viewer::epoch(state, &account);
    let viewer = Viewer { account, session: Uuid::nil(), epoch };
    Ok(Author { viewer, device: payload.device_id, delivers_for: None, may_be_revoked: from_revoked })
}
