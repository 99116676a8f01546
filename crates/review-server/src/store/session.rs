//! Sessions and their tokens, kept as hashes. A session has one refresh token that counts and the one before it.

use casework::{AccountId, OfficeId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::refusal::ServerError;
use crate::store::column;

pub(crate) struct SessionRecord {
    pub(crate) id: Uuid,
    pub(crate) account: AccountId,
    pub(crate) refresh_sha256: String,
    pub(crate) refresh_expires_at_ms: i64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<SessionRecord> {
    Ok(SessionRecord {
        id: column::uuid(row, 0)?,
        account: column::account_id(row, 1)?,
        refresh_sha256: row.get(2)?,
        refresh_expires_at_ms: row.get(3)?,
    })
}

pub(crate) fn insert(db: &Connection, session: &SessionRecord, device: Uuid, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO sessions (session_id, account_id, device_id, refresh_sha256, refresh_expires_at_ms, made_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            session.id.to_string(),
            session.account.to_string(),
            device.to_string(),
            session.refresh_sha256,
            session.refresh_expires_at_ms,
            now_ms
        ],
    )?;
    Ok(())
}

/// The session that is not ended and whose current or previous refresh token has this hash.
pub(crate) fn by_refresh_token(db: &Connection, sha256: &str) -> Result<Option<SessionRecord>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT session_id, account_id, refresh_sha256, refresh_expires_at_ms FROM sessions
         WHERE (refresh_sha256 = ?1 OR previous_sha256 = ?1) AND ended_at_ms IS NULL",
    )?;
    Ok(statement.query_row([sha256], read).optional()?)
}

/// Puts a new refresh token in the place of the current one; `used` is the one that asked for it and becomes the previous one.
pub(crate) fn rotate(
    db: &Connection,
    session: Uuid,
    used_sha256: &str,
    new_sha256: &str,
    expires_at_ms: i64,
) -> Result<(), ServerError> {
    db.execute(
        "UPDATE sessions SET refresh_sha256 = ?3, previous_sha256 = ?2, refresh_expires_at_ms = ?4 WHERE session_id = ?1",
        params![session.to_string(), used_sha256, new_sha256, expires_at_ms],
    )?;
    Ok(())
}

pub(crate) fn insert_access_token(
    db: &Connection,
    session: Uuid,
    sha256: &str,
    expires_at_ms: i64,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO access_tokens (token_sha256, session_id, expires_at_ms) VALUES (?1, ?2, ?3)",
        params![sha256, session.to_string(), expires_at_ms],
    )?;
    Ok(())
}

/// Whose access token this is.
pub(crate) struct AccessRecord {
    pub(crate) session: Uuid,
    pub(crate) account: AccountId,
    pub(crate) expires_at_ms: i64,
}

/// An access token of a session that is not ended. Past tokens are known as long as their session, so that they can be told from others.
pub(crate) fn by_access_token(db: &Connection, sha256: &str) -> Result<Option<AccessRecord>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT s.session_id, s.account_id, t.expires_at_ms FROM access_tokens t JOIN sessions s USING (session_id)
         WHERE t.token_sha256 = ?1 AND s.ended_at_ms IS NULL",
    )?;
    let found = statement
        .query_row([sha256], |row| {
            Ok(AccessRecord {
                session: column::uuid(row, 0)?,
                account: column::account_id(row, 1)?,
                expires_at_ms: row.get(2)?,
            })
        })
        .optional()?;
    Ok(found)
}

pub(crate) fn end(db: &Connection, session: Uuid, why: &str, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "UPDATE sessions SET ended_at_ms = ?2, ended_why = ?3 WHERE session_id = ?1 AND ended_at_ms IS NULL",
        params![session.to_string(), now_ms, why],
    )?;
    db.execute("DELETE FROM access_tokens WHERE session_id = ?1", [session.to_string()])?;
    Ok(())
}

/// Ends every session of an account.
pub(crate) fn end_all(db: &Connection, account: AccountId, why: &str, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "DELETE FROM access_tokens WHERE session_id IN (SELECT session_id FROM sessions WHERE account_id = ?1)",
        [account.to_string()],
    )?;
    db.execute(
        "UPDATE sessions SET ended_at_ms = ?2, ended_why = ?3 WHERE account_id = ?1 AND ended_at_ms IS NULL",
        params![account.to_string(), now_ms, why],
    )?;
    Ok(())
}

/// Drops the access tokens of sessions that nobody can refresh any more.
pub(crate) fn forget_expired(db: &Connection, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "DELETE FROM access_tokens WHERE session_id IN
             (SELECT session_id FROM sessions WHERE ended_at_ms IS NULL AND refresh_expires_at_ms <= ?1)",
        [now_ms],
    )?;
    Ok(())
}

/// How many persons of an office who review had a session in use at some time since: signed in, refreshed within the life of an access
/// token, or signed out.
pub(crate) fn active_reviewers(db: &Connection, office: OfficeId, since_ms: i64) -> Result<u32, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT count(*) FROM accounts a
         WHERE a.office_id = ?1 AND a.role IN ('reviewer', 'supervisor') AND a.is_disabled = 0
             AND EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = a.account_id
                 AND (s.made_at_ms >= ?2 OR (s.ended_why = 'signed_out' AND s.ended_at_ms >= ?2)
                     OR EXISTS (SELECT 1 FROM access_tokens t WHERE t.session_id = s.session_id
                         AND t.expires_at_ms > ?2)))",
    )?;
    Ok(statement.query_row(params![office.to_string(), since_ms], |row| row.get(0))?)
}

/// The device that a session belongs to.
pub(crate) fn device(db: &Connection, session: Uuid) -> Result<Uuid, ServerError> {
    let mut statement = db.prepare_cached("SELECT device_id FROM sessions WHERE session_id = ?1")?;
    Ok(statement.query_row([session.to_string()], |row| column::uuid(row, 0))?)
}

/// Ends every session of an account on a device.
pub(crate) fn end_of_device(
    db: &Connection,
    device: Uuid,
    account: AccountId,
    why: &str,
    now_ms: i64,
) -> Result<(), ServerError> {
    let mut statement =
        db.prepare("SELECT session_id FROM sessions WHERE device_id = ?1 AND account_id = ?2 AND ended_at_ms IS NULL")?;
    let sessions = statement
        .query_map([device.to_string(), account.to_string()], |row| column::uuid(row, 0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    sessions.into_iter().try_for_each(|session| end(db, session, why, now_ms))
}

/// Ends every session of everybody.
pub(crate) fn end_everything(db: &Connection, why: &str, now_ms: i64) -> Result<(), ServerError> {
    db.execute("DELETE FROM access_tokens", [])?;
    db.execute("UPDATE sessions SET ended_at_ms = ?1, ended_why = ?2 WHERE ended_at_ms IS NULL", params![now_ms, why])?;
    Ok(())
}
