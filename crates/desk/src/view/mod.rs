//! What the window is given (`…View`) and what it may ask for (`…Request`): the IPC types, generated to TypeScript by `cargo xtask gen`.
//!
//! Times are milliseconds since the Unix epoch as `f64` (exact to 2^53; JavaScript has no 64-bit integers); dates are Beijing civil dates
//! `YYYY-MM-DD`. No sentence for a person is made here: only codes and parameters.

mod calendar;
mod case;
mod decision;
mod delivery;
mod error;
mod outbox;
mod queue;
mod session;
mod status;
mod work;

pub use calendar::{
    CalendarHealthView, CalendarImportRequest, CalendarLevelView, CalendarMovesView, CalendarRefusalView, CalendarView,
    DayKindView, ExplainedDayView, ExplanationView, MovedCaseView, NoticeView, PackSourceView, PolicyView,
    RefusedPackView,
};
pub use case::{
    CaseOpenView, CaseView, DeclaredView, EarlierRoundView, EvidenceKindView, LeaseStandingView, LeaseView,
    NotHeldReason, PhotoStateView, PhotoView, ReasonKindView, ReasonView,
};
pub use decision::{
    ConsequenceView, DecisionPreviewRequest, DecisionPreviewView, DecisionRecordRequest, DecisionRecordedView,
    OpinionKindView, OpinionRequest,
};
pub use delivery::{DeliveryStateView, ExportView, StorageNoticeView, StuckRowView, StuckView, WaitingView};
pub use error::{CommandError, ErrorCode, ErrorParams};
pub use outbox::{CaseChangeView, OutboxRowView, OutboxStateView, OutboxView, StandingView};
pub use queue::{
    CaseStateView, DeadlineDifferenceView, DeadlineMoveView, DeadlineStatusView, DeadlineView, DocumentTypeView,
    LampKindView, LampView, MoveReasonView, QueueLeaseView, QueuePageRequest, QueuePageView, QueueRowView,
    QueueWorkView, WhyDiffersView,
};
pub use session::{
    KeyProtectionView, LanguageView, OtherVaultPassword, RoleView, SessionView, SettingsView, SignInRequest,
    SignOutRequest, UnlockRequest, VaultView,
};
pub use status::{ChangedEvent, ClockView, ConnectionView, NearestView, PullView, ReadOnlyView, StatusView, TopicView};
pub use work::{
    CaseWhyRequest, CaseWorkRequest, CaseWorkView, DraftView, HoldView, TakeOfflineRequest, TakenOfflineView,
};
