//! What a server says of itself before anybody signs in: that it is a review server, which contract it speaks, and the key for envelopes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Answer of `GET /v1/server`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerInfo {
    /// Always `review-desk-server`; anything else is some other server.
    pub product: String,
    /// Made once per installation; a vault belongs to one server id.
    pub server_id: Uuid,
    /// The contract version that it speaks.
    pub contract_version: u32,
    /// The oldest contract version of a desktop that it accepts.
    pub oldest_desktop: u32,
    /// The key that decision envelopes are sealed to.
    pub envelope_key: EnvelopeKey,
    /// The keys that sign this server's calendar packs, as minisign writes public keys: none, one, or two while one is being replaced.
    #[serde(default)]
    pub calendar_keys: Vec<String>,
    /// The Ed25519 key that signs receipts and the head of the audit log, 32 bytes in standard base64.
    pub receipt_key: String,
    /// Names the history of this server's data: another one after a restore. Part of every feed's epoch.
    pub history: String,
    /// What a desktop may do without the server.
    pub limits: DeskLimits,
    /// Whether this server runs on a demonstration clock with synthetic cases.
    pub is_demonstration: bool,
}

/// What a desktop may do without the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeskLimits {
    /// Working days after the last sign-in during which decisions may be made.
    pub offline_working_days: u32,
    /// How many undelivered decisions there may be.
    pub undelivered: u32,
    /// How many cases may be taken offline at most.
    pub taken_offline: u32,
}

/// The server's public key for decision envelopes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvelopeKey {
    /// Names the key; sent back with each envelope.
    pub key_id: String,
    /// X25519 public key, 32 bytes in standard base64.
    pub public_key: String,
}

/// The value of [`ServerInfo::product`].
pub const PRODUCT: &str = "review-desk-server";
