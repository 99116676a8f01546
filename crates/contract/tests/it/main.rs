//! The wire as it is: every type's JSON is pinned, since another team's server or an older desktop reads it.

mod envelope;
mod offline_wire;
mod signature;
mod wire;
