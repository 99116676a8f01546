//! The one error that crosses to the window: a code that the text catalogue has a sentence for, parameters, and an incident id.

use serde::Serialize;
use ts_rs::TS;

use super::calendar::CalendarRefusalView;

/// Everything that can go wrong for a reviewer, in the window's terms. A code exists only if the window does something different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Sign-in: account or password is wrong.
    WrongPassword,
    /// Sign-in: too many wrong passwords; `retry_after_s`.
    AccountLocked,
    /// The account was closed by the office.
    AccountDisabled,
    /// The address is not a web address.
    BadServerAddress,
    /// Plain http to anything but this computer.
    InsecureServerAddress,
    /// Nothing answers at the address.
    ServerUnreachable,
    /// Something answers, but it is no review server (an HTML page, a proxy's log-in page).
    NotAReviewServer,
    /// The server's certificate is not trusted.
    ServerNotTrusted,
    /// It is a review server, but not the one that this vault belongs to.
    OtherServer,
    /// The server answered with a fault of its own; `status`.
    ServerFault,
    /// This desktop is too old for the server.
    DesktopTooOld,
    /// The server is too old for this desktop.
    ServerTooOld,
    /// The session ended; sign in again. Everything decided is kept.
    SessionExpired,
    /// Unlock: the password does not open this vault.
    UnlockFailed,
    /// The password is right for the server but does not open the vault on this computer (changed elsewhere).
    VaultPasswordDiffers,
    /// Unlock: the OS keychain no longer has this device's secret.
    KeychainLost,
    /// Unlock: too many wrong passwords; `retry_after_s`.
    TooManyGuesses,
    /// Unlock: after ten wrong passwords the key of the cache was destroyed; sign in at the server for a new one. What was decided is kept.
    VaultRetired,
    /// The vault was written by a newer version of the program.
    VaultTooNew,
    /// The vault's files are damaged; they were moved aside or left untouched, nothing was deleted.
    VaultDamaged,
    /// Another instance of the program has the data folder.
    SecondInstance,
    /// No space left on the disk; nothing was saved.
    DiskFull,
    /// Reading or writing the data folder failed; nothing was saved.
    Storage,
    /// Nobody is signed in, or the desk is locked.
    Locked,
    /// The case is not on this computer.
    CaseNotHere,
    /// No new decisions now: the last sign-in is too long ago; `count` working days are allowed.
    OfflineTooLong,
    /// No new decisions now: too many are undelivered; `count` are allowed.
    TooManyUndelivered,
    /// The office revoked this device.
    DeviceRevoked,
    /// The person stood back from this case.
    Recused,
    /// A text is missing, too long or not plain text.
    BadText,
    /// The recovery copy could not be written.
    ExportFailed,
    /// The case token is of another opening: nothing was recorded.
    CaseChanged,
    /// No lease on the case, so no decision.
    NotHeld,
    /// Somebody else took the case: nothing was recorded.
    LeaseLost,
    /// This case has a decision of mine already.
    AlreadyDecidedHere,
    /// Not all photos are here or not all could be shown: no decision without having seen them.
    PhotosMissing,
    /// A rejection or an escalation needs a reason.
    ReasonRequired,
    /// A chosen reason needs a text.
    ReasonTextRequired,
    /// The text is too long or not plain text.
    ReasonTextBad,
    /// The reasons do not fit the opinion.
    ReasonMismatch,
    /// This role decides nothing here.
    RoleMayNot,
    /// Delivery has begun: too late to take it back.
    TooLateToUndo,
    /// No such decision.
    DecisionNotHere,
    /// Undelivered decisions are still here; `count`, and the nearest deadline in `at_ms`.
    UndeliveredLeft,
    /// Delivery: what stands is another decision.
    AlreadyDecided,
    /// Delivery: the case is in another state now.
    StateChanged,
    /// Delivery: the photos were replaced.
    EvidenceChanged,
    /// Delivery: the case changed.
    VersionChanged,
    /// Delivery: no reviews would be left for the applicant.
    ConsequenceChanged,
    /// Delivery: the server refuses the decision's form.
    DecisionRefused,
    /// A calendar pack was not accepted; `refusal`. The pack in force stays.
    CalendarRefused,
    /// A fault of the program; `incident` names it in the log.
    Internal,
}

/// Parameters for the sentence; only those that the code's sentence uses are set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
pub struct ErrorParams {
    /// Seconds to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub retry_after_s: Option<u32>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub count: Option<u32>,
    /// An HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub status: Option<u16>,
    /// A colleague's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub holder: Option<String>,
    /// A reason's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<String>,
    /// A moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub at_ms: Option<f64>,
    /// Tries that are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub tries_left: Option<u32>,
    /// Why a calendar pack was not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub refusal: Option<CalendarRefusalView>,
}

/// The error of every command.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CommandError {
    /// What the window branches on.
    pub code: ErrorCode,
    /// For the sentence.
    pub params: ErrorParams,
    /// Names the event in the log; empty when nothing was logged.
    pub incident: String,
}
