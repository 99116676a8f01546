//! `calendar show` and `calendar export`: the pack in force, for people and for offices without network.

use std::path::PathBuf;

use chrono::DateTime;
use clap::Args;
use review_server::calendar;
use working_days::{BeijingDate, CalendarHealth, calendar_health};

use super::file::{Readers, create};
use super::{ServerData, told};
use crate::command::CommandError;
use crate::command::instant::beijing;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    data: ServerData,
}

impl Show {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let state = self.data.open_existing()?;
        let in_force = calendar::in_force(&state)?;
        let mut lines = told::pack(in_force.pack());
        lines.push(match in_force.activation() {
            Some(activation) => {
                let at = DateTime::from_timestamp_millis(activation.at_ms).map(beijing).unwrap_or_default();
                told::row("activated", format!("{at} by {}", activation.by))
            }
            None => told::row("activated", "never: it came with the program"),
        });
        let country = in_force.calendar(None);
        lines.push(told::row("official until", country.official_until()));
        lines.push(told::row(
            "health",
            match calendar_health(country, BeijingDate::of(state.now())) {
                CalendarHealth::Good => "good".to_owned(),
                CalendarHealth::NextYearMissing { year } => format!("the notice for {year} is missing"),
                CalendarHealth::Urgent { year } => {
                    format!("URGENT: the notice for {year} is missing, deadlines are computed without it")
                }
            },
        ));
        for (office, region) in calendar::offices(&state)? {
            lines.push(told::row("office", format!("{office}, region {}", region.as_deref().unwrap_or("none"))));
        }
        lines.extend(told::keys(&calendar::keys(&state)?));
        output::lines(&lines)?;
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    data: ServerData,
    /// Where the pack file goes: a new file.
    #[arg(long)]
    out: PathBuf,
}

impl Export {
    pub(crate) fn run(&self) -> Result<(), CommandError> {
        let in_force = calendar::in_force(&self.data.open_existing()?)?;
        create(&self.out, &in_force.signed().to_bytes(), Readers::Everybody)?;
        output::line(&format!("calendar pack {} written", in_force.serial()))?;
        if in_force.signed().signature.is_none() {
            output::warn(
                "it is the program's own pack and not signed: desktops have it already and import no unsigned one",
            );
        }
        Ok(())
    }
}
