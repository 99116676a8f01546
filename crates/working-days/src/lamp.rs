//! The lamp of a case: how near its deadline is, in working days, never in percent. It is a function of the given instant, which must
//! be server time, and says when it will next change so that nobody has to poll. Words and colours are the UI's.

use chrono::{DateTime, Utc};

use crate::beijing::BeijingDate;
use crate::calendar::Calendar;
use crate::deadline::Deadline;

/// From this many days left down, a case is near its deadline.
const NEAR_DAYS: u32 = 2;

/// Where a case stands. Days left are working days d with today < d ≤ due day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lamp {
    /// 正常: more than two days left.
    Normal {
        /// Working days left.
        days_left: u32,
    },
    /// 临近: two or one left.
    Near {
        /// Working days left.
        days_left: u32,
    },
    /// 今日到期: the due day, before the close of business.
    DueToday,
    /// 已过下班时间: the due day from the close of business to 24:00; a conclusion is still in time.
    AfterClose,
    /// 已超期: past 24:00 of the due day.
    Overdue {
        /// Working days after the due day up to and including today; 0 on a day off right after it. When today lies beyond the
        /// calendar, those that the calendar still knows.
        working_days: u32,
    },
    /// No deadline, or today is outside the calendar before the due day.
    Unknown,
}

/// The lamp at an instant. A provisional deadline has a lamp like a final one; its mark is shown beside it.
#[must_use]
pub fn lamp(calendar: &Calendar, deadline: &Deadline, now: DateTime<Utc>) -> Lamp {
    let Some(due) = deadline.due() else {
        return Lamp::Unknown;
    };
    let today = BeijingDate::of(now);
    if now >= due.breach {
        let known_today = today.min(calendar.last_day());
        // A due day beyond this calendar is breached all the same: only the number is not known.
        let days = calendar.between(due.date, known_today).and_then(|days| u32::try_from(days).ok());
        return Lamp::Overdue { working_days: days.unwrap_or(0) };
    }
    if now >= due.date.start() {
        return if now < due.target { Lamp::DueToday } else { Lamp::AfterClose };
    }
    match calendar.between(today, due.date).and_then(|days| u32::try_from(days).ok()) {
        Some(days_left) if days_left > NEAR_DAYS => Lamp::Normal { days_left },
        Some(days_left) => Lamp::Near { days_left },
        None => Lamp::Unknown,
    }
}

/// The next instant after `now` at which the lamp can change; `None` when it cannot any more within the calendar.
#[must_use]
pub fn next_change(calendar: &Calendar, deadline: &Deadline, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let due = deadline.due()?;
    let today = BeijingDate::of(now);
    // Day counts change only when a working day begins; the due day's own boundaries come on top.
    let next_day = if today < calendar.first_day() { Some(calendar.first_day()) } else { calendar.next(today) };
    [Some(due.date.start()), Some(due.target), Some(due.breach), next_day.map(BeijingDate::start)]
        .into_iter()
        .flatten()
        .filter(|change| *change > now)
        .min()
}
