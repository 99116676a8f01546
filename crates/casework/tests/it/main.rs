//! What the rules promise, one module per noun.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod attempt;
mod declared;
mod lease;
mod opinion;
mod state;
