//! What a calendar pack may say: the rules that each one keeps by itself, and those between a pack and the one that it replaces. They
//! catch an empty or half-typed year before it reaches a deadline (a published calendar library shipped an empty 2026).

use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::Datelike;

use crate::beijing::BeijingDate;
use crate::calendar::Calendar;
use crate::notice::Arrangement;
use crate::pack::{CalendarPack, PackYear, Region};
use crate::pack_error::PackError;
use crate::statutory;

/// Before 2014 the law gave other days.
const PLAUSIBLE_YEARS: RangeInclusive<i32> = 2014..=2100;
/// Working days of a year: 2016–2026 have 248 to 251.
const PLAUSIBLE_WORKING_DAYS: RangeInclusive<u32> = 244..=254;
const MAX_NAME_CHARS: usize = 64;
const MAX_SOURCE_CHARS: usize = 300;
const MAX_NOTICES_A_YEAR: usize = 12;
const MAX_REGIONS: usize = 100;
const MAX_REGIONAL_DAYS_A_YEAR: usize = 40;

pub(crate) fn check(pack: &CalendarPack) -> Result<(), PackError> {
    if pack.serial == 0 {
        return Err(PackError::NoSerial);
    }
    if let Some(base) = pack.follows.filter(|base| *base >= pack.serial) {
        return Err(PackError::SerialNotHigher { offered: pack.serial, current: base });
    }
    let made_in = BeijingDate::of(pack.issued_at).year();
    if !PLAUSIBLE_YEARS.contains(&made_in) {
        return Err(PackError::ImplausibleYear { year: made_in });
    }
    if pack.serial / 100 > day_number(pack.issued_at) {
        return Err(PackError::SerialAheadOfIssue { serial: pack.serial });
    }
    years(&pack.years)?;
    for year in &pack.years {
        notices(year)?;
    }
    regions(pack)?;
    let calendar = Calendar::of_pack(pack, None)?;
    for year in pack.years.iter().filter(|year| year.is_official()) {
        plausible(&calendar, year.year)?;
    }
    Ok(())
}

/// The Beijing date of an instant as the number YYYYMMDD, which a serial begins with at most.
fn day_number(instant: chrono::DateTime<chrono::Utc>) -> u32 {
    let date = BeijingDate::of(instant).naive();
    u32::try_from(date.year()).unwrap_or(0).saturating_mul(10_000) + date.month() * 100 + date.day()
}

/// Plausible years without a gap, the first one official, none official after an absent one. What keeps this can be laid out as days.
pub(crate) fn years(years: &[PackYear]) -> Result<(), PackError> {
    if let Some(PackYear { year, .. }) = years.iter().find(|year| !PLAUSIBLE_YEARS.contains(&year.year)) {
        return Err(PackError::ImplausibleYear { year: *year });
    }
    let first = years.first().filter(|first| first.is_official()).ok_or(PackError::Empty)?;
    let mut was_official = true;
    for (expected, year) in (first.year..).zip(years) {
        if year.year != expected {
            return Err(PackError::YearOutOfOrder { year: expected });
        }
        if year.is_official() && !was_official {
            return Err(PackError::YearOutOfOrder { year: year.year });
        }
        was_official = year.is_official();
    }
    Ok(())
}

fn notices(year: &PackYear) -> Result<(), PackError> {
    let out_of_order = PackError::NoticeOutOfOrder { year: year.year };
    if year.notices.len() > MAX_NOTICES_A_YEAR {
        return Err(PackError::TooManyEntries);
    }
    if !year.notices.is_sorted_by_key(|arrangement| arrangement.notice.issued) {
        return Err(out_of_order);
    }
    for arrangement in &year.notices {
        if arrangement.notice.year != year.year {
            return Err(out_of_order);
        }
        notice(arrangement)?;
    }
    Ok(())
}

fn notice(arrangement: &Arrangement) -> Result<(), PackError> {
    let year = arrangement.notice.year;
    let own = BeijingDate::from_ymd(year - 1, 12, 1).zip(BeijingDate::from_ymd(year, 12, 31));
    let (from, until) = own.ok_or(PackError::ImplausibleYear { year })?;
    let names = arrangement.off.iter().map(|off| &off.holiday);
    let names =
        names.chain(arrangement.make_up.iter().map(|make_up| &make_up.holiday)).chain(&arrangement.notice.number);
    for text in names {
        plain(text, MAX_NAME_CHARS)?;
    }
    if let Some(source) = &arrangement.notice.source {
        plain(source, MAX_SOURCE_CHARS)?;
    }
    let mut seen = HashSet::new();
    let worked = arrangement.make_up.iter().map(|make_up| make_up.date);
    for day in arrangement.days_off().map(|(day, _)| day).chain(worked) {
        if day < from || until < day {
            return Err(PackError::DayOutsideYear { day });
        }
        if !seen.insert(day) {
            return Err(PackError::DayTwice { day });
        }
    }
    match arrangement.make_up.iter().find(|make_up| !make_up.date.is_weekend()) {
        Some(make_up) => Err(PackError::MakeUpOnWeekday { day: make_up.date }),
        None => Ok(()),
    }
}

fn regions(pack: &CalendarPack) -> Result<(), PackError> {
    if pack.regions.len() > MAX_REGIONS {
        return Err(PackError::TooManyEntries);
    }
    let is_code = |code: &str| {
        (1..=16).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !pack.regions.is_sorted_by(|one, next| one.code < next.code) {
        return Err(PackError::BadName);
    }
    for Region { code, name, off } in &pack.regions {
        plain(name, MAX_NAME_CHARS)?;
        if !is_code(code) {
            return Err(PackError::BadName);
        }
        if off.len() > MAX_REGIONAL_DAYS_A_YEAR * pack.years.len() {
            return Err(PackError::TooManyEntries);
        }
        for day_off in off {
            plain(&day_off.holiday, MAX_NAME_CHARS)?;
            plain(&day_off.source, MAX_SOURCE_CHARS)?;
            if !pack.years.iter().any(|year| year.year == day_off.date.year()) {
                return Err(PackError::DayOutsideYear { day: day_off.date });
            }
        }
        for pair in off.windows(2) {
            if let [one, next] = pair
                && one.date >= next.date
            {
                let day = next.date;
                let is_same = one.date == day;
                return Err(if is_same { PackError::DayTwice { day } } else { PackError::DayOutsideYear { day } });
            }
        }
    }
    Ok(())
}

/// A name that can be shown as it is: not empty, not long, nothing that breaks the line, turns the direction or is not seen.
fn plain(text: &str, most: usize) -> Result<(), PackError> {
    let is_bad = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let is_good = !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(is_bad);
    if is_good { Ok(()) } else { Err(PackError::BadName) }
}

fn days_of(year: i32) -> Option<(BeijingDate, BeijingDate)> {
    BeijingDate::from_ymd(year, 1, 1).zip(BeijingDate::from_ymd(year, 12, 31))
}

fn plausible(calendar: &Calendar, year: i32) -> Result<(), PackError> {
    let (first, last) = days_of(year).ok_or(PackError::ImplausibleYear { year })?;
    let count = calendar.between(first.pred(), last).or_else(|| {
        // The calendar's first year has no day before it.
        let rest = calendar.between(first, last)?;
        Some(rest + i32::from(calendar.is_working_day(first)?))
    });
    let count = count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    if !PLAUSIBLE_WORKING_DAYS.contains(&count) {
        return Err(PackError::WorkingDays { year, count });
    }
    let needed = statutory::days_a_year(year);
    let found = match statutory::days(year) {
        Some(days) => days.iter().filter(|day| calendar.is_holiday(**day)).count(),
        // A year whose festivals are not known here: at least as many days off as the law gives.
        None => first.through(last).filter(|day| calendar.is_holiday(*day)).count(),
    };
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    if found < needed { Err(PackError::StatutoryDays { year, found, needed }) } else { Ok(()) }
}

pub(crate) fn may_be_taken_after(offered: &CalendarPack, current: &CalendarPack) -> Result<(), PackError> {
    // Who missed the pack between cannot tell what that one changed in time from what this one changes too late. The issuer could, and
    // did before the pack was put in force.
    let has_missed_one = offered.follows.is_some_and(|base| base > current.serial);
    succeeds(offered, current, !has_missed_one)
}

pub(crate) fn may_follow(offered: &CalendarPack, current: &CalendarPack) -> Result<(), PackError> {
    succeeds(offered, current, true)
}

fn succeeds(offered: &CalendarPack, current: &CalendarPack, knows_the_past: bool) -> Result<(), PackError> {
    if offered.serial <= current.serial {
        return Err(PackError::SerialNotHigher { offered: offered.serial, current: current.serial });
    }
    let (new, old) = (Calendar::of_pack(offered, None)?, Calendar::of_pack(current, None)?);
    for year in current.years.iter().filter(|year| year.is_official()) {
        kept(year, offered, &new, &old)?;
    }
    if offered.is_retroactive || !knows_the_past {
        return Ok(());
    }
    // What either pack was made after is past: an offered pack with an early date of its own does not open the time between.
    let past_ends = BeijingDate::of(offered.issued_at.max(current.issued_at)).pred();
    let mut settled = old.first_day().through(past_ends.min(old.official_until()));
    if let Some(day) = settled.find(|day| works(&new, *day) != works(&old, *day)) {
        return Err(PackError::PastChanged { day });
    }
    regional_past_kept(offered, current, past_ends)
}

fn works(calendar: &Calendar, day: BeijingDate) -> Option<bool> {
    calendar.is_working_day(day)
}

/// An official year stays official, with every notice that it had and no fewer days off.
fn kept(old_year: &PackYear, offered: &CalendarPack, new: &Calendar, old: &Calendar) -> Result<(), PackError> {
    let year = old_year.year;
    let Some(new_year) = offered.years.iter().find(|candidate| candidate.year == year && candidate.is_official())
    else {
        return Err(PackError::YearLost { year });
    };
    let shrunk = PackError::YearShrunk { year };
    if new_year.notices.len() < old_year.notices.len() {
        return Err(shrunk);
    }
    if offered.is_retroactive {
        return Ok(()); // It says that it corrects: a day off too many can be taken back.
    }
    let (first, last) = days_of(year).ok_or(PackError::ImplausibleYear { year })?;
    let days_off = |calendar: &Calendar| first.through(last).filter(|day| calendar.is_holiday(*day)).count();
    if days_off(new) < days_off(old) { Err(shrunk) } else { Ok(()) }
}

fn regional_past_kept(offered: &CalendarPack, current: &CalendarPack, past_ends: BeijingDate) -> Result<(), PackError> {
    let past = |region: Option<&Region>| -> HashSet<BeijingDate> {
        region.into_iter().flat_map(|region| &region.off).map(|off| off.date).filter(|day| *day <= past_ends).collect()
    };
    let codes = current.regions.iter().chain(&offered.regions).map(|region| region.code.as_str());
    for code in codes {
        let (was, is) = (past(current.region(code)), past(offered.region(code)));
        if let Some(day) = was.symmetric_difference(&is).min() {
            return Err(PackError::PastChanged { day: *day });
        }
    }
    Ok(())
}
