//! Deadlines of a case: every one that was computed, none ever changed. The first is the promise, the newest counts.

use casework::CaseId;
use contract::case::{DeadlineWire, DueWire};
use rusqlite::{Connection, params};
use working_days::{Deadline, Due, Policy};

use crate::refusal::ServerError;
use crate::store::ms;

/// A computed deadline as it travels and is stored.
pub(crate) fn wire(deadline: &Deadline, policy: &Policy) -> DeadlineWire {
    let due_wire = |due: &Due| DueWire {
        due_date: due.date.to_string(),
        target_ms: ms(due.target),
        breach_ms: ms(due.breach),
        policy: policy.id.to_owned(),
    };
    match deadline {
        Deadline::Final(due) => DeadlineWire::Final { due: due_wire(due) },
        Deadline::Provisional { due, earliest, latest, .. } => {
            DeadlineWire::Provisional { due: due_wire(due), earliest: earliest.to_string(), latest: latest.to_string() }
        }
        Deadline::OutOfRange => DeadlineWire::OutOfRange { policy: policy.id.to_owned() },
    }
}

/// When it is breached, to order by.
pub(crate) fn breach_ms(deadline: &DeadlineWire) -> Option<i64> {
    match deadline {
        DeadlineWire::Final { due } | DeadlineWire::Provisional { due, .. } => Some(due.breach_ms),
        DeadlineWire::OutOfRange { .. } => None,
    }
}

pub(crate) fn insert(db: &Connection, case: CaseId, deadline: &DeadlineWire, now_ms: i64) -> Result<(), ServerError> {
    let (status, policy, due, span) = match deadline {
        DeadlineWire::Final { due } => ("final", &due.policy, Some(due), None),
        DeadlineWire::Provisional { due, earliest, latest } => {
            ("provisional", &due.policy, Some(due), Some((earliest, latest)))
        }
        DeadlineWire::OutOfRange { policy } => ("out_of_range", policy, None, None),
    };
    db.execute(
        "INSERT INTO deadlines (case_id, status, policy, due_date, target_ms, breach_ms, earliest, latest, computed_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            case.to_string(),
            status,
            policy,
            due.map(|due| &due.due_date),
            due.map(|due| due.target_ms),
            due.map(|due| due.breach_ms),
            span.map(|span| span.0),
            span.map(|span| span.1),
            now_ms
        ],
    )?;
    Ok(())
}

/// The deadline that counts.
pub(crate) fn newest(db: &Connection, case: CaseId) -> Result<DeadlineWire, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT status, policy, due_date, target_ms, breach_ms, earliest, latest FROM deadlines
         WHERE case_id = ?1 ORDER BY deadline_id DESC LIMIT 1",
    )?;
    let deadline = statement.query_row([case.to_string()], |row| {
        let status: String = row.get(0)?;
        if status == "out_of_range" {
            return Ok(DeadlineWire::OutOfRange { policy: row.get(1)? });
        }
        let due =
            DueWire { policy: row.get(1)?, due_date: row.get(2)?, target_ms: row.get(3)?, breach_ms: row.get(4)? };
        if status == "final" {
            Ok(DeadlineWire::Final { due })
        } else {
            Ok(DeadlineWire::Provisional { due, earliest: row.get(5)?, latest: row.get(6)? })
        }
    })?;
    Ok(deadline)
}
