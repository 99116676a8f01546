//! Dates and instants in Beijing.

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc, Weekday};
use proptest::prelude::*;
use working_days::{BEIJING, BeijingDate};

use super::{day, instant};

#[test]
fn the_date_changes_at_sixteen_hundred_utc() {
    assert_eq!(BeijingDate::of(instant("2026-11-20T15:59:59.999Z")), day("2026-11-20"));
    assert_eq!(BeijingDate::of(instant("2026-11-20T16:00:00Z")), day("2026-11-21"));
    assert_eq!(BeijingDate::of(instant("1969-12-31T15:59:59Z")), day("1969-12-31"));
}

#[test]
fn a_date_starts_and_ends_at_beijing_midnight() {
    let date = day("2026-11-23");
    assert_eq!(date.start(), instant("2026-11-23T00:00:00+08:00"));
    assert_eq!(date.end(), instant("2026-11-24T00:00:00+08:00"));
    assert_eq!(date.at(NaiveTime::from_hms_opt(17, 0, 0).unwrap()), instant("2026-11-23T17:00:00+08:00"));
    assert_eq!(date.weekday(), Weekday::Mon);
    assert_eq!(date.succ(), day("2026-11-24"));
    assert_eq!(date.pred(), day("2026-11-22"));
    assert_eq!(date.year(), 2026);
}

#[test]
fn only_real_days_in_iso_form_are_read() {
    assert_eq!(BeijingDate::parse("2024-02-29"), BeijingDate::from_ymd(2024, 2, 29));
    assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
    for text in [
        "2023-02-29",
        "2024-2-29",
        "2024-02-29 ",
        "+024-02-29",
        "2024/02/29",
        "２０２４-02-29",
        "2024-13-01",
        "2024-00-10",
        "",
    ] {
        assert_eq!(BeijingDate::parse(text), None, "{text:?}");
    }
}

#[test]
fn the_ends_of_time_saturate_instead_of_panicking() {
    for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let date = BeijingDate::of(end);
        let _ = (date.start(), date.end(), date.succ(), date.pred(), date.naive(), date.weekday(), date.to_string());
    }
    for end in [NaiveDate::MIN, NaiveDate::MAX] {
        let date = BeijingDate::from_naive(end);
        assert_eq!(date.naive(), end);
        let _ = (date.pred().start(), date.succ().end(), date.pred().weekday(), date.succ().to_string());
    }
    let far = BeijingDate::from_naive(NaiveDate::MIN).plus_days(i32::MIN);
    let _ = (far.start(), far.naive(), far.days_since(BeijingDate::from_naive(NaiveDate::MAX)));
}

#[test]
fn a_leap_second_belongs_to_its_own_day() {
    let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
    let date = day("2016-12-31");
    assert_eq!(BeijingDate::of(date.at(leap)), date);
}

proptest! {
    #[test]
    fn a_date_is_what_a_clock_at_plus_eight_shows(seconds in -60_000_000_000i64..60_000_000_000, nanos in 0u32..1_000_000_000) {
        let at = DateTime::from_timestamp(seconds, nanos).unwrap();
        let local = at.with_timezone(&BEIJING);
        let date = BeijingDate::of(at);
        prop_assert_eq!(date.naive(), local.date_naive());
        prop_assert_eq!(BeijingDate::from_naive(date.naive()), date);
        prop_assert!(date.start() <= at && at < date.end());
        let time = NaiveTime::from_num_seconds_from_midnight_opt(local.time().num_seconds_from_midnight(), nanos).unwrap();
        prop_assert_eq!(date.at(time), at);
        if (0..10_000).contains(&date.year()) {
            prop_assert_eq!(BeijingDate::parse(&date.to_string()), Some(date));
        }
    }
}
