//! Beijing civil dates and their boundaries as instants. The offset is a constant +08:00 (China has kept no summer time since 1991),
//! so the same instant has the same date on every PC, whatever its zone. Not for civil times of 1986–1991.

use std::fmt;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, Timelike, Utc, Weekday};

const OFFSET_SECONDS: i32 = 8 * 3600;
const SECONDS_A_DAY: i64 = 86_400;
/// `NaiveDate::num_days_from_ce` of 1970-01-01.
const UNIX_EPOCH_FROM_CE: i32 = 719_163;

/// Beijing time, +08:00 all year.
pub const BEIJING: FixedOffset = match FixedOffset::east_opt(OFFSET_SECONDS) {
    Some(offset) => offset,
    None => unreachable!(), // evaluated by the compiler: eight hours are a valid offset
};

/// A civil date in Beijing. Ordered by time; arithmetic at the ends of the representable range saturates instead of panicking.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BeijingDate(i32); // days since 1970-01-01

impl BeijingDate {
    /// The date with this year, month (1–12) and day of month, or `None` when there is no such day.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self::from_naive)
    }

    /// Takes a date without zone as a Beijing date.
    #[must_use]
    pub fn from_naive(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - UNIX_EPOCH_FROM_CE)
    }

    /// The Beijing date at an instant.
    #[must_use]
    pub fn of(instant: DateTime<Utc>) -> Self {
        let seconds = instant.timestamp().saturating_add(i64::from(OFFSET_SECONDS));
        let days = seconds.div_euclid(SECONDS_A_DAY);
        Self(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Reads exactly `YYYY-MM-DD` in ASCII digits; anything else, and any day that does not exist, is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return None;
        };
        let number = |digits: &[u8]| {
            digits
                .iter()
                .try_fold(0u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
        };
        let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
        Self::from_ymd(year, number(&[m1, m2])?, number(&[d1, d2])?)
    }

    /// The date without its zone.
    #[must_use]
    pub fn naive(self) -> NaiveDate {
        let end = if self.0 < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(UNIX_EPOCH_FROM_CE)).unwrap_or(end)
    }

    /// Civil year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.naive().year()
    }

    /// Day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        self.naive().weekday()
    }

    /// Saturday or Sunday, whatever a notice makes of it.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        matches!(self.weekday(), Weekday::Sat | Weekday::Sun)
    }

    /// The day after.
    #[must_use]
    pub fn succ(self) -> Self {
        self.plus_days(1)
    }

    /// The day before.
    #[must_use]
    pub fn pred(self) -> Self {
        self.plus_days(-1)
    }

    /// This many civil days later (earlier when negative).
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Civil days from `earlier` to this date; negative when this date is the earlier one.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant at which the Beijing clock shows `time` on this date.
    #[must_use]
    pub fn at(self, time: NaiveTime) -> DateTime<Utc> {
        let midnight = i64::from(self.0) * SECONDS_A_DAY - i64::from(OFFSET_SECONDS);
        let seconds = midnight + i64::from(time.num_seconds_from_midnight());
        let end = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        // A leap second counts as the last instant of its second.
        DateTime::from_timestamp(seconds, time.nanosecond().min(999_999_999)).unwrap_or(end)
    }

    /// 00:00 Beijing time of this date.
    #[must_use]
    pub fn start(self) -> DateTime<Utc> {
        self.at(NaiveTime::MIN)
    }

    /// 24:00 Beijing time of this date, which is 00:00 of the next: the first instant that no longer belongs to it.
    #[must_use]
    pub fn end(self) -> DateTime<Utc> {
        self.succ().start()
    }

    /// Every date from this one up to and including `last`; empty when `last` is earlier.
    pub(crate) fn through(self, last: Self) -> impl Iterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }
}

impl fmt::Display for BeijingDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.naive().fmt(f)
    }
}

impl fmt::Debug for BeijingDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BeijingDate({self})")
    }
}
