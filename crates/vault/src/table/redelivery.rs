//! What happens to decisions beside the way from queued to delivered: the end of the time to take them back, signatures for rows of before,
//! the offer of delivered ones to a server that went back in time, the notice of stuck ones, and the end of what was delivered long ago.

use casework::{AccessEvent, CaseId, DecisionId, Sha256};
use rusqlite::{named_params, params};

use super::outbox::stored;
use super::outbox_row::{OutboxRow, OutboxState, OutgoingRow, Problem, outbox_row, outgoing_row};
use crate::column;
use crate::error::VaultError;
use crate::failpoint::fail_point;
use crate::work_store::WorkStore;

const HOUR_MS: i64 = 3_600_000;
/// How long a delivered decision is kept, envelope and receipt with it.
const KEPT_MS: i64 = 30 * 24 * HOUR_MS;

/// A decision of before, without signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsignedRow {
    /// The decision.
    pub decision_id: DecisionId,
    /// The case.
    pub case_id: CaseId,
    /// SHA-256 of the payload.
    pub payload_sha256: Sha256,
}

impl WorkStore {
    /// Ends the time in which decisions can be taken back: queued ones that were never sent are due at once, for good. With
    /// `only_due_before_ms`, only those of which close of business or 24:00 of the due day, whichever was still ahead when they were confirmed,
    /// comes by then. Returns how many.
    ///
    /// # Errors
    /// The store fails.
    pub fn end_undo_windows(&self, now_ms: i64, only_due_before_ms: Option<i64>) -> Result<u32, VaultError> {
        self.work().write(|tx| {
            let ended = tx
                .prepare_cached(
                    "UPDATE outbox SET is_undo_over = 1, not_before_ms = min(not_before_ms, :now),
                            next_attempt_ms = min(next_attempt_ms, :now)
                     WHERE state = 'queued' AND attempts = 0 AND is_undo_over = 0
                       AND (:before IS NULL OR (target_ms > created_at_ms AND target_ms <= :before)
                                            OR (breach_ms > created_at_ms AND breach_ms <= :before))",
                )?
                .execute(named_params! { ":now": now_ms, ":before": only_due_before_ms })?;
            Ok(u32::try_from(ended).unwrap_or(u32::MAX))
        })
    }

    /// Signs the decisions of before, in whatever state: `sign` gives the author's signature and the device's. Returns how many.
    ///
    /// # Errors
    /// What `sign` says, or the store fails; nothing is signed then.
    pub fn outbox_sign_missing(
        &self,
        mut sign: impl FnMut(&UnsignedRow) -> Result<([u8; 64], [u8; 64]), VaultError>,
    ) -> Result<u32, VaultError> {
        let unsigned: Vec<UnsignedRow> = self.work().read(|tx| {
            let mut rows = tx.prepare(
                "SELECT decision_id, case_id, payload_sha256 FROM outbox
                 WHERE author_signature IS NULL OR device_signature IS NULL ORDER BY decision_id",
            )?;
            let rows = rows.query_map([], |row| {
                Ok(UnsignedRow {
                    decision_id: column::parsed(row, "decision_id")?,
                    case_id: column::parsed(row, "case_id")?,
                    payload_sha256: column::sha256(row, "payload_sha256")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        if unsigned.is_empty() {
            return Ok(0);
        }
        // Not inside the transaction: `sign` may ask this store.
        let signed = unsigned.iter().map(|row| Ok((row, sign(row)?))).collect::<Result<Vec<_>, VaultError>>()?;
        self.work().write(|tx| {
            let mut put =
                tx.prepare("UPDATE outbox SET author_signature = ?2, device_signature = ?3 WHERE decision_id = ?1")?;
            let mut count = 0;
            for (row, (author, device)) in signed {
                count += put.execute(params![row.decision_id.to_string(), author, device])?;
            }
            Ok(u32::try_from(count).unwrap_or(u32::MAX))
        })
    }

    /// The delivered decisions of the last 30 days that this epoch of the server was not offered yet, with their receipts, the nearest
    /// deadline first. They stay delivered meanwhile.
    ///
    /// # Errors
    /// The store fails.
    pub fn offer_again(&self, epoch: &str, now_ms: i64) -> Result<Vec<OutgoingRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows = tx.prepare_cached(
                "SELECT * FROM outbox
                 WHERE state = 'delivered' AND delivered_at_ms > ?2 AND offered_epoch IS NOT ?1
                   AND author_signature IS NOT NULL
                 ORDER BY breach_ms NULLS LAST, created_at_ms, decision_id",
            )?;
            let rows = rows.query_map(params![epoch, now_ms.saturating_sub(KEPT_MS)], outgoing_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// This epoch of the server has the decision.
    ///
    /// # Errors
    /// `UnknownDecision`, or `IllegalMove` when it is not delivered; else the store fails.
    pub fn offered(&self, decision_id: DecisionId, epoch: &str) -> Result<(), VaultError> {
        self.work().write(|tx| {
            let row = stored(tx, decision_id)?;
            if row.state != OutboxState::Delivered {
                return Err(VaultError::IllegalMove { from: row.state }.into());
            }
            tx.execute(
                "UPDATE outbox SET offered_epoch = ?2 WHERE decision_id = ?1",
                params![decision_id.to_string(), epoch],
            )?;
            Ok(())
        })
    }

    /// This epoch of the server refused a decision that an earlier one had accepted: a conflict, to be seen by a person. The receipt is kept
    /// as JSON, and a decision on the same case that was made since does not stand in the way.
    ///
    /// # Errors
    /// `UnknownDecision`, or `IllegalMove` when it is not delivered; else the store fails.
    pub fn offer_refused(
        &self,
        decision_id: DecisionId,
        epoch: &str,
        problem: &Problem,
        standing: Option<&[u8]>,
        now_ms: i64,
    ) -> Result<(), VaultError> {
        self.work().write(|tx| {
            let row = stored(tx, decision_id)?;
            if row.state != OutboxState::Delivered {
                return Err(VaultError::IllegalMove { from: row.state }.into());
            }
            tx.prepare_cached(
                "UPDATE outbox SET state = 'conflict', is_dismissed = 0, offered_epoch = :epoch, refused_epoch = :epoch,
                        problem_code = :code, problem_status = :status, problem_incident = :incident, standing = :standing,
                        receipt_version = NULL, receipt_state = NULL, receipt_outcome = NULL, received_at_ms = NULL,
                        delivered_at_ms = NULL
                 WHERE decision_id = :decision_id",
            )?
            .execute(named_params! {
                ":decision_id": decision_id.to_string(),
                ":epoch": epoch,
                ":code": problem.code,
                ":status": problem.status,
                ":incident": problem.incident,
                ":standing": standing,
            })?;
            self.log_move(tx, &row, AccessEvent::Conflict, Some(&problem.code), now_ms)
        })
    }

    /// Deletes what was delivered 30 days ago or longer, put away or not; it leaves the WAL too. Returns how many.
    ///
    /// # Errors
    /// The store fails.
    pub fn purge_delivered(&self, now_ms: i64) -> Result<u32, VaultError> {
        let purged = self.work().write(|tx| {
            let purged = tx.execute(
                "DELETE FROM outbox WHERE state = 'delivered' AND delivered_at_ms <= ?1",
                [now_ms.saturating_sub(KEPT_MS)],
            )?;
            Ok(u32::try_from(purged).unwrap_or(u32::MAX))
        })?;
        if purged > 0 {
            fail_point!("vault::outbox::after-purge");
            self.work().truncate_wal_or_later();
        }
        Ok(purged)
    }

    /// The decisions that could have been sent for more than an hour, were not put away, have no receipt, and were not told yet; by deadline.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_stuck(&self, now_ms: i64) -> Result<Vec<OutboxRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows = tx.prepare_cached(
                "SELECT * FROM outbox
                 WHERE state <> 'delivered' AND is_dismissed = 0 AND not_before_ms < ?1 AND stuck_told_at_ms IS NULL
                 ORDER BY breach_ms NULLS LAST, created_at_ms, decision_id",
            )?;
            let rows = rows.query_map([now_ms.saturating_sub(HOUR_MS)], outbox_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The person was told of them; also written to the access log, by which the supervisor hears of them.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_stuck_told(&self, decision_ids: &[DecisionId], now_ms: i64) -> Result<(), VaultError> {
        self.work().write(|tx| {
            for decision_id in decision_ids {
                let told = tx
                    .prepare_cached(
                        "UPDATE outbox SET stuck_told_at_ms = ?2 WHERE decision_id = ?1 AND stuck_told_at_ms IS NULL",
                    )?
                    .execute(params![decision_id.to_string(), now_ms])?;
                if told == 1 {
                    let row = stored(tx, *decision_id)?;
                    let problem = row.problem.as_ref().map(|problem| problem.code.as_str());
                    self.log_move(tx, &row, AccessEvent::Stuck, problem, now_ms)?;
                }
            }
            Ok(())
        })
    }
}
