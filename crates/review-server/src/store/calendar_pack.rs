//! Calendar packs that were activated. None is ever changed or removed; the highest serial is the newest.

use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;

/// An activated pack.
pub(crate) struct CalendarPackRecord {
    pub(crate) pack: String,
    pub(crate) signature: String,
    pub(crate) activated_at_ms: i64,
    pub(crate) activated_by: String,
}

/// A pack that is being activated, with its counted effect.
pub(crate) struct NewCalendarPackRecord<'a> {
    pub(crate) serial: u32,
    pub(crate) sha256: &'a str,
    pub(crate) pack: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) by: &'a str,
    pub(crate) computed: u32,
    pub(crate) moved: u32,
    pub(crate) earlier: u32,
    pub(crate) later: u32,
    pub(crate) newly_overdue: u32,
}

/// The serial of the newest activated pack: what every rule asks before it counts, hence no more than this.
pub(crate) fn newest_serial(db: &Connection) -> Result<Option<u32>, ServerError> {
    let mut statement = db.prepare_cached("SELECT max(serial) FROM calendar_packs")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

pub(crate) fn load(db: &Connection, serial: u32) -> Result<Option<CalendarPackRecord>, ServerError> {
    let found = db
        .query_row(
            "SELECT pack, signature, activated_at_ms, activated_by FROM calendar_packs WHERE serial = ?1",
            [serial],
            |row| {
                Ok(CalendarPackRecord {
                    pack: row.get(0)?,
                    signature: row.get(1)?,
                    activated_at_ms: row.get(2)?,
                    activated_by: row.get(3)?,
                })
            },
        )
        .optional()?;
    Ok(found)
}

pub(crate) fn insert(db: &Connection, new: &NewCalendarPackRecord<'_>, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO calendar_packs (serial, sha256, pack, signature, activated_at_ms, activated_by, computed, moved, earlier,
             later, newly_overdue)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            new.serial,
            new.sha256,
            new.pack,
            new.signature,
            now_ms,
            new.by,
            new.computed,
            new.moved,
            new.earlier,
            new.later,
            new.newly_overdue
        ],
    )?;
    Ok(())
}
