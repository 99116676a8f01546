//! Counting over the calendar against a day-by-day walk, and the laws that counting obeys.

use proptest::prelude::*;
use working_days::{BeijingDate, Calendar};

use super::{day, days};

fn calendar() -> &'static Calendar {
    Calendar::embedded()
}

fn works(date: BeijingDate) -> bool {
    calendar().day(date).is_some_and(|kind| kind.is_working_day())
}

/// The obvious way, one day at a time.
fn walk(from: BeijingDate, mut count: u32) -> Option<BeijingDate> {
    let mut date = from;
    while count > 0 {
        date = date.succ();
        calendar().day(date)?;
        count -= u32::from(works(date));
    }
    Some(date)
}

#[test]
fn the_embedded_calendar_loads_and_spans_2016_to_a_provisional_2027() {
    assert_eq!(calendar().first_day(), day("2016-01-01"));
    assert_eq!(calendar().official_until(), day("2026-12-31"));
    assert_eq!(calendar().last_day(), day("2027-12-31"));
    assert_eq!(calendar().notices().len(), 13);
    assert_eq!(calendar().is_provisional(day("2026-12-31")), Some(false));
    assert_eq!(calendar().is_provisional(day("2027-01-01")), Some(true));
    assert_eq!(calendar().is_provisional(day("2028-01-01")), None);
}

#[test]
fn working_days_a_year_are_as_counted_from_the_notices() {
    let expected = [250, 249, 250, 250, 249, 250, 249, 249, 251, 248, 248];
    for (year, expected) in (2016..).zip(expected) {
        let (first, last) = (BeijingDate::from_ymd(year, 1, 1).unwrap(), BeijingDate::from_ymd(year, 12, 31).unwrap());
        assert_eq!(days(first, last).filter(|date| works(*date)).count(), expected, "{year}");
        assert_eq!(
            days(first, last).filter(|date| calendar().is_working_day(*date).unwrap()).count(),
            expected,
            "{year}"
        );
    }
}

#[test]
fn every_day_of_the_calendar_counts_like_a_walk() {
    let all: Vec<_> = days(calendar().first_day(), calendar().last_day()).collect();
    for date in &all {
        assert_eq!(calendar().is_working_day(*date), Some(works(*date)), "{date}");
        assert_eq!(calendar().next(*date), walk(*date, 1), "next of {date}");
        assert_eq!(calendar().add(*date, 7), walk(*date, 7), "7 after {date}");
        let before = std::iter::successors(Some(date.pred()), |day| Some(day.pred()))
            .take_while(|day| *day >= calendar().first_day())
            .find(|day| works(*day));
        assert_eq!(calendar().previous(*date), before, "previous of {date}");
    }
}

#[test]
fn from_every_day_thirty_working_days_on_are_those_of_one_walk() {
    for date in days(calendar().first_day(), calendar().last_day()) {
        let mut working = days(date.succ(), calendar().last_day()).filter(|later| works(*later));
        assert_eq!(calendar().add(date, 0), Some(date));
        for n in 1..=30 {
            let expected = working.next();
            assert_eq!(calendar().add(date, n), expected, "{n} after {date}");
            if let Some(later) = expected {
                assert_eq!(calendar().between(date, later), Some(n as i32), "from {date} to {later}");
            }
        }
        if let Some(next) = calendar().next(date).filter(|_| works(date)) {
            assert_eq!(calendar().previous(next), Some(date), "before {next}");
        }
    }
}

#[test]
fn outside_the_calendar_there_is_no_answer_and_no_panic() {
    let far = |days: i32| day("2016-01-01").plus_days(days);
    for date in [far(-1), far(i32::MIN), far(i32::MAX), day("2028-01-01"), day("0001-01-01"), day("9999-12-31")] {
        assert_eq!(calendar().day(date), None);
        assert_eq!(calendar().is_working_day(date), None);
        assert_eq!(calendar().add(date, 0), None);
        assert_eq!(calendar().add(date, 7), None);
        assert_eq!(calendar().next(date), None);
        assert_eq!(calendar().previous(date), None);
        assert_eq!(calendar().between(date, day("2020-01-01")), None);
        assert_eq!(calendar().between(day("2020-01-01"), date), None);
    }
    assert_eq!(calendar().add(day("2020-01-01"), u32::MAX), None);
    assert_eq!(calendar().next(day("2027-12-31")), None);
    assert_eq!(calendar().previous(day("2016-01-01")), None);
    assert_eq!(calendar().previous(day("2016-01-04")), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn adding_in_two_steps_is_adding_at_once(offset in 0..4383i32, a in 0..120u32, b in 0..120u32) {
        let date = day("2016-01-01").plus_days(offset);
        let in_steps = calendar().add(date, a).and_then(|middle| calendar().add(middle, b));
        prop_assert_eq!(calendar().add(date, a + b), in_steps);
    }

    #[test]
    fn between_gives_back_what_was_added(offset in 0..4383i32, n in 0..400u32) {
        let date = day("2016-01-01").plus_days(offset);
        if let Some(later) = calendar().add(date, n) {
            prop_assert_eq!(calendar().between(date, later), Some(n as i32));
            prop_assert_eq!(calendar().between(later, date), Some(-(n as i32)));
        }
    }

    #[test]
    fn adding_equals_a_day_by_day_walk(offset in 0..4383i32, n in 0..90u32) {
        let date = day("2016-01-01").plus_days(offset);
        prop_assert_eq!(calendar().add(date, n), walk(date, n));
    }

    #[test]
    fn adding_is_monotone_in_the_day_and_in_the_count(offset in 0..4300i32, gap in 0..60i32, n in 1..60u32) {
        let date = day("2016-01-01").plus_days(offset);
        if let (Some(one), Some(other)) = (calendar().add(date, n), calendar().add(date.plus_days(gap), n)) {
            prop_assert!(one <= other);
        }
        if let (Some(one), Some(other)) = (calendar().add(date, n), calendar().add(date, n + 1)) {
            prop_assert!(one < other);
        }
    }

    #[test]
    fn between_counts_the_working_days_after_one_and_up_to_the_other(a in 0..4383i32, b in 0..4383i32) {
        let (low, high) = (day("2016-01-01").plus_days(a.min(b)), day("2016-01-01").plus_days(a.max(b)));
        let counted = days(low, high).skip(1).filter(|date| works(*date)).count() as i32;
        prop_assert_eq!(calendar().between(low, high), Some(counted));
        prop_assert_eq!(calendar().between(high, low), Some(-counted));
    }

    #[test]
    fn previous_undoes_next(offset in 0..4300i32) {
        let date = day("2016-01-01").plus_days(offset);
        if works(date) {
            prop_assert_eq!(calendar().next(date).and_then(|next| calendar().previous(next)), Some(date));
        }
    }
}
