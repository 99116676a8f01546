//! The access log of a desktop on its way to the server, and where an entry stands in the server's own log. Entries carry ids and words only.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `POST /v1/audit`, with a delivery credential or an access token of the device: entries that follow what the server has of this device.
/// Those that it has already are compared and skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLogRequest {
    /// The device whose log it is.
    pub device_id: Uuid,
    /// 1 to 500 entries, in order, without a gap.
    pub entries: Vec<AccessEntry>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessEntry {
    /// 1 for the first of the device.
    pub seq: u64,
    /// By the desktop's idea of server time: a claim.
    pub at_ms: i64,
    /// A word of `casework::AccessEvent`.
    pub what: String,
    /// The case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_id: Option<Uuid>,
    /// The decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<Uuid>,
    /// A code or an id; at most 64 characters of visible ASCII.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Hash of the entry before, hex; zeros before the first.
    pub previous: String,
    /// `casework::chain_hash` of this entry with the account's id, hex.
    pub hash: String,
}

/// Answer of `POST /v1/audit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessLogAnswer {
    /// The server has everything up to here.
    pub up_to_seq: u64,
}

/// Where an entry stands in the server's own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditPosition {
    /// Its number.
    pub seq: u64,
    /// Its hash, hex.
    pub hash: String,
}

/// `GET /v1/stuck`, for supervisors: decisions of the own office that a desktop has had for more than an hour and cannot deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StuckAnswer {
    /// By deadline, the nearest first.
    pub stuck: Vec<StuckDecision>,
}

/// One of them. What was decided is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StuckDecision {
    /// The decision.
    pub decision_id: Uuid,
    /// Its case.
    pub case_id: Uuid,
    /// The case's number.
    pub case_no: String,
    /// Whose it is.
    pub author_name: String,
    /// Since when, by the author's desktop.
    pub since_ms: i64,
    /// Why, as a code.
    pub problem: String,
    /// 24:00 of the due day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach_ms: Option<i64>,
}
