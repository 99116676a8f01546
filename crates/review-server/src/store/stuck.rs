//! Decisions that a desktop said it cannot deliver, read out of the access logs that desktops ship.

use casework::OfficeId;
use contract::access_log::StuckDecision;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::store::column;

/// The decisions on cases of this office that are stuck: the last word of their desktop's log is not that they were delivered or taken back,
/// and they are not here either. The nearest deadline first. A log is a claim: nothing but this list follows from it.
pub(crate) fn of_office(db: &Connection, office: OfficeId) -> Result<Vec<StuckDecision>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT s.decision_id, c.case_id, c.case_no, a.display_name,
             coalesce((SELECT min(d.at_ms) FROM device_log d WHERE d.device_id = s.device_id
                 AND d.account_id = s.account_id AND d.what = 'decided' AND d.decision_id = s.decision_id), s.at_ms),
             coalesce(s.detail, 'unknown'), c.breach_ms
         FROM device_log s JOIN cases c USING (case_id) JOIN accounts a ON a.account_id = s.account_id
         WHERE s.what = 'stuck' AND c.office_id = ?1
             AND NOT EXISTS (SELECT 1 FROM opinions o WHERE o.decision_id = s.decision_id)
             AND NOT EXISTS (SELECT 1 FROM device_log l WHERE l.device_id = s.device_id
                 AND l.account_id = s.account_id AND l.seq > s.seq AND l.decision_id = s.decision_id AND l.what IN ('stuck', 'delivered', 'taken_back'))
         ORDER BY c.breach_ms IS NULL, c.breach_ms, s.decision_id",
    )?;
    let stuck = statement
        .query_map([office.to_string()], |row| {
            Ok(StuckDecision {
                decision_id: column::uuid(row, 0)?,
                case_id: column::uuid(row, 1)?,
                case_no: row.get(2)?,
                author_name: row.get(3)?,
                since_ms: row.get(4)?,
                problem: row.get(5)?,
                breach_ms: row.get(6)?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(stuck)
}
