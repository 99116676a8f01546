//! Access logs of desktops as they were shipped: one chain for each device of an account, with gaps only where they are written down.

use casework::{AccountId, ChainEntry, Sha256, chain_hash};
use contract::access_log::AccessEntry;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::refusal::ServerError;
use crate::store::column;

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogOf {
    pub(crate) device: Uuid,
    pub(crate) account: AccountId,
}

/// The hash that an entry must have. Its `previous` is taken as it is.
pub(crate) fn hash_of(log: LogOf, entry: &AccessEntry) -> Option<Sha256> {
    let account = log.account.to_string();
    let content = ChainEntry {
        seq: entry.seq,
        at_ms: entry.at_ms,
        what: &entry.what,
        account: Some(&account),
        case_id: entry.case_id.map(casework::CaseId),
        decision_id: entry.decision_id.map(casework::DecisionId),
        detail: entry.detail.as_deref(),
    };
    Some(chain_hash(entry.previous.parse().ok()?, &content))
}

fn read(row: &Row<'_>) -> rusqlite::Result<AccessEntry> {
    Ok(AccessEntry {
        seq: column::number(row, 0)?,
        at_ms: row.get(1)?,
        what: row.get(2)?,
        case_id: column::maybe(row, 3, column::uuid)?,
        decision_id: column::maybe(row, 4, column::uuid)?,
        detail: row.get(5)?,
        previous: row.get(6)?,
        hash: row.get(7)?,
    })
}

const COLUMNS: &str = "seq, at_ms, what, case_id, decision_id, detail, previous, hash";

/// The last number and hash of a log; `None` while nothing was shipped.
pub(crate) fn head(db: &Connection, log: LogOf) -> Result<Option<(u64, String)>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT seq, hash FROM device_log WHERE device_id = ?1 AND account_id = ?2 ORDER BY seq DESC LIMIT 1",
    )?;
    let found = statement
        .query_row([log.device.to_string(), log.account.to_string()], |row| Ok((column::number(row, 0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

pub(crate) fn load(db: &Connection, log: LogOf, seq: u64) -> Result<Option<AccessEntry>, ServerError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM device_log WHERE device_id = ?1 AND account_id = ?2 AND seq = ?3"
    ))?;
    let key = params![log.device.to_string(), log.account.to_string(), i64::try_from(seq).unwrap_or(i64::MAX)];
    Ok(statement.query_row(key, read).optional()?)
}

pub(crate) fn insert(db: &Connection, log: LogOf, entry: &AccessEntry, now_ms: i64) -> Result<(), ServerError> {
    let mut statement = db.prepare_cached(
        "INSERT INTO device_log (device_id, account_id, seq, at_ms, what, case_id, decision_id, detail, previous, hash,
             received_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    statement.execute(params![
        log.device.to_string(),
        log.account.to_string(),
        i64::try_from(entry.seq).unwrap_or(i64::MAX),
        entry.at_ms,
        entry.what,
        entry.case_id.map(|id| id.to_string()),
        entry.decision_id.map(|id| id.to_string()),
        entry.detail,
        entry.previous,
        entry.hash,
        now_ms
    ])?;
    Ok(())
}

/// Writes down that a log goes on at this number, behind a gap.
pub(crate) fn insert_gap(db: &Connection, log: LogOf, next_seq: u64, now_ms: i64) -> Result<(), ServerError> {
    note(db, log, next_seq, "behind_gap", now_ms).map(|_| ())
}

/// Whether a log is known to go on at this number behind a gap.
pub(crate) fn is_behind_gap(db: &Connection, log: LogOf, seq: u64) -> Result<bool, ServerError> {
    noted(db, log, seq, "behind_gap")
}

/// Whether a device was told before that this number is wanted.
pub(crate) fn was_asked_for(db: &Connection, log: LogOf, seq: u64) -> Result<bool, ServerError> {
    noted(db, log, seq, "wanted")
}

/// Keeps that a device was told which number is wanted.
pub(crate) fn note_asked(db: &Connection, log: LogOf, seq: u64, now_ms: i64) -> Result<(), ServerError> {
    note(db, log, seq, "wanted", now_ms).map(|_| ())
}

/// Keeps that a log differs at this number; `false` when that is known.
pub(crate) fn note_broken(db: &Connection, log: LogOf, seq: u64, now_ms: i64) -> Result<bool, ServerError> {
    note(db, log, seq, "differs", now_ms)
}

fn noted(db: &Connection, log: LogOf, seq: u64, what: &str) -> Result<bool, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM device_log_notes
             WHERE device_id = ?1 AND account_id = ?2 AND seq = ?3 AND what = ?4)",
    )?;
    let key = params![log.device.to_string(), log.account.to_string(), i64::try_from(seq).unwrap_or(i64::MAX), what];
    Ok(statement.query_row(key, |row| row.get(0))?)
}

fn note(db: &Connection, log: LogOf, seq: u64, what: &str, now_ms: i64) -> Result<bool, ServerError> {
    let mut statement = db.prepare_cached(
        "INSERT INTO device_log_notes (device_id, account_id, seq, what, noted_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?;
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    let added = statement.execute(params![log.device.to_string(), log.account.to_string(), seq, what, now_ms])?;
    Ok(added == 1)
}

/// Tells every entry of every log, log by log and in order, until `look` says that it is enough.
pub(crate) fn each<E: From<ServerError> + From<rusqlite::Error>>(
    db: &Connection,
    mut look: impl FnMut(LogOf, AccessEntry) -> Result<bool, E>,
) -> Result<(), E> {
    let mut statement = db.prepare(&format!(
        "SELECT {COLUMNS}, device_id, account_id FROM device_log ORDER BY device_id, account_id, seq"
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let log = LogOf { device: column::uuid(row, 8)?, account: column::account_id(row, 9)? };
        if !look(log, read(row)?)? {
            break;
        }
    }
    Ok(())
}
