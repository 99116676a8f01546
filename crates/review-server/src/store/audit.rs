//! The record of who did what, by ids only.

use casework::{AccountId, CaseId};
use rusqlite::{Connection, params};

use crate::refusal::ServerError;

pub(crate) fn write(
    db: &Connection,
    now_ms: i64,
    account: Option<AccountId>,
    what: &str,
    case: Option<CaseId>,
    detail: Option<&str>,
) -> Result<(), ServerError> {
    let mut statement =
        db.prepare_cached("INSERT INTO audit (at_ms, account_id, what, case_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    statement.execute(params![
        now_ms,
        account.map(|id| id.to_string()),
        what,
        case.map(|id| id.to_string()),
        detail
    ])?;
    Ok(())
}
