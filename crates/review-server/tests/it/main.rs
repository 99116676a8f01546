//! The server as its callers meet it: the real router over a real database file, on a clock that the test sets.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the office of these tests is a helper of tests only")]

mod access_log;
mod asking;
mod audit;
mod calendar;
mod calendar_program;
mod case_work;
mod deadline_program;
mod decision;
mod device;
mod enrolling;
mod events;
mod feed;
mod frame;
mod intake;
mod lapse;
mod lease;
mod migration;
mod moving;
mod notice_file;
mod notices;
mod office;
mod offline;
mod openapi;
mod operator_program;
mod photo;
mod program;
mod recover;
mod region;
mod replay;
mod restore;
mod schema;
mod serving;
mod session;
mod signed_receipt;
mod standing_back;
mod stuck;
mod succession;
