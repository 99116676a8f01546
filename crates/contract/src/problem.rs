//! Refusals: RFC 9457 problem documents with a stable code. The desktop branches on the code, never on a text; `title` and `detail` are
//! for people who read a log and hold nothing personal.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::decision::Standing;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Every reason for which the server refuses something. A code, once released, keeps its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The request is not of the contract's form.
    BadRequest,
    /// No path or no such thing in this person's sight.
    NotFound,
    /// The path knows other methods.
    MethodNotAllowed,
    /// The body is larger than the limit.
    TooLarge,
    /// The content type is not the one that is expected.
    UnsupportedMediaType,
    /// The desktop is too old for this server.
    DesktopTooOld,
    /// Account or password is wrong.
    WrongPassword,
    /// Too many wrong passwords; `retry_after_s` tells for how long.
    AccountLocked,
    /// A supervisor or administrator closed the account.
    AccountDisabled,
    /// No access token, or one that is not known.
    SignInRequired,
    /// The access token is past its time; refresh it.
    TokenExpired,
    /// The refresh token is past its time or was used up; sign in again.
    SessionExpired,
    /// The delivery credential is not known here (a restored server); signing in registers the device anew.
    DeviceUnknown,
    /// The device was revoked: nothing comes in from it, the office decides what becomes of its decisions.
    DeviceRevoked,
    /// The device is registered with other keys.
    DeviceKeyDiffers,
    /// A signature of author or device does not fit.
    BadSignature,
    /// The access log does not continue what the server has; `field` tells the sequence number that it wants next.
    AuditChainBroken,
    /// The person stood back from this case.
    Recused,
    /// This role may not do that.
    RoleMayNot,
    /// The intake's portal credential is wrong.
    BadCredential,
    /// Another person holds the case.
    LeaseHeld,
    /// The case went to another holder, or the lease was revoked.
    LeaseLost,
    /// The case cannot be leased in the state that it is in.
    NotLeasable,
    /// No lease on the case, so no declared data and no photos.
    LeaseRequired,
    /// The same decision id came before with another content.
    DecisionIdReused,
    /// The same decision is being worked on right now.
    DecisionInProgress,
    /// `If-Match` is missing.
    VersionRequired,
    /// The case changed since it was seen.
    VersionChanged,
    /// The case is concluded or void already; `standing` tells what stands.
    AlreadyDecided,
    /// The case is in another state than the decision needs; `standing` tells which.
    StateChanged,
    /// The photos are not those that were seen.
    EvidenceChanged,
    /// "Some reviews left" has become "none".
    ConsequenceChanged,
    /// The envelope cannot be opened or does not match its header.
    BadEnvelope,
    /// The opinion breaks a rule (no reason, unknown reason, missing text).
    BadOpinion,
    /// The first opinion was given by the same person.
    OwnFirstOpinion,
    /// The intake request breaks a rule; `field` tells where.
    BadApplication,
    /// A required side is missing or doubled; `field` tells which.
    SideMissing,
    /// A photo is of no accepted type or over the limits; `field` tells which.
    BadPhoto,
    /// `submitted_at_ms` lies too far back or in the future.
    SubmittedAtOutOfBounds,
    /// The applicant has an open review already.
    ReviewPending,
    /// The applicant's three reviews of this period are used.
    NoReviewsLeft,
    /// The idempotency key came before with another content.
    KeyReused,
    /// Too many requests.
    TooManyRequests,
    /// A fault of the server; nothing was stored.
    Internal,
    /// The server is stopping or too busy; nothing was stored.
    Unavailable,
}

impl ProblemCode {
    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::WrongPassword
            | Self::SignInRequired
            | Self::TokenExpired
            | Self::SessionExpired
            | Self::BadCredential
            | Self::DeviceUnknown => 401,
            Self::AccountDisabled
            | Self::DeviceRevoked
            | Self::Recused
            | Self::RoleMayNot
            | Self::LeaseRequired
            | Self::OwnFirstOpinion => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::LeaseHeld
            | Self::LeaseLost
            | Self::NotLeasable
            | Self::DecisionInProgress
            | Self::AlreadyDecided
            | Self::StateChanged
            | Self::EvidenceChanged
            | Self::ConsequenceChanged
            | Self::ReviewPending
            | Self::DeviceKeyDiffers
            | Self::AuditChainBroken
            | Self::NoReviewsLeft => 409,
            Self::VersionChanged => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType | Self::BadPhoto => 415,
            Self::DecisionIdReused
            | Self::BadEnvelope
            | Self::BadSignature
            | Self::BadOpinion
            | Self::BadApplication
            | Self::SideMissing
            | Self::SubmittedAtOutOfBounds
            | Self::KeyReused => 422,
            Self::DesktopTooOld => 426,
            Self::VersionRequired => 428,
            Self::AccountLocked | Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank#code`: stable, not to be dereferenced.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short English title for logs.
    pub title: String,
    /// The HTTP status, repeated.
    pub status: u16,
    /// What the desktop branches on.
    pub code: ProblemCode,
    /// Names this request in the server's log.
    pub incident: String,
    /// Which part of the request broke a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which a repetition makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// On a conflict: what stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}
