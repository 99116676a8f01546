//! What tests and the demonstration need and the product does not: specimen cards, synthetic applicants and cases, a seeder that submits
//! them as the portal would, the real server as a child process, and a search for things that must be found nowhere.
//!
//! Nothing here is linked into a shipped program. Everything that looks like a person is made up from a seed.

pub mod author;
#[cfg(unix)]
pub mod calendar;
pub mod canary;
pub mod cases;
#[cfg(unix)]
pub mod office;
pub mod people;
pub mod picture;
pub mod seed;
#[cfg(unix)]
pub mod server;
pub mod server_data;
#[cfg(unix)]
pub mod server_tasks;
pub mod specimen;
pub mod strange_server;
#[cfg(unix)]
pub mod window;
