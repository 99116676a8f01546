//! Sync against a scripted server in memory (deterministic, paused time), and its HTTP against a hostile server on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the parts that tests share fail by panicking, as tests do"
)]

mod address;
mod api;
mod backoff;
mod book;
mod calendar;
mod delivery;
mod disposition;
mod http;
mod prefetch;
mod pull;
mod sample;
mod scripted;
mod server_clock;
mod session;
mod stage;
