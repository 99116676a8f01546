//! Breaks things on purpose, to prove that no decision is lost, doubled or silently overwritten. Owns the ways of breaking and the verdicts;
//! what is broken is the real thing: vault, sync, desk and server as they are shipped. Never shipped itself.

pub mod catalogue;
pub mod child_desk;
pub mod child_server;
pub mod failpoint;
pub mod file_keychain;
pub mod half_answer;
pub mod hostile;
#[cfg(unix)]
pub mod kill;
pub mod network;
pub mod output;
#[cfg(unix)]
pub mod power;
pub mod proxy;
#[cfg(unix)]
pub mod sim;
pub mod table;
pub mod talk;
pub mod verdict;
