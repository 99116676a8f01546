//! The calendar pack in force. The answer is a pack file as it stands: saved, it can be imported by an office without network.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Answer of `GET /v1/calendar`; its `ETag` is the pack's SHA-256 in hex, quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarAnswer {
    /// The pack's canonical bytes, which are UTF-8 text.
    pub pack: String,
    /// Its minisign signature; absent (`null`) as long as the server uses the pack that it was built with.
    pub signature: Option<String>,
}
