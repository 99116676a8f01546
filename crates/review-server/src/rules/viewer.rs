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
use crate::store::{ms, session};

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
