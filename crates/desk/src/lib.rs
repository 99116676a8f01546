//! The desk: what a reviewer does, as use cases. It puts `vault`, `sync` and `photo` together, is the one place where errors become codes,
//! and gives the window its views. The shell calls it; it knows neither Tauri nor SQL nor HTTP.

mod access;
mod announce;
mod calendar;
mod case;
mod case_work;
mod clock_watch;
mod conflict;
mod courier;
mod deadline;
mod decision;
mod desk;
mod due_today;
mod error;
mod escrow;
mod grace;
#[doc(hidden)]
pub mod harness;
mod ids;
mod lease;
mod ledger;
mod listening;
mod notice;
mod outbox;
mod outbox_ledger;
mod photo;
mod queue;
mod recovery;
mod seat;
mod session;
mod settings;
mod sitting;
mod status;
mod stuck;
mod vault_choice;

pub mod commands;
pub mod view;

pub use crate::announce::Announce;
pub use crate::desk::{Desk, DeskOptions};
pub use crate::due_today::{WORK_BEGINS, WORK_ENDS};
pub use crate::notice::{Notice, NoticeKind, NoticePort};
/// For the harnesses of `crates/fault`, which deliver without a whole desk.
#[doc(hidden)]
pub use crate::outbox_ledger::WorkLedger;
pub use ::photo::worker_path;
pub use sync::{LocalClock, SystemClock};
pub use vault::{KdfCost, Keychain, KeychainError, MemoryKeychain, NoKeychain};
