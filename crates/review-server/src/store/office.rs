//! Offices (审核机构).

use casework::OfficeId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;
use crate::store::column;

pub(crate) fn find(db: &Connection, name: &str) -> Result<Option<OfficeId>, ServerError> {
    let found = db
        .query_row("SELECT office_id FROM offices WHERE name = ?1", [name], |row| column::office_id(row, 0))
        .optional()?;
    Ok(found)
}

pub(crate) fn exists(db: &Connection, office: OfficeId) -> Result<bool, ServerError> {
    let found =
        db.query_row("SELECT 1 FROM offices WHERE office_id = ?1", [office.to_string()], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

pub(crate) fn insert(db: &Connection, office: OfficeId, name: &str, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO offices (office_id, name, made_at_ms) VALUES (?1, ?2, ?3)",
        params![office.to_string(), name, now_ms],
    )?;
    Ok(())
}
