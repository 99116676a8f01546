//! `calendar_recounts` and `calendar_moves` (cases.db): what the arrival of a pack moved on this computer. All open rows are computed
//! again in one pass, in one transaction, by a function of the caller; here its results are appended and counted.

use casework::{CaseId, CaseNo, Sha256};
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};
use working_days::BeijingDate;

use crate::column;
use crate::error::{Fault, VaultError};
use crate::table::deadline_row::{DeadlineRow, deadline_row};
use crate::vault::Vault;

/// What the caller makes of one open case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recounted {
    /// The due date by the calendar before; `None` when out of range.
    pub old_due: Option<BeijingDate>,
    /// By the new one.
    pub new_due: Option<BeijingDate>,
    /// Overdue by the new date, in time by the first promise.
    pub is_late_by_move: bool,
}

/// What one pack did to the open cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarRecountRow {
    /// Serial of the pack.
    pub pack_serial: u32,
    /// SHA-256 of its canonical bytes.
    pub pack_sha256: Sha256,
    /// Open cases that were computed again.
    pub computed: u32,
    /// Of these, moved.
    pub moved: u32,
    /// To an earlier day.
    pub earlier: u32,
    /// To a later day.
    pub later: u32,
    /// Overdue by the move alone.
    pub newly_overdue: u32,
    /// When, server time.
    pub computed_at_ms: i64,
}

/// One case that a pack moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarMoveRow {
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_no: CaseNo,
    /// The due date before; `None` when out of range.
    pub old_due: Option<BeijingDate>,
    /// The due date now.
    pub new_due: Option<BeijingDate>,
    /// Overdue by the move alone.
    pub is_late_by_move: bool,
}

impl Vault {
    /// Computes every open case again by `compute` and appends what moved, for this pack, once: a pack that was recounted here already
    /// changes nothing. `None`, and nothing recorded, while rows of schema 1 wait for the first full sweep to bring their facts: a count
    /// without them would stand for good. `compute` answers `None` for a case that is not to be counted (no facts, or never promised by another pack).
    ///
    /// # Errors
    /// The store fails; nothing is recorded then.
    pub fn recount_deadlines(
        &self,
        pack_serial: u32,
        pack_sha256: Sha256,
        computed_at_ms: i64,
        mut compute: impl FnMut(&DeadlineRow) -> Option<Recounted>,
    ) -> Result<Option<CalendarRecountRow>, VaultError> {
        self.cases().write(|tx| {
            if let Some(known) = recount(tx, pack_serial, pack_sha256)? {
                return Ok(Some(known));
            }
            if is_waiting_for_facts(tx)? {
                return Ok(None);
            }
            let mut sum = CalendarRecountRow {
                pack_serial,
                pack_sha256,
                computed: 0,
                moved: 0,
                earlier: 0,
                later: 0,
                newly_overdue: 0,
                computed_at_ms,
            };
            let mut open = tx.prepare_cached(
                "SELECT case_id, case_no, deadline_status, due_date, target_ms, breach_ms, earliest, latest, policy,
                        submitted_at_ms, policy_version, region, pack_serial, pack_sha256, deadline_reason, computed_at_ms,
                        first_due_date
                 FROM cases WHERE submitted_at_ms IS NOT NULL",
            )?;
            let mut keep = tx.prepare_cached(
                "INSERT INTO calendar_moves (pack_serial, pack_sha256, case_id, case_no, policy, policy_version, old_due,
                                             new_due, is_late_by_move, computed_at_ms)
                 VALUES (:serial, :sha256, :case_id, :case_no, :policy, :policy_version, :old, :new, :late, :at_ms)",
            )?;
            let mut rows = open.query([])?;
            while let Some(row) = rows.next()? {
                let deadline = deadline_row(row)?;
                let Some(result) = compute(&deadline) else { continue };
                sum.computed += 1;
                if result.old_due == result.new_due {
                    continue;
                }
                sum.moved += 1;
                // Out of range is later than every date.
                let (old, new) = (due_or_never(result.old_due), due_or_never(result.new_due));
                sum.earlier += u32::from(new < old);
                sum.later += u32::from(old < new);
                sum.newly_overdue += u32::from(result.is_late_by_move);
                keep.execute(named_params! {
                    ":serial": pack_serial,
                    ":sha256": pack_sha256.0,
                    ":case_id": row.get::<_, String>("case_id")?,
                    ":case_no": row.get::<_, String>("case_no")?,
                    ":policy": deadline.policy,
                    ":policy_version": deadline.facts.as_ref().map_or(0, |facts| facts.policy_version),
                    ":old": result.old_due.map(|date| date.to_string()),
                    ":new": result.new_due.map(|date| date.to_string()),
                    ":late": result.is_late_by_move,
                    ":at_ms": computed_at_ms,
                })?;
            }
            tx.execute(
                "INSERT INTO calendar_recounts (pack_serial, pack_sha256, computed, moved, earlier, later, newly_overdue,
                                                computed_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    pack_serial,
                    pack_sha256.0,
                    sum.computed,
                    sum.moved,
                    sum.earlier,
                    sum.later,
                    sum.newly_overdue,
                    computed_at_ms,
                ],
            )?;
            Ok(Some(sum))
        })
    }

    /// What a pack did when it arrived; `None` when it was never recounted here.
    ///
    /// # Errors
    /// The store fails.
    pub fn calendar_recount(&self, serial: u32, sha256: Sha256) -> Result<Option<CalendarRecountRow>, VaultError> {
        self.cases().read(|tx| recount(tx, serial, sha256))
    }

    /// The cases that a pack moved and that are still open, by their new date, at most `limit`.
    ///
    /// # Errors
    /// The store fails.
    pub fn calendar_moves(&self, serial: u32, sha256: Sha256, limit: u32) -> Result<Vec<CalendarMoveRow>, VaultError> {
        self.cases().read(|tx| {
            let mut rows = tx.prepare_cached(
                "SELECT * FROM calendar_moves WHERE pack_serial = ?1 AND pack_sha256 = ?2
                 ORDER BY new_due NULLS LAST, case_no LIMIT ?3",
            )?;
            let rows = rows.query_map(params![serial, sha256.0, limit], move_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// A row without facts that no sweep brings (it is kept for its undelivered decision) is not waited for.
fn is_waiting_for_facts(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let is_waiting = tx
        .prepare_cached(
            "SELECT (epoch IS NULL OR is_sweeping) AND EXISTS (SELECT 1 FROM cases WHERE submitted_at_ms IS NULL) FROM feed",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(is_waiting)
}

/// A date to compare with: none is later than any.
fn due_or_never(due: Option<BeijingDate>) -> (bool, Option<BeijingDate>) {
    (due.is_none(), due)
}

fn recount(tx: &Transaction<'_>, serial: u32, sha256: Sha256) -> Result<Option<CalendarRecountRow>, Fault> {
    let found = tx
        .prepare_cached("SELECT * FROM calendar_recounts WHERE pack_serial = ?1 AND pack_sha256 = ?2")?
        .query_row(params![serial, sha256.0], |row| {
            Ok(CalendarRecountRow {
                pack_serial: row.get("pack_serial")?,
                pack_sha256: column::sha256(row, "pack_sha256")?,
                computed: row.get("computed")?,
                moved: row.get("moved")?,
                earlier: row.get("earlier")?,
                later: row.get("later")?,
                newly_overdue: row.get("newly_overdue")?,
                computed_at_ms: row.get("computed_at_ms")?,
            })
        })
        .optional()?;
    Ok(found)
}

fn move_row(row: &Row<'_>) -> rusqlite::Result<CalendarMoveRow> {
    Ok(CalendarMoveRow {
        case_id: column::parsed(row, "case_id")?,
        case_no: CaseNo(row.get("case_no")?),
        old_due: column::date(row, "old_due")?,
        new_due: column::date(row, "new_due")?,
        is_late_by_move: row.get("is_late_by_move")?,
    })
}
