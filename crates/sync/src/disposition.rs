//! What to do after an attempt to deliver a decision: the client's reaction table (security.md 4.5) as a pure function. Decided by status
//! and code, never by a text. Only a receipt with the right id and hash is a delivery; whatever else may have happened is unknown and is
//! asked again with the same key.

use std::time::Duration;

use casework::{DecisionId, Sha256};
use contract::decision::{Receipt, Standing};
use contract::problem::{Problem, ProblemCode};

use crate::api_error::ApiError;
use crate::error::{SyncError, SyncErrorKind, is_server_trouble};
use crate::transport::TransportError;

/// Why a decision is not delivered, as it is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryProblem {
    /// A stable word: the server's problem code, or one of [`SyncErrorKind::word`], or `receipt_mismatch`, `interrupted`.
    pub code: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Names the request in the server's log.
    pub incident: Option<String>,
}

impl DeliveryProblem {
    /// A word without more.
    #[must_use]
    pub fn of(code: &str) -> Self {
        Self { code: code.to_owned(), status: None, incident: None }
    }
}

impl From<&ApiError> for DeliveryProblem {
    fn from(error: &ApiError) -> Self {
        let status = match error {
            ApiError::Problem { problem, .. } => Some(problem.code.status()),
            ApiError::Refused { status, .. } => Some(*status),
            _ => None,
        };
        let code = match error {
            ApiError::Problem { problem, .. } => crate::error::problem_word(problem.code),
            other => SyncError::from(other.clone()).kind.word(),
        };
        let incident = match error {
            ApiError::Problem { problem, .. } => Some(problem.incident.clone()),
            ApiError::Refused { incident, .. } => incident.clone(),
            _ => None,
        };
        Self { code, status, incident }
    }
}

/// What to do with the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// The server has it.
    Delivered(Receipt),
    /// Unknown or not now: the same decision again, with the same id, after a while.
    Retry {
        /// What the server asked for.
        after: Option<Duration>,
        /// `true`: the next attempt can come soon, whatever the number of attempts.
        soon: bool,
        /// Why.
        problem: DeliveryProblem,
    },
    /// The case is not as it was seen: a person must look; what was decided is kept.
    Conflict {
        /// Why.
        problem: DeliveryProblem,
        /// What stands instead.
        standing: Option<Standing>,
    },
    /// Refused for good: kept with its reason until a person acts.
    Park {
        /// Why.
        problem: DeliveryProblem,
    },
    /// The access token is not good: refresh it once, then ask for the password. The row waits.
    SignIn {
        /// Why.
        problem: DeliveryProblem,
    },
    /// The server will take nothing more from this account or this program: the row waits, nothing is sent.
    Stop {
        /// Why.
        problem: DeliveryProblem,
        /// The same for people.
        kind: SyncErrorKind,
    },
}

/// Reads the outcome of an attempt to deliver the decision with this id and payload hash.
#[must_use]
pub fn disposition(decision_id: DecisionId, payload: Sha256, outcome: &Result<Receipt, ApiError>) -> Disposition {
    let error = match outcome {
        Ok(receipt) if receipt.decision_id == decision_id.0 && receipt.payload_sha256 == payload.to_string() => {
            return Disposition::Delivered(receipt.clone());
        }
        Ok(_) => {
            return Disposition::Retry { after: None, soon: false, problem: DeliveryProblem::of("receipt_mismatch") };
        }
        Err(error) => error,
    };
    let problem = DeliveryProblem::from(error);
    match error {
        ApiError::Transport(
            TransportError::Unreachable
            | TransportError::Timeout
            | TransportError::NotTrusted
            | TransportError::Incomplete
            | TransportError::TooLarge,
        )
        | ApiError::NotAReviewServer
        | ApiError::Unreadable
        | ApiError::PhotoDiffers => Disposition::Retry { after: None, soon: false, problem },
        ApiError::Problem { problem: document, retry_after } => by_code(decision_id, document, *retry_after, problem),
        ApiError::Refused { status, retry_after, .. } => by_status(*status, *retry_after, problem),
    }
}

fn by_code(
    decision_id: DecisionId,
    document: &Problem,
    retry_after: Option<Duration>,
    problem: DeliveryProblem,
) -> Disposition {
    match document.code {
        ProblemCode::DecisionInProgress => Disposition::Retry { after: retry_after, soon: true, problem },
        // What stands is this very decision: the same key gets the stored receipt.
        ProblemCode::AlreadyDecided
            if document.standing.as_ref().is_some_and(|standing| standing.decision_id == Some(decision_id.0)) =>
        {
            Disposition::Retry { after: retry_after, soon: false, problem }
        }
        ProblemCode::AccountDisabled => Disposition::Stop { problem, kind: SyncErrorKind::AccountDisabled },
        ProblemCode::DesktopTooOld => Disposition::Stop { problem, kind: SyncErrorKind::DesktopTooOld },
        code => match by_status(code.status(), retry_after, problem) {
            Disposition::Conflict { problem, .. } => {
                Disposition::Conflict { problem, standing: document.standing.clone() }
            }
            other => other,
        },
    }
}

fn by_status(status: u16, after: Option<Duration>, problem: DeliveryProblem) -> Disposition {
    match status {
        401 => Disposition::SignIn { problem },
        409 | 412 => Disposition::Conflict { problem, standing: None },
        426 => Disposition::Stop { problem, kind: SyncErrorKind::DesktopTooOld },
        400..=499 if !is_server_trouble(status) => Disposition::Park { problem },
        _ => Disposition::Retry { after, soon: false, problem },
    }
}
