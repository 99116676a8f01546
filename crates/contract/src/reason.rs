//! The reasons catalogue on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Answer of `GET /v1/reasons`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReasonsAnswer {
    /// Rises with each change.
    pub version: u32,
    /// In the order in which they are offered.
    pub reasons: Vec<ReasonWire>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReasonWire {
    /// Stable code.
    pub code: String,
    /// `retry` or `escalate`.
    pub kind: String,
    /// Whether the reviewer must add a text.
    pub needs_text: bool,
    /// Label for reviewers.
    pub label_zh: String,
    /// Label for reviewers.
    pub label_en: String,
    /// Fixed text for the applicant.
    pub applicant_text_zh: String,
    /// Fixed text for the applicant.
    pub applicant_text_en: String,
}
