//! Deciding: the preview that is shown before, and the record.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::error::CommandError;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OpinionKindView {
    /// 通过
    Approve,
    /// 不通过
    Reject,
    /// 提请复核
    Escalate,
}

/// An opinion as the reviewer chose it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OpinionRequest {
    /// Which.
    pub kind: OpinionKindView,
    /// Codes of reasons; empty for an approval.
    pub reasons: Vec<String>,
    /// Free text for the applicant; empty when none.
    pub text: String,
}

/// Ask what a decision would mean.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DecisionPreviewRequest {
    /// The case.
    pub case_id: String,
    /// The opinion.
    pub opinion: OpinionRequest,
}

/// What a decision would mean.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DecisionPreviewView {
    /// What still forbids it; `None` when it can be confirmed.
    pub problem: Option<CommandError>,
    /// The whole text that the applicant gets, Chinese.
    pub applicant_text_zh: String,
    /// The same in English.
    pub applicant_text_en: String,
    /// On a rejection: what it costs the applicant.
    pub consequence: Option<ConsequenceView>,
    /// Whether a second person must agree before it is final.
    pub needs_second_person: bool,
}

/// What a rejection costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ConsequenceView {
    /// Attempt k of 3, counted in the period of the submission.
    pub attempt: u8,
    /// Manual reviews left, counted in today's period.
    pub left: u8,
    /// When none is left: from which Beijing date one can be applied for again.
    pub again_from: Option<String>,
}

/// Confirm a decision.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecordRequest {
    /// The case.
    pub case_id: String,
    /// The token of the opening that the reviewer looked at.
    pub case_token: String,
    /// The opinion.
    pub opinion: OpinionRequest,
    /// Internal note, never shown to the applicant; empty when none.
    pub note: String,
    /// On a rejection: how many reviews the reviewer was told are left.
    pub reviews_left_shown: Option<u8>,
}

/// It is saved on this computer (已保存,待送达); nothing is said of delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DecisionRecordedView {
    /// Names the decision.
    pub decision_id: String,
    /// The next case that I hold, by deadline.
    pub next_case_id: Option<String>,
}
