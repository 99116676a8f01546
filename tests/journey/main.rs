//! Whole journeys without a window: the desk as the shell uses it, the real vault on a real disk, the real photo worker, and the real
//! server program with its database, over loopback.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bench;
mod calendar;
mod clock;
mod conflict;
mod due_today;
mod failures;
mod leaving;
mod offline;
mod online;
mod secrecy;
