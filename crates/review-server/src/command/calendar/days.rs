//! `calendar days`: every civil day of a span, whether it is worked, and why not. No database.

use std::io::Write;

use clap::Args;
use working_days::{BeijingDate, Calendar, DayKind};

use crate::command::pack_argument::PackArgument;
use crate::command::{CommandError, csv_line};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Days {
    /// The first day, YYYY-MM-DD.
    #[arg(value_parser = date)]
    from: BeijingDate,
    /// The last day, included.
    #[arg(value_parser = date)]
    until: BeijingDate,
    #[command(flatten)]
    pack: PackArgument,
}

fn date(text: &str) -> Result<BeijingDate, String> {
    BeijingDate::parse(text).ok_or_else(|| "write it like 2026-12-31".to_owned())
}

impl Days {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let (_, calendar) = self.pack.calendar()?;
        if self.until < self.from {
            return Err(CommandError::DaysBackwards);
        }
        let (first, last) = (calendar.first_day(), calendar.last_day());
        if self.from < first || last < self.until {
            return Err(CommandError::OutsideCalendar { first, last });
        }
        let failed = |source| CommandError::Io { what: "the days cannot be written".to_owned(), source };
        output::until_closed(self.write(&calendar)).map_err(failed)
    }

    fn write(&self, calendar: &Calendar) -> std::io::Result<()> {
        let mut out = output::stream();
        csv_line::write(&mut out, ["date", "is_workday", "kind"])?;
        let mut day = self.from;
        while let Some(kind) = calendar.day(day).filter(|_| day <= self.until) {
            let name = match kind {
                DayKind::Workday => "workday",
                DayKind::Weekend => "weekend",
                DayKind::MakeUp { .. } => "makeup",
                DayKind::Holiday { name, .. } => name,
                DayKind::Regional { day_off } => &day_off.holiday,
            };
            let is_provisional = calendar.is_provisional(day).unwrap_or(false);
            let name = if is_provisional { format!("{name} (provisional)") } else { name.to_owned() };
            let is_workday = if kind.is_working_day() { "1" } else { "0" };
            csv_line::write(&mut out, [day.to_string().as_str(), is_workday, &name])?;
            day = day.succ();
        }
        out.flush()
    }
}
