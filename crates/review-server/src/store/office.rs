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

/// An office as the rules need it.
pub(crate) struct OfficeRecord {
    /// Code of the region whose extra days off it has.
    pub(crate) region: Option<String>,
}

pub(crate) fn load(db: &Connection, office: OfficeId) -> Result<Option<OfficeRecord>, ServerError> {
    let mut statement = db.prepare_cached("SELECT region FROM offices WHERE office_id = ?1")?;
    Ok(statement.query_row([office.to_string()], |row| Ok(OfficeRecord { region: row.get(0)? })).optional()?)
}

/// Every office with its name and region.
pub(crate) fn all(db: &Connection) -> Result<Vec<(OfficeId, String, Option<String>)>, ServerError> {
    let mut statement = db.prepare("SELECT office_id, name, region FROM offices ORDER BY name")?;
    let offices = statement
        .query_map([], |row| Ok((column::office_id(row, 0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(offices)
}

pub(crate) fn set_region(db: &Connection, office: OfficeId, region: Option<&str>) -> Result<(), ServerError> {
    db.execute("UPDATE offices SET region = ?2 WHERE office_id = ?1", params![office.to_string(), region])?;
    Ok(())
}

pub(crate) fn insert(db: &Connection, office: OfficeId, name: &str, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO offices (office_id, name, made_at_ms) VALUES (?1, ?2, ?3)",
        params![office.to_string(), name, now_ms],
    )?;
    Ok(())
}
