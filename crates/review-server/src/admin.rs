//! What an operator does at the server itself, not over HTTP: offices, accounts, portal credentials. Blocks; each call is one transaction.

use casework::{AccountId, OfficeId, Role};
use thiserror::Error;

use crate::password::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, PasswordHash};
use crate::refusal::ServerError;
use crate::rules::{devices, leasing, signing_in};
use crate::secret::Token;
use crate::state::AppState;
use crate::store::account::{self, AccountRecord, NewAccountRecord};
use crate::store::{StoreError, audit, device, ms, office, portal_credential, session, sign_in_try};

/// Why something could not be done.
#[derive(Debug, Error)]
pub enum AdminError {
    /// The sign-in name is taken.
    #[error("an account of this name exists already")]
    NameTaken,
    /// There is no such account.
    #[error("there is no account of this name")]
    UnknownAccount,
    /// The account has no such device.
    #[error("the account has no such device")]
    UnknownDevice,
    /// The sign-in name has a form that nobody can type reliably.
    #[error("a sign-in name has 1 to 64 letters, digits, or one of . _ - @")]
    BadName,
    /// A name for people is empty or too long.
    #[error("a display name or office name has 1 to 100 characters")]
    BadDisplayName,
    /// The password is too short or too long.
    #[error("a password has at least {MIN_PASSWORD_CHARS} characters and at most {MAX_PASSWORD_BYTES} bytes")]
    BadPassword,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else inside.
    #[error("{0}")]
    Fault(&'static str),
}

impl From<ServerError> for AdminError {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Store(error) => Self::Store(error),
            ServerError::Fault(what) => Self::Fault(what),
            ServerError::Refused(_) => Self::Fault("refused"),
        }
    }
}

/// What a new account is made of.
#[derive(Clone, Copy)]
pub struct NewAccount<'a> {
    /// The sign-in name.
    pub name: &'a str,
    /// The name that colleagues see.
    pub display_name: &'a str,
    /// The role.
    pub role: Role,
    /// The office's name; the office is made when it is missing.
    pub office: &'a str,
    /// The first password.
    pub password: &'a str,
}

impl std::fmt::Debug for NewAccount<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAccount").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Makes an account, and its office when that is missing.
///
/// # Errors
/// When the name is taken, or a part of it breaks a rule.
pub fn create_account(state: &AppState, new: &NewAccount<'_>) -> Result<AccountId, AdminError> {
    let is_name = |c: char| c.is_alphanumeric() || "._-@".contains(c);
    if !(1..=64).contains(&new.name.chars().count()) || !new.name.chars().all(is_name) {
        return Err(AdminError::BadName);
    }
    check_display_name(new.display_name)?;
    check_password(new.password)?;
    let password = PasswordHash::make(new.password, state.config().password_cost)?;
    let office = ensure_office(state, new.office)?;
    let id = AccountId(state.new_id());
    let now_ms = ms(state.now());
    let is_made = state.store().write_blocking(|tx| {
        if account::find(tx, new.name)?.is_some() {
            return Ok(false);
        }
        let NewAccount { name, display_name, role, .. } = *new;
        account::insert(tx, &NewAccountRecord { id, name, display_name, role, office, password: &password }, now_ms)?;
        audit::write(tx, now_ms, Some(id), "account_created", None, Some(role.word()))?;
        Ok(true)
    })?;
    if is_made { Ok(id) } else { Err(AdminError::NameTaken) }
}

/// The office of a name; made when it is missing.
///
/// # Errors
/// When the name is empty or too long.
pub fn ensure_office(state: &AppState, name: &str) -> Result<OfficeId, AdminError> {
    check_display_name(name)?;
    let new = OfficeId(state.new_id());
    let now_ms = ms(state.now());
    let office = state.store().write_blocking(|tx| {
        if let Some(office) = office::find(tx, name)? {
            return Ok(office);
        }
        office::insert(tx, new, name, now_ms)?;
        Ok(new)
    })?;
    Ok(office)
}

/// Gives an account a new password, unlocks and opens it, and ends its sessions.
///
/// # Errors
/// When there is no such account, or the password breaks a rule.
pub fn reset_account(state: &AppState, name: &str, password: &str) -> Result<(), AdminError> {
    check_password(password)?;
    let password = PasswordHash::make(password, state.config().password_cost)?;
    change(state, name, "account_reset", |tx, account, now_ms| {
        account::set_password(tx, account.id, &password)?;
        account::enable(tx, account.id)?;
        sign_in_try::forget(tx, &signing_in::name_sha256(name))?;
        session::end_all(tx, account.id, "password_reset", now_ms)
    })
}

/// Lets a name try again at once.
///
/// # Errors
/// When there is no such account.
pub fn unlock_account(state: &AppState, name: &str) -> Result<(), AdminError> {
    change(state, name, "account_unlocked", |tx, _, _| sign_in_try::forget(tx, &signing_in::name_sha256(name)))
}

/// Closes an account: its tokens are refused from now on, and others may take its cases. `reset_account` opens it again.
///
/// # Errors
/// When there is no such account.
pub fn disable_account(state: &AppState, name: &str) -> Result<(), AdminError> {
    let now = state.now();
    change(state, name, "account_disabled", |tx, account, _| {
        account::disable(tx, account.id)?;
        leasing::lapse_all(tx, account.id, account.office, now)
    })
}

/// Gives an account another role or office; what it is not told stays. The person's feed starts anew.
///
/// # Errors
/// When there is no such account, or the office's name breaks a rule.
pub fn assign_account(
    state: &AppState,
    name: &str,
    role: Option<Role>,
    office: Option<&str>,
) -> Result<(), AdminError> {
    let office = office.map(|name| ensure_office(state, name)).transpose()?;
    let now = state.now();
    change(state, name, "account_assigned", |tx, account, _| {
        leasing::lapse_all(tx, account.id, account.office, now)?;
        account::assign(tx, account.id, role.unwrap_or(account.role), office.unwrap_or(account.office))
    })
}

/// Makes a new credential for a portal. It is told here once; the database keeps its hash.
///
/// # Errors
/// When the database or the operating system's randomness fails.
pub fn new_portal_credential(state: &AppState) -> Result<String, AdminError> {
    let token = Token::new()?;
    let now_ms = ms(state.now());
    state.store().write_blocking(|tx| {
        portal_credential::insert(tx, &token.sha256(), now_ms)?;
        audit::write(tx, now_ms, None, "portal_credential_created", None, None)
    })?;
    Ok(token.text().to_owned())
}

/// A registered device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: uuid::Uuid,
    /// When it was registered, in milliseconds since the Unix epoch.
    pub registered_at_ms: i64,
    /// When it was revoked, if it was.
    pub revoked_at_ms: Option<i64>,
}

/// The devices of an account, the newest first.
///
/// # Errors
/// When there is no such account.
pub fn devices(state: &AppState, name: &str) -> Result<Vec<Device>, AdminError> {
    let found = state.store().read_blocking(|tx| match account::find(tx, name)? {
        Some(account) => device::of_account(tx, account.id).map(Some),
        None => Ok::<_, ServerError>(None),
    })?;
    let devices = found.ok_or(AdminError::UnknownAccount)?.into_iter().map(|device| Device {
        id: device.id,
        registered_at_ms: device.registered_at_ms,
        revoked_at_ms: device.revoked_at_ms,
    });
    Ok(devices.collect())
}

/// Lets nothing in from a device any more, and ends its sessions. For good.
///
/// # Errors
/// When there is no such account, or it has no such device.
pub fn revoke_device(state: &AppState, name: &str, device: uuid::Uuid) -> Result<(), AdminError> {
    let now = state.now();
    let is_known = state.store().write_blocking(|tx| match account::find(tx, name)? {
        Some(account) => devices::revoke(tx, device, account.id, now).map(Some),
        None => Ok(None),
    })?;
    match is_known {
        None => Err(AdminError::UnknownAccount),
        Some(false) => Err(AdminError::UnknownDevice),
        Some(true) => Ok(()),
    }
}

/// How many cases the server knows: 0 in a new one.
///
/// # Errors
/// When the database fails.
pub fn case_count(state: &AppState) -> Result<u64, AdminError> {
    let count: u32 =
        state.store().write_blocking(|tx| Ok(tx.query_row("SELECT count(*) FROM cases", [], |row| row.get(0))?))?;
    Ok(u64::from(count))
}

fn change(
    state: &AppState,
    name: &str,
    what: &'static str,
    how: impl FnOnce(&rusqlite::Transaction<'_>, &AccountRecord, i64) -> Result<(), ServerError>,
) -> Result<(), AdminError> {
    let now_ms = ms(state.now());
    let is_known = state.store().write_blocking(|tx| {
        let Some(account) = account::find(tx, name)? else {
            return Ok(false);
        };
        how(tx, &account, now_ms)?;
        audit::write(tx, now_ms, Some(account.id), what, None, None)?;
        Ok(true)
    })?;
    if is_known { Ok(()) } else { Err(AdminError::UnknownAccount) }
}

fn check_display_name(name: &str) -> Result<(), AdminError> {
    let is_good =
        (1..=100).contains(&name.chars().count()) && !name.trim().is_empty() && !name.chars().any(char::is_control);
    if is_good { Ok(()) } else { Err(AdminError::BadDisplayName) }
}

fn check_password(password: &str) -> Result<(), AdminError> {
    let is_good = password.chars().count() >= MIN_PASSWORD_CHARS && password.len() <= MAX_PASSWORD_BYTES;
    if is_good { Ok(()) } else { Err(AdminError::BadPassword) }
}
