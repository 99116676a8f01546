//! The outbox: what is decided and where it stands.

use serde::Serialize;
use ts_rs::TS;

use super::decision::OpinionKindView;
use super::error::CommandError;

/// Where a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OutboxStateView {
    /// 待送达
    Queued,
    /// 送达中
    Sending,
    /// 已送达: the server's receipt matches
    Delivered,
    /// 有冲突: something else stands; mine is kept
    Conflict,
    /// 搁置: cannot be sent as it is; mine is kept
    Parked,
}

/// All rows.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct OutboxView {
    /// Undelivered first, by deadline; then delivered, newest first.
    pub rows: Vec<OutboxRowView>,
    /// Rises with every change.
    pub revision: u32,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct OutboxRowView {
    /// Names the decision.
    pub decision_id: String,
    /// The case.
    pub case_id: String,
    /// Its number.
    pub case_no: String,
    /// The applicant's name, while it is known here.
    pub name: Option<String>,
    /// What was decided.
    pub opinion: OpinionKindView,
    /// Codes of the reasons.
    pub reasons: Vec<String>,
    /// Free text for the applicant.
    pub text: String,
    /// Internal note.
    pub note: String,
    /// When it was confirmed.
    pub decided_at_ms: f64,
    /// Where it stands.
    pub state: OutboxStateView,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is sent next; `None` when not by itself.
    pub next_attempt_ms: Option<f64>,
    /// Why it is not delivered.
    pub problem: Option<CommandError>,
    /// On a conflict: what stands.
    pub standing: Option<StandingView>,
    /// 24:00 of the due day, if known, while it is not delivered: until then it must reach the server, or somebody must settle the conflict.
    pub breach_ms: Option<f64>,
    /// When the receipt came.
    pub delivered_at_ms: Option<f64>,
    /// Where the case stands after it: `concluded`, `second_opinion` or `supervisor_decides`.
    pub receipt_state: Option<String>,
    /// The end of the time in which it can be taken back, while it can be.
    pub undo_until_ms: Option<f64>,
    /// It is undelivered for more than an hour.
    pub is_stuck: bool,
    /// What of the case changed since it was decided, as far as it is known here; for the two sides of a conflict.
    pub changed: Vec<CaseChangeView>,
    /// I can decide the case again: it is open, and nobody else holds it as far as is known here.
    pub can_redo: bool,
    /// It can still be taken back.
    pub can_undo: bool,
    /// It can be sent again.
    pub can_retry: bool,
    /// It can be put away by its author.
    pub can_dismiss: bool,
}

/// Something of a case that is not as the author saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CaseChangeView {
    /// It is concluded.
    Concluded,
    /// It was voided.
    Void,
    /// It is in another state.
    State,
    /// A colleague holds it, or my lease was ended.
    Holder,
    /// The photos were replaced.
    Evidence,
    /// It has another version.
    Version,
    /// The applicant would have no review left.
    Consequence,
}

/// What stands instead.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StandingView {
    /// State of the case.
    pub state: String,
    /// `approved` or `rejected`.
    pub outcome: Option<String>,
    /// Who.
    pub by_name: Option<String>,
    /// When.
    pub at_ms: Option<f64>,
    /// Codes of the reasons.
    pub reasons: Vec<String>,
}
