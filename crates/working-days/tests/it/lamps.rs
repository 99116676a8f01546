//! The lamp around a due day: ordinary weeks, weekends, make-up days, holidays, and the instants at which it changes.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use working_days::{Calendar, Deadline, Lamp, Policy, deadline, lamp, next_change};

use super::instant;

fn case(submitted_at: &str) -> Deadline {
    deadline(Calendar::embedded(), &Policy::p0(), instant(submitted_at))
}

fn check(submitted_at: &str, table: &[(&str, Lamp)]) {
    let deadline = case(submitted_at);
    for (now, expected) in table {
        assert_eq!(
            lamp(Calendar::embedded(), &deadline, instant(now)),
            *expected,
            "submitted {submitted_at}, now {now}"
        );
    }
}

fn normal(days_left: u32) -> Lamp {
    Lamp::Normal { days_left }
}

fn near(days_left: u32) -> Lamp {
    Lamp::Near { days_left }
}

fn overdue(working_days: u32) -> Lamp {
    Lamp::Overdue { working_days }
}

#[test]
fn an_ordinary_case_goes_from_normal_to_overdue() {
    // Due Wednesday 2026-12-02.
    check(
        "2026-11-23T09:00:00+08:00",
        &[
            ("2026-11-23T09:00:00+08:00", normal(7)),
            ("2026-11-27T23:59:59+08:00", normal(3)),
            ("2026-11-28T12:00:00+08:00", normal(3)), // Saturday
            ("2026-11-29T23:59:59+08:00", normal(3)), // Sunday
            ("2026-11-30T00:00:00+08:00", near(2)),
            ("2026-12-01T23:59:59.999+08:00", near(1)),
            ("2026-12-02T00:00:00+08:00", Lamp::DueToday),
            ("2026-12-02T16:59:59.999+08:00", Lamp::DueToday),
            ("2026-12-02T17:00:00+08:00", Lamp::AfterClose),
            ("2026-12-02T23:59:59.999+08:00", Lamp::AfterClose),
            ("2026-12-03T00:00:00+08:00", overdue(1)),
            ("2026-12-04T23:59:59+08:00", overdue(2)),
            ("2026-12-06T12:00:00+08:00", overdue(2)), // Sunday
            ("2026-12-07T00:00:00+08:00", overdue(3)),
        ],
    );
}

#[test]
fn right_after_a_due_friday_it_is_overdue_by_no_working_day() {
    // Due Friday 2026-12-04.
    check(
        "2026-11-25T09:00:00+08:00",
        &[
            ("2026-12-04T16:00:00+08:00", Lamp::DueToday),
            ("2026-12-05T00:00:00+08:00", overdue(0)),
            ("2026-12-06T23:59:59+08:00", overdue(0)),
            ("2026-12-07T00:00:00+08:00", overdue(1)),
        ],
    );
}

#[test]
fn a_make_up_saturday_counts_as_a_day_left() {
    // Counted: 09-30, 10-08, 10-09, the make-up Saturday 10-10, 10-12, 10-13, 10-14. Due Wednesday 2026-10-14.
    check(
        "2026-09-29T09:00:00+08:00",
        &[
            ("2026-09-30T12:00:00+08:00", normal(6)),
            ("2026-10-07T23:59:59+08:00", normal(6)), // last day of 国庆节
            ("2026-10-08T00:00:00+08:00", normal(5)),
            ("2026-10-09T12:00:00+08:00", normal(4)),
            ("2026-10-10T12:00:00+08:00", normal(3)), // make-up Saturday
            ("2026-10-11T12:00:00+08:00", normal(3)),
            ("2026-10-12T00:00:00+08:00", near(2)),
            ("2026-10-13T12:00:00+08:00", near(1)),
            ("2026-10-14T12:00:00+08:00", Lamp::DueToday),
            ("2026-10-15T00:00:00+08:00", overdue(1)),
        ],
    );
}

#[test]
fn a_case_due_on_a_make_up_sunday_is_due_that_sunday() {
    // Due Sunday 2019-05-05, worked; Labour Day 05-01 to 05-04 before it.
    check(
        "2019-04-23T10:00:00+08:00",
        &[
            ("2019-04-29T12:00:00+08:00", near(2)),
            ("2019-04-30T12:00:00+08:00", near(1)),
            ("2019-05-01T12:00:00+08:00", near(1)),
            ("2019-05-04T23:59:59+08:00", near(1)),
            ("2019-05-05T00:00:00+08:00", Lamp::DueToday),
            ("2019-05-05T17:00:00+08:00", Lamp::AfterClose),
            ("2019-05-06T00:00:00+08:00", overdue(1)),
        ],
    );
}

#[test]
fn a_case_due_before_spring_festival_stays_overdue_by_none_for_nine_days() {
    // Due Saturday 2026-02-14, a make-up day; off until 02-23.
    check(
        "2026-02-05T10:00:00+08:00",
        &[
            ("2026-02-13T12:00:00+08:00", near(1)),
            ("2026-02-14T12:00:00+08:00", Lamp::DueToday),
            ("2026-02-15T00:00:00+08:00", overdue(0)),
            ("2026-02-23T23:59:59+08:00", overdue(0)),
            ("2026-02-24T00:00:00+08:00", overdue(1)),
        ],
    );
}

#[test]
fn a_provisional_deadline_has_a_lamp_too() {
    check(
        "2026-12-23T10:00:00+08:00",
        &[
            ("2026-12-29T10:00:00+08:00", normal(3)),
            ("2026-12-31T10:00:00+08:00", near(1)),
            ("2027-01-01T10:00:00+08:00", near(1)),
            ("2027-01-04T10:00:00+08:00", Lamp::DueToday),
            ("2027-01-05T00:00:00+08:00", overdue(1)),
        ],
    );
}

#[test]
fn without_a_deadline_the_lamp_is_unknown_and_never_changes() {
    let now = instant("2026-12-01T00:00:00Z");
    assert_eq!(lamp(Calendar::embedded(), &Deadline::OutOfRange, now), Lamp::Unknown);
    assert_eq!(next_change(Calendar::embedded(), &Deadline::OutOfRange, now), None);
}

#[test]
fn a_clock_far_off_neither_panics_nor_hides_an_overdue_case() {
    let calendar = Calendar::embedded();
    let deadline = case("2027-12-20T10:00:00+08:00");
    assert_eq!(lamp(calendar, &deadline, DateTime::<Utc>::MIN_UTC), Lamp::Unknown);
    assert_eq!(next_change(calendar, &deadline, DateTime::<Utc>::MIN_UTC), Some(calendar.first_day().start()));
    assert_eq!(lamp(calendar, &deadline, DateTime::<Utc>::MAX_UTC), overdue(2));
    assert_eq!(next_change(calendar, &deadline, DateTime::<Utc>::MAX_UTC), None);
}

#[test]
fn the_changes_of_a_case_are_its_working_midnights_and_the_close_of_business() {
    let deadline = case("2026-11-25T09:00:00+08:00");
    let mut now = instant("2026-12-01T09:00:00+08:00");
    let mut changes = Vec::new();
    for _ in 0..7 {
        now = next_change(Calendar::embedded(), &deadline, now).unwrap();
        changes.push(now);
    }
    let expected =
        ["12-02T00:00", "12-03T00:00", "12-04T00:00", "12-04T17:00", "12-05T00:00", "12-07T00:00", "12-08T00:00"];
    assert_eq!(changes, expected.map(|text| instant(&format!("2026-{text}:00+08:00"))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_lamp_holds_until_its_next_change_and_differs_then(
        submitted in 0i64..345_000_000, wait in 0i64..3_000_000, part in 0i64..1000, policy in 0..3usize,
    ) {
        let calendar = Calendar::embedded();
        let policy = [Policy::p0(), Policy::p1(), Policy::p2()][policy].clone();
        let submitted = instant("2016-01-01T00:00:00+08:00") + TimeDelta::seconds(submitted);
        let now = submitted + TimeDelta::seconds(wait);
        let deadline = deadline(calendar, &policy, submitted);
        let change = next_change(calendar, &deadline, now).unwrap();
        prop_assert!(change > now);
        let shown = lamp(calendar, &deadline, now);
        let between = now + (change - now - TimeDelta::nanoseconds(1)) * i32::try_from(part).unwrap() / 1000;
        prop_assert_eq!(lamp(calendar, &deadline, between), shown);
        prop_assert_eq!(lamp(calendar, &deadline, change - TimeDelta::nanoseconds(1)), shown);
        prop_assert_ne!(lamp(calendar, &deadline, change), shown);
    }
}
