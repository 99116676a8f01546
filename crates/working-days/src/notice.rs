//! The State Council's notices as facts: what one notice makes of which days. Reading them from bytes is `pack_file`'s, judging them
//! `pack_rules`'.

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
    /// Where its text was read; for people.
    pub source: Option<String>,
}

/// Days off for one holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaysOff {
    /// The holiday's Chinese name as in the notice, e.g. 春节.
    pub holiday: String,
    /// The days, weekdays and weekend days alike.
    pub days: Vec<BeijingDate>,
}

/// A Saturday or Sunday that is worked (调休补班).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeUpDay {
    /// The day.
    pub date: BeijingDate,
    /// The holiday for which it is worked.
    pub holiday: String,
}

/// A notice with the days that it settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    /// The notice.
    pub notice: Notice,
    /// Its days off.
    pub off: Vec<DaysOff>,
    /// Its make-up days.
    pub make_up: Vec<MakeUpDay>,
}

impl Arrangement {
    /// Every day off with its holiday's name.
    pub(crate) fn days_off(&self) -> impl Iterator<Item = (BeijingDate, &str)> {
        self.off.iter().flat_map(|off| off.days.iter().map(|day| (*day, off.holiday.as_str())))
    }
}
