//! The port to the open vault. Its methods block (see [`crate::Calls`]) and speak in the contract's types; whoever implements it keeps each
//! call in one transaction. An error means that nothing of the call was kept. The outbox has a port of its own, [`crate::OutboxLedger`].

use async_trait::async_trait;
use casework::{CaseId, Sha256};
use contract::calendar::CalendarAnswer;
use contract::case_work::CaseWorkRequest;
use contract::device::DeviceRequest;
use contract::feed::ChangesAnswer;
use contract::lease::{LeaseAnswer, LeasesAnswer, OpenedCase};
use contract::reason::ReasonsAnswer;
use contract::server_info::ServerInfo;
use contract::session::Person;
use thiserror::Error;
use zeroize::Zeroizing;

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

/// A draft, note or hold that the server does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsentWork {
    /// The case.
    pub case_id: CaseId,
    /// What to send, with the fence of the lease that it was made under.
    pub request: CaseWorkRequest,
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

    /// All leases of this person, complete: what is not in the list is no longer held. Case work that comes with a lease replaces what is
    /// here, unless that was changed since and waits to be sent.
    fn put_leases(&self, leases: &LeasesAnswer) -> Result<(), LedgerError>;

    /// One lease more, or renewed; its case work as above.
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

    /// Cases that were opened under their lease and of which the server was not told, at most `limit`.
    fn opened_untold(&self, limit: usize) -> Result<Vec<OpenedCase>, LedgerError>;

    /// The server was told.
    fn opened_told(&self, opened: &[OpenedCase]) -> Result<(), LedgerError>;

    /// Drafts, notes and holds that changed since the server got them, at most `limit`.
    fn case_work_dirty(&self, limit: usize) -> Result<Vec<UnsentWork>, LedgerError>;

    /// What was changed at this time needs not be sent any more: the server has it, or will not take it. A later change is still to be
    /// sent; nothing but the mark is dropped.
    fn case_work_synced(&self, case_id: CaseId, updated_at_ms: i64) -> Result<(), LedgerError>;

    /// The public keys of this device and of its author.
    fn device_keys(&self) -> Result<DeviceRequest, LedgerError>;

    /// Whether there is a delivery credential.
    fn has_delivery_credential(&self) -> Result<bool, LedgerError>;

    /// Keeps the credential that decisions are delivered with, where it can be read while the vault is locked.
    fn put_delivery_credential(&self, credential: &str) -> Result<(), LedgerError>;

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
