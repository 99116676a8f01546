//! How a decision moves through the `outbox`, from queued to the server's receipt. A row moves only as drawn here, and is deleted by nobody
//! but its author before it was ever sent, and its time after the receipt. Every other move is refused and changes nothing.
//!
//! ```text
//! (nothing)                        ──insert───────> queued
//! queued, never sent               ──undo─────────> (deleted)        (not after the time for it was ended)
//! queued                           ──mark_sending─> sending
//! sending                          ──retry_later──> queued
//! sending, at the next start       ──requeue──────> queued
//! sending                          ──conflict─────> conflict
//! sending, queued                  ──park─────────> parked
//! parked, queued                   ──retry_now────> queued
//! conflict, parked, delivered      ──dismiss──────> the same, put away
//! any that was ever sent           ──delivered────> delivered     (the receipt names the payload's hash)
//! delivered                        ──offer_refused> conflict      (see `redelivery`)
//! delivered, 30 days ago           ──purge────────> (deleted)     (see `redelivery`)
//! ```
//!
//! What a person must be able to account for is written to the access log in the transaction of its move.

use casework::{AccessEvent, DecisionId, Sha256};
use rusqlite::{ToSql, Transaction, named_params};

use super::access_log::{self, NewAccess};
use super::outbox::stored;
use super::outbox_row::{OutboxRow, OutboxState, Problem, ReceiptRow};
use super::work_meta::latest_ms;
use crate::error::{Fault, VaultError};
use crate::failpoint::fail_point;
use crate::work_store::WorkStore;

impl WorkStore {
    /// Sending begins: from now on the decision cannot be taken back. `false` when it is not queued (taken back meanwhile, or being sent).
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_mark_sending(&self, decision_id: DecisionId) -> Result<bool, VaultError> {
        let moved = self.work().write(|tx| {
            let moved = tx
                .prepare_cached(
                    "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE decision_id = ?1 AND state = 'queued'",
                )?
                .execute([decision_id.to_string()])?;
            Ok(moved == 1)
        })?;
        fail_point!("vault::outbox::after-sending");
        Ok(moved)
    }

    /// The server acknowledged it. Believed whenever it was sent at least once, since a receipt that names the payload's hash can only come
    /// from a server that has it; the first receipt is kept. The 30 days for which the row stays count from `now_ms`, or from the latest server time
    /// that was known here, should the server's clock have gone back.
    ///
    /// # Errors
    /// [`VaultError::WrongReceipt`] for another hash; `UnknownDecision`; `IllegalMove` when it was never sent; else the store fails.
    pub fn outbox_delivered(
        &self,
        decision_id: DecisionId,
        payload_sha256: Sha256,
        receipt: &ReceiptRow,
        now_ms: i64,
    ) -> Result<(), VaultError> {
        fail_point!("vault::outbox::before-delivered");
        self.work().write(|tx| {
            let row = stored(tx, decision_id)?;
            if row.payload_sha256 != payload_sha256 {
                return Err(VaultError::WrongReceipt.into());
            }
            if row.state == OutboxState::Delivered {
                return Ok(());
            }
            if row.attempts == 0 {
                return Err(VaultError::IllegalMove { from: row.state }.into());
            }
            let delivered_at_ms = latest_ms(tx, now_ms)?;
            tx.prepare_cached(
                "UPDATE outbox SET state = 'delivered', is_dismissed = 0, problem_code = NULL, problem_status = NULL,
                        problem_incident = NULL, standing = NULL, receipt_version = :version, receipt_state = :state,
                        receipt_outcome = :outcome, received_at_ms = :received, delivered_at_ms = :now,
                        receipt = coalesce(:json, receipt), offered_epoch = :epoch, refused_epoch = NULL
                 WHERE decision_id = :decision_id",
            )?
            .execute(named_params! {
                ":decision_id": decision_id.to_string(),
                ":version": receipt.case_version.0,
                ":state": receipt.state,
                ":outcome": receipt.outcome,
                ":received": receipt.received_at_ms,
                ":now": delivered_at_ms,
                ":json": receipt.json,
                ":epoch": receipt.epoch,
            })?;
            self.log_move(tx, &row, AccessEvent::Delivered, None, now_ms)
        })?;
        fail_point!("vault::outbox::after-delivered");
        Ok(())
    }

    /// Whether the server has it is not known, or it could not take it: sent again, with the same id, at `next_attempt_ms`.
    ///
    /// # Errors
    /// `UnknownDecision`, or `IllegalMove` when it is not being sent; else the store fails.
    pub fn outbox_retry_later(
        &self,
        decision_id: DecisionId,
        next_attempt_ms: i64,
        problem: &Problem,
    ) -> Result<(), VaultError> {
        self.move_outbox(
            decision_id,
            "UPDATE outbox SET state = 'queued', next_attempt_ms = :next, problem_code = :code, problem_status = :status,
                    problem_incident = :incident
             WHERE decision_id = :decision_id AND state = 'sending'",
            &[
                (":next", &next_attempt_ms),
                (":code", &problem.code),
                (":status", &problem.status),
                (":incident", &problem.incident),
            ],
        )
    }

    /// Something else stands. `standing` is kept as it is given, inside the encrypted file.
    ///
    /// # Errors
    /// `UnknownDecision`, or `IllegalMove` when it is not being sent; else the store fails.
    pub fn outbox_conflict(
        &self,
        decision_id: DecisionId,
        problem: &Problem,
        standing: Option<&[u8]>,
        now_ms: i64,
    ) -> Result<(), VaultError> {
        self.move_and_log(
            decision_id,
            (AccessEvent::Conflict, problem, now_ms),
            "UPDATE outbox SET state = 'conflict', problem_code = :code, problem_status = :status,
                    problem_incident = :incident, standing = :standing
             WHERE decision_id = :decision_id AND state = 'sending'",
            &[
                (":code", &problem.code),
                (":status", &problem.status),
                (":incident", &problem.incident),
                (":standing", &standing),
            ],
        )
    }

    /// It cannot be sent as it is; kept, with the reason.
    ///
    /// # Errors
    /// `UnknownDecision`, or `IllegalMove` when it is neither queued nor being sent; else the store fails.
    pub fn outbox_park(&self, decision_id: DecisionId, problem: &Problem, now_ms: i64) -> Result<(), VaultError> {
        self.move_and_log(
            decision_id,
            (AccessEvent::Parked, problem, now_ms),
            "UPDATE outbox SET state = 'parked', problem_code = :code, problem_status = :status,
                    problem_incident = :incident
             WHERE decision_id = :decision_id AND state IN ('queued', 'sending')",
            &[(":code", &problem.code), (":status", &problem.status), (":incident", &problem.incident)],
        )
    }

    /// The author wants it sent at once: a parked or queued one is due at `now_ms`, the time to take it back included.
    ///
    /// # Errors
    /// `UnknownDecision`, or `IllegalMove` from any other state or when it was put away; else the store fails.
    pub fn outbox_retry_now(&self, decision_id: DecisionId, now_ms: i64) -> Result<(), VaultError> {
        self.move_outbox(
            decision_id,
            "UPDATE outbox SET state = 'queued', next_attempt_ms = min(next_attempt_ms, :now)
             WHERE decision_id = :decision_id AND state IN ('queued', 'parked') AND is_dismissed = 0",
            &[(":now", &now_ms)],
        )
    }

    /// The author takes it back: the row is deleted, and leaves the WAL.
    ///
    /// # Errors
    /// `UnknownDecision`; [`VaultError::TooLate`] unless it is queued and was never sent, or after [`WorkStore::end_undo_windows`]; else the
    /// store fails.
    pub fn outbox_undo(&self, decision_id: DecisionId, now_ms: i64) -> Result<(), VaultError> {
        self.work().write(|tx| {
            let row = stored(tx, decision_id)?;
            if row.state != OutboxState::Queued || row.attempts > 0 || row.is_undo_over {
                return Err(VaultError::TooLate.into());
            }
            tx.execute("DELETE FROM outbox WHERE decision_id = ?1", [decision_id.to_string()])?;
            self.log_move(tx, &row, AccessEvent::TakenBack, None, now_ms)
        })?;
        self.work().truncate_wal_or_later();
        Ok(())
    }

    /// The author puts it away: not listed any more, but kept.
    ///
    /// # Errors
    /// `UnknownDecision`, or `IllegalMove` while it is queued or being sent; else the store fails.
    pub fn outbox_dismiss(&self, decision_id: DecisionId) -> Result<(), VaultError> {
        self.move_outbox(
            decision_id,
            "UPDATE outbox SET is_dismissed = 1
             WHERE decision_id = :decision_id AND state IN ('conflict', 'parked', 'delivered')",
            &[],
        )
    }

    /// At start: what was being sent when the program ended is queued again, under the same id, since nobody knows whether it arrived.
    /// Returns how many.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_requeue_interrupted(&self) -> Result<u32, VaultError> {
        self.work().write(|tx| {
            let moved = tx.execute("UPDATE outbox SET state = 'queued' WHERE state = 'sending'", [])?;
            Ok(u32::try_from(moved).unwrap_or(u32::MAX))
        })
    }

    /// Runs one move; when it finds no row in the right state, says which of the two it was.
    fn move_outbox(
        &self,
        decision_id: DecisionId,
        sql: &'static str,
        values: &[(&str, &dyn ToSql)],
    ) -> Result<(), VaultError> {
        self.work().write(|tx| move_row(tx, decision_id, sql, values).map(drop))
    }

    /// The same with its entry in the access log.
    fn move_and_log(
        &self,
        decision_id: DecisionId,
        (what, problem, now_ms): (AccessEvent, &Problem, i64),
        sql: &'static str,
        values: &[(&str, &dyn ToSql)],
    ) -> Result<(), VaultError> {
        self.work().write(|tx| {
            let row = move_row(tx, decision_id, sql, values)?;
            self.log_move(tx, &row, what, Some(&problem.code), now_ms)
        })
    }

    /// Writes down that a decision moved.
    pub(crate) fn log_move(
        &self,
        tx: &Transaction<'_>,
        row: &OutboxRow,
        what: AccessEvent,
        detail: Option<&str>,
        now_ms: i64,
    ) -> Result<(), Fault> {
        let (case_id, decision_id) = (Some(row.case_id), Some(row.decision_id));
        access_log::append(tx, self.me(), &NewAccess { at_ms: now_ms, what, case_id, decision_id, detail }).map(drop)
    }
}

/// Moves a row; returns what it was before.
fn move_row(
    tx: &Transaction<'_>,
    decision_id: DecisionId,
    sql: &'static str,
    values: &[(&str, &dyn ToSql)],
) -> Result<OutboxRow, Fault> {
    let row = stored(tx, decision_id)?;
    let id = decision_id.to_string();
    let values: Vec<(&str, &dyn ToSql)> =
        [(":decision_id", &id as &dyn ToSql)].into_iter().chain(values.iter().copied()).collect();
    match tx.prepare_cached(sql)?.execute(values.as_slice())? {
        1 => Ok(row),
        _ => Err(VaultError::IllegalMove { from: row.state }.into()),
    }
}
