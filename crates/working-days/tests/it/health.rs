//! When the calendar is said to lack next year's notice.

use working_days::{Calendar, CalendarHealth, calendar_health};

use super::{calendar_of, day, days};

#[test]
fn the_next_year_is_missed_from_november_and_urgently_from_mid_december() {
    let missing = CalendarHealth::NextYearMissing { year: 2027 };
    let urgent = CalendarHealth::Urgent { year: 2027 };
    for (date, expected) in [
        ("2016-01-01", CalendarHealth::Good),
        ("2026-10-31", CalendarHealth::Good),
        ("2026-11-01", missing),
        ("2026-11-24", missing),
        ("2026-12-14", missing),
        ("2026-12-15", urgent),
        ("2026-12-31", urgent),
        ("2027-01-01", urgent),
        ("2031-06-01", urgent),
    ] {
        assert_eq!(calendar_health(Calendar::embedded(), day(date)), expected, "{date}");
    }
}

#[test]
fn with_the_next_year_known_it_is_good_until_the_november_after() {
    let calendar = calendar_of(|year, _| year <= 2025);
    for date in days(day("2024-11-01"), day("2025-10-31")) {
        assert_eq!(calendar_health(&calendar, date), CalendarHealth::Good, "{date}");
    }
    assert_eq!(calendar_health(&calendar, day("2025-11-01")), CalendarHealth::NextYearMissing { year: 2026 });
}
