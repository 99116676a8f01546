//! A stored deadline as the window gets it, and as the rules need it for the lamp.

use casework::{CaseId, DocumentType};
use chrono::{DateTime, Utc};
use vault::{CaseRow, DeadlineRow, StateWord};
use working_days::{Calendar, Deadline, Due, Lamp, Policy};

use crate::view::{CaseStateView, DeadlineStatusView, DeadlineView, DocumentTypeView, LampKindView, LampView};

/// Milliseconds as JavaScript's number; exact for every date that a case can have.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 ms, the year 287396")]
pub(crate) fn js_ms(ms: i64) -> f64 {
    ms as f64
}

pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The deadline of a row as the rules know it. Receipt day and day 1 do not travel with a row and are not needed for the lamp.
pub(crate) fn as_rule(row: &DeadlineRow) -> Deadline {
    // Whether it is provisional makes no difference to the lamp.
    row.due().map_or(Deadline::OutOfRange, |due| {
        Deadline::Final(Due {
            receipt_day: due.due_date,
            day1: due.due_date,
            date: due.due_date,
            target: instant(due.target_ms),
            breach: instant(due.breach_ms),
        })
    })
}

/// The lamp of a row at `now_ms` of server time.
pub(crate) fn lamp_view(row: &DeadlineRow, now_ms: i64) -> LampView {
    let lamp = working_days::lamp(Calendar::embedded(), &as_rule(row), instant(now_ms));
    let (kind, days) = match lamp {
        Lamp::Normal { days_left } => (LampKindView::Normal, Some(days_left)),
        Lamp::Near { days_left } => (LampKindView::Near, Some(days_left)),
        Lamp::DueToday => (LampKindView::DueToday, None),
        Lamp::AfterClose => (LampKindView::AfterClose, None),
        Lamp::Overdue { working_days } => (LampKindView::Overdue, Some(working_days)),
        Lamp::Unknown => (LampKindView::Unknown, None),
    };
    LampView { kind, days }
}

/// The deadline as the window gets it. `submitted_at_ms` is known for held cases only; then the desktop computes it again and tells a difference.
pub(crate) fn deadline_view(row: &DeadlineRow, submitted_at_ms: Option<i64>) -> DeadlineView {
    let (status, earliest, latest) = match row {
        DeadlineRow::Final { .. } => (DeadlineStatusView::Final, None, None),
        DeadlineRow::Provisional { earliest, latest, .. } => {
            (DeadlineStatusView::Provisional, Some(earliest.to_string()), Some(latest.to_string()))
        }
        DeadlineRow::OutOfRange { .. } => (DeadlineStatusView::OutOfRange, None, None),
    };
    let due = row.due();
    DeadlineView {
        status,
        due_date: due.map(|due| due.due_date.to_string()),
        target_ms: due.map(|due| js_ms(due.target_ms)),
        breach_ms: due.map(|due| js_ms(due.breach_ms)),
        earliest,
        latest,
        differs_here: submitted_at_ms.and_then(|submitted| own_date_if_other(row, submitted)),
    }
}

fn own_date_if_other(row: &DeadlineRow, submitted_at_ms: i64) -> Option<String> {
    let policy = match row {
        DeadlineRow::OutOfRange { policy } => policy,
        DeadlineRow::Final { due } | DeadlineRow::Provisional { due, .. } => &due.policy,
    };
    let own = working_days::deadline(Calendar::embedded(), &Policy::by_id(policy)?, instant(submitted_at_ms));
    let own = own.due()?.date;
    (row.due().map(|due| due.due_date) != Some(own)).then(|| own.to_string())
}

pub(crate) fn document_type_view(kind: DocumentType) -> DocumentTypeView {
    match kind {
        DocumentType::ResidentIdCard => DocumentTypeView::ResidentIdCard,
        DocumentType::HmtResidencePermit => DocumentTypeView::HmtResidencePermit,
        DocumentType::HmTravelPermit => DocumentTypeView::HmTravelPermit,
        DocumentType::TwTravelPermit5y => DocumentTypeView::TwTravelPermit5y,
    }
}

pub(crate) fn case_state_view(state: StateWord) -> CaseStateView {
    match state {
        StateWord::Pending => CaseStateView::Pending,
        StateWord::SecondOpinion => CaseStateView::SecondOpinion,
        StateWord::SupervisorDecides => CaseStateView::SupervisorDecides,
        StateWord::Technical => CaseStateView::Technical,
    }
}

/// Reads a case id that came from the window.
pub(crate) fn case_id(text: &str) -> Result<CaseId, crate::error::DeskError> {
    text.parse().map_err(|_| crate::error::DeskError::CaseNotHere)
}

/// The instant until which a decision on this case must reach the server: 24:00 of the due day.
pub(crate) fn breach_ms(row: &CaseRow) -> Option<i64> {
    row.deadline.due().map(|due| due.breach_ms)
}
