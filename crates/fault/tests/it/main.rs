//! The ways of breaking as tests: the network runs, each under its id in the catalogue, what the simulation promises of itself, and the layer
//! that takes what was not synced. What a row does and promises stands in `src`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;
#[cfg(unix)]
mod power;
#[cfg(unix)]
mod sim;
