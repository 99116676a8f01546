//! Deadlines by policy, and at the ends of the calendar.

use chrono::{DateTime, TimeDelta, Utc};
use working_days::{Calendar, Deadline, FirstDay, OffDay, Policy, deadline};

use super::{day, instant};

fn due_date(calendar: &Calendar, policy: &Policy, at: &str) -> Option<String> {
    deadline(calendar, policy, instant(at)).due().map(|due| due.date.to_string())
}

#[test]
fn before_the_first_and_after_the_last_day_it_is_out_of_range() {
    let calendar = Calendar::embedded();
    for policy in [Policy::p0(), Policy::p1(), Policy::p2()] {
        for at in [
            "2015-12-31T23:59:59+08:00",
            "2028-01-01T00:00:00+08:00",
            "2027-12-31T10:00:00+08:00",
            "1700-01-01T00:00:00Z",
        ] {
            assert_eq!(deadline(calendar, &policy, instant(at)), Deadline::OutOfRange, "{at} by {}", policy.id);
        }
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(deadline(calendar, &policy, end), Deadline::OutOfRange);
        }
    }
    assert!(deadline(calendar, &Policy::p0(), instant("2016-01-01T00:00:00+08:00")).due().is_some());
    let out_of_range = Deadline::OutOfRange;
    assert!(out_of_range.due().is_none() && !out_of_range.is_provisional());
}

#[test]
fn the_cut_off_hour_itself_is_late_and_the_second_before_is_not() {
    let calendar = Calendar::embedded();
    let just_before = "2026-11-20T16:59:59.999999999+08:00";
    let at_the_hour = "2026-11-20T17:00:00+08:00";
    assert_eq!(due_date(calendar, &Policy::p1(), just_before).unwrap(), "2026-12-01");
    assert_eq!(due_date(calendar, &Policy::p1(), at_the_hour).unwrap(), "2026-12-02");
    assert_eq!(due_date(calendar, &Policy::p2(), just_before).unwrap(), "2026-11-30");
    assert_eq!(due_date(calendar, &Policy::p2(), at_the_hour).unwrap(), "2026-12-01");
}

#[test]
fn a_late_hour_on_a_day_off_does_not_push_a_submission_twice() {
    let calendar = Calendar::embedded();
    let saturday_night = instant("2026-11-21T23:00:00+08:00");
    let due = *deadline(calendar, &Policy::p1(), saturday_night).due().unwrap();
    assert_eq!((due.receipt_day, due.day1, due.date), (day("2026-11-23"), day("2026-11-24"), day("2026-12-02")));
}

#[test]
fn fields_of_a_policy_combine_freely() {
    let calendar = Calendar::embedded();
    let saturday = "2026-11-21T10:00:00+08:00";
    let inclusive = Policy { off_day: OffDay::NextWorkingDay, ..Policy::p2() };
    assert_eq!(due_date(calendar, &inclusive, saturday).unwrap(), "2026-12-01");
    let without_cut_off = Policy { first_day: FirstDay::IncludedBeforeCutOff, ..Policy::p0() };
    assert_eq!(due_date(calendar, &without_cut_off, "2026-11-20T23:59:59+08:00").unwrap(), "2026-11-30");
    let one_day = Policy { working_days: 1, ..Policy::p2() };
    assert_eq!(due_date(calendar, &one_day, "2026-11-20T10:00:00+08:00").unwrap(), "2026-11-20");
    let none = Policy { working_days: 0, ..Policy::p0() };
    assert_eq!(due_date(calendar, &none, saturday).unwrap(), "2026-11-21");
    // The cut-off is a rule for working days: a day off that keeps its date keeps it at any hour.
    let kept = Policy { cut_off: Policy::p1().cut_off, ..Policy::p0() };
    assert_eq!(due_date(calendar, &kept, "2026-11-21T23:00:00+08:00").unwrap(), "2026-12-01");
    assert_eq!(due_date(calendar, &kept, "2026-11-20T23:00:00+08:00").unwrap(), "2026-12-02");
    assert_eq!(Policy::by_id("P9"), None);
    assert_eq!(Policy::default(), Policy::p0());
}

#[test]
fn a_due_day_can_be_a_make_up_sunday() {
    assert_eq!(due_date(Calendar::embedded(), &Policy::p0(), "2019-04-23T10:00:00+08:00").unwrap(), "2019-05-05");
}

#[test]
fn every_hour_of_a_decade_has_a_due_day_that_works_and_never_goes_back() {
    let calendar = Calendar::embedded();
    for policy in [Policy::p0(), Policy::p1(), Policy::p2()] {
        let mut at = instant("2016-01-01T00:30:00+08:00");
        let mut last = None;
        while at < instant("2027-12-01T00:00:00+08:00") {
            let found = deadline(calendar, &policy, at);
            let due = *found.due().unwrap();
            assert_eq!(calendar.is_working_day(due.date), Some(true), "{at}");
            assert_eq!(calendar.between(due.day1.pred(), due.date), Some(7), "{at}");
            assert_eq!(found.is_provisional(), due.date > calendar.official_until(), "{at}");
            assert!(at < due.target && due.target < due.breach, "{at}");
            assert!(Some(due.date) >= last, "{at} by {}", policy.id);
            last = Some(due.date);
            at += TimeDelta::hours(1);
        }
    }
}
