//! The State Council's notices as facts, and the reading of the file that holds them. The file is taken as hostile: what does not
//! make sense is refused with a typed error. Signatures and serials of calendar packs are not its concern.

use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;

use crate::beijing::BeijingDate;

/// One yearly notice of the State Council's general office, or one that amends it during the year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The year that it arranges; it may also settle days of the December before.
    pub year: i32,
    /// Its number, e.g. 国办发明电〔2019〕3号; `None` where the quoted text carries none.
    pub number: Option<String>,
    /// Beijing date of issue. A later notice overrides an earlier one, day by day.
    pub issued: BeijingDate,
}

/// Why a file of notices is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// Not JSON, or not of the expected shape.
    #[error("the notices file is malformed at line {line}, column {column}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// No notice at all.
    #[error("the notices file holds no notice")]
    NoNotice,
    /// More notices or holiday names than the calendar can number.
    #[error("the notices file holds too many entries")]
    TooManyEntries,
    /// A year outside 2000–2100.
    #[error("a notice for {year} is not plausible")]
    ImplausibleYear {
        /// The year named by the notice.
        year: i32,
    },
    /// Official years must follow each other without a gap.
    #[error("the notice for {year} is missing between earlier and later ones")]
    YearMissing {
        /// The first missing year.
        year: i32,
    },
    /// A year whose notices give no day off: an empty year is a fault of the file, not a fact.
    #[error("the notices for {year} give no day off")]
    NoDayOff {
        /// The empty year.
        year: i32,
    },
    /// A text that is not a date of the form YYYY-MM-DD.
    #[error("entry {entry} of the notices file holds a text that is no date")]
    NotADate {
        /// Position of the notice in the file, from 1.
        entry: usize,
    },
    /// A day outside the notice's year and the December before it.
    #[error("{day} does not belong to the notice for {year}")]
    DayOutsideYear {
        /// The notice's year.
        year: i32,
        /// The stray day.
        day: BeijingDate,
    },
    /// Only a Saturday or Sunday can be made a working day.
    #[error("{day} cannot be a make-up day: it is no Saturday or Sunday")]
    MakeUpOnWeekday {
        /// The day in question.
        day: BeijingDate,
    },
    /// One notice says both off and work.
    #[error("{day} is both a day off and a make-up day in one notice")]
    OffAndMakeUp {
        /// The day in question.
        day: BeijingDate,
    },
}

/// A notice with the days that it settles, each with the holiday's name.
#[derive(Debug)]
pub(crate) struct Arrangement {
    pub(crate) notice: Notice,
    pub(crate) off: Vec<(BeijingDate, String)>,
    pub(crate) make_up: Vec<(BeijingDate, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeFile {
    year: i32,
    notice: Option<String>,
    issued: String,
    /// Where the text was read; for people.
    #[serde(rename = "quoted_at", default)]
    _quoted_at: IgnoredAny,
    off: Vec<OffFile>,
    work: Vec<WorkFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OffFile {
    holiday: String,
    days: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkFile {
    date: String,
    #[serde(rename = "for")]
    holiday: String,
}

/// Reads the file; the arrangements come in the order of issue.
pub(crate) fn read(json: &str) -> Result<Vec<Arrangement>, CalendarError> {
    let file: Vec<NoticeFile> = serde_json::from_str(json)
        .map_err(|error| CalendarError::Malformed { line: error.line(), column: error.column() })?;
    let mut arrangements =
        (1..).zip(file).map(|(entry, notice)| arrangement(entry, notice)).collect::<Result<Vec<_>, _>>()?;
    arrangements.sort_by_key(|arrangement| arrangement.notice.issued);
    Ok(arrangements)
}

fn arrangement(entry: usize, file: NoticeFile) -> Result<Arrangement, CalendarError> {
    let year = file.year;
    let implausible = CalendarError::ImplausibleYear { year };
    if !(2000..=2100).contains(&year) {
        return Err(implausible);
    }
    let (Some(from), Some(until)) = (BeijingDate::from_ymd(year - 1, 12, 1), BeijingDate::from_ymd(year, 12, 31))
    else {
        return Err(implausible);
    };
    let date = |text: &str| BeijingDate::parse(text).ok_or(CalendarError::NotADate { entry });
    let own = |text: &str| {
        let day = date(text)?;
        if from <= day && day <= until { Ok(day) } else { Err(CalendarError::DayOutsideYear { year, day }) }
    };
    let mut off = Vec::new();
    for block in file.off {
        for day in &block.days {
            off.push((own(day)?, block.holiday.clone()));
        }
    }
    let mut make_up = Vec::new();
    for work in file.work {
        let day = own(&work.date)?;
        if !day.is_weekend() {
            return Err(CalendarError::MakeUpOnWeekday { day });
        }
        if off.iter().any(|(other, _)| *other == day) {
            return Err(CalendarError::OffAndMakeUp { day });
        }
        make_up.push((day, work.holiday));
    }
    let notice = Notice { year, number: file.notice, issued: date(&file.issued)? };
    Ok(Arrangement { notice, off, make_up })
}
