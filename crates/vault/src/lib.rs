//! The encrypted local store of one person on one computer: what came from the server (`cases.db`, `photos.db`, can be fetched again) and
//! what was made here (`work.db`, cannot). The only crate that sees SQLCipher; no connection and no SQL text leaves it.
//!
//! Blocking and `Send + Sync`: one writer and a few readers per file, each behind a lock. Times are milliseconds since 1970 (UTC), dates are
//! Beijing civil dates; both are arguments. Deliberately not here: the network, the wire types, and any rule of a review.

mod column;
mod error;
mod folder;
mod header;
mod hooks;
mod keychain;
mod keys;
mod migration;
mod sealed_file;
mod table;
mod vault;

pub use error::{VaultError, VaultFile};
pub use folder::DataFolderLock;
pub use header::{DamagedVault, KeyProtection, NewVault, VaultHeader, list};
pub use keychain::{Keychain, KeychainError, MemoryKeychain, NoKeychain};
pub use keys::KdfCost;
pub use table::calendar_moves::{CalendarMoveRow, CalendarRecountRow, Recounted};
pub use table::calendar_packs::{CalendarPackRow, PackSource};
pub use table::calendar_trust::CalendarRefusalRow;
pub use table::cases::{CaseRow, HeldCounts, LeaseRow, QueueFilter, QueuePage, QueueRow, StateWord};
pub use table::deadline_row::{DeadlineFacts, DeadlineReason, DeadlineRow, DueRow, OutcomeRow};
pub use table::evidence::{EvidenceState, HeldEvidence, PhotoWanted};
pub use table::feed::{AppliedChanges, ChangesPage, FeedPosition};
pub use table::held::{EarlierOutcome, EarlierRoundRow, HeldCase, HeldChanges};
pub use table::outbox_row::{NewOutboxRow, OutboxCounts, OutboxRow, OutboxState, OutgoingRow, Problem, ReceiptRow};
pub use table::renditions::RenditionRow;
pub use table::work_meta::{DueTold, SecretName};
pub use vault::{Recovered, RecoveryReason, Vault};
