//! Breaks things on purpose, to prove that no decision is lost, doubled or silently overwritten. Owns the ways of breaking and the verdicts;
//! what is broken is the real thing: vault, sync, desk and server as they are shipped. Never shipped itself.

pub mod catalogue;
pub mod hostile;
pub mod network;
pub mod output;
pub mod proxy;
pub mod table;
pub mod verdict;
