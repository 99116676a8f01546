//! The server as its callers meet it: the real router over a real database file, on a clock that the test sets.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the office of these tests is a helper of tests only")]

mod calendar;
mod calendar_program;
mod deadline_program;
mod decision;
mod feed;
mod frame;
mod intake;
mod lease;
mod migration;
mod moving;
mod notice_file;
mod notices;
mod office;
mod openapi;
mod photo;
mod program;
mod region;
mod replay;
mod schema;
mod serving;
mod session;
mod succession;
