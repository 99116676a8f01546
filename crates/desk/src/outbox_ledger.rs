//! The courier's port over `work.db`: rows become what is sent, answers become moves of rows. Nothing here needs the password, so that
//! decisions are delivered while their author is away.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casework::{CaseVersion, DecisionId, Sha256};
use contract::access_log::AccessEntry;
use contract::decision::{Receipt, Standing};
use contract::server_info::ServerInfo;
use sync::{DeliveryProblem, LedgerError, OutboxLedger, Outgoing};
use vault::{AccessRow, OutgoingRow, ReceiptRow, WorkStore};
use zeroize::Zeroizing;

use crate::error::problem_to_store;
use crate::ledger::{kept, unreadable};

/// `work.db` as the courier sees it.
pub struct WorkLedger {
    pub(crate) work: Arc<WorkStore>,
}

impl WorkLedger {
    /// Over this open work.
    #[must_use]
    pub fn new(work: Arc<WorkStore>) -> Self {
        Self { work }
    }
}

impl std::fmt::Debug for WorkLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WorkLedger(…)")
    }
}

fn bound(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}

fn outgoing(row: OutgoingRow) -> Result<Outgoing, LedgerError> {
    let receipt = row.receipt.as_deref().map(serde_json::from_str).transpose();
    Ok(Outgoing {
        decision_id: row.decision_id,
        case_id: row.case_id,
        case_version: row.case_version,
        payload_sha256: row.payload_sha256,
        key_id: row.key_id,
        envelope: row.envelope,
        author_signature: STANDARD.encode(row.author_signature),
        device_signature: STANDARD.encode(row.device_signature),
        receipt: receipt.map_err(unreadable("a kept receipt"))?,
        attempts: row.attempts,
        next_attempt_ms: row.next_attempt_ms,
    })
}

fn entry(row: AccessRow) -> AccessEntry {
    AccessEntry {
        seq: row.seq,
        at_ms: row.at_ms,
        what: row.what,
        case_id: row.case_id.map(|id| id.0),
        decision_id: row.decision_id.map(|id| id.0),
        detail: row.detail,
        previous: row.previous.to_string(),
        hash: row.hash.to_string(),
    }
}

impl OutboxLedger for WorkLedger {
    fn outbox_requeue_interrupted(&self) -> Result<(), LedgerError> {
        self.work.outbox_requeue_interrupted().map(drop).map_err(kept)
    }

    fn outbox_due(&self, now_ms: i64, limit: usize) -> Result<Vec<Outgoing>, LedgerError> {
        let due = self.work.outbox_due(now_ms, bound(limit)).map_err(kept)?;
        due.into_iter().map(outgoing).collect()
    }

    fn outbox_next_due(&self) -> Result<Option<i64>, LedgerError> {
        self.work.outbox_next_due().map_err(kept)
    }

    fn outbox_sending(&self, decision_id: DecisionId) -> Result<bool, LedgerError> {
        self.work.outbox_mark_sending(decision_id).map_err(kept)
    }

    fn outbox_delivered(&self, decision_id: DecisionId, history: &str, receipt: &Receipt) -> Result<(), LedgerError> {
        let payload: Sha256 = receipt.payload_sha256.parse().map_err(unreadable("receipt hash"))?;
        let row = ReceiptRow {
            case_version: CaseVersion(receipt.case_version),
            state: receipt.state.clone(),
            outcome: receipt.outcome.clone(),
            received_at_ms: receipt.received_at_ms,
            json: Some(serde_json::to_string(receipt).map_err(unreadable("receipt"))?),
            epoch: Some(history.to_owned()),
        };
        self.work.outbox_delivered(decision_id, payload, &row, receipt.received_at_ms).map_err(kept)
    }

    fn outbox_retry(
        &self,
        decision_id: DecisionId,
        next_attempt_ms: i64,
        problem: &DeliveryProblem,
    ) -> Result<(), LedgerError> {
        self.work.outbox_retry_later(decision_id, next_attempt_ms, &problem_to_store(problem)).map_err(kept)
    }

    fn outbox_conflict(
        &self,
        decision_id: DecisionId,
        problem: &DeliveryProblem,
        standing: Option<&Standing>,
        now_ms: i64,
    ) -> Result<(), LedgerError> {
        let standing = standing.map(serde_json::to_vec).transpose().map_err(unreadable("standing"))?;
        self.work.outbox_conflict(decision_id, &problem_to_store(problem), standing.as_deref(), now_ms).map_err(kept)
    }

    fn outbox_park(&self, decision_id: DecisionId, problem: &DeliveryProblem, now_ms: i64) -> Result<(), LedgerError> {
        self.work.outbox_park(decision_id, &problem_to_store(problem), now_ms).map_err(kept)
    }

    fn stuck(&self, now_ms: i64) -> Result<Vec<DecisionId>, LedgerError> {
        let untold = self.work.outbox_stuck(now_ms).map_err(kept)?;
        let new: Vec<_> = untold.iter().map(|row| row.decision_id).collect();
        if !new.is_empty() {
            self.work.outbox_stuck_told(&new, now_ms).map_err(kept)?;
        }
        Ok(new)
    }

    fn offers(&self, history: &str, now_ms: i64, limit: usize) -> Result<Vec<Outgoing>, LedgerError> {
        let offers = self.work.offer_again(history, now_ms).map_err(kept)?;
        offers.into_iter().take(limit).map(outgoing).collect()
    }

    fn offered(&self, decision_id: DecisionId, history: &str, _receipt: &Receipt) -> Result<(), LedgerError> {
        // The receipt of the first history is the older proof, and stays.
        self.work.offered(decision_id, history).map_err(kept)
    }

    fn offer_refused(
        &self,
        decision_id: DecisionId,
        history: &str,
        problem: &DeliveryProblem,
        standing: Option<&Standing>,
        now_ms: i64,
    ) -> Result<(), LedgerError> {
        let standing = standing.map(serde_json::to_vec).transpose().map_err(unreadable("standing"))?;
        let problem = problem_to_store(problem);
        self.work.offer_refused(decision_id, history, &problem, standing.as_deref(), now_ms).map_err(kept)
    }

    fn delivery_credential(&self) -> Result<Option<Zeroizing<String>>, LedgerError> {
        self.work.delivery_credential().map_err(kept)
    }

    fn forget_delivery_credential(&self) -> Result<(), LedgerError> {
        self.work.forget_delivery_credential().map_err(kept)
    }

    fn server_info(&self) -> Result<Option<ServerInfo>, LedgerError> {
        let text = self.work.server().map_err(kept)?;
        // What an older program kept is not worth a stop: the server is asked again.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn put_server_info(&self, server: &ServerInfo) -> Result<(), LedgerError> {
        let text = serde_json::to_string(server).map_err(unreadable("server"))?;
        self.work.put_server(&text).map_err(kept)
    }

    fn access_log_unshipped(&self, limit: usize) -> Result<Vec<AccessEntry>, LedgerError> {
        let rows = self.work.access_log_unshipped(bound(limit)).map_err(kept)?;
        Ok(rows.into_iter().map(entry).collect())
    }

    fn access_log_shipped(&self, up_to_seq: u64) -> Result<(), LedgerError> {
        self.work.access_log_shipped(up_to_seq).map_err(kept)
    }

    fn access_log_rewind(&self, next_seq: u64) -> Result<(), LedgerError> {
        self.work.access_log_rewind(next_seq).map_err(kept)
    }
}
