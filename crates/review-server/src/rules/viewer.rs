//! Who asks: an access token turned into a person with role and office, in the transaction that uses it, so that an account that is
//! closed or moved meanwhile is seen as it is.

use casework::{AccountId, CaseId, OfficeId, Role};
use chrono::{DateTime, Utc};
use contract::problem::ProblemCode;
use rusqlite::Connection;
use uuid::Uuid;

use crate::refusal::ServerError;
use crate::state::AppState;
use crate::store::account::{self, AccountRecord};
use crate::store::case::{self, CaseRecord};
use crate::store::{device, ms, session};

/// A signed-in person.
#[derive(Clone)]
pub(crate) struct Viewer {
    pub(crate) account: AccountRecord,
    pub(crate) session: Uuid,
    /// The epoch of the feed as this person sees it.
    pub(crate) epoch: String,
}

impl Viewer {
    pub(crate) fn id(&self) -> AccountId {
        self.account.id
    }

    pub(crate) fn role(&self) -> Role {
        self.account.role
    }

    pub(crate) fn office(&self) -> OfficeId {
        self.account.office
    }

    /// Refuses roles that do not review.
    pub(crate) fn must_review(&self) -> Result<(), ServerError> {
        if self.role().may_review() { Ok(()) } else { Err(ProblemCode::RoleMayNot.into()) }
    }

    /// A case of the own office; any other does not exist for this person.
    pub(crate) fn case(&self, db: &Connection, case: CaseId) -> Result<CaseRecord, ServerError> {
        case::load_in(db, case, self.office())?.ok_or_else(|| ProblemCode::NotFound.into())
    }
}

/// The epoch of the feed as an account sees it.
pub(crate) fn epoch(state: &AppState, account: &AccountRecord) -> String {
    format!("{}.{}", state.feed_epoch(), account.generation)
}

/// The person whose access token has this hash.
pub(crate) fn authenticate(
    db: &Connection,
    state: &AppState,
    token_sha256: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Viewer, ServerError> {
    let token_sha256 = token_sha256.ok_or(ProblemCode::SignInRequired)?;
    let access = session::by_access_token(db, token_sha256)?.ok_or(ProblemCode::SignInRequired)?;
    let account = account::load(db, access.account)?.ok_or(ProblemCode::SignInRequired)?;
    if account.is_disabled {
        return Err(ProblemCode::AccountDisabled.into());
    }
    if access.expires_at_ms <= ms(now) {
        return Err(ProblemCode::TokenExpired.into());
    }
    let epoch = epoch(state, &account);
    Ok(Viewer { account, session: access.session, epoch })
}

/// Who delivers: a signed-in person, or whoever holds the delivery credential of a person's device, which is good for nothing else.
pub(crate) struct Author {
    /// The person, who is credited. Without a session when a credential delivers.
    pub(crate) viewer: Viewer,
    /// The device that a session or credential belongs to.
    pub(crate) device: Uuid,
    /// The device for which a delivery credential stands; `None` for an access token.
    pub(crate) delivers_for: Option<Uuid>,
    /// Whether a decision of a revoked device is taken: only where an operator says so.
    pub(crate) may_be_revoked: bool,
}

/// The person for whom an access token or a delivery credential of this hash delivers. `is_credential` tells which it claims to be.
pub(crate) fn authenticate_author(
    db: &Connection,
    state: &AppState,
    token_sha256: Option<&str>,
    is_credential: bool,
    now: DateTime<Utc>,
) -> Result<Author, ServerError> {
    if !is_credential {
        let viewer = authenticate(db, state, token_sha256, now)?;
        let device = session::device(db, viewer.session)?;
        return Ok(Author { viewer, device, delivers_for: None, may_be_revoked: false });
    }
    let sha256 = token_sha256.ok_or(ProblemCode::DeviceUnknown)?;
    let device = device::by_credential(db, sha256, ms(now))?.ok_or(ProblemCode::DeviceUnknown)?;
    if device.revoked_at_ms.is_some() {
        return Err(ProblemCode::DeviceRevoked.into());
    }
    let account = account::load(db, device.account)?.ok_or(ProblemCode::DeviceUnknown)?;
    if account.is_disabled {
        return Err(ProblemCode::AccountDisabled.into());
    }
    let epoch = epoch(state, &account);
    // No session has this id, so nothing that needs one goes on.
    let viewer = Viewer { account, session: Uuid::nil(), epoch };
    Ok(Author { viewer, device: device.id, delivers_for: Some(device.id), may_be_revoked: false })
}
