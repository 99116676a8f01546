//! The tests of `working-days`: the customer's vectors, replays of past notices, properties of the arithmetic, and lamps around a
//! due day. No clock and no zone of the PC takes part.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod arithmetic;
mod beijing;
mod deadlines;
mod lamps;
mod notices;
mod provisional;
mod vectors;

use chrono::{DateTime, Utc};
use working_days::{BeijingDate, Calendar};

/// The notices that the program embeds, for tests that cut or spoil them.
const NOTICES: &str = include_str!("../../data/cn-notices.json");

fn day(text: &str) -> BeijingDate {
    BeijingDate::parse(text).unwrap_or_else(|| panic!("{text} is no date"))
}

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// Every day from the first up to and including the last.
fn days(first: BeijingDate, last: BeijingDate) -> impl Iterator<Item = BeijingDate> {
    std::iter::successors(Some(first), |day| Some(day.succ())).take_while(move |day| *day <= last)
}

/// The calendar with the notices that a test lets through: by year and date of issue.
fn calendar_of(keep: impl Fn(i64, BeijingDate) -> bool) -> Calendar {
    let notices: Vec<serde_json::Value> = serde_json::from_str(NOTICES).unwrap();
    let kept: Vec<_> = notices
        .into_iter()
        .filter(|notice| keep(notice["year"].as_i64().unwrap(), day(notice["issued"].as_str().unwrap())))
        .collect();
    Calendar::from_notices(&serde_json::to_string(&kept).unwrap()).unwrap()
}
