//! The vault against real files: what it keeps, what it refuses, and what is left on the disk.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod access_log;
mod calendar;
mod case_work;
mod corruption;
mod disk_full;
mod fail_points;
mod failing_disk;
mod fixture;
mod forgetting;
mod full_disk;
mod full_sweep;
mod golden;
mod golden_maker;
mod guessing;
mod held;
mod locked;
mod measure;
mod outbox;
mod outbox_model;
mod password;
mod power_loss;
mod process;
mod queue;
mod random;
mod recovery;
mod redelivery;
mod remembered;
mod replayed_disk;
mod retiring;
mod salvage;
mod schema;
mod secrecy;
mod unlock;
mod upgrade;
mod wal;
mod wal_seal;
mod work_state;
mod work_store;
