//! Deadlines of a case: every one that was computed, none ever changed. The first date is the promise, the newest counts. Each row says by
//! which pack, policy and program it was computed, and why.

use casework::CaseId;
use contract::case::{DeadlineOutcome, DeadlineWire, DueWire};
use rusqlite::{CachedStatement, Connection, Row, params};
use working_days::{Deadline, Due};

use crate::refusal::ServerError;
use crate::store::ms;

/// SHA-256 of pack 2026112401. Rows that were written before there were packs name that serial and no hash; it is told for them, since
/// the notices by which they were counted are that pack's.
const FIRST_PACK_SHA256: &str = "7503cc5d2a8ca3212c8c40bf3cc92cd9d245924cf2bbc8d96ef239d6cce76d0d";

/// The version that stands in every row.
const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// Why a deadline is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The case came in.
    Initial,
    /// Another calendar pack is in force.
    Calendar,
    /// The office got other regional days off.
    Region,
}

impl Reason {
    /// The word on the wire and in the database.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Calendar => "calendar",
            Self::Region => "region",
        }
    }
}

/// A computed deadline as it travels and is stored.
pub(crate) fn outcome(deadline: &Deadline) -> DeadlineOutcome {
    let due_wire =
        |due: &Due| DueWire { due_date: due.date.to_string(), target_ms: ms(due.target), breach_ms: ms(due.breach) };
    match deadline {
        Deadline::Final(due) => DeadlineOutcome::Final { due: due_wire(due) },
        Deadline::Provisional { due, earliest, latest, .. } => DeadlineOutcome::Provisional {
            due: due_wire(due),
            earliest: earliest.to_string(),
            latest: latest.to_string(),
        },
        Deadline::OutOfRange => DeadlineOutcome::OutOfRange,
    }
}

/// When it is breached, to order by.
pub(crate) fn breach_ms(outcome: &DeadlineOutcome) -> Option<i64> {
    outcome.due().map(|due| due.breach_ms)
}

/// A computation that is about to be recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Computation<'a> {
    pub(crate) case: CaseId,
    pub(crate) outcome: &'a DeadlineOutcome,
    pub(crate) policy: &'a str,
    pub(crate) policy_version: u32,
    pub(crate) region: Option<&'a str>,
    pub(crate) pack_serial: u32,
    pub(crate) pack_sha256: &'a str,
    pub(crate) reason: Reason,
    pub(crate) old_due_date: Option<&'a str>,
    /// `portal`, `program`, or the operator's name.
    pub(crate) by: &'a str,
}

/// Appends a computation.
pub(crate) fn insert(db: &Connection, new: &Computation<'_>, now_ms: i64) -> Result<(), ServerError> {
    Appending::prepare(db)?.append(new, now_ms)
}

/// Appends many computations: the statement is looked up once.
pub(crate) struct Appending<'a>(CachedStatement<'a>);

impl<'a> Appending<'a> {
    pub(crate) fn prepare(db: &'a Connection) -> Result<Self, ServerError> {
        Ok(Self(db.prepare_cached(
            "INSERT INTO deadlines (case_id, status, policy, policy_version, region, pack_serial, pack_sha256, reason,
                 old_due_date, due_date, target_ms, breach_ms, earliest, latest, engine, computed_by, computed_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?))
    }

    pub(crate) fn append(&mut self, new: &Computation<'_>, now_ms: i64) -> Result<(), ServerError> {
        let due = new.outcome.due();
        let (status, span) = match new.outcome {
            DeadlineOutcome::Final { .. } => ("final", None),
            DeadlineOutcome::Provisional { earliest, latest, .. } => ("provisional", Some((earliest, latest))),
            DeadlineOutcome::OutOfRange => ("out_of_range", None),
        };
        self.0.execute(params![
            new.case.to_string(),
            status,
            new.policy,
            new.policy_version,
            new.region,
            new.pack_serial,
            new.pack_sha256,
            new.reason.word(),
            new.old_due_date,
            due.map(|due| &due.due_date),
            due.map(|due| due.target_ms),
            due.map(|due| due.breach_ms),
            span.map(|span| span.0),
            span.map(|span| span.1),
            ENGINE,
            new.by,
            now_ms
        ])?;
        Ok(())
    }
}

/// The outcome in six columns from `first` on: status, due_date, target_ms, breach_ms, earliest, latest.
pub(crate) fn read_outcome(row: &Row<'_>, first: usize) -> rusqlite::Result<DeadlineOutcome> {
    let status = row.get_ref(first)?.as_str()?;
    if status == "out_of_range" {
        return Ok(DeadlineOutcome::OutOfRange);
    }
    let is_final = status == "final";
    let due = DueWire { due_date: row.get(first + 1)?, target_ms: row.get(first + 2)?, breach_ms: row.get(first + 3)? };
    if is_final {
        Ok(DeadlineOutcome::Final { due })
    } else {
        Ok(DeadlineOutcome::Provisional { due, earliest: row.get(first + 4)?, latest: row.get(first + 5)? })
    }
}

/// The deadline that counts, with the date that was promised first: a case that came in out of range got its promise later.
pub(crate) fn newest(db: &Connection, case: CaseId) -> Result<DeadlineWire, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT d.status, d.due_date, d.target_ms, d.breach_ms, d.earliest, d.latest, c.submitted_at_ms, d.policy,
             d.policy_version, d.region, d.pack_serial, d.pack_sha256, d.reason, d.computed_at_ms,
             (SELECT due_date FROM deadlines WHERE case_id = ?1 AND due_date IS NOT NULL ORDER BY deadline_id LIMIT 1)
         FROM deadlines d JOIN cases c USING (case_id) WHERE d.case_id = ?1 ORDER BY d.deadline_id DESC LIMIT 1",
    )?;
    let deadline = statement.query_row([case.to_string()], |row| {
        Ok(DeadlineWire {
            outcome: read_outcome(row, 0)?,
            submitted_at_ms: row.get(6)?,
            policy: row.get(7)?,
            policy_version: row.get(8)?,
            region: row.get(9)?,
            pack_serial: row.get(10)?,
            pack_sha256: Some(row.get::<_, String>(11)?)
                .filter(|sha256| !sha256.is_empty())
                .unwrap_or_else(|| FIRST_PACK_SHA256.to_owned()),
            reason: row.get(12)?,
            computed_at_ms: row.get(13)?,
            first_due_date: row.get(14)?,
        })
    })?;
    Ok(deadline)
}
