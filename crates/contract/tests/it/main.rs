//! The wire as it is: every type's JSON is pinned, since another team's server or an older desktop reads it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod envelope;
mod wire;
