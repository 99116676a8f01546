//! A decision on the wire: a short clear header, and the payload sealed to the server. The receipt names the payload's hash, so that
//! 已送达 is said only of what really arrived.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access_log::AuditPosition;

/// `POST /v1/cases/{id}/decisions`, with `Idempotency-Key` (the decision id) and `If-Match` (the case version).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// The same id as in the header and in the payload.
    pub decision_id: Uuid,
    /// SHA-256 of the payload bytes inside the envelope, hex.
    pub payload_sha256: String,
    /// Which of the server's keys the envelope is sealed to.
    pub key_id: String,
    /// [`DecisionPayload`] as JSON, sealed (see `envelope`), in standard base64.
    pub envelope: String,
    /// Ed25519 by the author's key over `signature::decision_message`, standard base64.
    pub author_signature: String,
    /// The same by the device's key.
    pub device_signature: String,
    /// The receipt that an earlier history of this server gave: for a server that was restored and does not know the decision any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// What is inside the envelope.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionPayload {
    /// Made once, when the reviewer confirmed (UUIDv7).
    pub decision_id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// Who decided.
    pub author: Uuid,
    /// On which device.
    pub device_id: Uuid,
    /// Attempt k of the case, as seen.
    pub round: u8,
    /// The version of the case, as seen.
    pub case_version: u32,
    /// The fence of the lease.
    pub fence: u32,
    /// `approve`, `reject` or `escalate`.
    pub opinion: String,
    /// Codes of the catalogue; empty for an approval.
    pub reasons: Vec<String>,
    /// The catalogue's version under which they were chosen.
    pub reasons_version: u32,
    /// The free text for the applicant, where a reason needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant_text: Option<String>,
    /// The internal note; never joined to what the applicant gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_note: Option<String>,
    /// SHA-256 of every photo that was seen, hex, sorted.
    pub evidence: Vec<String>,
    /// On a rejection: how many reviews the reviewer was told are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews_left_shown: Option<u8>,
    /// When the reviewer confirmed, by the desktop's idea of server time: a claim, not the legal time.
    pub decided_at_ms: i64,
    /// How far the desktop's clock was from the server's, and how sure that is. `None` when it never heard from the server since start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockClaim>,
}

impl std::fmt::Debug for DecisionPayload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecisionPayload")
            .field("decision_id", &self.decision_id)
            .field("case_id", &self.case_id)
            .finish_non_exhaustive()
    }
}

/// The desktop's clock against the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockClaim {
    /// Server time minus the desktop's own clock.
    pub offset_ms: i64,
    /// Error bound.
    pub error_ms: i64,
}

/// Answer of an accepted decision; the same for every repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The decision.
    pub decision_id: Uuid,
    /// The hash of the payload that the server holds, hex.
    pub payload_sha256: String,
    /// The case's version after it.
    pub case_version: u32,
    /// Where the case stands after it: `concluded`, `second_opinion` or `supervisor_decides`.
    pub state: String,
    /// `approved` or `rejected` when concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// When the server accepted it: the legal time.
    pub received_at_ms: i64,
    /// Where it stands in the server's audit log.
    pub audit: AuditPosition,
    /// Ed25519 by the server's key over `signature::receipt_message`, standard base64.
    pub signature: String,
}

/// What stands, told on a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// The state of the case.
    pub state: String,
    /// Its version.
    pub version: u32,
    /// `approved` or `rejected`, when concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The decision that concluded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<Uuid>,
    /// Who concluded it, or who holds it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
    /// When it was concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    /// The reasons of the concluding decision.
    #[serde(default)]
    pub reasons: Vec<String>,
}
