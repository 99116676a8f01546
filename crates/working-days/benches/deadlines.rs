//! How long one deadline takes: seven working days after a date, dates without zone in and out, by our tables, by a loop over days with a
//! hash set, and by two published crates. All must first give the same dates. Prints `name<TAB>min ns<TAB>median ns` a line; it judges
//! nothing, and it is no test.

use std::collections::HashSet;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use chinese_holiday::chinese_holiday;
use chrono::{Datelike, NaiveDate, Weekday};
use tyme4rs::tyme::Tyme;
use tyme4rs::tyme::solar::SolarDay;
use working_days::{BeijingDate, Calendar, CalendarPack};

const WORKING_DAYS: u32 = 7;
/// Submission dates from 2016-01-01 on, up to 2026-11-30: their deadlines are final, and within what every crate knows.
const DATES: u32 = 3_987;
const SAMPLE: usize = 100_000;
/// The slow one gets fewer of them.
const SMALL_SAMPLE: usize = 200;
const PASSES: usize = 21;
const SEED: u64 = 0x5eed_2026;

/// Days on which the crate `chinese_holiday` differs from the notices: a make-up Sunday that it lacks, and a day off that it has by mistake.
const KNOWN_WRONG: [(i32, u32, u32); 2] = [(2016, 10, 9), (2016, 12, 30)];

fn main() -> io::Result<()> {
    let known = DaySets::of(CalendarPack::embedded());
    let dates = sample(SAMPLE);
    for date in dates.iter().take(20_000) {
        agree(&known, *date);
    }
    let few = &dates[..SMALL_SAMPLE];
    for date in few {
        assert_eq!(by_tyme4rs(*date), by_tables(*date), "tyme4rs at {date}");
    }

    let beijing: Vec<_> = dates.iter().copied().map(BeijingDate::from_naive).collect();
    let calendar = Calendar::embedded();
    let mut out = io::stdout().lock();
    line(&mut out, "working-days", measure(&dates, PASSES, by_tables))?;
    let without_conversion = measure(&beijing, PASSES, |date| calendar.add(date, WORKING_DAYS));
    line(&mut out, "working-days, BeijingDate", without_conversion)?;
    line(&mut out, "HashSet day loop", measure(&dates, PASSES, |date| known.add(date)))?;
    line(&mut out, "chinese_holiday", measure(&dates, PASSES, by_chinese_holiday))?;
    line(&mut out, "tyme4rs", measure(few, 5, by_tyme4rs))
}

fn line(out: &mut impl Write, name: &str, (min, median): (f64, f64)) -> io::Result<()> {
    writeln!(out, "{name}\t{min:.2}\t{median:.2}")
}

/// The same dates in every run.
fn sample(count: usize) -> Vec<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2016, 1, 1).unwrap_or_default();
    let mut state = SEED;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    (0..count).map(|_| first + chrono::Days::new(next() % u64::from(DATES))).collect()
}

/// Nanoseconds for one answer: the fastest pass and the one in the middle.
fn measure<D: Copy, A>(dates: &[D], passes: usize, answer: impl Fn(D) -> A) -> (f64, f64) {
    let mut passes: Vec<f64> = (0..passes)
        .map(|_| {
            let start = Instant::now();
            for date in dates {
                black_box(answer(black_box(*date)));
            }
            start.elapsed().as_nanos() as f64 / dates.len() as f64
        })
        .collect();
    passes.sort_by(f64::total_cmp);
    (passes[0], passes[passes.len() / 2])
}

fn agree(known: &DaySets, date: NaiveDate) {
    let ours = by_tables(date);
    assert!(ours.is_some(), "{date} is within the calendar");
    assert_eq!(known.add(date), ours, "day loop at {date}");
    let is_spoiled = KNOWN_WRONG
        .iter()
        .filter_map(|(year, month, day)| NaiveDate::from_ymd_opt(*year, *month, *day))
        .any(|wrong| date < wrong && Some(wrong) <= ours.map(|due| due + chrono::Days::new(7)));
    if !is_spoiled {
        assert_eq!(by_chinese_holiday(date), ours, "chinese_holiday at {date}");
    }
}

fn by_tables(date: NaiveDate) -> Option<NaiveDate> {
    Calendar::embedded().add(BeijingDate::from_naive(date), WORKING_DAYS).map(BeijingDate::naive)
}

/// The seventh day after a date that works.
fn loop_over_days(mut date: NaiveDate, works: impl Fn(NaiveDate) -> bool) -> Option<NaiveDate> {
    let mut left = WORKING_DAYS;
    while left > 0 {
        date = date.succ_opt()?;
        left -= u32::from(works(date));
    }
    Some(date)
}

fn by_chinese_holiday(date: NaiveDate) -> Option<NaiveDate> {
    // What its own conversion from a date of chrono does; that one is left out, as it brings a zone database with it.
    loop_over_days(date, |date| {
        chinese_holiday((date.year() as u16, date.month() as u8, date.day() as u8)).is_workday()
    })
}

fn by_tyme4rs(date: NaiveDate) -> Option<NaiveDate> {
    let part = |number: u32| usize::try_from(number).unwrap_or_default();
    let mut day = SolarDay::from_ymd(isize::try_from(date.year()).ok()?, part(date.month()), part(date.day()));
    let mut left = WORKING_DAYS;
    while left > 0 {
        day = day.next(1);
        let is_weekend = matches!(day.get_week().get_index(), 0 | 6);
        let works = day.get_legal_holiday().map_or(!is_weekend, |holiday| holiday.is_work());
        left -= u32::from(works);
    }
    let part = |number: usize| u32::try_from(number).ok();
    NaiveDate::from_ymd_opt(i32::try_from(day.get_year()).ok()?, part(day.get_month())?, part(day.get_day())?)
}

/// What a program without tables keeps: days off and make-up days by date, weekdays for the rest.
struct DaySets {
    off: HashSet<NaiveDate>,
    make_up: HashSet<NaiveDate>,
}

impl DaySets {
    fn of(pack: &CalendarPack) -> Self {
        let mut sets = Self { off: HashSet::new(), make_up: HashSet::new() };
        for arrangement in pack.notices() {
            for date in arrangement.off.iter().flat_map(|off| &off.days).map(|date| date.naive()) {
                sets.make_up.remove(&date);
                sets.off.insert(date);
            }
            for date in arrangement.make_up.iter().map(|worked| worked.date.naive()) {
                sets.off.remove(&date);
                sets.make_up.insert(date);
            }
        }
        sets
    }

    fn add(&self, date: NaiveDate) -> Option<NaiveDate> {
        loop_over_days(date, |date| {
            self.make_up.contains(&date)
                || (!matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !self.off.contains(&date))
        })
    }
}
