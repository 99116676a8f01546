//! The port to the local store. Its methods block (the engine calls them on blocking threads) and speak in the contract's types; whoever
//! implements it keeps each call in one transaction. An error means that nothing of the call was kept.

use std::fmt;

use async_trait::async_trait;
use casework::{CaseId, CaseVersion, DecisionId, Sha256};
use contract::calendar::CalendarAnswer;
use contract::decision::{Receipt, Standing};
use contract::feed::ChangesAnswer;
use contract::lease::{LeaseAnswer, LeasesAnswer};
use contract::reason::ReasonsAnswer;
use contract::server_info::ServerInfo;
use contract::session::Person;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::disposition::DeliveryProblem;

/// Why the store could not keep or give something. The store logs its own details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// No space left on the disk.
    #[error("the disk is full")]
    Full,
    /// Reading or writing failed.
    #[error("the local store failed")]
    Storage,
    /// What the server sent keeps no rule of the contract, so nothing of it is kept.
    #[error("what the server sent cannot be read")]
    Unreadable,
}

/// How far the change feed was applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedPosition {
    /// The epoch of the pages that were applied; `None` before the first.
    pub epoch: Option<String>,
    /// The cursor of the last page that was applied.
    pub cursor: i64,
}

/// A photo that is needed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotoWanted {
    /// SHA-256 of the original bytes.
    pub sha256: Sha256,
    /// Its size; a longer answer is refused.
    pub max_bytes: usize,
}

/// What became of a photo's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoStored {
    /// A rendition was made and kept.
    Shown,
    /// It cannot be decoded safely; a person is told so.
    Unshowable,
}

/// What became of the server's calendar pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarStored {
    /// It is in force here now.
    InForce,
    /// It changes nothing: it is here already, or an older one than the one here.
    NothingNew,
    /// It was not accepted; the one in force stays.
    Refused,
}

/// A decision that waits for delivery, with its sealed envelope.
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

/// The local store as sync sees it. Times are milliseconds since the Unix epoch in the server's time ([`crate::ServerTime::ms`]).
///
/// Every method fails with a [`LedgerError`] only when the store itself fails.
#[async_trait]
#[expect(clippy::missing_errors_doc, reason = "said once for all in the trait's description")]
pub trait Ledger: Send + Sync + 'static {
    /// How far the feed was applied.
    fn feed_position(&self) -> Result<FeedPosition, LedgerError>;

    /// Applies one page and its cursor together. On the first page of a new epoch everything is kept; what did not come again is dropped
    /// only with the page that `is_last`, which may be applied in a later run than the first.
    fn apply_changes(&self, page: &ChangesAnswer, is_first_of_epoch: bool, is_last: bool) -> Result<(), LedgerError>;

    /// All leases of this person, complete: what is not in the list is no longer held.
    fn put_leases(&self, leases: &LeasesAnswer) -> Result<(), LedgerError>;

    /// One lease more, or renewed.
    fn put_lease(&self, lease: &LeaseAnswer) -> Result<(), LedgerError>;

    /// This case is no longer held: declared data and photos go, an undelivered decision stays.
    fn lease_lost(&self, case_id: CaseId) -> Result<(), LedgerError>;

    /// The reasons catalogue.
    fn put_reasons(&self, reasons: &ReasonsAnswer) -> Result<(), LedgerError>;

    /// The version of the catalogue that is here.
    fn reasons_version(&self) -> Result<Option<u32>, LedgerError>;

    /// SHA-256, in hex, of the calendar pack in force here.
    fn calendar_etag(&self) -> Result<String, LedgerError>;

    /// Judges the server's calendar pack, and takes it in when it may take the place of the one in force. A pack that may not is no error:
    /// the store keeps why, for a person to see.
    fn put_calendar(&self, calendar: &CalendarAnswer) -> Result<CalendarStored, LedgerError>;

    /// The server still has the pack with this hash, in hex: the one in force here, or the one that it gave last.
    fn calendar_unchanged(&self, sha256: &str) -> Result<(), LedgerError>;

    /// Photos that are needed and not here, most urgent first, at most `limit`.
    fn photos_wanted(&self, limit: usize) -> Result<Vec<PhotoWanted>, LedgerError>;

    /// Takes the original bytes of a photo (their hash is checked already), makes a rendition and keeps it.
    async fn put_photo(&self, sha256: Sha256, bytes: Vec<u8>) -> Result<PhotoStored, LedgerError>;

    /// Rows that a cancelled delivery left as being sent go back to waiting. Called before the first delivery of a run.
    fn outbox_requeue_interrupted(&self) -> Result<(), LedgerError>;

    /// Waiting decisions whose time has come, in deadline order, at most `limit`.
    fn outbox_due(&self, now_ms: i64, limit: usize) -> Result<Vec<Outgoing>, LedgerError>;

    /// When the next waiting decision is due; may lie in the past.
    fn outbox_next_due(&self) -> Result<Option<i64>, LedgerError>;

    /// Marks that sending begins, durably, before the first byte goes out. `false` when the row is not waiting any more (taken back).
    fn outbox_sending(&self, decision_id: DecisionId) -> Result<bool, LedgerError>;

    /// The server has it: the receipt's id and hash were checked.
    fn outbox_delivered(&self, decision_id: DecisionId, receipt: &Receipt) -> Result<(), LedgerError>;

    /// Not known or not possible now: waits until then, with the same id.
    fn outbox_retry(
        &self,
        decision_id: DecisionId,
        next_attempt_ms: i64,
        problem: &DeliveryProblem,
    ) -> Result<(), LedgerError>;

    /// Something else stands, or the case changed: a person must look.
    fn outbox_conflict(
        &self,
        decision_id: DecisionId,
        problem: &DeliveryProblem,
        standing: Option<&Standing>,
    ) -> Result<(), LedgerError>;

    /// The server refuses it for good: kept with the reason.
    fn outbox_park(&self, decision_id: DecisionId, problem: &DeliveryProblem) -> Result<(), LedgerError>;

    /// The refresh token of this person, if there is one.
    fn refresh_token(&self) -> Result<Option<Zeroizing<String>>, LedgerError>;

    /// Keeps a new refresh token, durably; called before the access token that came with it is used.
    fn put_refresh_token(&self, token: &str) -> Result<(), LedgerError>;

    /// Who is signed in, as the server says now.
    fn put_person(&self, person: &Person) -> Result<(), LedgerError>;

    /// What the server says of itself, its envelope key included.
    fn put_server_info(&self, server: &ServerInfo) -> Result<(), LedgerError>;

    /// Server time minus this computer's wall clock, for the next start.
    fn put_clock_offset(&self, offset_ms: i64) -> Result<(), LedgerError>;
}
