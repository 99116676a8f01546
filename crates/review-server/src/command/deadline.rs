//! `deadline`: when a case is due that was submitted at an instant, for support and scripts. It computes with the same rules as the server
//! and needs no database; many at once are `deadline_batch`'s.

use chrono::{DateTime, Utc};
use clap::Args;
use working_days::{
    Calendar, CalendarPack, DayKind, Deadline, ExplainedDay, Explanation, Policy, ProvisionalReason, explain,
};

use crate::command::instant::{argument, beijing};
use crate::command::pack_argument::PackArgument;
use crate::command::{CommandError, deadline_batch, deadline_json};
use crate::output;

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["instant", "batch"])))]
pub(crate) struct Arguments {
    /// When the case was submitted: RFC 3339 with an offset, e.g. 2026-02-05T10:00+08:00.
    #[arg(value_parser = argument)]
    instant: Option<DateTime<Utc>>,
    /// P0, P1 or P2.
    #[arg(long, default_value = "P0", value_parser = policy, conflicts_with = "batch")]
    policy: Policy,
    #[command(flatten)]
    pack: PackArgument,
    /// Tell every civil day from the submission to the due day.
    #[arg(long, conflicts_with = "batch")]
    explain: bool,
    /// Everything as one JSON object.
    #[arg(long, conflicts_with = "batch")]
    json: bool,
    /// Answer lines `submitted_at,policy` from standard input, one by one, as CSV.
    #[arg(long)]
    batch: bool,
}

/// A policy by its id.
pub(crate) fn policy(id: &str) -> Result<Policy, String> {
    Policy::by_id(id).ok_or_else(|| "there are P0, P1 and P2".to_owned())
}

impl Arguments {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        let (pack, calendar) = self.pack.calendar()?;
        let Some(submitted_at) = self.instant else {
            return deadline_batch::run(&calendar);
        };
        let explanation = explain(&calendar, &self.policy, submitted_at);
        if self.json {
            let json = deadline_json::write(&pack, &calendar, &self.policy, submitted_at, &explanation);
            output::line(&serde_json::to_string_pretty(&json)?)?;
        } else {
            for line in told(&pack, &calendar, &self.policy, submitted_at, &explanation, self.explain) {
                output::line(&line)?;
            }
        }
        Ok(())
    }
}

/// The word of a deadline's status, as in the vectors.
pub(crate) fn status(deadline: &Deadline) -> &'static str {
    match deadline {
        Deadline::Final(_) => "final",
        Deadline::Provisional { .. } => "provisional",
        Deadline::OutOfRange => "out_of_range",
    }
}

fn told(
    pack: &CalendarPack,
    calendar: &Calendar,
    policy: &Policy,
    submitted_at: DateTime<Utc>,
    explanation: &Explanation<'_>,
    is_explained: bool,
) -> Vec<String> {
    let row = |name: &str, value: String| format!("{name:<18}{value}");
    let mut lines = vec![
        row("submitted", beijing(submitted_at)),
        row("policy", format!("{} version {}", policy.id, policy.version)),
        row("calendar pack", format!("{} {}", pack.serial, &calendar.pack().sha256_hex()[..12])),
    ];
    if let Some(region) = calendar.region() {
        lines.push(row("region", region.to_owned()));
    }
    lines.push(row("official until", calendar.official_until().to_string()));
    lines.push(row("status", status(&explanation.deadline).to_owned()));
    let Some(due) = explanation.deadline.due() else {
        lines.push(row(
            "no date",
            format!("the calendar knows {} to {} only", calendar.first_day(), calendar.last_day()),
        ));
        return lines;
    };
    lines.push(row("receipt day", due.receipt_day.to_string()));
    lines.push(row("day 1", due.day1.to_string()));
    lines.push(row("due date", format!("{} {}", due.date, due.date.weekday())));
    lines.push(row("close of business", beijing(due.target)));
    lines.push(row("end of day", format!("{} (exclusive)", beijing(due.breach))));
    if let Deadline::Provisional { earliest, latest, why, .. } = &explanation.deadline {
        let ProvisionalReason::NoticeMissing { year } = why;
        lines.push(row("provisional", format!("the notice for {year} is missing: {earliest} to {latest} is possible")));
    }
    if is_explained {
        lines.push(String::new());
        lines.extend(explanation.days.iter().map(|day| told_day(day, explanation)));
    }
    lines
}

fn told_day(day: &ExplainedDay<'_>, explanation: &Explanation<'_>) -> String {
    let counted = day.number.map_or_else(String::new, |number| format!("day {number}"));
    let mut line = format!("{} {}  {counted:<6} {}", day.date, day.date.weekday(), what(day.kind));
    if day.is_provisional {
        line.push_str(" (provisional)");
    }
    if day.date == explanation.submitted_on {
        line.push_str("; submitted");
    }
    line
}

fn what(kind: DayKind<'_>) -> String {
    match kind {
        DayKind::Workday => "workday".to_owned(),
        DayKind::Weekend => "weekend".to_owned(),
        DayKind::Holiday { name, notice: Some(notice) } => format!("{name}, {}", named(notice)),
        DayKind::Holiday { name, notice: None } => format!("{name}, by law"),
        DayKind::Regional { day_off } => format!("{}, {}", day_off.holiday, day_off.source),
        DayKind::MakeUp { name, notice } => format!("makeup for {name}, {}", named(notice)),
    }
}

fn named(notice: &working_days::Notice) -> String {
    let number = notice.number.as_deref().unwrap_or("notice without number");
    format!("{number} of {}", notice.issued)
}
