//! Sync against a scripted server in memory (deterministic, paused time), and its HTTP against a hostile server on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the parts that tests share fail by panicking, as tests do"
)]

mod access_log;
mod address;
mod answers;
mod api;
mod backoff;
mod book;
mod calendar;
mod case_work;
mod clocks;
mod credential;
mod delivery;
mod disposition;
mod history;
mod http;
mod leases;
mod listening;
mod outbox_book;
mod prefetch;
mod pull;
mod sample;
mod scripted;
mod send_queue;
mod server_clock;
mod session;
mod stage;
mod steps;
mod unsure_answers;
