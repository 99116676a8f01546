//! The JSON form of one deadline. Its keys are documented in docs/calendar.md and stay as they are: scripts read them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use working_days::{
    Calendar, CalendarPack, DayKind, Deadline, ExplainedDay, Explanation, Notice, Policy, ProvisionalReason,
};

use crate::command::deadline::status;
use crate::command::instant::beijing;

pub(crate) fn write(
    pack: &CalendarPack,
    calendar: &Calendar,
    policy: &Policy,
    submitted_at: DateTime<Utc>,
    explanation: &Explanation<'_>,
) -> Value {
    let due = explanation.deadline.due();
    let (earliest, latest, missing_year) = match &explanation.deadline {
        Deadline::Provisional { earliest, latest, why: ProvisionalReason::NoticeMissing { year }, .. } => {
            (Some(earliest.to_string()), Some(latest.to_string()), Some(*year))
        }
        _ => (None, None, None),
    };
    json!({
        "submitted_at": beijing(submitted_at),
        "policy": policy.id,
        "policy_version": policy.version,
        "status": status(&explanation.deadline),
        "receipt_day": due.map(|due| due.receipt_day.to_string()),
        "day1": due.map(|due| due.day1.to_string()),
        "due_date": due.map(|due| due.date.to_string()),
        "due_business_close": due.map(|due| beijing(due.target)),
        "due_end_of_day_exclusive": due.map(|due| beijing(due.breach)),
        "earliest": earliest,
        "latest": latest,
        "missing_year": missing_year,
        "region": calendar.region(),
        "pack": {
            "serial": pack.serial,
            "sha256": calendar.pack().sha256_hex(),
            "issued_at": beijing(pack.issued_at),
            "official_until": calendar.official_until().to_string(),
        },
        "days": explanation.days.iter().map(day).collect::<Vec<_>>(),
    })
}

fn day(day: &ExplainedDay<'_>) -> Value {
    let (kind, holiday, notice, source) = match day.kind {
        DayKind::Workday => ("workday", None, None, None),
        DayKind::Weekend => ("weekend", None, None, None),
        DayKind::Holiday { name, notice } => ("holiday", Some(name), notice, None),
        DayKind::Regional { day_off } => {
            ("regional", Some(day_off.holiday.as_str()), None, Some(day_off.source.as_str()))
        }
        DayKind::MakeUp { name, notice } => ("makeup", Some(name), Some(notice), None),
    };
    json!({
        "date": day.date.to_string(),
        "weekday": day.date.weekday().to_string(),
        "kind": kind,
        "holiday": holiday,
        "notice": notice.map(notice_json),
        "source": source,
        "number": day.number,
        "is_provisional": day.is_provisional,
    })
}

fn notice_json(notice: &Notice) -> Value {
    json!({
        "year": notice.year,
        "number": notice.number,
        "issued": notice.issued.to_string(),
        "source": notice.source,
    })
}
