//! The desk: what a reviewer does, as use cases. It puts `vault`, `sync` and `photo` together, is the one place where errors become codes,
//! and gives the window its views. The shell calls it; it knows neither Tauri nor SQL nor HTTP.

mod announce;
mod calendar;
mod case;
mod clock_watch;
mod deadline;
mod decision;
mod desk;
mod due_today;
mod error;
mod ids;
mod ledger;
mod listening;
mod outbox;
mod photo;
mod queue;
mod seat;
mod session;
mod settings;
mod status;

pub mod commands;
pub mod view;

pub use crate::announce::Announce;
pub use crate::desk::{Desk, DeskOptions};
pub use crate::due_today::{DueTodayNotice, DueTodayPort, WORK_BEGINS, WORK_ENDS};
pub use ::photo::worker_path;
pub use sync::{LocalClock, SystemClock};
pub use vault::{KdfCost, Keychain, KeychainError, MemoryKeychain, NoKeychain};
