//! What a person has on the desk of a case besides a decision: draft, note, hold. Saved on this computer at once, synced with the server, and
//! brought along when the case goes to another holder.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::decision::OpinionKindView;

/// A decision that is half filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DraftView {
    /// What is chosen so far.
    pub kind: Option<OpinionKindView>,
    /// Codes of reasons.
    pub reasons: Vec<String>,
    /// Free text for the applicant.
    pub text: String,
    /// Internal note.
    pub note: String,
}

/// Laid aside (搁下). The clock goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HoldView {
    /// Why.
    pub note: String,
    /// When to be reminded.
    pub remind_at_ms: Option<f64>,
}

/// Draft, note and hold of a case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
pub struct CaseWorkView {
    /// The draft.
    pub draft: Option<DraftView>,
    /// The note for whoever works on the case.
    pub note: String,
    /// The hold.
    pub hold: Option<HoldView>,
    /// The colleague who made it, when the case came from somebody else.
    pub by_name: Option<String>,
}

/// Keeps draft, note and hold of a held case, each as a whole; `None` clears draft or hold.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CaseWorkRequest {
    /// The case.
    pub case_id: String,
    /// The token of the opening.
    pub case_token: String,
    /// The draft.
    pub draft: Option<DraftView>,
    /// The note; empty when none.
    pub note: String,
    /// The hold.
    pub hold: Option<HoldView>,
}

/// Names a case with a word why: recuse (回避), or a supervisor's revoke.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CaseWhyRequest {
    /// The case.
    pub case_id: String,
    /// 1 to 500 characters, for the office's records.
    pub reason: String,
}

/// Take offline (带离线): lease more cases until a stated time.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TakeOfflineRequest {
    /// Until when.
    pub until_ms: f64,
    /// How many cases in all.
    pub count: u32,
}

/// What may be taken offline, and what is.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TakenOfflineView {
    /// Until when cases are taken offline; `None` when they are not.
    pub until_ms: Option<f64>,
    /// How many I hold.
    pub held: u32,
    /// The most that the server allows.
    pub most: u32,
    /// Ends of business days (24:00 Beijing) that may be chosen, nearest first.
    pub choices_ms: Vec<f64>,
}
