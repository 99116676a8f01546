//! Signing in, refreshing, signing out. No answer tells whether an account exists: a name without one is tried, counted and locked alike.

use casework::AccountId;
use chrono::{DateTime, Duration, Utc};
use contract::problem::ProblemCode;
use contract::session::{Person, SessionAnswer, SignInRequest};
use rusqlite::Connection;

use crate::password::PasswordHash;
use crate::refusal::ServerError;
use crate::rules::leasing;
use crate::rules::viewer::{self, Viewer};
use crate::secret::{Token, sha256_hex};
use crate::state::{AppState, OLDEST_DESKTOP};
use crate::store::account::{self, AccountRecord};
use crate::store::session::{self, SessionRecord};
use crate::store::sign_in_try::{self, Tries};
use crate::store::{audit, device, ms, run_blocking};

/// Wrong passwords in a row after which a name is locked.
const TRIES: u32 = 5;
/// For how long it is locked, and for how long wrong passwords are remembered.
const LOCKED_FOR: Duration = Duration::minutes(10);

/// The hash under which tries of a name are counted.
pub(crate) fn name_sha256(name: &str) -> String {
    sha256_hex(name.as_bytes())
}

/// Checks name and password and opens a session.
pub(crate) async fn sign_in(state: &AppState, request: SignInRequest) -> Result<(Viewer, SessionAnswer), ServerError> {
    if request.contract_version < OLDEST_DESKTOP {
        return Err(ProblemCode::DesktopTooOld.into());
    }
    // Waiting for a free place comes before the try is counted: a busy server locks nobody out.
    let place = tokio::time::timeout(std::time::Duration::from_secs(10), state.hashing().acquire());
    let Ok(Ok(_place)) = place.await else {
        return Err(ServerError::retry_after(ProblemCode::Unavailable, 5));
    };
    let now = state.now();
    let name = request.account.clone();
    let begun = state.write(move |tx, _| Ok(begin_try(tx, &name, now))).await??;
    let password = begun.password.unwrap_or_else(|| PasswordHash::of_nobody(state.config().password_cost));
    let is_right = {
        let typed = zeroize::Zeroizing::new(request.password.clone());
        run_blocking(move || password.verify(&typed)).await?
    };
    let account = begun.account.filter(|_| is_right);
    let now = state.now();
    // A wrong password is an answer that must be kept, so the refusal is a value of a transaction that commits.
    state.write(move |tx, state| finish_try(tx, state, &request, account, begun.tries, now)).await?
}

struct BegunTry {
    account: Option<AccountId>,
    password: Option<PasswordHash>,
    tries: u32,
}

/// Counts the try before its password is looked at, so that many at once are no way round the lock.
fn begin_try(db: &Connection, name: &str, now: DateTime<Utc>) -> Result<BegunTry, ServerError> {
    let key = name_sha256(name);
    let known = sign_in_try::load(db, &key, now, LOCKED_FOR)?;
    if let Some(until_ms) = known.locked_until_ms {
        return Err(locked(until_ms, now));
    }
    let tries = known.count.saturating_add(1);
    if tries > TRIES {
        let until_ms = ms(now + LOCKED_FOR);
        sign_in_try::store(db, &key, Tries { count: tries, locked_until_ms: Some(until_ms) }, now, LOCKED_FOR)?;
        return Err(locked(until_ms, now));
    }
    sign_in_try::store(db, &key, Tries { count: tries, locked_until_ms: None }, now, LOCKED_FOR)?;
    let account = account::find(db, name)?.map(|account| account.id);
    let password = match account {
        Some(account) => account::password(db, account)?,
        None => None,
    };
    Ok(BegunTry { account, password, tries })
}

fn finish_try(
    db: &Connection,
    state: &AppState,
    request: &SignInRequest,
    account: Option<AccountId>,
    tries: u32,
    now: DateTime<Utc>,
) -> Result<Result<(Viewer, SessionAnswer), ServerError>, ServerError> {
    let key = name_sha256(&request.account);
    let account = match account {
        Some(account) => account::load(db, account)?,
        None => None,
    };
    let Some(account) = account else {
        audit::write(db, ms(now), None, "sign_in_refused", None, None)?;
        if tries < TRIES {
            return Ok(Err(ProblemCode::WrongPassword.into()));
        }
        let until_ms = ms(now + LOCKED_FOR);
        sign_in_try::store(db, &key, Tries { count: tries, locked_until_ms: Some(until_ms) }, now, LOCKED_FOR)?;
        return Ok(Err(locked(until_ms, now)));
    };
    sign_in_try::forget(db, &key)?;
    if account.is_disabled {
        audit::write(db, ms(now), Some(account.id), "sign_in_disabled", None, None)?;
        return Ok(Err(ProblemCode::AccountDisabled.into()));
    }
    if device::load(db, request.device_id, account.id)?.is_some_and(|device| device.revoked_at_ms.is_some()) {
        audit::write(db, ms(now), Some(account.id), "sign_in_on_revoked_device", None, None)?;
        return Ok(Err(ProblemCode::DeviceRevoked.into()));
    }
    session::forget_expired(db, ms(now))?;
    let refresh = Token::new()?;
    let record = SessionRecord {
        id: state.new_id(),
        account: account.id,
        refresh_sha256: refresh.sha256(),
        refresh_expires_at_ms: refresh_expiry(state, now),
    };
    session::insert(db, &record, request.device_id, ms(now))?;
    audit::write(db, ms(now), Some(account.id), "signed_in", None, None)?;
    let answer = answer(db, state, &account, &record, &refresh, now)?;
    Ok(Ok((viewer_of(state, account, &record), answer)))
}

fn locked(until_ms: i64, now: DateTime<Utc>) -> ServerError {
    let seconds = (until_ms - ms(now)).div_euclid(1000) + 1;
    ServerError::retry_after(ProblemCode::AccountLocked, u32::try_from(seconds).unwrap_or(1))
}

fn refresh_expiry(state: &AppState, now: DateTime<Utc>) -> i64 {
    ms(now + Duration::days(i64::from(state.config().refresh_days)))
}

fn answer(
    db: &Connection,
    state: &AppState,
    account: &AccountRecord,
    session: &SessionRecord,
    refresh: &Token,
    now: DateTime<Utc>,
) -> Result<SessionAnswer, ServerError> {
    let access = Token::new()?;
    let access_expires_at_ms = ms(now + Duration::minutes(i64::from(state.config().access_minutes)));
    session::insert_access_token(db, session.id, &access.sha256(), access_expires_at_ms)?;
    Ok(SessionAnswer {
        access_token: access.text().to_owned(),
        access_expires_at_ms,
        refresh_token: refresh.text().to_owned(),
        refresh_expires_at_ms: session.refresh_expires_at_ms,
        person: Person {
            account_id: account.id.0,
            account: account.name.clone(),
            display_name: account.display_name.clone(),
            role: account.role.word().to_owned(),
            office_id: account.office.0,
            office_name: account.office_name.clone(),
            office_region: account.office_region.clone(),
        },
    })
}

/// Exchanges a refresh token. The one that is used stays good until the new one is first used, since this answer may be lost.
pub(crate) fn refresh(
    db: &Connection,
    state: &AppState,
    refresh_token: &str,
    now: DateTime<Utc>,
) -> Result<(Viewer, SessionAnswer), ServerError> {
    let used = sha256_hex(refresh_token.as_bytes());
    let mut record = session::by_refresh_token(db, &used)?.ok_or(ProblemCode::SessionExpired)?;
    let account = account::load(db, record.account)?.ok_or(ProblemCode::SessionExpired)?;
    if account.is_disabled {
        return Err(ProblemCode::AccountDisabled.into());
    }
    if record.refresh_expires_at_ms <= ms(now) {
        return Err(ProblemCode::SessionExpired.into());
    }
    let new = Token::new()?;
    record.refresh_sha256 = new.sha256();
    record.refresh_expires_at_ms = refresh_expiry(state, now);
    session::rotate(db, record.id, &used, &record.refresh_sha256, record.refresh_expires_at_ms)?;
    let answer = answer(db, state, &account, &record, &new, now)?;
    Ok((viewer_of(state, account, &record), answer))
}

fn viewer_of(state: &AppState, account: AccountRecord, session: &SessionRecord) -> Viewer {
    let epoch = viewer::epoch(state, &account);
    Viewer { account, session: session.id, epoch }
}

/// Ends the session. The person's leases lapse at once, but what is decided under them still comes in until somebody takes the cases.
pub(crate) fn sign_out(db: &Connection, viewer: &Viewer, now: DateTime<Utc>) -> Result<(), ServerError> {
    session::end(db, viewer.session, "signed_out", ms(now))?;
    leasing::lapse_all(db, viewer.id(), viewer.office(), now)?;
    audit::write(db, ms(now), Some(viewer.id()), "signed_out", None, None)
}
