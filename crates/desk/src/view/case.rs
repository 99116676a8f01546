//! One case on the screen.

use serde::Serialize;
use ts_rs::TS;

use super::queue::{CaseStateView, DeadlineView, DocumentTypeView, LampView, QueueRowView};
use super::work::CaseWorkView;

/// What opening a case gives.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one is made for each look at a case, and sent at once")]
pub enum CaseOpenView {
    /// I hold it: everything.
    Held {
        /// The case.
        case: CaseView,
    },
    /// I do not hold it: the row only.
    NotHeld {
        /// The row.
        row: QueueRowView,
        /// Why.
        reason: NotHeldReason,
        /// The colleague who holds it.
        holder: Option<String>,
    },
}

/// Why a case cannot be seen yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NotHeldReason {
    /// It is being leased right now; a `case` event follows.
    Fetching,
    /// No connection, so no lease.
    Offline,
    /// A colleague holds it.
    HeldByOther,
    /// The server does not give it to me.
    Refused,
}

/// A held case.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CaseView {
    /// The case.
    pub case_id: String,
    /// Its number.
    pub case_no: String,
    /// Names this opening; a decision must carry it.
    pub case_token: String,
    /// State.
    pub state: CaseStateView,
    /// Attempt k of 3.
    pub round: u8,
    /// When the applicant submitted.
    pub submitted_at_ms: f64,
    /// Deadline.
    pub deadline: DeadlineView,
    /// Lamp at the moment of the answer.
    pub lamp: LampView,
    /// My lease.
    pub lease: LeaseView,
    /// What the applicant declared.
    pub declared: DeclaredView,
    /// The photos, in the order in which they are shown.
    pub photos: Vec<PhotoView>,
    /// The applicant's earlier rounds in this period.
    pub earlier_rounds: Vec<EarlierRoundView>,
    /// The reasons that may be given.
    pub reasons: Vec<ReasonView>,
    /// Draft, note and hold.
    pub work: CaseWorkView,
    /// Whether a decision of mine waits in the outbox already.
    pub is_decided_here: bool,
    /// Whether all that a decision needs is here: all photos seen ready, lease not lost.
    pub can_decide: bool,
}

/// How I stand to my lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LeaseStandingView {
    /// Held.
    Held,
    /// Past its time; good for a decision as long as nobody took the case.
    Lapsed,
}

/// My lease.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct LeaseView {
    /// How I stand to it.
    pub standing: LeaseStandingView,
    /// When others may take the case.
    pub expires_at_ms: f64,
}

/// What the applicant declared.
#[derive(Clone, PartialEq, Serialize, TS)]
pub struct DeclaredView {
    /// Name.
    pub name: String,
    /// Name before a change of name.
    pub former_name: Option<String>,
    /// Document type.
    pub document_type: DocumentTypeView,
    /// Number, normalised.
    pub document_number: String,
    /// Start of validity.
    pub valid_from: String,
    /// End of validity; `None` for 长期.
    pub valid_until: Option<String>,
}

impl std::fmt::Debug for DeclaredView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeclaredView(…)")
    }
}

/// What a photo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKindView {
    /// 人像面
    PortraitSide,
    /// 国徽面 or 另一面
    EmblemSide,
    /// 手持
    Holding,
    /// 佐证
    Supporting,
}

/// Whether a photo can be shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PhotoStateView {
    /// It is here.
    Ready {
        /// Address for an `<img>`; good until the case is closed or the desk locked.
        url: String,
        /// Width of the rendition in pixels.
        width: u32,
        /// Height of the rendition in pixels.
        height: u32,
    },
    /// It is on its way.
    Waiting,
    /// It came, but cannot be shown safely: for the technical desk, never a reason to reject.
    Unshowable,
}

/// One photo of the case.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PhotoView {
    /// Names the photo within the case.
    pub index: u32,
    /// What it shows.
    pub kind: EvidenceKindView,
    /// Whether it can be shown.
    pub state: PhotoStateView,
    /// Width of the original in pixels.
    pub original_width: u32,
    /// Height of the original in pixels.
    pub original_height: u32,
    /// Size of the original in bytes.
    pub original_bytes: u32,
}

/// An earlier round of the same applicant.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EarlierRoundView {
    /// 1 or 2.
    pub round: u8,
    /// Its number.
    pub case_no: String,
    /// Beijing date of submission.
    pub submitted_on: String,
    /// `approved`, `rejected` or `void`.
    pub outcome: String,
    /// Codes of the reasons.
    pub reasons: Vec<String>,
}

/// What a reason leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKindView {
    /// The applicant can mend it.
    Retry,
    /// A second person must look.
    Escalate,
}

/// One reason of the server's catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReasonView {
    /// Stable code.
    pub code: String,
    /// What it leads to.
    pub kind: ReasonKindView,
    /// Whether a text must be added.
    pub needs_text: bool,
    /// Label.
    pub label_zh: String,
    /// Label.
    pub label_en: String,
}
