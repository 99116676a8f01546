//! What a pack says otherwise than another one, day by day, for people who decide whether to put it in force.

use std::fmt;

use working_days::{BeijingDate, Calendar, CalendarPack, DayKind, PackError};

/// A day that is something else by the new pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedDay {
    /// The day.
    pub date: BeijingDate,
    /// Code of the region for which it changes; `None` for the whole country.
    pub region: Option<String>,
    /// What it was; `None` outside the old calendar.
    pub from: Option<String>,
    /// What it is; `None` outside the new calendar.
    pub to: Option<String>,
    /// Whether it is worked now and was not, or the other way round.
    pub is_work_changed: bool,
}

/// The difference between two packs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Years that become official.
    pub new_years: Vec<i32>,
    /// Days that change, in the years that are official by both packs or concern one region.
    pub days: Vec<ChangedDay>,
    /// Codes of regions that are new.
    pub new_regions: Vec<String>,
    /// Codes of regions that are gone.
    pub lost_regions: Vec<String>,
}

impl Difference {
    /// What `new` says otherwise than `old`.
    ///
    /// # Errors
    /// One of them makes no calendar, which a read pack always does.
    pub fn between(old: &CalendarPack, new: &CalendarPack) -> Result<Self, PackError> {
        let codes =
            |pack: &CalendarPack| -> Vec<String> { pack.regions.iter().map(|region| region.code.clone()).collect() };
        let (old_codes, new_codes) = (codes(old), codes(new));
        let is_official =
            |pack: &CalendarPack, year: i32| pack.years.iter().any(|known| known.year == year && known.is_official());
        let mut difference = Self {
            new_years: new
                .years
                .iter()
                .filter(|year| year.is_official() && !is_official(old, year.year))
                .map(|year| year.year)
                .collect(),
            new_regions: new_codes.iter().filter(|code| !old_codes.contains(code)).cloned().collect(),
            lost_regions: old_codes.iter().filter(|code| !new_codes.contains(code)).cloned().collect(),
            days: Vec::new(),
        };
        let (before, after) = (Calendar::of_pack(old, None)?, Calendar::of_pack(new, None)?);
        difference.add_days(&before, &after, |day| is_official(old, day.year()));
        for code in old_codes.iter().filter(|code| new_codes.contains(code)) {
            let (before, after) = (Calendar::of_pack(old, Some(code))?, Calendar::of_pack(new, Some(code))?);
            let regional = |calendar: &Calendar, day| matches!(calendar.day(day), Some(DayKind::Regional { .. }));
            difference.add_days(&before, &after, |day| regional(&before, day) || regional(&after, day));
        }
        Ok(difference)
    }

    fn add_days(&mut self, before: &Calendar, after: &Calendar, concerns: impl Fn(BeijingDate) -> bool) {
        let mut date = before.first_day().min(after.first_day());
        let last = before.last_day().max(after.last_day());
        while date <= last {
            let told = |calendar: &Calendar| calendar.day(date).map(kind);
            let (from, to) = (told(before), told(after));
            if from != to && concerns(date) {
                self.days.push(ChangedDay {
                    date,
                    region: after.region().map(str::to_owned),
                    is_work_changed: before.is_working_day(date) != after.is_working_day(date),
                    from,
                    to,
                });
            }
            date = date.succ();
        }
    }
}

fn kind(kind: DayKind<'_>) -> String {
    match kind {
        DayKind::Workday => "workday".to_owned(),
        DayKind::Weekend => "weekend".to_owned(),
        DayKind::Holiday { name, .. } => name.to_owned(),
        DayKind::Regional { day_off } => format!("{} (regional)", day_off.holiday),
        DayKind::MakeUp { name, .. } => format!("makeup for {name}"),
    }
}

impl fmt::Display for ChangedDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |what: &Option<String>| what.clone().unwrap_or_else(|| "unknown".to_owned());
        write!(f, "{} {}: {} -> {}", self.date, self.date.weekday(), told(&self.from), told(&self.to))?;
        match &self.region {
            Some(region) => write!(f, ", in {region}"),
            None => Ok(()),
        }
    }
}
