//! How long a lease lasts, and how many a person gets: arithmetic only, by the working days of the office, in Beijing time. Owns the three
//! ends that a lease can have; what is done with a lapsed one is said in `leasing`.

use chrono::{DateTime, Duration, Utc};
use working_days::{BeijingDate, Calendar};

use crate::config::LeaseTime;

/// For how long after its grant a lease that nobody opened lasts at least, also on the day on which its case is due.
pub(crate) const UNOPENED_AT_LEAST: Duration = Duration::hours(2);

/// The last working day of a time offline, counted from the day on which it is asked for.
const OFFLINE_WORKING_DAYS: u32 = 3;

/// What the end of a lease depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeaseFacts {
    /// When it was granted under its present fence.
    pub(crate) granted_at: DateTime<Utc>,
    /// When its holder asked for it last.
    pub(crate) renewed_at: DateTime<Utc>,
    /// Whether the holder opened the case.
    pub(crate) is_opened: bool,
    /// The day on which the case is due; `None` beyond the calendar.
    pub(crate) due: Option<BeijingDate>,
    /// Until when the holder took it offline.
    pub(crate) offline_until: Option<DateTime<Utc>>,
}

/// When a lease expires.
///
/// An opened one: at the end of the next working day after it was asked for last. One that nobody opened: already at 24:00 of the last
/// working day before the case is due, or two hours after its grant, whichever is later. A case without a due day lapses like an opened one.
/// A case that was taken offline: not before the time that was stated, opened or not, since its holder cannot say so from there.
pub(crate) fn expiry(calendar: &Calendar, lease_time: LeaseTime, facts: &LeaseFacts) -> DateTime<Utc> {
    let mut end = match lease_time {
        LeaseTime::Minutes(minutes) => facts.renewed_at + Duration::minutes(i64::from(minutes)),
        LeaseTime::EndOfNextWorkingDay => end_of_working_day(calendar, BeijingDate::of(facts.renewed_at), 1),
    };
    if !facts.is_opened
        && let Some(due) = facts.due
    {
        // Before the calendar's first day nobody knows; the day before is the nearest that it can be.
        let day_before = calendar.previous(due).unwrap_or_else(|| due.pred()).end();
        end = end.min(day_before.max(facts.granted_at + UNOPENED_AT_LEAST));
    }
    facts.offline_until.map_or(end, |until| end.max(until))
}

/// Until when cases may be taken offline: at most the end of the third working day after today. A time that is past ends it.
pub(crate) fn offline_until(calendar: &Calendar, wanted: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let latest = end_of_working_day(calendar, BeijingDate::of(now), OFFLINE_WORKING_DAYS);
    (wanted > now).then(|| wanted.min(latest))
}

/// 24:00 of the n-th working day after `today`. Beyond the calendar nobody knows it; the n-th day is never later.
fn end_of_working_day(calendar: &Calendar, today: BeijingDate, n: u32) -> DateTime<Utc> {
    let plain = || today.plus_days(i32::try_from(n).unwrap_or(i32::MAX));
    calendar.add(today, n).unwrap_or_else(plain).end()
}

/// How many cases are leased ahead to each of `reviewers` active persons of an office when `pending` wait: their share, but at least one and
/// at most `most`.
pub(crate) fn share(pending: u32, reviewers: u32, most: u32) -> u32 {
    (pending / reviewers.max(1)).min(most).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn expires(granted: &str, renewed: &str, is_opened: bool, due: &str, offline_until: Option<&str>) -> DateTime<Utc> {
        let facts = LeaseFacts {
            granted_at: at(granted),
            renewed_at: at(renewed),
            is_opened,
            due: BeijingDate::parse(due),
            offline_until: offline_until.map(at),
        };
        expiry(Calendar::embedded(), LeaseTime::EndOfNextWorkingDay, &facts)
    }

    #[test]
    fn an_opened_lease_lasts_until_the_end_of_the_next_working_day() {
        let tuesday = "2026-03-10T10:00:00+08:00";
        assert_eq!(expires(tuesday, tuesday, true, "2026-03-10", None), at("2026-03-12T00:00:00+08:00"));
        let friday = "2026-03-13T10:00:00+08:00";
        assert_eq!(expires(friday, friday, true, "2026-03-24", None), at("2026-03-17T00:00:00+08:00"));
        assert_eq!(expires(tuesday, friday, true, "2026-03-24", None), at("2026-03-17T00:00:00+08:00"));
    }

    #[test]
    fn an_unopened_lease_lapses_when_the_working_day_before_the_due_day_is_over() {
        let tuesday = "2026-03-10T10:00:00+08:00";
        // Due the day after tomorrow: the end of the next working day and the end of the day before are one.
        assert_eq!(expires(tuesday, tuesday, false, "2026-03-12", None), at("2026-03-12T00:00:00+08:00"));
        assert_eq!(expires(tuesday, tuesday, false, "2026-03-11", None), at("2026-03-11T00:00:00+08:00"));
        // Far off: no earlier than an opened one.
        assert_eq!(expires(tuesday, tuesday, false, "2026-03-24", None), at("2026-03-12T00:00:00+08:00"));
        // Due on a Monday: free from Saturday on.
        let friday = "2026-03-13T10:00:00+08:00";
        assert_eq!(expires(friday, friday, false, "2026-03-16", None), at("2026-03-14T00:00:00+08:00"));
    }

    #[test]
    fn the_day_before_spring_festival_is_the_last_one_for_what_is_due_after_it() {
        // 2026: off from 15 to 23 February, worked on Saturday 14.
        let friday = "2026-02-13T10:00:00+08:00";
        assert_eq!(expires(friday, friday, false, "2026-02-24", None), at("2026-02-15T00:00:00+08:00"));
        assert_eq!(expires(friday, friday, false, "2026-02-25", None), at("2026-02-15T00:00:00+08:00"));
        let saturday = "2026-02-14T10:00:00+08:00";
        assert_eq!(expires(saturday, saturday, false, "2026-02-24", None), at("2026-02-15T00:00:00+08:00"));
        assert_eq!(expires(saturday, saturday, true, "2026-02-24", None), at("2026-02-25T00:00:00+08:00"));
        assert_eq!(expires(saturday, saturday, false, "2026-02-26", None), at("2026-02-25T00:00:00+08:00"));
    }

    #[test]
    fn what_is_due_today_or_overdue_is_kept_for_two_hours_unless_it_is_opened() {
        let granted = "2026-03-10T10:00:00+08:00";
        for due in ["2026-03-10", "2026-03-05"] {
            assert_eq!(expires(granted, granted, false, due, None), at("2026-03-10T12:00:00+08:00"));
            // Asking again makes it no longer.
            assert_eq!(
                expires(granted, "2026-03-10T11:59:00+08:00", false, due, None),
                at("2026-03-10T12:00:00+08:00")
            );
            assert_eq!(expires(granted, granted, true, due, None), at("2026-03-12T00:00:00+08:00"));
        }
        // Late on the evening before: two hours, not the half hour until midnight.
        let evening = "2026-03-09T23:30:00+08:00";
        assert_eq!(expires(evening, evening, false, "2026-03-10", None), at("2026-03-10T01:30:00+08:00"));
    }

    #[test]
    fn taking_offline_lasts_as_long_as_was_stated() {
        let tuesday = "2026-03-10T10:00:00+08:00";
        let friday = "2026-03-13T18:00:00+08:00";
        for is_opened in [false, true] {
            assert_eq!(expires(tuesday, tuesday, is_opened, "2026-03-10", Some(friday)), at(friday));
        }
        // It never makes a lease shorter.
        let soon = "2026-03-10T12:00:00+08:00";
        assert_eq!(expires(tuesday, tuesday, true, "2026-03-24", Some(soon)), at("2026-03-12T00:00:00+08:00"));
    }

    #[test]
    fn nothing_is_taken_offline_beyond_the_third_working_day() {
        let calendar = Calendar::embedded();
        let now = at("2026-03-12T10:00:00+08:00");
        let (soon, later) = (at("2026-03-16T18:00:00+08:00"), at("2026-03-20T10:00:00+08:00"));
        assert_eq!(offline_until(calendar, soon, now), Some(soon));
        assert_eq!(offline_until(calendar, later, now), Some(at("2026-03-18T00:00:00+08:00")));
        assert_eq!(offline_until(calendar, now, now), None);
        // Over Spring Festival.
        let now = at("2026-02-13T10:00:00+08:00");
        assert_eq!(offline_until(calendar, later, now), Some(at("2026-02-26T00:00:00+08:00")));
    }

    #[test]
    fn beyond_the_calendar_a_lease_is_never_longer_than_it_would_be() {
        let granted = "2199-03-10T10:00:00+08:00";
        assert_eq!(expires(granted, granted, true, "2199-03-20", None), at("2199-03-12T00:00:00+08:00"));
        let facts = LeaseFacts {
            granted_at: at(granted),
            renewed_at: at(granted),
            is_opened: false,
            due: None,
            offline_until: None,
        };
        let end = expiry(Calendar::embedded(), LeaseTime::Minutes(5), &facts);
        assert_eq!(end, at("2199-03-10T10:05:00+08:00"));
    }

    #[test]
    fn everybody_gets_a_share_of_what_waits() {
        for (pending, reviewers, expected) in
            [(0, 1, 1), (1, 4, 1), (8, 4, 2), (11, 4, 2), (120, 4, 30), (1000, 4, 30), (5, 0, 5), (29, 1, 29)]
        {
            assert_eq!(share(pending, reviewers, 30), expected, "{pending} / {reviewers}");
        }
        assert_eq!(share(1000, 1, 3), 3);
    }
}
