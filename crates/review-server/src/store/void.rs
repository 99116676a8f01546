//! Voided rounds (作废) and why.

use casework::{AccountId, CaseId};
use rusqlite::{Connection, params};

use crate::refusal::ServerError;

pub(crate) fn insert(
    db: &Connection,
    case: CaseId,
    account: AccountId,
    reason: &str,
    now_ms: i64,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO voids (case_id, account_id, reason, voided_at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![case.to_string(), account.to_string(), reason, now_ms],
    )?;
    Ok(())
}
