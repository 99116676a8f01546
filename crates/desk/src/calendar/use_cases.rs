//! What the window asks of the calendar: how it stands, how a deadline was counted day by day, and taking in a pack from a file.

use casework::Sha256;
use vault::{CalendarMoveRow, QueueRow};
use working_days::{
    BeijingDate, Calendar, CalendarHealth, DayKind, Deadline, ExplainedDay, FirstDay, Notice, OffDay, Policy,
    ProvisionalReason, calendar_health, explain,
};

use super::in_force::Calendars;
use super::refusal::refusal_of_word;
use crate::deadline::{case_id, deadline_view, instant, js_ms, server_pack_serial};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::seat::Seat;
use crate::view::{
    CalendarHealthView, CalendarImportRequest, CalendarLevelView, CalendarMovesView, CalendarView, CommandError,
    DayKindView, ExplainedDayView, ExplanationView, MovedCaseView, NoticeView, PolicyView, RefusedPackView,
};

/// Notices that settings list.
const NOTICES_SHOWN: usize = 12;
/// Moved cases that settings list.
const MOVES_SHOWN: u32 = 200;
/// Hex digits of a pack's hash that two people compare on the phone.
const FINGERPRINT_DIGITS: usize = 12;

impl Desk {
    /// The calendar in force here.
    ///
    /// # Errors
    /// Locked, or the vault cannot be read.
    pub async fn calendar_view(&self) -> Result<CalendarView, CommandError> {
        self.at_seat(|desk, seat| view(&seat.calendars, desk.now_ms(seat))).await
    }

    /// How a case's deadline was counted, by this desktop; needs neither a lease nor the server.
    ///
    /// # Errors
    /// Locked, no such case here (or nothing of its submission, before its row came again after an upgrade), or the vault cannot be read.
    pub async fn calendar_explain(&self, id: String) -> Result<ExplanationView, CommandError> {
        self.at_seat(move |desk, seat| {
            let row = seat.vault.case_row(case_id(&id)?)?.ok_or(DeskError::CaseNotHere)?;
            let submitted_at_ms = match &row.case.deadline.facts {
                Some(facts) => facts.submitted_at_ms,
                None => seat.vault.held(row.case.case_id)?.ok_or(DeskError::CaseNotHere)?.submitted_at_ms,
            };
            Ok(explanation(seat, &row, submitted_at_ms, desk.now_ms(seat)))
        })
        .await
    }

    /// Takes in a pack from a file.
    ///
    /// # Errors
    /// Locked; the pack is not accepted, with the reason; or the vault fails. The pack in force stays then.
    pub async fn calendar_import(&self, request: CalendarImportRequest) -> Result<CalendarView, CommandError> {
        self.at_seat(move |desk, seat| {
            seat.calendars.import(request.file.as_bytes())?;
            seat.woken.notify_one();
            view(&seat.calendars, desk.now_ms(seat))
        })
        .await
    }
}

fn view(calendars: &Calendars, now_ms: i64) -> Result<CalendarView, DeskError> {
    let counting = calendars.counting();
    let (in_force, calendar) = (&counting.in_force, counting.own());
    let sha256 = Sha256(in_force.id.sha256);
    let refused = calendars.vault.calendar_refusal()?;
    // A pack that came before any case moved nothing worth a word.
    let recount = calendars.vault.calendar_recount(in_force.id.serial, sha256)?.filter(|recount| recount.computed > 0);
    let moves = match recount {
        Some(recount) => Some(CalendarMovesView {
            pack_serial: recount.pack_serial,
            computed: recount.computed,
            moved: recount.moved,
            earlier: recount.earlier,
            later: recount.later,
            newly_overdue: recount.newly_overdue,
            cases: calendars
                .vault
                .calendar_moves(recount.pack_serial, sha256, MOVES_SHOWN)?
                .into_iter()
                .map(moved_case_view)
                .collect(),
        }),
        None => None,
    };
    let mut fingerprint = in_force.id.sha256_hex();
    fingerprint.truncate(FINGERPRINT_DIGITS);
    Ok(CalendarView {
        serial: in_force.id.serial,
        fingerprint,
        issued_at_ms: js_ms(in_force.pack.issued_at.timestamp_millis()),
        source: in_force.source,
        official_until: calendar.official_until().to_string(),
        region: in_force.region_name(counting.region.as_deref()),
        notices: calendar.notices().iter().rev().take(NOTICES_SHOWN).map(notice_view).collect(),
        health: health_view(&calendar, now_ms),
        refused: refused
            .map(|refused| RefusedPackView { refusal: refusal_of_word(&refused.word), at_ms: js_ms(refused.at_ms) }),
        moves,
    })
}

/// How the calendar stands on the day of `now_ms`, server time.
pub(crate) fn health_view(calendar: &Calendar, now_ms: i64) -> CalendarHealthView {
    let level = match calendar_health(calendar, BeijingDate::of(instant(now_ms))) {
        CalendarHealth::Good => CalendarLevelView::Good,
        CalendarHealth::NextYearMissing { .. } => CalendarLevelView::Notice,
        CalendarHealth::Urgent { .. } => CalendarLevelView::Urgent,
    };
    CalendarHealthView { level, missing_year: calendar.official_until().succ().year() }
}

fn moved_case_view(row: CalendarMoveRow) -> MovedCaseView {
    MovedCaseView {
        case_id: row.case_id.to_string(),
        case_no: row.case_no.to_string(),
        from: row.old_due.map(|date| date.to_string()),
        to: row.new_due.map(|date| date.to_string()),
        is_late_by_move: row.is_late_by_move,
    }
}

fn notice_view(notice: &Notice) -> NoticeView {
    NoticeView {
        year: notice.year,
        number: notice.number.clone(),
        issued: notice.issued.to_string(),
        source: notice.source.clone(),
    }
}

/// A policy that this program does not know is named, but not explained: no day is guessed.
fn explanation(seat: &Seat, row: &QueueRow, submitted_at_ms: i64, now_ms: i64) -> ExplanationView {
    let counting = seat.calendars.counting();
    let deadline = &row.case.deadline;
    let facts = deadline.facts.as_ref();
    let calendar = counting.of_row(deadline);
    let policy = Policy::by_id(&deadline.policy);
    let told = policy.as_ref().map(|policy| explain(&calendar, policy, instant(submitted_at_ms)));
    let due = told.as_ref().and_then(|told| told.deadline.due());
    let serial = counting.in_force.id.serial;
    ExplanationView {
        case_id: row.case.case_id.to_string(),
        case_no: row.case.case_no.to_string(),
        deadline: deadline_view(&counting, deadline, now_ms),
        submitted_at_ms: js_ms(submitted_at_ms),
        submitted_on: BeijingDate::of(instant(submitted_at_ms)).to_string(),
        receipt_day: due.map(|due| due.receipt_day.to_string()),
        day1: due.map(|due| due.day1.to_string()),
        due_date: due.map(|due| due.date.to_string()),
        policy: match &policy {
            Some(policy) => policy_view(policy),
            None => unknown_policy_view(&deadline.policy, facts.map_or(0, |facts| facts.policy_version)),
        },
        region: calendar.region().and_then(|region| counting.in_force.region_name(Some(region))),
        pack_serial: serial,
        // Before its row came again after an upgrade nothing else is known.
        server_pack_serial: facts.map_or(serial, |facts| server_pack_serial(&counting, facts)),
        missing_year: told.as_ref().and_then(|told| match told.deadline {
            Deadline::Provisional { why: ProvisionalReason::NoticeMissing { year }, .. } => Some(year),
            Deadline::Final(_) | Deadline::OutOfRange => None,
        }),
        days: told.iter().flat_map(|told| told.days.iter().map(day_view)).collect(),
    }
}

fn policy_view(policy: &Policy) -> PolicyView {
    PolicyView {
        id: policy.id.to_owned(),
        version: policy.version,
        working_days: policy.working_days,
        counts_first_day: policy.first_day == FirstDay::IncludedBeforeCutOff,
        moves_off_day: policy.off_day == OffDay::NextWorkingDay,
        cut_off: policy.cut_off.map(|time| time.format("%H:%M").to_string()),
        close_of_business: policy.close_of_business.format("%H:%M").to_string(),
    }
}

fn unknown_policy_view(id: &str, version: u32) -> PolicyView {
    PolicyView {
        id: id.to_owned(),
        version,
        working_days: 0,
        counts_first_day: false,
        moves_off_day: false,
        cut_off: None,
        close_of_business: String::new(),
    }
}

fn day_view(day: &ExplainedDay<'_>) -> ExplainedDayView {
    let (kind, holiday, notice, regional_source) = match day.kind {
        DayKind::Workday => (DayKindView::Workday, None, None, None),
        DayKind::Weekend => (DayKindView::Weekend, None, None, None),
        DayKind::Holiday { name, notice } => (DayKindView::Holiday, Some(name), notice, None),
        DayKind::Regional { day_off } => {
            (DayKindView::Regional, Some(day_off.holiday.as_str()), None, Some(day_off.source.clone()))
        }
        DayKind::MakeUp { name, notice } => (DayKindView::MakeUp, Some(name), Some(notice), None),
    };
    ExplainedDayView {
        date: day.date.to_string(),
        kind,
        holiday: holiday.map(str::to_owned),
        notice: notice.map(notice_view),
        regional_source,
        number: day.number,
        is_provisional: day.is_provisional,
    }
}
