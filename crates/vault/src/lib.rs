//! The encrypted local store of one person on one computer: what came from the server (`cases.db`, `photos.db`, can be fetched again) and
//! what was made here (`work.db`, cannot; delivered also while the rest is locked). The only crate that sees SQLCipher; no connection and no SQL text leaves it.
//!
//! Blocking and `Send + Sync`, without a thread of its own: one writer and a few readers per file, each behind a lock. Times are milliseconds since 1970 (UTC), dates are
//! Beijing civil dates; both are arguments. Deliberately not here: the network, the wire types, and any rule of a review.

mod column;
mod connection;
mod error;
mod failpoint;
mod folder;
mod guesses;
mod header;
mod hooks;
mod keychain;
mod keys;
mod migration;
mod password;
mod retirement;
mod salvage;
mod salvage_source;
mod sealed_file;
mod table;
mod unlocking;
mod vault;
mod work_store;

pub use error::{VaultError, VaultFile};
#[doc(hidden)]
pub use failpoint::FAIL_POINTS;
pub use folder::DataFolderLock;
pub use guesses::tries_left;
pub use header::{DamagedVault, KeyProtection, NewVault, VaultHeader, list};
pub use keychain::{Keychain, KeychainError, MemoryKeychain, NoKeychain};
pub use keys::KdfCost;
pub use password::change_password;
pub use retirement::{escrow, put_escrow, retire};
pub use salvage::WorkRecovered;
pub use table::access_log::{AccessRow, NewAccess};
pub use table::calendar_moves::{CalendarMoveRow, CalendarRecountRow, Recounted};
pub use table::calendar_packs::{CalendarPackRow, PackSource};
pub use table::calendar_trust::CalendarRefusalRow;
pub use table::case_work::CaseWorkRow;
pub use table::cases::{CaseRow, HeldCounts, LeaseRow, QueueFilter, QueuePage, QueueRow, StateWord};
pub use table::deadline_row::{DeadlineFacts, DeadlineReason, DeadlineRow, DueRow, OutcomeRow};
pub use table::evidence::{EvidenceState, HeldEvidence, PhotoWanted};
pub use table::feed::{AppliedChanges, ChangesPage, FeedPosition};
pub use table::held::{EarlierOutcome, EarlierRoundRow, HeldCase, HeldChanges};
pub use table::opened::OpenedRow;
pub use table::outbox_row::{NewOutboxRow, OutboxCounts, OutboxRow, OutboxState, OutgoingRow, Problem, ReceiptRow};
pub use table::recovery_row::{RecoveryRow, export_undelivered};
pub use table::redelivery::UnsignedRow;
pub use table::renditions::RenditionRow;
pub use table::work_meta::{DueTold, SecretName};
pub use vault::{Recovered, RecoveryReason, Vault};
pub use work_store::WorkStore;
