//! Recovery copies: decisions in a file, for a server that cannot be reached from the computer they were made on. The same envelopes and
//! signatures as on the wire, so the file is as good as a delivery and tells nobody what was decided.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::decision::DecisionRequest;

/// The value of [`RecoveryFile::format`].
pub const FORMAT: &str = "review-desk recovery 1";

/// A file of recovery copies, JSON. `review-server recover` takes it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveryFile {
    /// Always [`FORMAT`].
    pub format: String,
    /// The server whose cases they are about.
    pub server_id: Uuid,
    /// When it was written, server time as the desktop knew it.
    pub made_at_ms: i64,
    /// The decisions.
    pub decisions: Vec<RecoveryCopy>,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveryCopy {
    /// The case.
    pub case_id: Uuid,
    /// Its number, for people.
    pub case_no: String,
    /// The version of the case that was seen.
    pub case_version: u32,
    /// As it would have been posted.
    pub request: DecisionRequest,
}
