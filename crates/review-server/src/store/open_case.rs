//! All open cases at once, each with its newest deadline: what a recomputation reads, in one pass and not case by case.

use casework::{CaseId, OfficeId};
use chrono::{DateTime, Utc};
use contract::case::DeadlineOutcome;
use rusqlite::{Connection, params};
use working_days::Policy;

use crate::refusal::ServerError;
use crate::store::{column, deadline};

/// An open case as a recomputation needs it.
pub(crate) struct OpenCase {
    pub(crate) id: CaseId,
    pub(crate) no: String,
    pub(crate) office: OfficeId,
    pub(crate) submitted_at: DateTime<Utc>,
    /// The policy by which it was counted last.
    pub(crate) policy: Policy,
    /// The version of that policy.
    pub(crate) policy_version: u32,
    pub(crate) outcome: DeadlineOutcome,
    /// The pack by which it was counted last.
    pub(crate) pack_serial: u32,
    /// Its hash; empty on rows that were written before there were packs.
    pub(crate) pack_sha256: String,
    /// When, in milliseconds since the Unix epoch.
    pub(crate) computed_at_ms: i64,
}

/// The open cases of an office, or of all offices, in the order of their ids.
pub(crate) fn all(db: &Connection, office: Option<OfficeId>) -> Result<Vec<OpenCase>, ServerError> {
    // The partial index holds the open cases alone: concluded ones of past years are not even looked at.
    let mut statement = db.prepare_cached(
        "SELECT d.status, d.due_date, d.target_ms, d.breach_ms, d.earliest, d.latest, c.case_id, c.case_no, c.office_id,
             c.submitted_at_ms, d.policy, d.policy_version, d.pack_serial, d.pack_sha256,
             d.computed_at_ms
         FROM cases c INDEXED BY cases_one_open
             JOIN deadlines d ON d.deadline_id = (SELECT max(deadline_id) FROM deadlines WHERE case_id = c.case_id)
         WHERE c.state IN ('pending', 'second_opinion', 'supervisor_decides', 'technical')
             AND (?1 IS NULL OR c.office_id = ?1)",
    )?;
    let mut cases = statement
        .query_map(params![office.map(|id| id.to_string())], |row| {
            Ok(OpenCase {
                id: column::case_id(row, 6)?,
                no: row.get(7)?,
                office: column::office_id(row, 8)?,
                submitted_at: column::instant(row, 9)?,
                policy: column::word(row, 10, "policy", Policy::by_id)?,
                policy_version: row.get(11)?,
                outcome: deadline::read_outcome(row, 0)?,
                pack_serial: row.get(12)?,
                pack_sha256: row.get(13)?,
                computed_at_ms: row.get(14)?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // Rows that are appended in the order of the index by case cost half of those in any other order.
    cases.sort_unstable_by_key(|case| case.id.0);
    Ok(cases)
}

/// The highest serial by which the deadline of any open case was counted last; `None` when no case is open.
pub(crate) fn newest_pack_serial(db: &Connection) -> Result<Option<u32>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT max(d.pack_serial)
         FROM cases c INDEXED BY cases_one_open
             JOIN deadlines d ON d.deadline_id = (SELECT max(deadline_id) FROM deadlines WHERE case_id = c.case_id)
         WHERE c.state IN ('pending', 'second_opinion', 'supervisor_decides', 'technical')",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Keeps the copy of the breach by which cases are ordered.
pub(crate) fn set_breach(db: &Connection, case: CaseId, breach_ms: Option<i64>) -> Result<(), ServerError> {
    let mut statement = db.prepare_cached("UPDATE cases SET breach_ms = ?2 WHERE case_id = ?1")?;
    statement.execute(params![case.to_string(), breach_ms])?;
    Ok(())
}
