//! `cargo xtask crosscheck calendar`: our program and three calendars that others keep are asked the same questions, every day of eleven
//! years, and every difference must be one of those that are known and explained. Owns the order of the steps; what is a difference
//! and what explains it stand in the files beside. Changes nothing but its own folder in cargo's folder of build results.

mod answers;
mod comparison;
pub(crate) mod environment;
mod explained;
mod report;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::day::Day;
use crate::failure::Failure;
use crate::program::Program;
use crate::step::{self, Step, Steps};
use crate::workspace::Workspace;
use crate::{build, system};

use answers::{OurDay, Theirs};
use comparison::Comparison;
use environment::Environment;

/// The first day asked about, which is also the first of our calendar.
const FIRST: Day = Day::of(2016, 1, 1);
/// The last day asked about: the last that the pinned calendars know by a notice.
const LAST: Day = explained::KNOWN_UNTIL;

const PACKAGES: &str = "checking the system packages";
const PYTHON: &str = "installing the calendars in Python";
const NODE: &str = "installing the calendar in npm";
const PROGRAM: &str = "building the server";
const OURS: &str = "asking our calendar";
const THEIRS: &str = "asking the others";
const COMPARE: &str = "comparing";

/// Options of `crosscheck`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, Clone, Subcommand)]
enum Subject {
    /// Every day 2016-2026 and the 7-working-day deadline of every submission day, against chinesecalendar, holidays and chinese-days
    Calendar {
        /// Compare this calendar pack instead of the one that our program embeds
        #[arg(long, value_name = "FILE")]
        pack: Option<PathBuf>,
    },
}

/// Another calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The package `chinesecalendar`, in Python.
    ChineseCalendar,
    /// The package `holidays` (vacanza), in Python.
    Holidays,
    /// The package `chinese-days`, in npm.
    ChineseDays,
}

impl Source {
    const ALL: [Source; 3] = [Source::ChineseCalendar, Source::Holidays, Source::ChineseDays];

    /// The name of its package.
    fn name(self) -> &'static str {
        match self {
            Source::ChineseCalendar => "chinesecalendar",
            Source::Holidays => "holidays",
            Source::ChineseDays => "chinese-days",
        }
    }
}

/// `cargo xtask crosscheck`.
pub(crate) fn crosscheck(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let Subject::Calendar { pack } = &options.subject;
    let plan = vec![PACKAGES, PYTHON, NODE, PROGRAM, OURS, THEIRS, COMPARE];
    let mut steps = Steps::new(plan, workspace.logs());
    steps.run(PACKAGES, |step| system::ensure(step, &[system::COMPILE, system::PYTHON]))?;
    let environment = Environment::of(workspace);
    steps.run(PYTHON, |step| environment.install_python(step))?;
    steps.run(NODE, |step| environment.install_node(step))?;
    steps.run(PROGRAM, |step| build::programs(workspace, step, &[build::SERVER], false))?;
    let ours = steps.run(OURS, |_| ask_ours(workspace, pack.as_deref()))?;
    let theirs = steps.run(THEIRS, |_| ask_theirs(&environment))?;
    let found = steps.try_run(COMPARE, |step| compare(workspace, step, &ours, &theirs));
    found.and_then(|()| steps.finish())
}

fn ask_ours(workspace: &Workspace, pack: Option<&Path>) -> Result<Vec<OurDay>, Failure> {
    let program = || {
        let server = Program::new(workspace.built(build::SERVER, false));
        // Far from Beijing, so that a count in the zone of the PC would be seen.
        server.setting("TZ", "America/New_York")
    };
    let with_pack = |program: Program| match pack {
        Some(file) => program.arg("--pack").arg(file),
        None => program,
    };
    let days = with_pack(program().args(["calendar", "days", &FIRST.to_string(), &LAST.to_string()])).read()?;
    let deadlines = with_pack(program().args(["deadline", "--batch"])).input(answers::questions(FIRST, LAST)).read()?;
    answers::ours(FIRST, LAST, &days, &deadlines)
}

fn ask_theirs(environment: &Environment) -> Result<Vec<Theirs>, Failure> {
    Source::ALL
        .iter()
        .map(|source| {
            let program = match source {
                Source::ChineseCalendar | Source::Holidays => environment.python("ask_calendar.py"),
                Source::ChineseDays => environment.node("ask_calendar.mjs"),
            };
            let text = program.arg(source.name()).arg(FIRST.to_string()).arg(LAST.to_string()).read()?;
            answers::theirs(*source, FIRST, LAST, &text)
        })
        .collect()
}

fn compare(workspace: &Workspace, step: &mut Step, ours: &[OurDay], theirs: &[Theirs]) -> Result<(), Failure> {
    let comparison = Comparison::of(ours, theirs);
    let record = workspace.logs().join("crosscheck-calendar.csv");
    std::fs::write(&record, report::record(&comparison))
        .map_err(|error| Failure::of(format!("cannot write {}: {error}", record.display())))?;
    step.say(&report::table(&comparison));
    step.say(&report::explanations(&comparison));
    step.say(&format!("all values of all days are in {}", record.display()));
    let complaints = report::complaints(&comparison);
    if complaints.is_empty() {
        return Ok(());
    }
    step::say("");
    Err(Failure::of(format!("{} findings without an explanation:\n{}", complaints.len(), complaints.join("\n"))))
}
