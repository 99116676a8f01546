//! The built program in its real window, against the real server program: what a person does, and what a person sees.
//! Run by `cargo xtask test`, which gives a display, a D-Bus session and `TAURI_DRIVER`, and runs one test at a time.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accessibility;
mod delivery;
mod explanation;
mod failures;
mod keyboard;
mod main_job;
mod offline;
mod secrecy;
mod sign_in;
mod stage;
mod work;
