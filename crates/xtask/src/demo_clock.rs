//! The instant at which the demonstration clock starts, as the server and the seeder take it: RFC 3339 in Beijing time. The
//! server keeps the clock; this only reads, writes and adds seconds, so that a second run goes on where the first one stopped.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::day::Day;

const BEIJING_S: i64 = 8 * 3600;

/// An instant to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Seconds since 1970-01-01T00:00Z.
    unix_s: i64,
}

/// Where the demonstration starts: a Tuesday before New Year, so that some deadlines cross into a year without a notice.
pub(crate) const START: &str = "2026-12-29T10:00:00+08:00";

impl Instant {
    /// The clock of this computer.
    #[expect(
        clippy::disallowed_methods,
        reason = "a release server has no demonstration clock: cases are made for the real day"
    )]
    pub(crate) fn real() -> Self {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant { unix_s: i64::try_from(passed.as_secs()).unwrap_or(i64::MAX) }
    }

    /// Reads `YYYY-MM-DDThh:mm[:ss](Z|±hh:mm)`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', ' '])?;
        let day = Day::parse(date)?;
        let zone_at = rest.find(['Z', '+', '-'])?;
        let (time, zone) = rest.split_at(zone_at);
        let mut time = time.splitn(3, ':');
        let (hour, minute) = (number(time.next()?, 2)?, number(time.next()?, 2)?);
        let second = time.next().map_or(Some(0), |text| number(text, 2))?;
        (hour < 24 && minute < 60 && second < 60).then_some(())?;
        let offset_s = match zone.strip_prefix(['+', '-']) {
            None => (zone == "Z").then_some(0)?,
            Some(zone_time) => {
                let (hours, minutes) = zone_time.split_once(':')?;
                let size = number(hours, 2)? * 3600 + number(minutes, 2)? * 60;
                if zone.starts_with('-') { -size } else { size }
            }
        };
        let unix_s = day.number() * 86_400 + hour * 3600 + minute * 60 + second - offset_s;
        Some(Instant { unix_s })
    }

    /// Later by so many seconds.
    pub(crate) fn plus(self, seconds: u64) -> Self {
        Instant { unix_s: self.unix_s.saturating_add_unsigned(seconds) }
    }

    /// In Beijing time.
    pub(crate) fn rfc3339(self) -> String {
        let local = self.unix_s + BEIJING_S;
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{}T{hour:02}:{minute:02}:{second:02}+08:00", Day::numbered(days))
    }
}

/// Exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in [START, "2024-02-29T23:59:59+08:00", "2027-01-01T00:00:00+08:00", "1999-12-31T08:00:00+08:00"] {
            assert_eq!(Instant::parse(text).unwrap().rfc3339(), text);
        }
        assert_eq!(Instant::parse("1970-01-01T00:00Z").unwrap().unix_s, 0);
        assert_eq!(Instant::parse("2026-12-29T02:00:00Z"), Instant::parse("2026-12-29T10:00+08:00"));
        assert_eq!(Instant::parse(START).unwrap().plus(14 * 3600).rfc3339(), "2026-12-30T00:00:00+08:00");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "2026-12-29",
            "2026-13-01T10:00Z",
            "2026-02-29T10:00Z",
            "2026-12-29T24:00Z",
            "2026-12-29T10:00",
            "2026-12-29T10:00:00 +08:00",
            "26-12-29T10:00Z",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
