//! How a decision moves through the `outbox`, from queued to the server's receipt. A row moves only as drawn here, and is deleted by nobody
//! but its author, before it was ever sent. Every other move is refused and changes nothing.
//!
//! ```text
//! (nothing)                        ──insert───────> queued
//! queued, never sent               ──undo─────────> (deleted)
//! queued                           ──mark_sending─> sending
//! sending                          ──retry_later──> queued
//! sending, at the next start       ──requeue──────> queued
//! sending                          ──conflict─────> conflict
//! sending, queued                  ──park─────────> parked
//! parked, queued                   ──retry_now────> queued
//! conflict, parked, delivered      ──dismiss──────> the same, put away
//! any that was ever sent           ──delivered────> delivered     (the receipt names the payload's hash)
//! ```

use casework::{DecisionId, Sha256};
use rusqlite::{ToSql, named_params};

use super::outbox::stored;
use super::outbox_row::{OutboxState, Problem, ReceiptRow};
use crate::error::VaultError;
use crate::vault::Vault;

impl Vault {
    /// Sending begins: from now on the decision cannot be taken back. `false` when it is not queued (taken back meanwhile, or being sent).
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_mark_sending(&self, decision_id: DecisionId) -> Result<bool, VaultError> {
        self.work().write(|tx| {
            let moved = tx
                .prepare_cached(
                    "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE decision_id = ?1 AND state = 'queued'",
                )?
                .execute([decision_id.to_string()])?;
            Ok(moved == 1)
        })
    }

    /// The server acknowledged it. Believed whenever it was sent at least once, since a receipt that names the payload's hash can only come
    /// from a server that has it; the first receipt is kept.
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
            tx.prepare_cached(
                "UPDATE outbox SET state = 'delivered', is_dismissed = 0, problem_code = NULL, problem_status = NULL,
                        problem_incident = NULL, standing = NULL, receipt_version = :version, receipt_state = :state,
                        receipt_outcome = :outcome, received_at_ms = :received, delivered_at_ms = :now
                 WHERE decision_id = :decision_id",
            )?
            .execute(named_params! {
                ":decision_id": decision_id.to_string(),
                ":version": receipt.case_version.0,
                ":state": receipt.state,
                ":outcome": receipt.outcome,
                ":received": receipt.received_at_ms,
                ":now": now_ms,
            })?;
            Ok(())
        })
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
    ) -> Result<(), VaultError> {
        self.move_outbox(
            decision_id,
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
    pub fn outbox_park(&self, decision_id: DecisionId, problem: &Problem) -> Result<(), VaultError> {
        self.move_outbox(
            decision_id,
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
    /// `UnknownDecision`; [`VaultError::TooLate`] unless it is queued and was never sent; else the store fails.
    pub fn outbox_undo(&self, decision_id: DecisionId) -> Result<(), VaultError> {
        self.work().write(|tx| {
            let row = stored(tx, decision_id)?;
            if row.state != OutboxState::Queued || row.attempts > 0 {
                return Err(VaultError::TooLate.into());
            }
            tx.execute("DELETE FROM outbox WHERE decision_id = ?1", [decision_id.to_string()])?;
            Ok(())
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
        let id = decision_id.to_string();
        self.work().write(|tx| {
            let values: Vec<(&str, &dyn ToSql)> =
                [(":decision_id", &id as &dyn ToSql)].into_iter().chain(values.iter().copied()).collect();
            if tx.prepare_cached(sql)?.execute(values.as_slice())? == 1 {
                return Ok(());
            }
            let from = stored(tx, decision_id)?.state;
            Err(VaultError::IllegalMove { from }.into())
        })
    }
}
