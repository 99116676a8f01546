//! Notices as an operator types them: a TOML file that says what the State Council's notice says, in its words and with its own checks
//! (weekdays, 共 n 天), so that a slip of the finger is caught where it stands. The format is described in docs/calendar.md. What a pack
//! may say at all is `working-days`' to judge.

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;
use toml::value::Datetime;
use working_days::{Arrangement, BeijingDate, DaysOff, MakeUpDay, Notice, Region, RegionalDayOff};

/// Years that a pack may hold; a notice of another one is a slip.
const PLAUSIBLE_YEARS: std::ops::RangeInclusive<i32> = 2014..=2100;
/// A longer span from `from` to `until` is a slip: the longest block so far had 9 days.
const LONGEST_BLOCK_DAYS: i32 = 31;

/// What is wrong with a notice file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct NoticeError {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

/// What a file says: one notice, regions, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFile {
    /// The notice.
    pub notice: Option<Arrangement>,
    /// Regions, each with all of its days off.
    pub regions: Vec<Region>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Option<Spanned<i32>>,
    number: Option<String>,
    issued: Option<Spanned<Datetime>>,
    source: Option<String>,
    #[serde(default)]
    off: Vec<Spanned<Off>>,
    #[serde(default)]
    make_up: Vec<Spanned<MakeUp>>,
    #[serde(default)]
    region: Vec<RegionTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Off {
    holiday: String,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    days: Option<Vec<Spanned<Datetime>>>,
    from_weekday: Option<Spanned<String>>,
    until_weekday: Option<Spanned<String>>,
    total: Option<Spanned<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MakeUp {
    date: Spanned<Datetime>,
    #[serde(rename = "for")]
    holiday: String,
    weekday: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionTable {
    code: String,
    name: String,
    #[serde(default)]
    off: Vec<Spanned<RegionalOff>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionalOff {
    holiday: String,
    source: String,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    days: Option<Vec<Spanned<Datetime>>>,
}

impl NoticeFile {
    /// Reads a file's text.
    ///
    /// # Errors
    /// The first thing that is not of the format or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, NoticeError> {
        let file: File = toml::from_str(text).map_err(|error| NoticeError {
            line: error.span().map_or(1, |span| line_at(text, span.start)),
            what: error.message().to_owned(),
        })?;
        Reader { text }.read(file)
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn wrong<T, S>(&self, at: &Spanned<S>, what: impl Into<String>) -> Result<T, NoticeError> {
        Err(NoticeError { line: line_at(self.text, at.span().start), what: what.into() })
    }

    fn read(&self, file: File) -> Result<NoticeFile, NoticeError> {
        let regions = file.region.iter().map(|region| self.region(region)).collect::<Result<_, _>>()?;
        let has_days = !file.off.is_empty() || !file.make_up.is_empty();
        let notice = match (&file.year, &file.issued) {
            (Some(year), Some(issued)) => {
                if !PLAUSIBLE_YEARS.contains(year.get_ref()) {
                    return self.wrong(year, format!("{} is no year from 2014 to 2100", year.get_ref()));
                }
                let notice = Notice {
                    year: *year.get_ref(),
                    number: file.number.clone(),
                    issued: self.date(issued)?,
                    source: file.source.clone(),
                };
                Some(self.arrangement(notice, &file)?)
            }
            (None, None) if !has_days => None,
            _ => {
                let what = "a notice needs `year` and `issued`, the day on which it was issued".to_owned();
                return Err(NoticeError { line: 1, what });
            }
        };
        let read = NoticeFile { notice, regions };
        if read == NoticeFile::default() {
            return Err(NoticeError { line: 1, what: "the file holds neither a notice nor a region".to_owned() });
        }
        Ok(read)
    }

    fn arrangement(&self, notice: Notice, file: &File) -> Result<Arrangement, NoticeError> {
        let off = file.off.iter().map(|off| self.days_off(off)).collect::<Result<_, _>>()?;
        let make_up = file.make_up.iter().map(|make_up| self.make_up(make_up.get_ref())).collect::<Result<_, _>>()?;
        Ok(Arrangement { notice, off, make_up })
    }

    fn days_off(&self, table: &Spanned<Off>) -> Result<DaysOff, NoticeError> {
        let off = table.get_ref();
        let days = self.days(table, off.from.as_ref(), off.until.as_ref(), off.days.as_deref())?;
        for (weekday, day) in [(&off.from_weekday, days.first()), (&off.until_weekday, days.last())] {
            if let (Some(weekday), Some(day)) = (weekday, day) {
                self.weekday(weekday, *day)?;
            }
        }
        if let Some(total) = &off.total
            && *total.get_ref() != days.len()
        {
            return self.wrong(total, format!("these are {} days, not {}", days.len(), total.get_ref()));
        }
        Ok(DaysOff { holiday: off.holiday.clone(), days })
    }

    fn make_up(&self, make_up: &MakeUp) -> Result<MakeUpDay, NoticeError> {
        let date = self.date(&make_up.date)?;
        if let Some(weekday) = &make_up.weekday {
            self.weekday(weekday, date)?;
        }
        if !date.is_weekend() {
            let what = format!("{date} is a {}; only a Saturday or Sunday can be worked instead", told(date));
            return self.wrong(&make_up.date, what);
        }
        Ok(MakeUpDay { date, holiday: make_up.holiday.clone() })
    }

    fn region(&self, table: &RegionTable) -> Result<Region, NoticeError> {
        let mut off = Vec::new();
        for block in &table.off {
            let RegionalOff { holiday, source, from, until, days } = block.get_ref();
            for date in self.days(block, from.as_ref(), until.as_ref(), days.as_deref())? {
                off.push(RegionalDayOff { date, holiday: holiday.clone(), source: source.clone() });
            }
        }
        off.sort_by_key(|day_off| day_off.date);
        Ok(Region { code: table.code.clone(), name: table.name.clone(), off })
    }

    /// The days of a block: `from` alone or to `until`, or one by one.
    fn days<S>(
        &self,
        block: &Spanned<S>,
        from: Option<&Spanned<Datetime>>,
        until: Option<&Spanned<Datetime>>,
        days: Option<&[Spanned<Datetime>]>,
    ) -> Result<Vec<BeijingDate>, NoticeError> {
        match (from, until, days) {
            (Some(from), until, None) => {
                let first = self.date(from)?;
                let last = until.map_or(Ok(first), |until| self.date(until))?;
                let length = last.days_since(first) + 1;
                if !(1..=LONGEST_BLOCK_DAYS).contains(&length) {
                    let what = format!("{first} to {last} is no span of 1 to {LONGEST_BLOCK_DAYS} days");
                    return self.wrong(until.unwrap_or(from), what);
                }
                Ok((0..length).map(|offset| first.plus_days(offset)).collect())
            }
            (None, None, Some(days)) if !days.is_empty() => days.iter().map(|day| self.date(day)).collect(),
            _ => self.wrong(block, "a block has either `from` (and `until`, if it is longer than a day) or `days`"),
        }
    }

    fn date(&self, at: &Spanned<Datetime>) -> Result<BeijingDate, NoticeError> {
        let read = match at.get_ref() {
            Datetime { date: Some(date), time: None, offset: None } => {
                BeijingDate::from_ymd(i32::from(date.year), u32::from(date.month), u32::from(date.day))
            }
            _ => None,
        };
        read.map_or_else(|| self.wrong(at, format!("{} is no date such as 2026-02-14", at.get_ref())), Ok)
    }

    fn weekday(&self, said: &Spanned<String>, day: BeijingDate) -> Result<(), NoticeError> {
        let word = said.get_ref().trim().trim_start_matches("星期").trim_start_matches('周');
        let is = told(day).trim_start_matches('周');
        match (word, is) {
            ("天", "日") => Ok(()),
            (word, is) if word == is => Ok(()),
            ("一" | "二" | "三" | "四" | "五" | "六" | "日" | "天", _) => {
                self.wrong(said, format!("{day} is 周{is}, not {}", said.get_ref()))
            }
            _ => self.wrong(said, format!("{} is no weekday such as 周六", said.get_ref())),
        }
    }
}

fn told(day: BeijingDate) -> &'static str {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match day.weekday() {
        Mon => "周一",
        Tue => "周二",
        Wed => "周三",
        Thu => "周四",
        Fri => "周五",
        Sat => "周六",
        Sun => "周日",
    }
}
