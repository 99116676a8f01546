//! What the seeds have met: how often each fault, each step and each row of the reaction table. A run that is said to cover everything is held
//! against the lists.

use std::collections::BTreeMap;

use super::fate::Fate;
use super::reaction;
use super::step::Step;
use crate::table::Table;

/// Counts of one seed or of many.
#[derive(Debug, Clone, Default)]
pub(super) struct Cover {
    /// Steps that did something.
    pub(super) steps: BTreeMap<&'static str, u64>,
    /// Faults of the network.
    pub(super) fates: BTreeMap<&'static str, u64>,
    /// Rows of the reaction table.
    pub(super) rows: BTreeMap<&'static str, u64>,
}

fn add(to: &mut BTreeMap<&'static str, u64>, what: &'static str, count: u64) {
    *to.entry(what).or_default() += count;
}

impl Cover {
    pub(super) fn step(&mut self, what: &'static str) {
        add(&mut self.steps, what, 1);
    }

    pub(super) fn fate(&mut self, what: &'static str) {
        add(&mut self.fates, what, 1);
    }

    pub(super) fn row(&mut self, what: &'static str) {
        add(&mut self.rows, what, 1);
    }

    /// Adds what another seed met.
    pub(super) fn merge(&mut self, other: &Self) {
        other.steps.iter().for_each(|(what, count)| add(&mut self.steps, what, *count));
        other.fates.iter().for_each(|(what, count)| add(&mut self.fates, what, *count));
        other.rows.iter().for_each(|(what, count)| add(&mut self.rows, what, *count));
    }

    /// What was never met.
    pub(super) fn missing(&self) -> Vec<String> {
        let lacks = |met: &BTreeMap<&'static str, u64>, what: &str| !met.contains_key(what);
        let steps = Step::ALL.iter().map(|step| step.word()).filter(|word| lacks(&self.steps, word));
        let fates = Fate::ALL.iter().map(|fate| fate.word()).filter(|word| lacks(&self.fates, word));
        let rows = reaction::ROWS.into_iter().filter(|word| lacks(&self.rows, word));
        let named = |kind: &'static str| move |word: &str| format!("{kind} \"{word}\"");
        steps.map(named("step")).chain(fates.map(named("fault"))).chain(rows.map(named("row"))).collect()
    }

    /// All counts as a table.
    pub(super) fn text(&self) -> String {
        let mut table = Table::new(["met", "times"]);
        let mut rows = |title: &str, words: Vec<&'static str>, met: &BTreeMap<&'static str, u64>| {
            table.row([format!("-- {title}"), String::new()]);
            for word in words {
                table.row([word.to_owned(), met.get(word).copied().unwrap_or(0).to_string()]);
            }
        };
        rows("steps", Step::ALL.iter().map(|step| step.word()).collect(), &self.steps);
        rows("the network", Fate::ALL.iter().map(|fate| fate.word()).collect(), &self.fates);
        rows("the reaction table", reaction::ROWS.to_vec(), &self.rows);
        table.text()
    }
}
