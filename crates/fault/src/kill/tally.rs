//! Adds up the outcomes of runs, row by row, and prints them. A row in which nothing was lost, doubled or made up still fails when a restart
//! was slow or the end could not be read.

use std::time::Duration;

use super::run::Outcome;
use crate::table::Table;
use crate::verdict::Verdict;

/// The sums of one row.
#[derive(Debug, Clone, Default)]
struct Sums {
    id: String,
    moment: String,
    runs: u32,
    kills: u32,
    saved: u32,
    lost: usize,
    doubled: usize,
    phantom: usize,
    failed: u32,
    unknown: u32,
    slowest_restart: Duration,
}

/// All rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Vec<Sums>);

impl Tally {
    /// Empty rows, by their ids and what they are.
    pub(super) fn new<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        Self(rows.into_iter().map(|(id, moment)| Sums { id: id.to_owned(), moment, ..Sums::default() }).collect())
    }

    /// Adds an outcome to the row of this name.
    pub(super) fn add(&mut self, moment: &str, outcome: &Outcome) {
        let Some(sums) = self.0.iter_mut().find(|sums| sums.moment == moment) else { return };
        sums.runs += 1;
        sums.kills += outcome.kills;
        sums.saved += outcome.saved;
        sums.lost += outcome.findings.lost.len();
        sums.doubled += outcome.findings.doubled.len();
        sums.phantom += outcome.findings.phantom.len();
        sums.slowest_restart = sums.slowest_restart.max(outcome.slowest_restart);
        match outcome.verdict {
            Verdict::Pass => {}
            Verdict::Fail(_) => sums.failed += 1,
            Verdict::Unknown(_) => sums.unknown += 1,
        }
    }

    /// How many outcomes were added.
    pub(super) fn runs(&self) -> usize {
        self.0.iter().map(|sums| sums.runs as usize).sum()
    }

    /// Runs that passed, and all others.
    pub(super) fn passed_and_failed(&self) -> (u32, u32) {
        let failed = self.0.iter().map(|sums| sums.failed + sums.unknown).sum();
        let runs: u32 = self.0.iter().map(|sums| sums.runs).sum();
        (runs - failed, failed)
    }

    /// The table.
    pub(super) fn table(&self) -> String {
        let mut table = Table::new([
            "point",
            "moment",
            "runs",
            "kills",
            "saved",
            "lost",
            "doubled",
            "phantom",
            "failed",
            "unknown",
            "slowest restart ms",
        ]);
        for sums in &self.0 {
            table.row([
                sums.id.clone(),
                sums.moment.clone(),
                sums.runs.to_string(),
                sums.kills.to_string(),
                sums.saved.to_string(),
                sums.lost.to_string(),
                sums.doubled.to_string(),
                sums.phantom.to_string(),
                sums.failed.to_string(),
                sums.unknown.to_string(),
                sums.slowest_restart.as_millis().to_string(),
            ]);
        }
        table.text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_did_not_pass() {
        let mut tally = Tally::new([("K-01", "before BEGIN".to_owned())]);
        let pass = Outcome { verdict: Verdict::Pass, ..Outcome::unknown(String::new()) };
        tally.add("before BEGIN", &pass);
        tally.add("before BEGIN", &Outcome::unknown("the disk could not be read".to_owned()));
        assert_eq!((tally.runs(), tally.passed_and_failed()), (2, (1, 1)));
    }
}
