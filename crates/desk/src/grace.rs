//! How long a person may go on deciding without the server: so many working days after the last sign-in, so many undelivered decisions, both
//! set by the office's server. Beyond it the desk only shows and delivers. And which ends of days a person may choose for taking cases offline.
//! Pure; times are arguments.

use chrono::{DateTime, Utc};
use contract::server_info::DeskLimits;
use working_days::{BeijingDate, Calendar};

/// Why no new decision can be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadOnly {
    /// More working days than this have begun since the day of the last sign-in.
    OfflineTooLong(u32),
    /// So many decisions are undelivered, the most that the office allows.
    TooManyUndelivered(u32),
}

/// How many working days a person may choose beyond today for taking cases offline; the server allows no more.
const OFFLINE_CHOICES: u32 = 3;

/// Whether a new decision can be made at `now`, server time. The day of the sign-in is not counted, today is.
pub(crate) fn read_only(
    calendar: &Calendar,
    limits: DeskLimits,
    signed_in_at: DateTime<Utc>,
    now: DateTime<Utc>,
    undelivered: u32,
) -> Option<ReadOnly> {
    let passed = working_days_since(calendar, BeijingDate::of(signed_in_at), BeijingDate::of(now));
    if passed > limits.offline_working_days {
        return Some(ReadOnly::OfflineTooLong(limits.offline_working_days));
    }
    (undelivered >= limits.undelivered).then_some(ReadOnly::TooManyUndelivered(limits.undelivered))
}

/// Working days d with `day` < d ≤ `today`. Beyond the calendar every weekday is one: rather too many than a desk that is open for ever. A clock
/// that was set back before the sign-in counts none.
fn working_days_since(calendar: &Calendar, day: BeijingDate, today: BeijingDate) -> u32 {
    let days = calendar.between(day, today).unwrap_or_else(|| {
        let days = today.days_since(day).max(0);
        // Whole weeks have five; of the rest no more are counted than are there.
        days / 7 * 5 + (days % 7).min(5)
    });
    u32::try_from(days).unwrap_or(0)
}

/// The ends (24:00 Beijing) of today, if it is worked, and of the next working days, nearest first.
pub(crate) fn offline_choices(calendar: &Calendar, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let today = BeijingDate::of(now);
    let own = (calendar.is_working_day(today) == Some(true)).then_some(today);
    let next = (1..=OFFLINE_CHOICES).filter_map(|n| calendar.add(today, n));
    own.into_iter().chain(next).map(BeijingDate::end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: DeskLimits = DeskLimits { offline_working_days: 3, undelivered: 200, taken_offline: 60 };

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}+08:00").parse().unwrap()
    }

    fn after(signed_in: &str, now: &str) -> Option<ReadOnly> {
        read_only(Calendar::embedded(), LIMITS, at(signed_in), at(now), 0)
    }

    #[test]
    fn the_third_working_day_after_the_sign_in_is_the_last_one() {
        let tuesday = "2026-11-24T08:00:00";
        assert_eq!(after(tuesday, tuesday), None);
        assert_eq!(after(tuesday, "2026-11-27T23:59:59"), None);
        // The weekend is not counted.
        assert_eq!(after(tuesday, "2026-11-29T12:00:00"), None);
        assert_eq!(after(tuesday, "2026-11-30T00:00:00"), Some(ReadOnly::OfflineTooLong(3)));
        // Signed in a minute before midnight: that day is over, and was the day of the sign-in.
        assert_eq!(after("2026-11-24T23:59:00", "2026-11-27T23:59:59"), None);
    }

    #[test]
    fn spring_festival_is_not_counted_and_its_make_up_saturdays_are() {
        // 2026: off from 15 to 23 February; Saturdays 14 and 28 are worked.
        let thursday = "2026-02-12T17:00:00";
        assert_eq!(after(thursday, "2026-02-14T12:00:00"), None);
        assert_eq!(after(thursday, "2026-02-23T23:59:59"), None);
        assert_eq!(after(thursday, "2026-02-24T09:00:00"), None);
        assert_eq!(after(thursday, "2026-02-25T00:00:00"), Some(ReadOnly::OfflineTooLong(3)));
        // Signed in on the make-up Saturday itself: three days after the holidays.
        let saturday = "2026-02-14T09:00:00";
        assert_eq!(after(saturday, "2026-02-26T23:59:59"), None);
        assert_eq!(after(saturday, "2026-02-27T00:00:00"), Some(ReadOnly::OfflineTooLong(3)));
        // The Saturday after them is worked as well.
        assert_eq!(after("2026-02-25T09:00:00", "2026-02-28T12:00:00"), None);
        assert_eq!(after("2026-02-24T09:00:00", "2026-02-28T12:00:00"), Some(ReadOnly::OfflineTooLong(3)));
    }

    #[test]
    fn a_clock_set_back_and_a_calendar_that_ends_open_no_desk_for_ever() {
        assert_eq!(after("2026-11-24T08:00:00", "2016-11-24T08:00:00"), None);
        assert_eq!(after("2199-03-11T08:00:00", "2199-03-13T08:00:00"), None);
        assert_eq!(after("2199-03-11T08:00:00", "2199-03-20T08:00:00"), Some(ReadOnly::OfflineTooLong(3)));
    }

    #[test]
    fn the_two_hundredth_undelivered_decision_is_the_last_one() {
        let now = at("2026-11-24T08:00:00");
        let with = |undelivered| read_only(Calendar::embedded(), LIMITS, now, now, undelivered);
        assert_eq!(with(199), None);
        assert_eq!(with(200), Some(ReadOnly::TooManyUndelivered(200)));
        assert_eq!(with(201), Some(ReadOnly::TooManyUndelivered(200)));
    }

    #[test]
    fn cases_can_be_taken_offline_until_the_end_of_today_and_of_the_next_three_working_days() {
        let choices = |now| offline_choices(Calendar::embedded(), at(now));
        let ends = |days: &[&str]| -> Vec<_> { days.iter().map(|day| at(&format!("{day}T00:00:00"))).collect() };
        assert_eq!(choices("2026-11-26T10:00:00"), ends(&["2026-11-27", "2026-11-28", "2026-12-01", "2026-12-02"]));
        // On a day off today is no choice, and the holidays are passed over.
        assert_eq!(choices("2026-02-15T10:00:00"), ends(&["2026-02-25", "2026-02-26", "2026-02-27"]));
    }
}
