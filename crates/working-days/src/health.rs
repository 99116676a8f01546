//! Whether the calendar will last: from 1 November the next year's notice is missed aloud, from 15 December urgently. In ten years it was
//! out 14 to 59 days before the first deadline that crosses New Year.

use crate::beijing::BeijingDate;
use crate::calendar::Calendar;

const NOTICE_FROM: (u32, u32) = (11, 1);
const URGENT_FROM: (u32, u32) = (12, 15);

/// How the calendar stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarHealth {
    /// This year is official, and the next one too or not expected yet.
    Good,
    /// 1 November to 14 December: the next year's notice is missing.
    NextYearMissing {
        /// The year without notice.
        year: i32,
    },
    /// From 15 December on, or when even the running year has no notice: deadlines are being computed without it.
    Urgent {
        /// The first year without notice.
        year: i32,
    },
}

/// The calendar's health on a Beijing date.
#[must_use]
pub fn calendar_health(calendar: &Calendar, today: BeijingDate) -> CalendarHealth {
    let year = calendar.official_until().succ().year();
    let from = |(month, day)| BeijingDate::from_ymd(year - 1, month, day);
    if from(URGENT_FROM).is_some_and(|urgent| urgent <= today) {
        CalendarHealth::Urgent { year }
    } else if from(NOTICE_FROM).is_some_and(|notice| notice <= today) {
        CalendarHealth::NextYearMissing { year }
    } else {
        CalendarHealth::Good
    }
}
