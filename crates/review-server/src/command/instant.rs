//! Instants as people and portals write them: RFC 3339, of which the seconds may be left out, but never the offset. And as they are
//! printed: in Beijing time.

use chrono::{DateTime, SecondsFormat, Utc};
use working_days::BEIJING;

/// Where the seconds would be: `2026-02-05T10:00` has 16 characters.
const MINUTES_END: usize = 16;

/// Reads an instant; `None` when it has another form, no offset, or does not exist.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    // chrono would also take a space or an underscore between date and time.
    if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
        return None;
    }
    let has_seconds = text.as_bytes().get(MINUTES_END) == Some(&b':');
    let whole = match (has_seconds, text.split_at_checked(MINUTES_END)) {
        (false, Some((minutes, offset))) => DateTime::parse_from_rfc3339(&format!("{minutes}:00{offset}")),
        _ => DateTime::parse_from_rfc3339(text),
    };
    whole.ok().map(|at| at.to_utc())
}

/// The same for clap.
pub(crate) fn argument(text: &str) -> Result<DateTime<Utc>, String> {
    parse(text).ok_or_else(|| "write it like 2026-02-05T10:00+08:00; the offset is needed, seconds are not".to_owned())
}

/// Beijing time with its offset, e.g. `2026-02-05T10:00:00+08:00`; parts of a second only where there are any.
pub(crate) fn beijing(at: DateTime<Utc>) -> String {
    at.with_timezone(&BEIJING).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_be_missing_and_an_offset_may_not() {
        for (text, expected) in [
            ("2026-02-05T10:00+08:00", Some("2026-02-05T10:00:00+08:00")),
            ("2026-02-05T10:00:07+08:00", Some("2026-02-05T10:00:07+08:00")),
            ("2026-02-05T02:00Z", Some("2026-02-05T10:00:00+08:00")),
            ("2026-02-04T21:00:00.250-05:00", Some("2026-02-05T10:00:00.250+08:00")),
            ("2026-02-05T10:00", None),
            ("2026-02-05T10:00:00", None),
            ("2026-02-05", None),
            ("2026-02-05 10:00+08:00", None),
            ("2026-02-30T10:00+08:00", None),
            ("2026-02-05T25:00+08:00", None),
            ("", None),
            ("二〇二六年二月五日十点整北京时间", None),
        ] {
            assert_eq!(parse(text).map(beijing).as_deref(), expected, "{text}");
        }
    }
}
