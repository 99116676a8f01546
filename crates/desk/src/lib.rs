//! The desk: what a reviewer does, as use cases. It puts `vault`, `sync` and `photo` together, is the one place where errors become codes,
//! and gives the window its views. The shell calls it; it knows neither Tauri nor SQL nor HTTP.

mod announce;
mod case;
mod deadline;
mod decision;
mod desk;
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
pub use ::photo::worker_path;
pub use vault::{KdfCost, Keychain, KeychainError, MemoryKeychain, NoKeychain};
