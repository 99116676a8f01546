//! The port to the part of the local store that outlives every session: the outbox, the delivery credential, the access log. The courier
//! calls it whether the vault is open or locked, so nothing here may need the vault's key. An error means that nothing of the call was kept.

use std::fmt;

use casework::{CaseId, CaseVersion, DecisionId, Sha256};
use contract::access_log::AccessEntry;
use contract::decision::{Receipt, Standing};
use contract::server_info::ServerInfo;
use zeroize::Zeroizing;

use crate::disposition::DeliveryProblem;
use crate::ledger::LedgerError;

/// A decision to send, with its sealed envelope.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id, the idempotency key.
    pub decision_id: DecisionId,
    /// The case.
    pub case_id: CaseId,
    /// The version that was seen.
    pub case_version: CaseVersion,
    /// The hash that the receipt must repeat.
    pub payload_sha256: Sha256,
    /// The key that the envelope is sealed to.
    pub key_id: String,
    /// The envelope.
    pub envelope: Vec<u8>,
    /// Ed25519 by the author's key, standard base64.
    pub author_signature: String,
    /// Ed25519 by the device's key, standard base64.
    pub device_signature: String,
    /// What an earlier history of the server gave for it; only on a delivered row that is offered again.
    pub receipt: Option<Receipt>,
    /// How many attempts there were before.
    pub attempts: u32,
    /// When it was planned to be sent.
    pub next_attempt_ms: i64,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("decision_id", &self.decision_id)
            .field("case_id", &self.case_id)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// The outbox and what goes with it, as the courier sees it. Times are milliseconds since the Unix epoch in the server's time
/// ([`crate::ServerTime::ms`]).
///
/// Every method fails with a [`LedgerError`] only when the store itself fails.
#[expect(clippy::missing_errors_doc, reason = "said once for all in the trait's description")]
pub trait OutboxLedger: Send + Sync + 'static {
    /// Rows that a cancelled delivery left as being sent go back to waiting. Called before the first delivery of a run.
    fn outbox_requeue_interrupted(&self) -> Result<(), LedgerError>;

    /// Waiting decisions whose time has come, in deadline order, at most `limit`.
    fn outbox_due(&self, now_ms: i64, limit: usize) -> Result<Vec<Outgoing>, LedgerError>;

    /// When the next waiting decision is due; may lie in the past.
    fn outbox_next_due(&self) -> Result<Option<i64>, LedgerError>;

    /// Marks that sending begins, durably, before the first byte goes out. `false` when the row is not waiting any more (taken back).
    fn outbox_sending(&self, decision_id: DecisionId) -> Result<bool, LedgerError>;

    /// The server has it: the receipt's id, hash and signature were checked. `history` is the server's when it gave the receipt: the row
    /// needs not be offered to that one.
    fn outbox_delivered(&self, decision_id: DecisionId, history: &str, receipt: &Receipt) -> Result<(), LedgerError>;

    /// Not known or not possible now: waits until then, with the same id.
    fn outbox_retry(
        &self,
        decision_id: DecisionId,
        next_attempt_ms: i64,
        problem: &DeliveryProblem,
    ) -> Result<(), LedgerError>;

    /// Something else stands, or the case changed: a person must look. `now_ms` is for the access log.
    fn outbox_conflict(
        &self,
        decision_id: DecisionId,
        problem: &DeliveryProblem,
        standing: Option<&Standing>,
        now_ms: i64,
    ) -> Result<(), LedgerError>;

    /// The server refuses it for good: kept with the reason.
    fn outbox_park(&self, decision_id: DecisionId, problem: &DeliveryProblem, now_ms: i64) -> Result<(), LedgerError>;

    /// Marks the decisions that are undelivered for more than an hour, also in conflict or parked, each once, with a line in the access
    /// log; gives those that were not marked before.
    fn stuck(&self, now_ms: i64) -> Result<Vec<DecisionId>, LedgerError>;

    /// Delivered decisions that are still kept and that this history of the server was not offered yet, each with its receipt, in the
    /// order in which the server got them, at most `limit`. They stay delivered while they are offered.
    fn offers(&self, history: &str, now_ms: i64, limit: usize) -> Result<Vec<Outgoing>, LedgerError>;

    /// This history of the server has it, with this receipt.
    fn offered(&self, decision_id: DecisionId, history: &str, receipt: &Receipt) -> Result<(), LedgerError>;

    /// This history of the server does not take a delivered decision: from now on it is a conflict that a person sees, with the receipt that
    /// it had.
    fn offer_refused(
        &self,
        decision_id: DecisionId,
        history: &str,
        problem: &DeliveryProblem,
        standing: Option<&Standing>,
        now_ms: i64,
    ) -> Result<(), LedgerError>;

    /// What the device delivers with, if it is registered.
    fn delivery_credential(&self) -> Result<Option<Zeroizing<String>>, LedgerError>;

    /// The server does not know the credential any more.
    fn forget_delivery_credential(&self) -> Result<(), LedgerError>;

    /// What the server said of itself last.
    fn server_info(&self) -> Result<Option<ServerInfo>, LedgerError>;

    /// What the server says of itself now.
    fn put_server_info(&self, server: &ServerInfo) -> Result<(), LedgerError>;

    /// Entries of the access log that the server does not have, in order, at most `limit`.
    fn access_log_unshipped(&self, limit: usize) -> Result<Vec<AccessEntry>, LedgerError>;

    /// The server has every entry up to this one.
    fn access_log_shipped(&self, up_to_seq: u64) -> Result<(), LedgerError>;

    /// The server wants the log from this entry on: it and those after it count as not shipped, as far as they are still here. Entries
    /// before it count as shipped.
    fn access_log_rewind(&self, next_seq: u64) -> Result<(), LedgerError>;
}
