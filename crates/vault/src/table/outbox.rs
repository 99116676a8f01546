//! `outbox` (work.db): the decisions of this vault's owner, from the confirmation to the server's receipt. A row is durable before
//! [`Vault::outbox_insert`] returns. What they hold is in `outbox_row`, how they move in `delivery`.

use std::sync::Arc;

use casework::{AccessEvent, CaseId, CaseVersion, DecisionId};
use rusqlite::{OptionalExtension, Transaction, named_params, params};
use zeroize::Zeroizing;

use super::access_log::{self, NewAccess};
use super::cases;
use crate::column;
use crate::error::{Fault, VaultError, VaultFile};
use crate::failpoint::fail_point;
use crate::table::outbox_row::{NewOutboxRow, OutboxCounts, OutboxRow, OutgoingRow, outbox_row, outgoing_row};
use crate::vault::Vault;
use crate::work_store::WorkStore;

impl Vault {
    /// Keeps a decision, and that it was made in the access log. It is on the disk, synced, when this returns `Ok`.
    ///
    /// # Errors
    /// [`VaultError::AlreadyDecided`] when a decision on the case is not delivered and not put away, or one was delivered for a later version
    /// than the one that this decision saw; [`VaultError::DiskFull`]; else the store fails. Nothing is kept then.
    pub fn outbox_insert(&self, new: &NewOutboxRow) -> Result<(), VaultError> {
        let copy = self.with_keys(|keys| keys.author.seal(&bound(new.decision_id), &new.author_copy))?;
        fail_point!("vault::outbox::before-begin");
        self.work().write(|tx| {
            let is_decided = tx
                .prepare_cached(
                    "SELECT 1 FROM outbox WHERE decision_id = :decision_id
                     OR (case_id = :case_id AND CASE state WHEN 'delivered' THEN receipt_version > :case_version
                                                           ELSE is_dismissed = 0 END)",
                )?
                .exists(named_params! {
                    ":decision_id": new.decision_id.to_string(),
                    ":case_id": new.case_id.to_string(),
                    ":case_version": new.case_version.0,
                })?;
            if is_decided {
                return Err(VaultError::AlreadyDecided.into());
            }
            tx.prepare_cached(
                "INSERT INTO outbox (decision_id, case_id, case_no, round, case_version, fence, target_ms, breach_ms,
                                     created_at_ms, not_before_ms, payload_sha256, key_id, envelope, author_signature,
                                     device_signature, author_copy, state, next_attempt_ms)
                 VALUES (:decision_id, :case_id, :case_no, :round, :case_version, :fence, :target_ms, :breach_ms,
                         :created_at_ms, :not_before_ms, :payload_sha256, :key_id, :envelope, :author_signature,
                         :device_signature, :author_copy, 'queued', :not_before_ms)",
            )?
            .execute(named_params! {
                ":decision_id": new.decision_id.to_string(),
                ":case_id": new.case_id.to_string(),
                ":case_no": new.case_no.0,
                ":round": new.round.number(),
                ":case_version": new.case_version.0,
                ":fence": new.fence.0,
                ":target_ms": new.target_ms,
                ":breach_ms": new.breach_ms,
                ":created_at_ms": new.created_at_ms,
                ":not_before_ms": new.not_before_ms,
                ":payload_sha256": new.payload_sha256.0,
                ":key_id": new.key_id,
                ":envelope": new.envelope,
                ":author_signature": new.author_signature,
                ":device_signature": new.device_signature,
                ":author_copy": copy,
            })?;
            access_log::append(
                tx,
                self.me(),
                &NewAccess {
                    at_ms: new.created_at_ms,
                    what: AccessEvent::Decided,
                    case_id: Some(new.case_id),
                    decision_id: Some(new.decision_id),
                    detail: None,
                },
            )?;
            fail_point!("vault::outbox::after-insert");
            Ok(())
        })?;
        fail_point!("vault::outbox::after-commit");
        Ok(())
    }

    /// What the author will see of a decision.
    ///
    /// # Errors
    /// [`VaultError::UnknownDecision`]; [`VaultError::UnreadableRow`] when it was sealed to another author; else the store fails.
    pub fn author_copy(&self, decision_id: DecisionId) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let sealed = self.work().read(|tx| {
            let sealed = tx
                .prepare_cached("SELECT author_copy FROM outbox WHERE decision_id = ?1")?
                .query_row([decision_id.to_string()], |row| row.get::<_, Vec<u8>>(0))
                .optional()?;
            sealed.ok_or(Fault::Refused(VaultError::UnknownDecision))
        })?;
        let opened = self.with_keys(|keys| Ok(keys.author.open(&bound(decision_id), &sealed)))?;
        opened.ok_or(VaultError::UnreadableRow { file: VaultFile::Work })
    }

    /// The cases that the queue must not offer: those with a decision that is neither delivered nor put away, and those whose decision is
    /// delivered while their row here is still the one from before it.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_live_cases(&self) -> Result<Vec<CaseId>, VaultError> {
        self.outbox_live_cases_beside(&[])
    }

    /// The same, when the person also decided in these other stores on this computer: before the password was forgotten, say.
    ///
    /// # Errors
    /// A store fails.
    pub fn outbox_live_cases_beside(&self, others: &[Arc<WorkStore>]) -> Result<Vec<CaseId>, VaultError> {
        let (mut live, mut delivered) = self.work().read(live_and_delivered)?;
        for other in others {
            let (other_live, other_delivered) = other.work().read(live_and_delivered)?;
            live.extend(other_live);
            delivered.extend(other_delivered);
        }
        live.extend(self.cases().read(|tx| cases::older_than(tx, &delivered))?);
        live.sort_unstable();
        live.dedup();
        Ok(live)
    }
}

/// Cases with the version that the receipt for the decision on them names.
type Received = Vec<(CaseId, CaseVersion)>;

/// The cases of decisions that are neither delivered nor put away, and those of delivered ones.
fn live_and_delivered(tx: &Transaction<'_>) -> Result<(Vec<CaseId>, Received), Fault> {
    let mut live = tx.prepare_cached("SELECT case_id FROM outbox WHERE is_dismissed = 0 AND state <> 'delivered'")?;
    let live = live.query_map([], |row| column::parsed(row, "case_id"))?.collect::<Result<_, _>>()?;
    let mut delivered = tx.prepare_cached("SELECT case_id, receipt_version FROM outbox WHERE state = 'delivered'")?;
    let delivered = delivered
        .query_map([], |row| Ok((column::parsed(row, "case_id")?, CaseVersion(row.get("receipt_version")?))))?;
    Ok((live, delivered.collect::<Result<_, _>>()?))
}

impl WorkStore {
    /// All decisions that were not put away: undelivered first, by deadline; then delivered, newest first.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_list(&self) -> Result<Vec<OutboxRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows = tx.prepare_cached(
                "SELECT * FROM outbox WHERE is_dismissed = 0
                 ORDER BY state = 'delivered', delivered_at_ms DESC, breach_ms NULLS LAST, created_at_ms, decision_id",
            )?;
            let rows = rows.query_map([], outbox_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One decision, also one that was put away.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_row(&self, decision_id: DecisionId) -> Result<Option<OutboxRow>, VaultError> {
        self.work().read(|tx| {
            let row = tx
                .prepare_cached("SELECT * FROM outbox WHERE decision_id = ?1")?
                .query_row([decision_id.to_string()], outbox_row)
                .optional()?;
            Ok(row)
        })
    }

    /// The decisions whose time has come, the nearest deadline first. Those of before that nobody signed yet are left out (see
    /// [`WorkStore::outbox_sign_missing`]).
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_due(&self, now_ms: i64, limit: u32) -> Result<Vec<OutgoingRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows = tx.prepare_cached(
                "SELECT * FROM outbox WHERE state = 'queued' AND next_attempt_ms <= ?1 AND author_signature IS NOT NULL
                 ORDER BY breach_ms NULLS LAST, created_at_ms, decision_id LIMIT ?2",
            )?;
            let rows = rows.query_map(params![now_ms, limit], outgoing_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// When the next decision is to be sent; `None` when none is queued.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_next_due(&self) -> Result<Option<i64>, VaultError> {
        self.work().read(|tx| {
            let next = tx
                .prepare_cached(
                    "SELECT min(next_attempt_ms) FROM outbox WHERE state = 'queued' AND author_signature IS NOT NULL",
                )?
                .query_row([], |row| row.get(0))?;
            Ok(next)
        })
    }

    /// The cases with a decision that the server has not acknowledged: what a sweep of the queue must leave in place.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_undelivered_cases(&self) -> Result<Vec<CaseId>, VaultError> {
        self.work().read(|tx| {
            let mut open = tx.prepare_cached(
                "SELECT case_id FROM outbox WHERE is_dismissed = 0 AND state <> 'delivered' ORDER BY case_id",
            )?;
            let open = open.query_map([], |row| column::parsed(row, "case_id"))?;
            Ok(open.collect::<Result<_, _>>()?)
        })
    }

    /// How many decisions stand where.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_counts(&self) -> Result<OutboxCounts, VaultError> {
        self.work().read(|tx| {
            let counts = tx
                .prepare_cached(
                    "SELECT count(*) FILTER (WHERE state = 'queued') AS queued,
                            count(*) FILTER (WHERE state = 'sending') AS sending,
                            count(*) FILTER (WHERE state = 'delivered') AS delivered,
                            count(*) FILTER (WHERE state = 'conflict') AS conflict,
                            count(*) FILTER (WHERE state = 'parked') AS parked,
                            min(breach_ms) FILTER (WHERE state <> 'delivered') AS nearest
                     FROM outbox WHERE is_dismissed = 0",
                )?
                .query_row([], |row| {
                    Ok(OutboxCounts {
                        queued: row.get("queued")?,
                        sending: row.get("sending")?,
                        delivered: row.get("delivered")?,
                        conflict: row.get("conflict")?,
                        parked: row.get("parked")?,
                        nearest_breach_ms: row.get("nearest")?,
                    })
                })?;
            Ok(counts)
        })
    }
}

/// What the author's copy is bound to.
fn bound(decision_id: DecisionId) -> Vec<u8> {
    format!("author copy of {decision_id}").into_bytes()
}

/// The row of a decision.
pub(crate) fn stored(tx: &Transaction<'_>, decision_id: DecisionId) -> Result<OutboxRow, Fault> {
    tx.prepare_cached("SELECT * FROM outbox WHERE decision_id = ?1")?
        .query_row([decision_id.to_string()], outbox_row)
        .optional()?
        .ok_or(Fault::Refused(VaultError::UnknownDecision))
}
