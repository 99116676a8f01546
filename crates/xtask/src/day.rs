//! A date of the Gregorian calendar, without a zone. This program reads, writes and counts dates; it has no opinion on which of them
//! are working days, and takes no crate for so little.

use std::fmt;

/// A date, as the number of days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(i64);

impl Day {
    /// The day so many days after 1970-01-01.
    pub(crate) const fn numbered(number: i64) -> Self {
        Day(number)
    }

    /// A date that is known to exist.
    pub(crate) const fn of(year: i64, month: i64, day: i64) -> Self {
        Day(days_from_1970(year, month, day))
    }

    /// Reads `YYYY-MM-DD`; nothing for a date that does not exist.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
        let is_real = parts.next().is_none() && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        is_real.then(|| Day::of(year, month, day))
    }

    /// Days since 1970-01-01.
    pub(crate) const fn number(self) -> i64 {
        self.0
    }

    /// The day after.
    pub(crate) const fn next(self) -> Self {
        Day(self.0 + 1)
    }

    /// Whether it is a Saturday or a Sunday.
    pub(crate) const fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        matches!(self.0.rem_euclid(7), 2 | 3)
    }

    /// Its year.
    pub(crate) fn year(self) -> i64 {
        date_of(self.0).0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.0);
        write!(to, "{year:04}-{month:02}-{day:02}")
    }
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

const fn days_in(year: i64, month: i64) -> i64 {
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_from_1970(next.0, next.1, 1) - days_from_1970(year, month, 1)
}

/// Years are counted from March, so that the leap day is the last of a year.
const fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days.div_euclid(366);
    while days_from_1970(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_from_1970(year, month + 1, 1) <= days {
        month += 1;
    }
    (year, month, days - days_from_1970(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_is_written_as_it_was_read() {
        let mut day = Day::of(1999, 12, 31);
        while day < Day::of(2032, 3, 2) {
            assert_eq!(Day::parse(&day.to_string()), Some(day));
            assert_eq!(day.next().number(), day.number() + 1);
            day = day.next();
        }
        assert_eq!(Day::numbered(0).to_string(), "1970-01-01");
        assert_eq!(Day::of(2026, 12, 31).year(), 2026);
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in
            ["", "2026-02-29", "2026-13-01", "2026-00-01", "2026-1-1", "2026-01-00", "2026-01-01-01", "26-01-01"]
        {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn saturday_and_sunday_are_the_weekend() {
        let weekend: Vec<bool> = (23..=29).map(|day| Day::of(2026, 11, day).is_weekend()).collect();
        assert_eq!(weekend, [false, false, false, false, false, true, true], "from a Monday on");
    }
}
