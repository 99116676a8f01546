//! What to do after an attempt to deliver a decision: the client's reaction table (security.md 4.5) as a pure function. Decided by status
//! and code, never by a text. Only a receipt with the right id and hash and the server's signature is a delivery; whatever else may have
//! happened is unknown and is asked again with the same key. Every code has its row: the compiler asks for those of a newer contract.

use std::time::Duration;

use casework::{DecisionId, Sha256};
use contract::decision::{Receipt, Standing};
use contract::problem::{Problem, ProblemCode};
use contract::signature;
use uuid::Uuid;

use crate::api_error::ApiError;
use crate::error::{SyncError, SyncErrorKind, is_server_trouble};
use crate::transport::TransportError;

/// The word beside a decision whose receipt is another one's, or not signed by the server.
pub(crate) const RECEIPT_MISMATCH: &str = "receipt_mismatch";

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
    /// The credential is not good: the row waits until its author signs in again.
    SignIn {
        /// Why.
        problem: DeliveryProblem,
        /// Whether the server says that it does not know the credential at all.
        is_unknown: bool,
    },
    /// The device was revoked: the row waits for the supervisor, nothing is sent.
    Revoked {
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

/// The receipt that is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited<'a> {
    /// The decision.
    pub decision_id: DecisionId,
    /// The hash of what was sent.
    pub payload_sha256: Sha256,
    /// The server.
    pub server_id: Uuid,
    /// The key that it signs receipts with, standard base64.
    pub receipt_key: &'a str,
}

impl Awaited<'_> {
    /// Whether it is this receipt, and the server's own.
    #[must_use]
    pub fn is_it(&self, receipt: &Receipt) -> bool {
        let message = signature::receipt_message(self.server_id, receipt);
        receipt.decision_id == self.decision_id.0
            && receipt.payload_sha256 == self.payload_sha256.to_string()
            && signature::verify(self.receipt_key, &message, &receipt.signature).is_ok()
    }
}

/// Reads the outcome of an attempt to deliver a decision.
#[must_use]
pub fn disposition(awaited: &Awaited<'_>, outcome: &Result<Receipt, ApiError>) -> Disposition {
    let error = match outcome {
        Ok(receipt) if awaited.is_it(receipt) => return Disposition::Delivered(receipt.clone()),
        Ok(_) => {
            return Disposition::Retry { after: None, soon: false, problem: DeliveryProblem::of(RECEIPT_MISMATCH) };
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
        ApiError::Problem { problem: document, retry_after } => {
            by_code(awaited.decision_id, document, *retry_after, problem)
        }
        ApiError::Refused { status, retry_after, .. } => by_status(*status, *retry_after, problem),
    }
}

fn by_code(
    decision_id: DecisionId,
    document: &Problem,
    after: Option<Duration>,
    problem: DeliveryProblem,
) -> Disposition {
    use ProblemCode as Code;
    match document.code {
        Code::DecisionInProgress => Disposition::Retry { after, soon: true, problem },
        // What stands is this very decision: the same key gets the stored receipt.
        Code::AlreadyDecided
            if document.standing.as_ref().is_some_and(|standing| standing.decision_id == Some(decision_id.0)) =>
        {
            Disposition::Retry { after, soon: false, problem }
        }
        Code::AlreadyDecided
        | Code::StateChanged
        | Code::LeaseLost
        | Code::LeaseHeld
        | Code::NotLeasable
        | Code::EvidenceChanged
        | Code::VersionChanged
        | Code::ConsequenceChanged
        | Code::ReviewPending
        | Code::NoReviewsLeft => Disposition::Conflict { problem, standing: document.standing.clone() },
        Code::DeviceUnknown => Disposition::SignIn { problem, is_unknown: true },
        Code::WrongPassword
        | Code::SignInRequired
        | Code::TokenExpired
        | Code::SessionExpired
        | Code::BadCredential => Disposition::SignIn { problem, is_unknown: false },
        Code::DeviceRevoked => Disposition::Revoked { problem },
        Code::AccountDisabled => Disposition::Stop { problem, kind: SyncErrorKind::AccountDisabled },
        // It goes when the program is renewed: the row needs nobody.
        Code::DesktopTooOld => Disposition::Stop { problem, kind: SyncErrorKind::DesktopTooOld },
        Code::AccountLocked | Code::TooManyRequests | Code::Internal | Code::Unavailable => {
            Disposition::Retry { after, soon: false, problem }
        }
        Code::BadRequest
        | Code::NotFound
        | Code::MethodNotAllowed
        | Code::TooLarge
        | Code::UnsupportedMediaType
        | Code::DeviceKeyDiffers
        | Code::BadSignature
        | Code::AuditChainBroken
        | Code::Recused
        | Code::RoleMayNot
        | Code::LeaseRequired
        | Code::DecisionIdReused
        | Code::VersionRequired
        | Code::BadEnvelope
        | Code::BadOpinion
        | Code::OwnFirstOpinion
        | Code::BadApplication
        | Code::SideMissing
        | Code::BadPhoto
        | Code::SubmittedAtOutOfBounds
        | Code::KeyReused => Disposition::Park { problem },
    }
}

fn by_status(status: u16, after: Option<Duration>, problem: DeliveryProblem) -> Disposition {
    match status {
        401 => Disposition::SignIn { problem, is_unknown: false },
        409 | 412 => Disposition::Conflict { problem, standing: None },
        426 => Disposition::Stop { problem, kind: SyncErrorKind::DesktopTooOld },
        400..=499 if !is_server_trouble(status) => Disposition::Park { problem },
        _ => Disposition::Retry { after, soon: false, problem },
    }
}
