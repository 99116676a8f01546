//! The reference server of Review Desk: accounts, queue, leases, photos, decisions, and the portal's intake, over HTTP.
//!
//! Every rule is enforced here, whatever a client does: each request that changes something runs its checks and its changes in one
//! transaction. `casework` holds the rules, `contract` the wire; this crate knows neither vault nor sync nor desk, so that it cannot share
//! their faults.

pub mod admin;
pub mod audit_check;
pub mod audit_heads;
pub mod calendar;
mod catalogue;
pub mod clock;
pub mod config;
mod events;
mod failpoint;
mod frame;
pub mod password;
pub mod recovering;
mod refusal;
pub mod restoring;
mod routes;
mod rules;
mod secret;
pub mod serve;
mod state;
mod store;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Config, Data, LeaseTime, PasswordCost, Timeouts};
pub use events::EventTimes;
pub use routes::{app, openapi, openapi_json_text};
pub use serve::{Limits, serve};
pub use state::{AppState, OpenError};
pub use store::StoreError;

#[cfg(any(debug_assertions, feature = "demonstration"))]
pub use clock::OffsetClock;
