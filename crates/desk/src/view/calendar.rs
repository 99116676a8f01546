//! The calendar: how a deadline was counted day by day, which pack is in force here and whether it will last, and what its arrival moved.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::queue::DeadlineView;

/// What a civil day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DayKindView {
    /// 工作日: Monday to Friday and not off.
    Workday,
    /// 周末
    Weekend,
    /// 放假, by a notice, or by law alone while the notice is missing.
    Holiday,
    /// 地区放假: in the office's region only.
    Regional,
    /// 调休补班
    MakeUp,
}

/// A notice of the State Council.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NoticeView {
    /// The year that it arranges.
    pub year: i32,
    /// Its number, where the quoted text carries one.
    pub number: Option<String>,
    /// Beijing date of issue.
    pub issued: String,
    /// Where its text was read.
    pub source: Option<String>,
}

/// One civil day between submission and due day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExplainedDayView {
    /// Beijing date.
    pub date: String,
    /// What it is.
    pub kind: DayKindView,
    /// Holiday, regional, make-up: for which holiday, its Chinese name.
    pub holiday: Option<String>,
    /// Holiday, make-up: the notice behind it; `None` where the law alone speaks.
    pub notice: Option<NoticeView>,
    /// Regional: what ordered it.
    pub regional_source: Option<String>,
    /// Which working day of the count it is, from 1; `None` when it is not counted.
    pub number: Option<u8>,
    /// No notice stands behind what it is.
    pub is_provisional: bool,
}

/// How the day of submission is treated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PolicyView {
    /// `P0`, `P1` or `P2`.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Length in working days.
    pub working_days: u8,
    /// Whether a submission in time makes its own day day 1.
    pub counts_first_day: bool,
    /// Whether a submission on a day off is received on the next working day.
    pub moves_off_day: bool,
    /// `17:00`: from then on a submission is late for its day; `None` without a cut-off.
    pub cut_off: Option<String>,
    /// `17:00`: the target on the due day.
    pub close_of_business: String,
}

/// Where the pack in force here came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PackSourceView {
    /// Built into the program.
    Embedded,
    /// From the server.
    Server,
    /// From a file.
    Imported,
}

/// A deadline told day by day, by this desktop.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ExplanationView {
    /// The case.
    pub case_id: String,
    /// Its number.
    pub case_no: String,
    /// The server's deadline, which counts, and how this desktop differs.
    pub deadline: DeadlineView,
    /// When the applicant submitted.
    pub submitted_at_ms: f64,
    /// Beijing date of the submission.
    pub submitted_on: String,
    /// The day that counts as the day of receipt; `None` when out of range.
    pub receipt_day: Option<String>,
    /// The first day counted.
    pub day1: Option<String>,
    /// The due date as counted here; the same as the server's unless [`DeadlineView::difference`] says otherwise.
    pub due_date: Option<String>,
    /// By which rule.
    pub policy: PolicyView,
    /// Name of the region whose extra days off count.
    pub region: Option<String>,
    /// Serial of the pack in force here.
    pub pack_serial: u32,
    /// Serial of the pack by which the server computed.
    pub server_pack_serial: u32,
    /// Provisional: the year whose notice is missing.
    pub missing_year: Option<i32>,
    /// From the submission to the due day; empty when out of range.
    pub days: Vec<ExplainedDayView>,
}

/// How urgent it is that the next year's notice is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CalendarLevelView {
    /// Nothing is missing.
    Good,
    /// From 1 November.
    Notice,
    /// From 15 December.
    Urgent,
}

/// The calendar's health on the day of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct CalendarHealthView {
    /// How urgent.
    pub level: CalendarLevelView,
    /// The first year without notice.
    pub missing_year: i32,
}

/// One open case that a new pack moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MovedCaseView {
    /// The case.
    pub case_id: String,
    /// Its number.
    pub case_no: String,
    /// Its due date before; `None` when out of range.
    pub from: Option<String>,
    /// Its due date now.
    pub to: Option<String>,
    /// The move alone makes it overdue.
    pub is_late_by_move: bool,
}

/// What the arrival of the pack in force moved on this desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CalendarMovesView {
    /// Serial of the pack that did it.
    pub pack_serial: u32,
    /// Open cases that were computed again.
    pub computed: u32,
    /// Of these, moved.
    pub moved: u32,
    /// To an earlier day.
    pub earlier: u32,
    /// To a later day.
    pub later: u32,
    /// Overdue by the move alone.
    pub newly_overdue: u32,
    /// The moved ones by their new deadline, at most 200.
    pub cases: Vec<MovedCaseView>,
}

/// Why a pack was not accepted. The pack in force stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CalendarRefusalView {
    /// Larger than a pack can be.
    TooLarge,
    /// Cut off, or no pack at all.
    Malformed,
    /// Of a newer format.
    UnknownFormat,
    /// It contradicts itself.
    Contradictory,
    /// It holds no official year.
    Empty,
    /// A weekday as make-up day.
    MakeUpOnWeekday,
    /// An implausible number of working days.
    WorkingDays,
    /// Statutory days off are missing.
    StatutoryDays,
    /// Not newer than the one in force.
    SerialNotHigher,
    /// An official year would become shorter or vanish.
    YearShrunk,
    /// The past would change unmarked.
    PastChanged,
    /// No signature.
    Unsigned,
    /// The signature cannot be read.
    SignatureUnreadable,
    /// Signed by a key that is not trusted here.
    UnknownKey,
    /// Changed after it was signed.
    WrongSignature,
    /// The server names other keys than those that this desktop trusts.
    KeysChanged,
}

/// A pack that was not accepted.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RefusedPackView {
    /// Why.
    pub refusal: CalendarRefusalView,
    /// When, server time.
    pub at_ms: f64,
}

/// The calendar in settings.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CalendarView {
    /// Serial of the pack in force here.
    pub serial: u32,
    /// First 12 hex digits of its hash, to compare on the phone.
    pub fingerprint: String,
    /// When it was issued.
    pub issued_at_ms: f64,
    /// Where it came from.
    pub source: PackSourceView,
    /// The last day that a notice settles.
    pub official_until: String,
    /// Name of the office's region with extra days off.
    pub region: Option<String>,
    /// The newest notices first, at most 12.
    pub notices: Vec<NoticeView>,
    /// Its health today.
    pub health: CalendarHealthView,
    /// The last pack that was not accepted, if it is newer than the last accepted one.
    pub refused: Option<RefusedPackView>,
    /// What the pack in force moved when it arrived.
    pub moves: Option<CalendarMovesView>,
}

/// Import a pack file.
#[derive(Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CalendarImportRequest {
    /// The file's text.
    pub file: String,
}

impl std::fmt::Debug for CalendarImportRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CalendarImportRequest({} bytes)", self.file.len())
    }
}
