//! Draft, note and hold of a case, as its holder's desktop said last. One row per case, whoever holds it.

use casework::{AccountId, CaseId, Fence};
use contract::case_work::CaseWork;
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;
use crate::store::column;

/// What is kept.
pub(crate) struct CaseWorkRecord {
    /// Who made it.
    pub(crate) account: AccountId,
    pub(crate) work: CaseWork,
}

pub(crate) fn load(db: &Connection, case: CaseId) -> Result<Option<CaseWorkRecord>, ServerError> {
    let mut statement = db.prepare_cached("SELECT account_id, work FROM case_work WHERE case_id = ?1")?;
    let found = statement
        .query_row([case.to_string()], |row| {
            let work = column::word(row, 1, "case work", |text| serde_json::from_str(text).ok())?;
            Ok(CaseWorkRecord { account: column::account_id(row, 0)?, work })
        })
        .optional()?;
    Ok(found)
}

pub(crate) fn store(
    db: &Connection,
    case: CaseId,
    fence: Fence,
    record: &CaseWorkRecord,
    now_ms: i64,
) -> Result<(), ServerError> {
    let work = serde_json::to_string(&record.work).map_err(|_| ServerError::Fault("case work cannot be written"))?;
    let mut statement = db.prepare_cached(
        "INSERT INTO case_work (case_id, account_id, fence, work, updated_at_ms, saved_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (case_id) DO UPDATE SET account_id = ?2, fence = ?3, work = ?4, updated_at_ms = ?5, saved_at_ms = ?6",
    )?;
    let updated_at_ms = record.work.updated_at_ms;
    statement.execute(params![case.to_string(), record.account.to_string(), fence.0, work, updated_at_ms, now_ms])?;
    Ok(())
}

pub(crate) fn clear(db: &Connection, case: CaseId) -> Result<(), ServerError> {
    let mut statement = db.prepare_cached("DELETE FROM case_work WHERE case_id = ?1")?;
    statement.execute([case.to_string()])?;
    Ok(())
}
