//! Which days are working days, by the notices known so far, and counting over them in constant time. The year after the last notice
//! is provisional: the law's own holidays, nothing predicted. Every day outside the table is `None`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::beijing::BeijingDate;
use crate::notice::{Arrangement, Notice};
use crate::pack::{CalendarPack, PackId, RegionalDayOff};
use crate::pack_error::PackError;
use crate::pack_rules;
use crate::statutory::LawfulYear;
use crate::table::Table;

/// What a day is, and by which notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind<'a> {
    /// Monday to Friday and not off.
    Workday,
    /// Saturday or Sunday that no notice mentions.
    Weekend,
    /// Off by a notice, or by law in the provisional year.
    Holiday {
        /// The holiday's Chinese name as in the notice, e.g. 春节.
        name: &'a str,
        /// The notice that gives the day; `None` in the provisional year, where the law alone speaks.
        notice: Option<&'a Notice>,
    },
    /// Off in the region alone for which the calendar was built.
    Regional {
        /// The day with its holiday and what ordered it.
        day_off: &'a RegionalDayOff,
    },
    /// A Saturday or Sunday that is worked (调休补班).
    MakeUp {
        /// The holiday for which it is worked.
        name: &'a str,
        /// The notice that says so.
        notice: &'a Notice,
    },
}

impl DayKind<'_> {
    /// Whether the day counts towards a deadline.
    #[must_use]
    pub fn is_working_day(self) -> bool {
        matches!(self, Self::Workday | Self::MakeUp { .. })
    }
}

/// One day as stored: names and notices by their place in the calendar's lists.
#[derive(Debug, Clone, Copy)]
enum Day {
    Workday,
    Weekend,
    Holiday { name: u16, notice: Option<u16> },
    Regional { number: u16 },
    MakeUp { name: u16, notice: u16 },
}

impl Day {
    fn by_weekday(day: BeijingDate) -> Self {
        if day.is_weekend() { Self::Weekend } else { Self::Workday }
    }

    fn works(self) -> bool {
        matches!(self, Self::Workday | Self::MakeUp { .. })
    }
}

/// The working-day calendar of a pack, for the whole country or for one of its regions. Immutable once built.
#[derive(Debug, Clone)]
pub struct Calendar {
    pack: PackId,
    region: Option<String>,
    first: BeijingDate,
    official_until: BeijingDate,
    days: Vec<Day>,
    names: Vec<String>,
    notices: Vec<Notice>,
    regional: Vec<RegionalDayOff>,
    expected: Table,
    earliest: Table,
    latest: Table,
}

impl Calendar {
    /// The calendar of the pack that the program was built with, for the whole country. A test proves that it loads; should it not,
    /// the calendar covers no day at all and every deadline is out of range.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
            let pack = CalendarPack::embedded();
            Calendar::of_pack(pack, None).unwrap_or_else(|_| Calendar::without_days(pack.id()))
        });
        &CALENDAR
    }

    /// Builds the calendar of a pack, with the extra days off of a region if one is named. It starts on 1 January of the first year; a
    /// later notice overrides an earlier one.
    ///
    /// # Errors
    /// The pack has no such region, or its years are none that follow each other with the official ones first.
    pub fn of_pack(pack: &CalendarPack, region: Option<&str>) -> Result<Self, PackError> {
        pack_rules::years(&pack.years)?;
        let (first_year, last_year) = pack.official_years().ok_or(PackError::Empty)?;
        let new_year = |year| BeijingDate::from_ymd(year, 1, 1).ok_or(PackError::ImplausibleYear { year });
        let first = new_year(first_year)?;
        let official_until = new_year(last_year + 1)?.pred();

        let mut names = Names::default();
        let mut days: Vec<Day> = first.through(official_until).map(Day::by_weekday).collect();
        let mut notices = Vec::new();
        for arrangement in pack.notices() {
            let Arrangement { notice, make_up, .. } = arrangement;
            let number = u16::try_from(notices.len()).map_err(|_| PackError::TooManyEntries)?;
            notices.push(notice.clone());
            for (day, name) in arrangement.days_off() {
                let kind = Day::Holiday { name: names.number(name)?, notice: Some(number) };
                settle(&mut days, first, day, kind);
            }
            for worked in make_up {
                let kind = Day::MakeUp { name: names.number(&worked.holiday)?, notice: number };
                settle(&mut days, first, worked.date, kind);
            }
        }

        let lawful = LawfulYear::new(last_year + 1);
        if let Some(lawful) = &lawful {
            for day in official_until.succ().through(new_year(last_year + 2)?.pred()) {
                days.push(match lawful.off_day_name(day) {
                    Some(name) => Day::Holiday { name: names.number(name)?, notice: None },
                    None => Day::by_weekday(day),
                });
            }
        }

        let mut regional = Vec::new();
        if let Some(code) = region {
            let known = pack.region(code).ok_or_else(|| PackError::UnknownRegion { code: code.to_owned() })?;
            for day_off in &known.off {
                let number = u16::try_from(regional.len()).map_err(|_| PackError::TooManyEntries)?;
                // Off in the whole country by a notice is more than off in the region.
                match slot(&mut days, first, day_off.date) {
                    None | Some(Day::Holiday { notice: Some(_), .. }) => {}
                    Some(kind) => *kind = Day::Regional { number },
                }
                regional.push(day_off.clone());
            }
        }

        let works = |may_differ: &dyn Fn(BeijingDate, Day) -> Option<bool>| {
            let day_by_day = (0..).zip(&days).map(|(offset, kind)| {
                let day = first.plus_days(offset);
                may_differ(day, *kind).unwrap_or(kind.works())
            });
            Table::new(first, day_by_day)
        };
        // An official or regional holiday is never among the open days: what gave it is out.
        let is_open = |kind: Day| !matches!(kind, Day::Holiday { notice: Some(_), .. } | Day::Regional { .. });
        let expected = works(&|_, _| None);
        let earliest =
            works(&|day, kind| lawful.as_ref().filter(|lawful| is_open(kind) && lawful.may_work(day)).map(|_| true));
        let latest = works(&|day, _| lawful.as_ref().filter(|lawful| lawful.may_rest(day)).map(|_| false));
        Ok(Self {
            pack: pack.id(),
            region: region.map(str::to_owned),
            first,
            official_until,
            days,
            names: names.list,
            notices,
            regional,
            expected,
            earliest,
            latest,
        })
    }

    fn without_days(pack: PackId) -> Self {
        let epoch = BeijingDate::of(chrono::DateTime::UNIX_EPOCH);
        Self {
            pack,
            region: None,
            first: epoch,
            official_until: epoch.pred(),
            days: Vec::new(),
            names: Vec::new(),
            notices: Vec::new(),
            regional: Vec::new(),
            expected: Table::default(),
            earliest: Table::default(),
            latest: Table::default(),
        }
    }

    /// The pack that it was built from.
    #[must_use]
    pub fn pack(&self) -> &PackId {
        &self.pack
    }

    /// The region whose extra days off it has; `None` for the whole country.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The first day that the calendar knows.
    #[must_use]
    pub fn first_day(&self) -> BeijingDate {
        self.first
    }

    /// The last day that a notice settles: 31 December of the last year with a notice.
    #[must_use]
    pub fn official_until(&self) -> BeijingDate {
        self.official_until
    }

    /// The last day that the calendar says anything about, at most a year after [`Self::official_until`].
    #[must_use]
    pub fn last_day(&self) -> BeijingDate {
        self.first.plus_days(i32::try_from(self.days.len()).unwrap_or(i32::MAX)).pred()
    }

    /// The notices in force, in the order of issue.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Whether the day is known by the law alone because its year's notice is missing; `None` outside the calendar.
    #[must_use]
    pub fn is_provisional(&self, day: BeijingDate) -> Option<bool> {
        (self.first <= day && day <= self.last_day()).then_some(day > self.official_until)
    }

    /// What the day is; `None` outside the calendar. Ask [`Self::is_provisional`] whether a notice stands behind it.
    #[must_use]
    pub fn day(&self, day: BeijingDate) -> Option<DayKind<'_>> {
        let index = usize::try_from(day.days_since(self.first)).ok()?;
        Some(match *self.days.get(index)? {
            Day::Workday => DayKind::Workday,
            Day::Weekend => DayKind::Weekend,
            Day::Holiday { name, notice: None } => DayKind::Holiday { name: self.name(name)?, notice: None },
            Day::Holiday { name, notice: Some(number) } => {
                DayKind::Holiday { name: self.name(name)?, notice: Some(self.notice(number)?) }
            }
            Day::Regional { number } => DayKind::Regional { day_off: self.regional.get(usize::from(number))? },
            Day::MakeUp { name, notice } => DayKind::MakeUp { name: self.name(name)?, notice: self.notice(notice)? },
        })
    }

    /// Whether the whole country is off for a holiday on this day, a weekend day of its block included.
    pub(crate) fn is_holiday(&self, day: BeijingDate) -> bool {
        let index = usize::try_from(day.days_since(self.first)).ok();
        index.and_then(|index| self.days.get(index)).is_some_and(|kind| matches!(kind, Day::Holiday { .. }))
    }

    /// Whether the day is a working day; `None` outside the calendar.
    #[must_use]
    pub fn is_working_day(&self, day: BeijingDate) -> Option<bool> {
        self.expected.is_working_day(day)
    }

    /// The n-th working day strictly after `day`, which may itself be off; `add(day, 0)` is `day`. `None` when either is outside.
    #[must_use]
    pub fn add(&self, day: BeijingDate, working_days: u32) -> Option<BeijingDate> {
        self.expected.add(day, working_days)
    }

    /// Working days w with `after` < w ≤ `until`; negative when `until` is the earlier one. `None` when either is outside.
    #[must_use]
    pub fn between(&self, after: BeijingDate, until: BeijingDate) -> Option<i32> {
        self.expected.between(after, until)
    }

    /// The first working day after `day`.
    #[must_use]
    pub fn next(&self, day: BeijingDate) -> Option<BeijingDate> {
        self.expected.add(day, 1)
    }

    /// The last working day before `day`.
    #[must_use]
    pub fn previous(&self, day: BeijingDate) -> Option<BeijingDate> {
        self.expected.previous(day)
    }

    /// The days as expected: what the public questions answer from.
    pub(crate) fn expected(&self) -> &Table {
        &self.expected
    }

    /// The days if the missing notice worked every day that it may; equal to the expected ones far from any holiday.
    pub(crate) fn earliest(&self) -> &Table {
        &self.earliest
    }

    /// The days if the missing notice rested every day that it may.
    pub(crate) fn latest(&self) -> &Table {
        &self.latest
    }

    fn name(&self, number: u16) -> Option<&str> {
        self.names.get(usize::from(number)).map(String::as_str)
    }

    fn notice(&self, number: u16) -> Option<&Notice> {
        self.notices.get(usize::from(number))
    }
}

/// The December before the first official year is not part of the calendar, so what a notice says of it is left out.
fn slot(days: &mut [Day], first: BeijingDate, day: BeijingDate) -> Option<&mut Day> {
    days.get_mut(usize::try_from(day.days_since(first)).ok()?)
}

fn settle(days: &mut [Day], first: BeijingDate, day: BeijingDate, kind: Day) {
    if let Some(slot) = slot(days, first, day) {
        *slot = kind;
    }
}

/// Holiday names while a calendar is built: each once, with its place in the list.
#[derive(Default)]
struct Names<'a> {
    list: Vec<String>,
    numbers: HashMap<&'a str, u16>,
}

impl<'a> Names<'a> {
    fn number(&mut self, name: &'a str) -> Result<u16, PackError> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let number = u16::try_from(self.list.len()).map_err(|_| PackError::TooManyEntries)?;
        self.list.push(name.to_owned());
        self.numbers.insert(name, number);
        Ok(number)
    }
}
