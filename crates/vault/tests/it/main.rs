//! The vault against real files: what it keeps, what it refuses, and what is left on the disk.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calendar;
mod disk_full;
mod fixture;
mod forgetting;
mod held;
mod measure;
mod outbox;
mod outbox_model;
mod queue;
mod recovery;
mod remembered;
mod schema;
mod secrecy;
mod unlock;
mod upgrade;
