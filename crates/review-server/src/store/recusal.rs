//! Persons who stand back from a case (回避), and grants that a supervisor ended. Written once; the reasons are the office's.

use casework::{AccountId, CaseId, Fence};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::refusal::ServerError;
use crate::store::ms;

/// Whether this person stood back from the case.
pub(crate) fn exists(db: &Connection, case: CaseId, account: AccountId) -> Result<bool, ServerError> {
    let mut statement =
        db.prepare_cached("SELECT EXISTS (SELECT 1 FROM recusals WHERE case_id = ?1 AND account_id = ?2)")?;
    Ok(statement.query_row([case.to_string(), account.to_string()], |row| row.get(0))?)
}

pub(crate) fn insert(
    db: &Connection,
    case: CaseId,
    account: AccountId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO recusals (case_id, account_id, reason, at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![case.to_string(), account.to_string(), reason, ms(now)],
    )?;
    Ok(())
}

/// Keeps why and by whom the grant under this fence was ended.
pub(crate) fn insert_revocation(
    db: &Connection,
    case: CaseId,
    fence: Fence,
    holder: AccountId,
    by: AccountId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO revocations (case_id, fence, holder, revoked_by, reason, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![case.to_string(), fence.0, holder.to_string(), by.to_string(), reason, ms(now)],
    )?;
    Ok(())
}
