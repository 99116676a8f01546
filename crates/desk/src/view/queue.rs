//! The queue: one page of rows at a time, ordered by the server's deadline.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One of the four accepted document types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DocumentTypeView {
    /// 居民身份证
    ResidentIdCard,
    /// 港澳台居民居住证
    HmtResidencePermit,
    /// 港澳居民来往内地通行证
    HmTravelPermit,
    /// 台湾居民来往大陆通行证 (five-year)
    #[serde(rename = "tw_travel_permit_5y")]
    TwTravelPermit5y,
}

/// Where an open case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CaseStateView {
    /// 待审核
    Pending,
    /// 待复核
    SecondOpinion,
    /// 待主管决定
    SupervisorDecides,
    /// 待技术处理
    Technical,
}

/// How sure a deadline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineStatusView {
    /// Every day up to it is published.
    Final,
    /// 暂定
    Provisional,
    /// Beyond the calendar.
    OutOfRange,
}

/// A deadline: the server's, which counts, and ours where it differs.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DeadlineView {
    /// How sure it is.
    pub status: DeadlineStatusView,
    /// Beijing date of the 7th working day; `None` when out of range.
    pub due_date: Option<String>,
    /// Close of business of that day.
    pub target_ms: Option<f64>,
    /// 24:00 of that day.
    pub breach_ms: Option<f64>,
    /// Provisional: the earliest date that it may become.
    pub earliest: Option<String>,
    /// Provisional: the latest date that it may become.
    pub latest: Option<String>,
    /// Another date was promised first.
    pub moved: Option<DeadlineMoveView>,
    /// What this desktop computes, when that is another date.
    pub difference: Option<DeadlineDifferenceView>,
}

/// What moved a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MoveReasonView {
    /// A new calendar pack: 日历调整.
    Calendar,
    /// Other regional days off of the office.
    Region,
}

/// A deadline that is not the one that was promised first. The promise stays on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DeadlineMoveView {
    /// Beijing date of the first promise.
    pub first_due_date: String,
    /// By what.
    pub reason: MoveReasonView,
    /// Overdue by the deadline that counts, in time by the first promise: late because of the move alone.
    pub is_late_by_move: bool,
}

/// Why this desktop computes another date than the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WhyDiffersView {
    /// The server's pack is newer; it is on its way.
    OlderPackHere,
    /// The pack here is newer (imported); the server has not got it yet.
    NewerPackHere,
    /// Two packs of one serial.
    OtherPack,
    /// A policy that this program does not know, or another version of it.
    OtherPolicy,
    /// The same rule and the same pack: a fault of one of the two programs.
    Unexplained,
}

/// This desktop's own result where it is not the server's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DeadlineDifferenceView {
    /// Beijing date computed here; `None` when out of range here.
    pub due_date: Option<String>,
    /// Why.
    pub why: WhyDiffersView,
}

/// Which lamp is lit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LampKindView {
    /// 正常: more than 2 working days left
    Normal,
    /// 临近: 2 or 1
    Near,
    /// 今日到期
    DueToday,
    /// 已过下班时间, 24:00 前仍有效
    AfterClose,
    /// 已超期
    Overdue,
    /// The deadline is out of range
    Unknown,
}

/// A lamp with its number: working days left, or overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct LampView {
    /// Which.
    pub kind: LampKindView,
    /// Working days left (normal, near) or over (overdue; 0 on a day off right after the due day).
    pub days: Option<u32>,
}

/// Whose case it is.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum QueueLeaseView {
    /// Nobody's.
    Free,
    /// Mine.
    Mine {
        /// When others may take it.
        expires_at_ms: f64,
        /// Whether everything is on this computer, so that it can be reviewed without the server.
        is_offline_ready: bool,
    },
    /// A colleague's.
    Other {
        /// The colleague.
        holder: String,
    },
}

/// Ask for a page.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct QueuePageRequest {
    /// Index of the first row.
    pub offset: u32,
    /// At most this many, 1 to 200.
    pub limit: u32,
    /// Only cases that are leased to me.
    pub only_mine: bool,
}

/// A page of the queue.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct QueuePageView {
    /// Rises with every change of the queue.
    pub revision: u32,
    /// Rows in all, under the same filter.
    pub total: u32,
    /// Index of the first row.
    pub offset: u32,
    /// The rows.
    pub rows: Vec<QueueRowView>,
    /// Whether the queue was ever pulled from the server: tells an empty queue from one that is not here yet.
    pub was_pulled: bool,
}

/// One row: a case that waits for somebody.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct QueueRowView {
    /// The case.
    pub case_id: String,
    /// Its number.
    pub case_no: String,
    /// The applicant's name.
    pub name: String,
    /// Last four characters of the document number.
    pub last_four: String,
    /// Document type.
    pub document_type: DocumentTypeView,
    /// State.
    pub state: CaseStateView,
    /// Attempt k of 3.
    pub round: u8,
    /// Deadline.
    pub deadline: DeadlineView,
    /// Lamp at the moment of the answer.
    pub lamp: LampView,
    /// Whose it is.
    pub lease: QueueLeaseView,
    /// What I have on it, when I hold it.
    pub work: Option<QueueWorkView>,
}

/// What a row shows of draft and hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
pub struct QueueWorkView {
    /// A decision is half filled in.
    pub has_draft: bool,
    /// Laid aside.
    pub is_on_hold: bool,
    /// When to be reminded.
    pub remind_at_ms: Option<f64>,
}
