//! Applicants, known by the portal's name for them.

use casework::Period;
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;

pub(crate) fn find_or_insert(db: &Connection, applicant_ref: &str, now_ms: i64) -> Result<i64, ServerError> {
    let found = db
        .query_row("SELECT applicant_id FROM applicants WHERE applicant_ref = ?1", [applicant_ref], |row| row.get(0))
        .optional()?;
    if let Some(applicant) = found {
        return Ok(applicant);
    }
    db.execute("INSERT INTO applicants (applicant_ref, made_at_ms) VALUES (?1, ?2)", params![applicant_ref, now_ms])?;
    Ok(db.last_insert_rowid())
}

/// How many reviews of a period an applicant has used. A voided round uses none.
pub(crate) fn rounds_used(db: &Connection, applicant: i64, period: Period) -> Result<u8, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT count(*) FROM cases
         WHERE applicant_id = ?1 AND period_year = ?2 AND period_autumn = ?3 AND state <> 'void'",
    )?;
    Ok(statement.query_row(params![applicant, period.year, period.is_autumn], |row| row.get(0))?)
}

/// Whether a review of this applicant is open anywhere.
pub(crate) fn has_open_case(db: &Connection, applicant: i64) -> Result<bool, ServerError> {
    let found = db
        .query_row(
            "SELECT 1 FROM cases WHERE applicant_id = ?1
             AND state IN ('pending', 'second_opinion', 'supervisor_decides', 'technical')",
            [applicant],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}
