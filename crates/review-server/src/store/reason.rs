//! Versions of the reasons catalogue. None is ever changed: a decision is checked against the version under which it was made.

use contract::reason::ReasonWire;
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;
use crate::store::column;

pub(crate) fn newest_version(db: &Connection) -> Result<Option<u32>, ServerError> {
    Ok(db.query_row("SELECT max(version) FROM reason_catalogues", [], |row| row.get(0))?)
}

pub(crate) fn load(db: &Connection, version: u32) -> Result<Option<Vec<ReasonWire>>, ServerError> {
    let mut statement = db.prepare_cached("SELECT reasons FROM reason_catalogues WHERE version = ?1")?;
    let found = statement
        .query_row([version], |row| column::word(row, 0, "catalogue", |text| serde_json::from_str(text).ok()))
        .optional()?;
    Ok(found)
}

pub(crate) fn insert(db: &Connection, version: u32, reasons: &str, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO reason_catalogues (version, reasons, made_at_ms) VALUES (?1, ?2, ?3)",
        params![version, reasons, now_ms],
    )?;
    Ok(())
}
