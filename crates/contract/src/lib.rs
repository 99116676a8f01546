//! The HTTP contract between desktop, portal and server: requests, answers, problem codes, headers, and the sealed decision envelope.
//!
//! Wire types only: no HTTP client, no server, no storage. Times are milliseconds since the Unix epoch (`_ms`) or Beijing civil dates
//! (`YYYY-MM-DD`). Requests refuse unknown fields; answers tolerate them, so that a newer server can add some.

pub mod access_log;
pub mod calendar;
pub mod case;
pub mod case_work;
pub mod decision;
pub mod device;
pub mod envelope;
pub mod events;
pub mod feed;
pub mod headers;
pub mod intake;
pub mod lease;
pub mod paths;
pub mod problem;
pub mod reason;
pub mod recovery;
pub mod server_info;
pub mod session;
pub mod signature;

/// The version of this contract. A desktop refuses to work with a server that requires a newer one.
pub const CONTRACT_VERSION: u32 = 1;
