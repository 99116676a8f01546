//! The tests of `working-days`: the customer's vectors, replays of past notices, properties of the arithmetic, packs good and spoiled, and
//! lamps around a due day. No clock and no zone of the PC takes part.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod arithmetic;
mod beijing;
mod deadlines;
mod explanation;
mod health;
mod hostile_bytes;
mod lamps;
mod notices;
mod pack;
mod pack_rules;
mod pack_succession;
mod provisional;
mod random_packs;
mod regions;
mod signed_pack;
mod vectors;

use chrono::{DateTime, Utc};
use working_days::{Arrangement, BeijingDate, Calendar, CalendarPack, PackYear, Region, RegionalDayOff};

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

/// The embedded pack with the notices that a test lets through, by year and date of issue; years without any become absent.
fn pack_of(keep: impl Fn(i32, BeijingDate) -> bool) -> CalendarPack {
    let mut pack = CalendarPack::embedded().clone();
    for year in &mut pack.years {
        year.notices.retain(|arrangement| keep(arrangement.notice.year, arrangement.notice.issued));
    }
    let first = pack.years.iter().position(|year| year.is_official()).unwrap();
    pack.years.drain(..first);
    pack
}

/// Its calendar.
fn calendar_of(keep: impl Fn(i32, BeijingDate) -> bool) -> Calendar {
    Calendar::of_pack(&pack_of(keep), None).unwrap()
}

/// The pack as it would have been issued on a day: the notices out by then, and a serial of that day's date.
fn pack_as_of(issued: &str) -> CalendarPack {
    let made_on = day(issued);
    let mut pack = pack_of(|_, issued| issued <= made_on);
    pack.serial = issued.replace('-', "").parse::<u32>().unwrap() * 100 + 1;
    pack.issued_at = instant(&format!("{issued}T10:00:00+08:00"));
    pack
}

/// One year of a pack, to be spoiled.
fn year_of(pack: &mut CalendarPack, year: i32) -> &mut PackYear {
    pack.years.iter_mut().find(|candidate| candidate.year == year).unwrap()
}

/// The last notice of a year, to be spoiled.
fn notice_of(pack: &mut CalendarPack, year: i32) -> &mut Arrangement {
    year_of(pack, year).notices.last_mut().unwrap()
}

/// A region with these days off.
fn region(code: &str, days: &[&str]) -> Region {
    let off = |date: &&str| RegionalDayOff {
        date: day(date),
        holiday: "古尔邦节".to_owned(),
        source: "放假办法第四条".to_owned(),
    };
    Region { code: code.to_owned(), name: "某地".to_owned(), off: days.iter().map(off).collect() }
}
