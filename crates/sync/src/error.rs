//! What went wrong between this computer and the server, in one type: the error of direct calls and the problem that events tell. The
//! desk maps the kind to its own codes. Texts are for logs and hold nothing personal.

use std::fmt;
use std::time::Duration;

use contract::decision::Standing;
use contract::problem::ProblemCode;
use thiserror::Error;

use crate::api_error::ApiError;
use crate::ledger::LedgerError;
use crate::transport::TransportError;

/// The kinds that somebody may want to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyncErrorKind {
    /// No connection.
    Unreachable,
    /// No whole answer in time.
    Timeout,
    /// No trusted connection.
    NotTrusted,
    /// The answer broke off.
    Incomplete,
    /// The answer is longer than it may be.
    AnswerTooLarge,
    /// Something answers that is no review server.
    NotAReviewServer,
    /// A review server, but not the one that this vault belongs to.
    OtherServer,
    /// The server says that the session belongs to another account than this vault.
    OtherAccount,
    /// The server is in trouble: this HTTP status.
    ServerFault(u16),
    /// This desktop is too old for the server.
    DesktopTooOld,
    /// The server is too old for this desktop.
    ServerTooOld,
    /// Account or password is wrong.
    WrongPassword,
    /// Too many wrong passwords.
    AccountLocked {
        /// Seconds until it can be tried again, if the server said so.
        retry_after_s: Option<u32>,
    },
    /// The account was closed.
    AccountDisabled,
    /// Nobody is signed in, or the session has ended.
    SessionExpired,
    /// Another refusal of the contract.
    Problem(ProblemCode),
    /// A refusal whose code this desktop does not know: this HTTP status.
    Refused(u16),
    /// The answer is not of the contract's form.
    Unreadable,
    /// A photo is not the one that was asked for.
    PhotoDiffers,
    /// The local disk is full.
    StorageFull,
    /// The local store failed.
    Storage,
    /// The HTTP client could not be set up.
    ClientSetup,
    /// The engine was stopped meanwhile.
    Stopped,
}

impl SyncErrorKind {
    /// A stable word for it, as it is kept beside an undelivered decision; the server's own code where it gave one.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::NotTrusted => "not_trusted",
            Self::Incomplete => "incomplete",
            Self::AnswerTooLarge => "answer_too_large",
            Self::NotAReviewServer => "not_a_review_server",
            Self::OtherServer => "other_server",
            Self::OtherAccount => "other_account",
            Self::ServerFault(_) => "server_fault",
            Self::DesktopTooOld => "desktop_too_old",
            Self::ServerTooOld => "server_too_old",
            Self::WrongPassword => "wrong_password",
            Self::AccountLocked { .. } => "account_locked",
            Self::AccountDisabled => "account_disabled",
            Self::SessionExpired => "session_expired",
            Self::Problem(code) => return problem_word(code),
            Self::Refused(_) => "refused",
            Self::Unreadable => "unreadable",
            Self::PhotoDiffers => "photo_differs",
            Self::StorageFull => "storage_full",
            Self::Storage => "storage",
            Self::ClientSetup => "client_setup",
            Self::Stopped => "stopped",
        }
        .to_owned()
    }
}

/// The word of a problem code on the wire.
pub(crate) fn problem_word(code: ProblemCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "problem".to_owned(),
    }
}

/// What went wrong.
#[derive(Clone, PartialEq, Eq, Error)]
#[error("{}", .kind.word())]
pub struct SyncError {
    /// Which kind.
    pub kind: SyncErrorKind,
    /// Names the request in the server's log.
    pub incident: Option<String>,
    /// After which time the server wants to hear of it again.
    pub retry_after: Option<Duration>,
    /// On a conflict: what stands, for example who holds the case.
    pub standing: Option<Box<Standing>>,
}

impl SyncError {
    /// Of this kind, without more.
    #[must_use]
    pub fn new(kind: SyncErrorKind) -> Self {
        Self { kind, incident: None, retry_after: None, standing: None }
    }
}

// By hand: what stands may hold a colleague's name, which belongs in no log.
impl fmt::Debug for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncError")
            .field("kind", &self.kind)
            .field("incident", &self.incident)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

impl From<SyncErrorKind> for SyncError {
    fn from(kind: SyncErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<TransportError> for SyncError {
    fn from(error: TransportError) -> Self {
        Self::new(match error {
            TransportError::Unreachable => SyncErrorKind::Unreachable,
            TransportError::Timeout => SyncErrorKind::Timeout,
            TransportError::NotTrusted => SyncErrorKind::NotTrusted,
            TransportError::Incomplete => SyncErrorKind::Incomplete,
            TransportError::TooLarge => SyncErrorKind::AnswerTooLarge,
        })
    }
}

impl From<LedgerError> for SyncError {
    fn from(error: LedgerError) -> Self {
        Self::new(match error {
            LedgerError::Full => SyncErrorKind::StorageFull,
            LedgerError::Storage => SyncErrorKind::Storage,
            LedgerError::Unreadable => SyncErrorKind::Unreadable,
        })
    }
}

impl From<ApiError> for SyncError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Transport(error) => error.into(),
            ApiError::NotAReviewServer => Self::new(SyncErrorKind::NotAReviewServer),
            ApiError::Unreadable => Self::new(SyncErrorKind::Unreadable),
            ApiError::PhotoDiffers => Self::new(SyncErrorKind::PhotoDiffers),
            ApiError::Refused { status, incident, retry_after } => Self {
                kind: if is_server_trouble(status) {
                    SyncErrorKind::ServerFault(status)
                } else {
                    SyncErrorKind::Refused(status)
                },
                incident,
                retry_after,
                standing: None,
            },
            ApiError::Problem { problem, retry_after } => Self {
                kind: kind_of_problem(problem.code, problem.retry_after_s),
                incident: Some(problem.incident.clone()),
                retry_after,
                standing: problem.standing.map(Box::new),
            },
        }
    }
}

/// Statuses that say "later", not "no".
pub(crate) fn is_server_trouble(status: u16) -> bool {
    status >= 500 || matches!(status, 408 | 425 | 429)
}

fn kind_of_problem(code: ProblemCode, retry_after_s: Option<u32>) -> SyncErrorKind {
    match code {
        ProblemCode::DesktopTooOld => SyncErrorKind::DesktopTooOld,
        ProblemCode::WrongPassword => SyncErrorKind::WrongPassword,
        ProblemCode::AccountLocked => SyncErrorKind::AccountLocked { retry_after_s },
        ProblemCode::AccountDisabled => SyncErrorKind::AccountDisabled,
        ProblemCode::SessionExpired | ProblemCode::SignInRequired | ProblemCode::TokenExpired => {
            SyncErrorKind::SessionExpired
        }
        ProblemCode::Internal | ProblemCode::Unavailable | ProblemCode::TooManyRequests => {
            SyncErrorKind::ServerFault(code.status())
        }
        other => SyncErrorKind::Problem(other),
    }
}
