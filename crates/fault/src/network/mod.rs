//! `fault network`: a hostile network and hostile servers between real desktops and the real server, one row of the catalogue after the
//! other. Owns the choice of rows, their order and the table; what a row does stands in the file of its subject.

mod accounts;
mod clocks;
mod contests;
mod desktop;
mod feeds;
mod gates;
mod giants;
mod halves;
mod hasty;
mod judge;
mod local_clock;
mod office;
mod repeats;
pub mod row;
mod sitting;
mod statuses;
mod strangers;
mod toxics;
pub mod trouble;

use std::time::{Duration, Instant};

use clap::Args;
use futures::{StreamExt, stream};

use crate::output;
use crate::table::Table;
use crate::verdict::Verdict;

pub use row::Row;

/// Rows that run at one time: most of them wait now and then.
const AT_ONCE: usize = 2;
/// After this time a row is given up, as unknown.
const LONGEST: Duration = Duration::from_secs(600);
/// How a row is named whose runs are counted.
const CONTEST: (&str, &str) = ("CONF-2", "two-desktops-one-case");

/// Arguments of `fault network`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Only rows whose `ID/name` contains this.
    #[arg(long)]
    pub only: Option<String>,
    /// Seed of every die.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Contests of CONF-2.
    #[arg(long, default_value_t = 50)]
    pub seeds: u32,
}

/// Every row but the contest, in the order of the catalogue.
#[must_use]
pub fn rows() -> Vec<Row> {
    [
        &toxics::ROWS[..],
        &statuses::ROWS,
        &halves::ROWS,
        &repeats::ROWS,
        &accounts::ROWS,
        &feeds::ROWS,
        &contests::ROWS,
        &clocks::ROWS,
        &gates::ROWS,
        &giants::ROWS,
        &strangers::ROWS,
    ]
    .concat()
}

/// The id and name of every row, the contest included.
#[must_use]
pub fn names() -> Vec<(&'static str, &'static str)> {
    let mut names: Vec<_> = rows().iter().map(|row| (row.id, row.name)).collect();
    let place = names.iter().position(|(id, _)| *id == "CONF-VER").unwrap_or(names.len());
    names.insert(place, CONTEST);
    names
}

/// How a run of rows ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Rows that passed.
    pub passed: u32,
    /// Rows that did not, for whatever reason.
    pub failed: u32,
}

struct Ended {
    verdict: Verdict,
    note: String,
    took: Duration,
}

/// Runs one row, with an end to its time.
///
/// # Errors
/// The verdict, when it is not a pass.
pub async fn run_one(id: &str, name: &str, arguments: &Arguments) -> row::Outcome {
    let outcome = async {
        if (id, name) == CONTEST {
            return contests::contests(arguments.seed, arguments.seeds).await;
        }
        match rows().into_iter().find(|row| (row.id, row.name) == (id, name)) {
            Some(row) => (row.run)(arguments.seed).await,
            None => Err(trouble::Trouble::Unknown("there is no such row".into())),
        }
    };
    let late = || trouble::Trouble::Unknown("it did not end in time".into());
    tokio::time::timeout(LONGEST, outcome).await.unwrap_or_else(|_| Err(late()))
}

/// Runs the rows that are asked for, prints a line for each and the numbers at the end.
///
/// # Errors
/// The runtime cannot be started.
pub fn run(arguments: &Arguments) -> std::io::Result<Tally> {
    sync::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let is_asked = |id: &str, name: &str| {
        arguments.only.as_ref().is_none_or(|only| format!("{id}/{name}").contains(only.as_str()))
    };
    let asked: Vec<_> = names().into_iter().filter(|(id, name)| is_asked(id, name)).collect();
    let ended: Vec<_> = runtime.block_on(
        stream::iter(asked.iter().map(|(id, name)| async move {
            let begun = Instant::now();
            let outcome = run_one(id, name, arguments).await;
            let took = begun.elapsed();
            match outcome {
                Ok(note) => Ended { verdict: Verdict::Pass, note, took },
                Err(trouble) => Ended { verdict: trouble.into(), note: String::new(), took },
            }
        }))
        .buffered(AT_ONCE)
        .collect(),
    );
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(told(&asked, &ended, arguments))
}

fn told(asked: &[(&str, &str)], ended: &[Ended], arguments: &Arguments) -> Tally {
    let mut table = Table::new(["row", "seconds", "verdict", "seen"]);
    let mut tally = Tally::default();
    for ((id, name), ended) in asked.iter().zip(ended) {
        let word = match &ended.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail(_) => "FAIL",
            Verdict::Unknown(_) => "UNKNOWN",
        };
        let seconds = format!("{:.1}", ended.took.as_secs_f64());
        table.row([format!("{id}/{name}"), seconds, word.to_owned(), ended.note.clone()]);
        if ended.verdict.is_pass() { tally.passed += 1 } else { tally.failed += 1 }
    }
    output::line(&table.text());
    for ((id, name), ended) in asked.iter().zip(ended).filter(|(_, ended)| !ended.verdict.is_pass()) {
        output::line(&format!("{id}/{name}: {}", ended.verdict));
        let seed = arguments.seed;
        output::line(&format!("  again: cargo xtask fault --only network/{id}/{name} --seed {seed}"));
    }
    output::line(&format!("{} passed, {} failed", tally.passed, tally.failed));
    tally
}
