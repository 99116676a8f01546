//! Deadlines told day by day.

use working_days::{
    BeijingDate, Calendar, DayKind, Deadline, ExplainedDay, Explanation, OffDay, Policy, ProvisionalReason, deadline,
    explain,
};

use super::{calendar_of, day, days, instant};

fn told(policy: &Policy, at: &str) -> Explanation<'static> {
    explain(Calendar::embedded(), policy, instant(at))
}

/// A day in short: date, what it is, which of the seven it counts as.
fn short(day: &ExplainedDay<'_>) -> String {
    let kind = match day.kind {
        DayKind::Workday => "workday".to_owned(),
        DayKind::Weekend => "weekend".to_owned(),
        DayKind::Holiday { name, notice } => match notice {
            Some(notice) => format!("{name} ({}, {})", notice.year, notice.issued),
            None => format!("{name} (law)"),
        },
        DayKind::Regional { day_off } => format!("{} ({})", day_off.holiday, day_off.source),
        DayKind::MakeUp { name, notice } => format!("makeup {name} ({}, {})", notice.year, notice.issued),
    };
    let number = day.number.map_or("-".to_owned(), |number| number.to_string());
    let mark = if day.is_provisional { " ?" } else { "" };
    format!("{} {kind} {number}{mark}", day.date)
}

fn shorts(explanation: &Explanation<'_>) -> Vec<String> {
    explanation.days.iter().map(short).collect()
}

#[test]
fn across_spring_festival_2026_every_day_has_its_reason() {
    let told = told(&Policy::p0(), "2026-02-13T10:00:00+08:00");
    assert_eq!(told.submitted_on, day("2026-02-13"));
    assert_eq!(
        shorts(&told),
        [
            "2026-02-13 workday -",
            "2026-02-14 makeup 春节 (2026, 2025-11-04) 1",
            "2026-02-15 春节 (2026, 2025-11-04) -",
            "2026-02-16 春节 (2026, 2025-11-04) -",
            "2026-02-17 春节 (2026, 2025-11-04) -",
            "2026-02-18 春节 (2026, 2025-11-04) -",
            "2026-02-19 春节 (2026, 2025-11-04) -",
            "2026-02-20 春节 (2026, 2025-11-04) -",
            "2026-02-21 春节 (2026, 2025-11-04) -",
            "2026-02-22 春节 (2026, 2025-11-04) -",
            "2026-02-23 春节 (2026, 2025-11-04) -",
            "2026-02-24 workday 2",
            "2026-02-25 workday 3",
            "2026-02-26 workday 4",
            "2026-02-27 workday 5",
            "2026-02-28 makeup 春节 (2026, 2025-11-04) 6",
            "2026-03-01 weekend -",
            "2026-03-02 workday 7",
        ]
    );
    assert_eq!(told.deadline.due().unwrap().date, day("2026-03-02"));
}

#[test]
fn by_p1_a_late_submission_is_received_the_next_working_day_which_is_not_counted() {
    let late = told(&Policy::p1(), "2026-11-20T17:00:00+08:00");
    assert_eq!(
        shorts(&late)[..5],
        [
            "2026-11-20 workday -",
            "2026-11-21 weekend -",
            "2026-11-22 weekend -",
            "2026-11-23 workday -",
            "2026-11-24 workday 1",
        ]
    );
    assert_eq!(late.deadline.due().unwrap().receipt_day, day("2026-11-23"));
}

#[test]
fn by_p2_the_day_of_submission_is_number_one_or_not_counted() {
    let early = told(&Policy::p2(), "2026-11-20T16:59:59+08:00");
    assert_eq!(shorts(&early)[0], "2026-11-20 workday 1");
    let late = told(&Policy::p2(), "2026-11-20T17:00:00+08:00");
    assert_eq!(shorts(&late)[0], "2026-11-20 workday -");
    assert_eq!(shorts(&late)[3], "2026-11-23 workday 1");
    let on_a_day_off = Policy { off_day: OffDay::NextWorkingDay, ..Policy::p2() };
    assert_eq!(shorts(&told(&on_a_day_off, "2026-11-21T10:00:00+08:00"))[2], "2026-11-23 workday 1");
}

#[test]
fn a_day_that_a_later_notice_changed_carries_the_later_notice() {
    let told = told(&Policy::p0(), "2020-01-23T10:00:00+08:00");
    let changed = told.days.iter().find(|each| each.date == day("2020-02-01")).unwrap();
    assert_eq!(short(changed), "2020-02-01 春节 (2020, 2020-01-26) -");
    let kept = told.days.iter().find(|each| each.date == day("2020-01-27")).unwrap();
    assert!(short(kept).starts_with("2020-01-27 春节 (2020, 2019-"));
}

#[test]
fn days_without_a_notice_are_marked() {
    let told = told(&Policy::p0(), "2026-12-23T10:00:00+08:00");
    assert_eq!(
        shorts(&told)[6..],
        [
            "2026-12-29 workday 4",
            "2026-12-30 workday 5",
            "2026-12-31 workday 6",
            "2027-01-01 元旦 (law) - ?",
            "2027-01-02 weekend - ?",
            "2027-01-03 weekend - ?",
            "2027-01-04 workday 7 ?",
        ]
    );
    let Deadline::Provisional { why: ProvisionalReason::NoticeMissing { year }, .. } = told.deadline else {
        panic!("{:?}", told.deadline)
    };
    assert_eq!(year, 2027);
}

#[test]
fn out_of_range_nothing_is_told() {
    for at in ["2015-12-31T10:00:00+08:00", "2027-12-30T10:00:00+08:00", "2040-01-01T00:00:00Z"] {
        let told = told(&Policy::p0(), at);
        assert_eq!((told.deadline, told.days.len()), (Deadline::OutOfRange, 0), "{at}");
    }
}

/// Told by the definitions alone: days without a gap, numbers without a gap, working days and no others from day 1 on.
fn is_told_right(calendar: &Calendar, policy: &Policy, submitted: BeijingDate, at: chrono::DateTime<chrono::Utc>) {
    let told = explain(calendar, policy, at);
    let found = deadline(calendar, policy, at);
    let due = *found.due().unwrap();
    assert_eq!((told.deadline, told.submitted_on), (found, submitted));
    let dates: Vec<_> = told.days.iter().map(|each| each.date).collect();
    assert_eq!(dates, days(submitted, due.date).collect::<Vec<_>>(), "{at} by {}", policy.id);
    let numbers: Vec<_> = told.days.iter().filter_map(|each| each.number).collect();
    assert_eq!(numbers, (1..=policy.working_days).collect::<Vec<_>>(), "{at} by {}", policy.id);
    for each in &told.days {
        let counts = each.date >= due.day1 && calendar.is_working_day(each.date).unwrap();
        assert_eq!(each.number.is_some(), counts, "{at}: {each:?}");
        assert_eq!(Some(each.kind), calendar.day(each.date));
        assert_eq!(each.is_provisional, each.date > calendar.official_until());
    }
    let last = told.days.last().unwrap();
    assert_eq!((last.date, last.number), (due.date, Some(policy.working_days)), "{at} by {}", policy.id);
    assert_eq!(told.days.iter().find_map(|each| each.number.map(|_| each.date)), Some(due.day1));
    assert_eq!(found.is_provisional(), last.is_provisional);
}

#[test]
fn for_every_submission_day_from_2016_to_2027_the_last_day_told_is_the_due_day() {
    for policy in [Policy::p0(), Policy::p1(), Policy::p2()] {
        for date in days(day("2016-01-01"), day("2027-12-01")) {
            for hour in [9, 18] {
                let at = date.at(chrono::NaiveTime::from_hms_opt(hour, 30, 0).unwrap());
                is_told_right(Calendar::embedded(), &policy, date, at);
            }
        }
    }
}

#[test]
fn other_lengths_are_told_as_well() {
    let calendar = calendar_of(|_, _| true);
    let at = instant("2026-02-13T10:00:00+08:00");
    for working_days in [1, 2, 5, 60, 200, 255] {
        let policy = Policy { working_days, ..Policy::p0() };
        is_told_right(&calendar, &policy, day("2026-02-13"), at);
    }
    let none = explain(&calendar, &Policy { working_days: 0, ..Policy::p0() }, at);
    assert_eq!(shorts(&none), ["2026-02-13 workday -"]);
}
