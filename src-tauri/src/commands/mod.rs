//! The commands, one file per noun. Each parses its request, calls the desk, and maps the answer; nothing is decided here.

pub(crate) mod calendar;
pub(crate) mod case;
pub(crate) mod decision;
pub(crate) mod lease;
pub(crate) mod outbox;
pub(crate) mod queue;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod storage;
