//! A stored deadline as the window gets it, and as the rules need it for the lamp. The server's date is never replaced by ours: where the
//! two differ, both are told.

use casework::{CaseId, DocumentType};
use chrono::{DateTime, Utc};
use vault::{CaseRow, DeadlineFacts, DeadlineReason, DeadlineRow, OutcomeRow, StateWord};
use working_days::{BeijingDate, Deadline, Due, Lamp, Policy};

use crate::calendar::Counting;
use crate::view::{
    CaseStateView, DeadlineDifferenceView, DeadlineMoveView, DeadlineStatusView, DeadlineView, DocumentTypeView,
    LampKindView, LampView, MoveReasonView, WhyDiffersView,
};

/// Milliseconds as JavaScript's number; exact for every date that a case can have.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 ms, the year 287396")]
pub(crate) fn js_ms(ms: i64) -> f64 {
    ms as f64
}

pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The deadline of a row as the rules know it. Receipt day and day 1 do not travel with a row and are not needed for the lamp.
fn as_rule(row: &DeadlineRow) -> Deadline {
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

/// The lamp of a row at `now_ms` of server time: the server's date, and the days left to it by the calendar in force here.
pub(crate) fn lamp_view(counting: &Counting, row: &DeadlineRow, now_ms: i64) -> LampView {
    let lamp = working_days::lamp(&counting.of_row(row), &as_rule(row), instant(now_ms));
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

/// The deadline as the window gets it: the server's, which counts; whether it was promised otherwise; and where this desktop counts
/// otherwise. A row that was kept over an upgrade and did not come again yet has the date alone.
pub(crate) fn deadline_view(counting: &Counting, row: &DeadlineRow, now_ms: i64) -> DeadlineView {
    let (status, earliest, latest) = match &row.outcome {
        OutcomeRow::Final { .. } => (DeadlineStatusView::Final, None, None),
        OutcomeRow::Provisional { earliest, latest, .. } => {
            (DeadlineStatusView::Provisional, Some(earliest.to_string()), Some(latest.to_string()))
        }
        OutcomeRow::OutOfRange => (DeadlineStatusView::OutOfRange, None, None),
    };
    let due = row.due();
    DeadlineView {
        status,
        due_date: due.map(|due| due.due_date.to_string()),
        target_ms: due.map(|due| js_ms(due.target_ms)),
        breach_ms: due.map(|due| js_ms(due.breach_ms)),
        earliest,
        latest,
        moved: row.facts.as_ref().and_then(|facts| move_view(row, facts, now_ms)),
        difference: row.facts.as_ref().and_then(|facts| difference(counting, row, facts)),
    }
}

fn move_view(row: &DeadlineRow, facts: &DeadlineFacts, now_ms: i64) -> Option<DeadlineMoveView> {
    let first = facts.first_due_date?;
    let due = row.due();
    if due.map(|due| due.due_date) == Some(first) {
        return None;
    }
    Some(DeadlineMoveView {
        first_due_date: first.to_string(),
        reason: match facts.reason {
            DeadlineReason::Region => MoveReasonView::Region,
            DeadlineReason::Initial | DeadlineReason::Calendar => MoveReasonView::Calendar,
        },
        is_late_by_move: is_late_by_move(due.map(|due| instant(due.breach_ms)), Some(first), instant(now_ms)),
    })
}

/// Overdue by the date that counts, in time by the first promise: late because of moves alone. Where no date could be promised first, any
/// lateness comes of a move.
pub(crate) fn is_late_by_move(breach: Option<DateTime<Utc>>, first: Option<BeijingDate>, now: DateTime<Utc>) -> bool {
    breach.is_some_and(|breach| breach <= now) && first.is_none_or(|first| now < first.end())
}

/// This desktop's own date where it is another than the server's. Dates are compared, not how sure they are: the same day, final there and
/// provisional here, is the same promise.
fn difference(counting: &Counting, row: &DeadlineRow, facts: &DeadlineFacts) -> Option<DeadlineDifferenceView> {
    let Some(policy) = Policy::by_id(&row.policy) else {
        return Some(DeadlineDifferenceView { due_date: None, why: WhyDiffersView::OtherPolicy });
    };
    let own = working_days::deadline(&counting.of_row(row), &policy, instant(facts.submitted_at_ms));
    let own = own.due().map(|due| due.date);
    if own == row.due().map(|due| due.due_date) {
        return None;
    }
    let here = &counting.in_force.id;
    let why = if policy.version != facts.policy_version {
        WhyDiffersView::OtherPolicy
    } else if here.serial < server_pack_serial(counting, facts) {
        WhyDiffersView::OlderPackHere
    } else if here.serial > facts.pack_serial {
        // Or the server's new row is on its way.
        WhyDiffersView::NewerPackHere
    } else if facts.pack_sha256.is_some_and(|theirs| theirs.0 != here.sha256) {
        WhyDiffersView::OtherPack
    } else {
        WhyDiffersView::Unexplained
    };
    Some(DeadlineDifferenceView { due_date: own.map(|date| date.to_string()), why })
}

/// Serial of the pack that the server stands by. A row keeps the serial of the pack that moved it last, so the pack that the server has in
/// force can be newer.
pub(crate) fn server_pack_serial(counting: &Counting, facts: &DeadlineFacts) -> u32 {
    counting.server_serial.unwrap_or(0).max(facts.pack_serial)
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
