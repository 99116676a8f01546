//! The one place where errors become codes: what went wrong below, and what the window is told. Faults are logged here, once, under an
//! incident id; neither log nor code holds anything personal.

use casework::{DecideError, OpinionError};
use contract::envelope::EnvelopeError;
use contract::problem::ProblemCode;
use sync::{AddressError, DeliveryProblem, SyncError, SyncErrorKind};
use thiserror::Error;
use vault::VaultError;

use crate::deadline::js_ms;
use crate::grace::ReadOnly;
use crate::ids;
use crate::view::{CalendarRefusalView, CommandError, ErrorCode, ErrorParams};

/// Why a use case did not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum DeskError {
    #[error("nobody sits at the desk")]
    Locked,
    #[error("the first sign-in ended before it was remembered")]
    NeverSignedIn,
    #[error("the data folder cannot be used")]
    Unavailable(Box<CommandError>),
    #[error("the case is not on this computer")]
    CaseNotHere,
    #[error("another case is on the screen")]
    CaseChanged,
    #[error("the case is not held")]
    NotHeld,
    #[error("a decision on the case waits here")]
    AlreadyDecidedHere,
    #[error("not every photo could be seen")]
    PhotosMissing,
    #[error("the cost for the applicant is another now")]
    ConsequenceChanged,
    #[error("the internal note is too long")]
    NoteTooLong,
    #[error("there is no such decision")]
    DecisionNotHere,
    #[error("{count} decisions are not delivered")]
    UndeliveredLeft { count: u32, at_ms: Option<i64> },
    #[error("the password does not open the vault; {0} tries are left")]
    UnlockFailed(u32),
    #[error("no decisions now: {0:?}")]
    ReadOnly(ReadOnly),
    #[error("a text is missing, too long or not plain")]
    BadText,
    #[error("the recovery copy cannot be written: {0}")]
    ExportFailed(std::io::Error),
    #[error("the password opens the account but not the vault")]
    VaultPasswordDiffers,
    #[error("the calendar pack is not accepted: {0:?}")]
    CalendarRefused(CalendarRefusalView),
    #[error("what was kept cannot be read")]
    Unreadable(#[from] serde_json::Error),
    #[error("the envelope: {0}")]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Opinion(#[from] OpinionError),
    #[error(transparent)]
    Decide(#[from] DecideError),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("sync: {0}")]
    Sync(#[from] SyncError),
    #[error("settings: {0}")]
    Settings(#[from] std::io::Error),
    #[error("the system gives no randomness")]
    NoRandomness,
    #[error("a use case panicked")]
    Panicked,
}

fn told(code: ErrorCode) -> CommandError {
    CommandError { code, params: ErrorParams::default(), incident: String::new() }
}

fn with(code: ErrorCode, params: ErrorParams) -> CommandError {
    CommandError { code, params, incident: String::new() }
}

/// A fault: logged with an incident id that the window shows.
fn fault(code: ErrorCode, error: &DeskError) -> CommandError {
    let incident = ids::token().map(|token| token[..8].to_owned()).unwrap_or_default();
    tracing::error!(%incident, %error, "a use case failed");
    CommandError { code, params: ErrorParams::default(), incident }
}

/// What the window is told.
pub(crate) fn command_error(error: &DeskError) -> CommandError {
    use ErrorCode as Code;
    match error {
        DeskError::Locked => told(Code::Locked),
        DeskError::NeverSignedIn => told(Code::SessionExpired),
        DeskError::Unavailable(error) => (**error).clone(),
        DeskError::CaseNotHere => told(Code::CaseNotHere),
        DeskError::CaseChanged => told(Code::CaseChanged),
        DeskError::NotHeld => told(Code::NotHeld),
        DeskError::AlreadyDecidedHere => told(Code::AlreadyDecidedHere),
        DeskError::PhotosMissing => told(Code::PhotosMissing),
        DeskError::ConsequenceChanged => told(Code::ConsequenceChanged),
        DeskError::NoteTooLong => told(Code::ReasonTextBad),
        DeskError::DecisionNotHere => told(Code::DecisionNotHere),
        DeskError::UndeliveredLeft { count, at_ms } => with(
            Code::UndeliveredLeft,
            ErrorParams { count: Some(*count), at_ms: at_ms.map(js_ms), ..ErrorParams::default() },
        ),
        DeskError::UnlockFailed(tries_left) => {
            with(Code::UnlockFailed, ErrorParams { tries_left: Some(*tries_left), ..ErrorParams::default() })
        }
        DeskError::ReadOnly(ReadOnly::OfflineTooLong(days)) => {
            with(Code::OfflineTooLong, ErrorParams { count: Some(*days), ..ErrorParams::default() })
        }
        DeskError::ReadOnly(ReadOnly::TooManyUndelivered(most)) => {
            with(Code::TooManyUndelivered, ErrorParams { count: Some(*most), ..ErrorParams::default() })
        }
        DeskError::BadText => told(Code::BadText),
        DeskError::ExportFailed(io) if io.kind() == std::io::ErrorKind::StorageFull => told(Code::DiskFull),
        DeskError::ExportFailed(_) => fault(Code::ExportFailed, error),
        DeskError::VaultPasswordDiffers => told(Code::VaultPasswordDiffers),
        DeskError::CalendarRefused(refusal) => {
            with(Code::CalendarRefused, ErrorParams { refusal: Some(*refusal), ..ErrorParams::default() })
        }
        DeskError::Opinion(error) => opinion_error(error),
        DeskError::Decide(DecideError::RoleMayNot | DecideError::OwnFirstOpinion) => told(Code::RoleMayNot),
        DeskError::Decide(_) => told(Code::StateChanged),
        DeskError::Address(AddressError::BadAddress) => told(Code::BadServerAddress),
        DeskError::Address(AddressError::Insecure) => told(Code::InsecureServerAddress),
        DeskError::Vault(vault) => vault_error(vault, error),
        DeskError::Sync(problem) => problem_view(problem),
        DeskError::Unreadable(_) => fault(Code::Storage, error),
        DeskError::Settings(io) if io.kind() == std::io::ErrorKind::StorageFull => told(Code::DiskFull),
        DeskError::Settings(_) => fault(Code::Storage, error),
        DeskError::Envelope(_) | DeskError::NoRandomness | DeskError::Panicked => fault(Code::Internal, error),
    }
}

fn opinion_error(error: &OpinionError) -> CommandError {
    use ErrorCode as Code;
    let (code, reason) = match error {
        OpinionError::ReasonRequired => (Code::ReasonRequired, None),
        OpinionError::TextRequired(reason) => (Code::ReasonTextRequired, Some(reason)),
        OpinionError::BadText => (Code::ReasonTextBad, None),
        OpinionError::UnknownReason(reason)
        | OpinionError::ReasonTwice(reason)
        | OpinionError::EscalateReason(reason) => (Code::ReasonMismatch, Some(reason)),
        OpinionError::NoEscalateReason => (Code::ReasonMismatch, None),
    };
    with(code, ErrorParams { reason: reason.map(|code| code.0.clone()), ..ErrorParams::default() })
}

fn vault_error(vault: &VaultError, error: &DeskError) -> CommandError {
    use ErrorCode as Code;
    match vault {
        VaultError::SecondInstance => told(Code::SecondInstance),
        VaultError::WrongPassword => told(Code::UnlockFailed),
        VaultError::TooManyGuesses { wait_ms } => {
            let seconds = u32::try_from(wait_ms.saturating_add(999) / 1000).unwrap_or(0);
            with(Code::TooManyGuesses, ErrorParams { retry_after_s: Some(seconds), ..ErrorParams::default() })
        }
        VaultError::Retired => told(Code::VaultRetired),
        VaultError::KeychainLost | VaultError::Keychain(_) => told(Code::KeychainLost),
        VaultError::TooNew { .. } => told(Code::VaultTooNew),
        VaultError::Damaged { .. } | VaultError::NotFound => told(Code::VaultDamaged),
        VaultError::DiskFull { .. } => told(Code::DiskFull),
        VaultError::AlreadyDecided => told(Code::AlreadyDecidedHere),
        VaultError::UnknownDecision => told(Code::DecisionNotHere),
        VaultError::TooLate | VaultError::IllegalMove { .. } => told(Code::TooLateToUndo),
        VaultError::Closed => told(Code::Locked),
        _ => fault(Code::Storage, error),
    }
}

/// A problem of sync as the window gets it.
pub(crate) fn problem_view(problem: &SyncError) -> CommandError {
    use ErrorCode as Code;
    let mut params = ErrorParams::default();
    let code = match problem.kind {
        SyncErrorKind::Unreachable | SyncErrorKind::Timeout | SyncErrorKind::Incomplete => Code::ServerUnreachable,
        SyncErrorKind::NotTrusted => Code::ServerNotTrusted,
        SyncErrorKind::NotAReviewServer | SyncErrorKind::Unreadable | SyncErrorKind::AnswerTooLarge => {
            Code::NotAReviewServer
        }
        SyncErrorKind::OtherServer => Code::OtherServer,
        SyncErrorKind::DesktopTooOld => Code::DesktopTooOld,
        SyncErrorKind::ServerTooOld => Code::ServerTooOld,
        SyncErrorKind::WrongPassword => Code::WrongPassword,
        SyncErrorKind::AccountLocked { retry_after_s } => {
            params.retry_after_s = retry_after_s;
            Code::AccountLocked
        }
        SyncErrorKind::AccountDisabled => Code::AccountDisabled,
        SyncErrorKind::SessionExpired | SyncErrorKind::OtherAccount => Code::SessionExpired,
        SyncErrorKind::ServerFault(status) | SyncErrorKind::Refused(status) => {
            params.status = Some(status);
            Code::ServerFault
        }
        SyncErrorKind::StorageFull => Code::DiskFull,
        SyncErrorKind::Storage => Code::Storage,
        SyncErrorKind::Problem(code) => {
            params.status = Some(code.status());
            params.holder = problem.standing.as_ref().and_then(|standing| standing.by_name.clone());
            problem_code(code)
        }
        SyncErrorKind::PhotoDiffers | SyncErrorKind::ClientSetup | SyncErrorKind::Stopped => Code::Internal,
    };
    CommandError { code, params, incident: problem.incident.clone().unwrap_or_default() }
}

/// A refusal of the contract, in the window's terms.
fn problem_code(code: ProblemCode) -> ErrorCode {
    use ErrorCode as Code;
    match code {
        ProblemCode::AlreadyDecided => Code::AlreadyDecided,
        ProblemCode::LeaseLost | ProblemCode::LeaseHeld => Code::LeaseLost,
        ProblemCode::StateChanged | ProblemCode::NotLeasable => Code::StateChanged,
        ProblemCode::EvidenceChanged => Code::EvidenceChanged,
        ProblemCode::VersionChanged => Code::VersionChanged,
        ProblemCode::ConsequenceChanged => Code::ConsequenceChanged,
        ProblemCode::LeaseRequired => Code::NotHeld,
        ProblemCode::RoleMayNot | ProblemCode::OwnFirstOpinion => Code::RoleMayNot,
        ProblemCode::NotFound => Code::CaseNotHere,
        ProblemCode::WrongPassword => Code::WrongPassword,
        ProblemCode::AccountLocked => Code::AccountLocked,
        ProblemCode::AccountDisabled => Code::AccountDisabled,
        ProblemCode::SignInRequired
        | ProblemCode::TokenExpired
        | ProblemCode::SessionExpired
        | ProblemCode::DeviceUnknown => Code::SessionExpired,
        ProblemCode::DeviceRevoked => Code::DeviceRevoked,
        ProblemCode::Recused => Code::Recused,
        ProblemCode::DesktopTooOld => Code::DesktopTooOld,
        _ if code.status() >= 500 || code == ProblemCode::TooManyRequests => Code::ServerFault,
        _ => Code::DecisionRefused,
    }
}

/// What is kept beside an undelivered decision.
pub(crate) fn problem_to_store(problem: &DeliveryProblem) -> vault::Problem {
    vault::Problem { code: problem.code.clone(), status: problem.status, incident: problem.incident.clone() }
}

/// What was kept beside an undelivered decision, as the window gets it.
pub(crate) fn stored_problem(problem: &vault::Problem) -> CommandError {
    use ErrorCode as Code;
    let known = serde_json::from_value::<ProblemCode>(serde_json::Value::String(problem.code.clone()));
    let code = match (known, problem.code.as_str()) {
        (Ok(code), _) => problem_code(code),
        (Err(_), "unreachable" | "timeout" | "incomplete" | "interrupted" | "stopped") => Code::ServerUnreachable,
        (Err(_), "not_trusted") => Code::ServerNotTrusted,
        (Err(_), "not_a_review_server" | "unreadable" | "answer_too_large" | "receipt_mismatch") => {
            Code::NotAReviewServer
        }
        (Err(_), "other_server") => Code::OtherServer,
        (Err(_), "desktop_too_old") => Code::DesktopTooOld,
        (Err(_), "server_too_old") => Code::ServerTooOld,
        (Err(_), "session_expired") => Code::SessionExpired,
        (Err(_), "server_fault") => Code::ServerFault,
        (Err(_), _) => Code::DecisionRefused,
    };
    CommandError {
        code,
        params: ErrorParams { status: problem.status, ..ErrorParams::default() },
        incident: problem.incident.clone().unwrap_or_default(),
    }
}
