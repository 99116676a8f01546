//! The change feed: of each case the newest entry, numbered in the order of commits.

use casework::{CaseId, OfficeId};
use rusqlite::{Connection, params};

use crate::refusal::ServerError;
use crate::store::column;

/// Tells an office's feed that a case changed.
pub(crate) fn touch(db: &Connection, case: CaseId, office: OfficeId) -> Result<(), ServerError> {
    let mut delete = db.prepare_cached("DELETE FROM feed WHERE case_id = ?1 AND office_id = ?2")?;
    delete.execute([case.to_string(), office.to_string()])?;
    let mut insert = db.prepare_cached("INSERT INTO feed (case_id, office_id) VALUES (?1, ?2)")?;
    insert.execute([case.to_string(), office.to_string()])?;
    Ok(())
}

/// The newest number of an office's feed; 0 when it is empty.
pub(crate) fn newest(db: &Connection, office: OfficeId) -> Result<i64, ServerError> {
    let mut statement = db.prepare_cached("SELECT coalesce(max(seq), 0) FROM feed WHERE office_id = ?1")?;
    Ok(statement.query_row([office.to_string()], |row| row.get(0))?)
}

/// Up to `limit` entries after a number, oldest first.
pub(crate) fn after(
    db: &Connection,
    office: OfficeId,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, CaseId)>, ServerError> {
    let mut statement =
        db.prepare_cached("SELECT seq, case_id FROM feed WHERE office_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3")?;
    let entries = statement
        .query_map(params![office.to_string(), after, limit], |row| Ok((row.get(0)?, column::case_id(row, 1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(entries)
}

/// The last number that was ever given to an entry of any office; 0 before the first.
pub(crate) fn last_given(db: &Connection) -> rusqlite::Result<i64> {
    let mut statement =
        db.prepare_cached("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed'), 0)")?;
    statement.query_row([], |row| row.get(0))
}
