//! Idempotency keys of the intake with the answer that each got.

use casework::CaseId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;

/// An intake that was accepted under a key.
pub(crate) struct IntakeKeyRecord {
    pub(crate) fingerprint: String,
    /// The answer as JSON.
    pub(crate) answer: String,
}

pub(crate) fn load(db: &Connection, key: &str) -> Result<Option<IntakeKeyRecord>, ServerError> {
    let found = db
        .query_row("SELECT fingerprint, answer FROM intake_keys WHERE intake_key = ?1", [key], |row| {
            Ok(IntakeKeyRecord { fingerprint: row.get(0)?, answer: row.get(1)? })
        })
        .optional()?;
    Ok(found)
}

pub(crate) fn insert(
    db: &Connection,
    key: &str,
    record: &IntakeKeyRecord,
    case: CaseId,
    now_ms: i64,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO intake_keys (intake_key, fingerprint, case_id, answer, made_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![key, record.fingerprint, case.to_string(), record.answer, now_ms],
    )?;
    Ok(())
}
