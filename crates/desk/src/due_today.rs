//! Whether the person is told, outside the window, that cases of theirs are due today: in working hours only, once a Beijing day, and again
//! only when the number rises. It says a number and nothing else. Pure; the clock is `clock_watch`'s.

use chrono::{DateTime, NaiveTime, Utc};
use vault::DueTold;
use working_days::{BEIJING, BeijingDate, Calendar};

/// From this Beijing time of a working day on a person is told. Default.
pub const WORK_BEGINS: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN, // not reached: 09:00 exists
};

/// Before this Beijing time of a working day: the close of business. Default.
pub const WORK_ENDS: NaiveTime = working_days::Policy::p0().close_of_business;

/// Whether the instant lies in working hours.
pub(crate) fn is_working_hour(calendar: &Calendar, now: DateTime<Utc>) -> bool {
    let time = now.with_timezone(&BEIJING).time();
    calendar.is_working_day(BeijingDate::of(now)) == Some(true) && WORK_BEGINS <= time && time < WORK_ENDS
}

/// Whether `due` cases today are to be told, after what was told last.
pub(crate) fn is_news(due: u32, told: Option<DueTold>, today: BeijingDate) -> bool {
    due > 0 && told.is_none_or(|told| told.date != today || told.count < due)
}

/// Whether fewer are due than were told today: from then on a rise is told again, even to the number of before.
pub(crate) fn has_fallen(due: u32, told: Option<DueTold>, today: BeijingDate) -> bool {
    told.is_some_and(|told| told.date == today && due < told.count)
}

/// The next instant after `now` at which something changes by the clock alone: working hours begin, or a Beijing day ends.
pub(crate) fn next_instant(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = BeijingDate::of(now);
    let begin = today.at(WORK_BEGINS);
    if now < begin { begin } else { today.end() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}+08:00").parse().unwrap()
    }

    #[test]
    fn working_hours_are_those_of_working_days_in_beijing_and_a_make_up_sunday_is_one() {
        let calendar = Calendar::embedded();
        for (text, is_open) in [
            ("2026-11-24T08:59:59", false),
            ("2026-11-24T09:00:00", true),
            ("2026-11-24T16:59:59", true),
            ("2026-11-24T17:00:00", false),
            // A Saturday, a holiday, a Saturday that is worked.
            ("2026-11-28T10:00:00", false),
            ("2026-10-01T10:00:00", false),
            ("2026-02-14T10:00:00", true),
            // Beyond the calendar nobody is told.
            ("2031-01-06T10:00:00", false),
        ] {
            assert_eq!(is_working_hour(calendar, at(text)), is_open, "{text}");
        }
    }

    #[test]
    fn a_number_is_told_once_a_day_and_again_when_it_rises() {
        let today = BeijingDate::from_ymd(2026, 11, 24).unwrap();
        let told = |count| Some(DueTold { date: today, count });
        assert!(!is_news(0, None, today));
        assert!(is_news(1, None, today));
        assert!(!is_news(2, told(2), today));
        assert!(!is_news(1, told(2), today));
        assert!(is_news(3, told(2), today));
        assert!(is_news(1, Some(DueTold { date: today.pred(), count: 9 }), today));
    }

    #[test]
    fn a_number_that_fell_lets_a_later_rise_be_told() {
        let today = BeijingDate::from_ymd(2026, 11, 24).unwrap();
        let told = |count| Some(DueTold { date: today, count });
        assert!(has_fallen(0, told(2), today) && has_fallen(1, told(2), today));
        assert!(!has_fallen(2, told(2), today) && !has_fallen(3, told(2), today) && !has_fallen(0, None, today));
        assert!(
            !has_fallen(1, Some(DueTold { date: today.pred(), count: 9 }), today),
            "yesterday's number is no measure"
        );
        assert!(is_news(2, told(1), today), "told 2, fell to 1, is 2 again");
    }

    #[test]
    fn the_clock_changes_something_at_nine_and_at_midnight() {
        assert_eq!(next_instant(at("2026-11-24T00:00:00")), at("2026-11-24T09:00:00"));
        assert_eq!(next_instant(at("2026-11-24T09:00:00")), at("2026-11-25T00:00:00"));
        assert_eq!(next_instant(at("2026-11-24T23:59:59")), at("2026-11-25T00:00:00"));
    }
}
