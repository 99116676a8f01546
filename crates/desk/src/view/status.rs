//! The strip: connection, clock, what is undelivered.

use serde::Serialize;
use ts_rs::TS;

use super::calendar::CalendarHealthView;
use super::delivery::{DeliveryStateView, StorageNoticeView, WaitingView};
use super::error::CommandError;

/// The connection to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionView {
    /// The first contact is being made.
    Connecting,
    /// The last contact succeeded.
    Online,
    /// The server does not answer; work goes on.
    Offline,
    /// The server wants the password again; work goes on.
    SignInNeeded,
}

/// Server time as the desktop knows it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ClockView {
    /// Server time at the moment of the answer.
    pub now_ms: f64,
    /// Error bound; `None` when the server was never heard since the start.
    pub error_ms: Option<f64>,
    /// 估算: the last word from the server is older than an hour, or there was none.
    pub is_estimate: bool,
}

/// A pull that takes a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct PullView {
    /// Photos done.
    pub done: u32,
    /// Photos in all.
    pub total: u32,
}

/// The undelivered decision with the nearest deadline.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct NearestView {
    /// Its case.
    pub case_no: String,
    /// 须在此刻前联网
    pub connect_before_ms: f64,
}

/// The strip.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StatusView {
    /// Connection.
    pub connection: ConnectionView,
    /// Why it is not online.
    pub problem: Option<CommandError>,
    /// Last contact.
    pub last_contact_ms: Option<f64>,
    /// Clock.
    pub clock: ClockView,
    /// 离线可办 n 件: held, complete, undecided.
    pub offline_ready: u32,
    /// Leased to me and undecided.
    pub held: u32,
    /// Queued or sending.
    pub undelivered: u32,
    /// How my delivery stands.
    pub delivery: DeliveryStateView,
    /// Undelivered for more than an hour.
    pub stuck: u32,
    /// Decisions of others that still wait on this computer.
    pub others: Vec<WaitingView>,
    /// Why no new decision can be made now; looking and delivering go on.
    pub read_only: Option<ReadOnlyView>,
    /// Until when cases are taken offline, while they are.
    pub offline_until_ms: Option<f64>,
    /// What happened to the files, until it is acknowledged.
    pub storage: Vec<StorageNoticeView>,
    /// For supervisors: decisions that colleagues' desktops cannot deliver.
    pub stuck_elsewhere: u32,
    /// Conflicts and parked ones, which need a person.
    pub needs_attention: u32,
    /// Nearest deadline among the undelivered.
    pub nearest: Option<NearestView>,
    /// Photos on their way.
    pub pull: Option<PullView>,
    /// The calendar's health.
    pub calendar: CalendarHealthView,
}

/// Why no new decision can be made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReadOnlyView {
    /// The last sign-in is too long ago.
    OfflineTooLong {
        /// When it was.
        signed_in_ms: f64,
        /// How many working days the office allows.
        working_days: u32,
    },
    /// Too many decisions are undelivered.
    TooManyUndelivered {
        /// The most that the office allows.
        most: u32,
    },
}

/// What changed; the window asks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TopicView {
    /// Session.
    Session,
    /// Strip.
    Status,
    /// Queue.
    Queue,
    /// The open case.
    Case,
    /// Outbox.
    Outbox,
    /// Calendar.
    Calendar,
}

/// The one event: `desk-changed`. It carries nothing but a topic and a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct ChangedEvent {
    /// What.
    pub topic: TopicView,
    /// Rises with every change of the topic.
    pub revision: u32,
}
