//! The verdict on one run: what was told at the keys against what is on the disks. Owns the invariants I1, I2, I3, I5 and I7 as they are
//! checked here; knows nothing of processes.

use std::collections::{BTreeMap, BTreeSet};

use casework::{CHAIN_START, CaseId, ChainEntry, DecisionId, Sha256, chain_hash};
use vault::OutboxState;

use super::disks::{Arrived, DeskDisk, DiskError, LogRow, ServerDisk};
use super::history::History;
use super::story::ACCOUNT;

/// Everything that was found wrong in one run, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// I1: said to be saved, and nowhere.
    pub(super) lost: Vec<String>,
    /// I2: an effect twice.
    pub(super) doubled: Vec<String>,
    /// I3: at the server, and nobody confirmed it so.
    pub(super) phantom: Vec<String>,
    /// I5, I7, progress, restart, and whatever else was promised.
    pub(super) other: Vec<String>,
}

impl Findings {
    /// Everything in one sentence; empty when nothing is wrong.
    pub(super) fn sentence(&self) -> String {
        let named = [("lost", &self.lost), ("doubled", &self.doubled), ("phantom", &self.phantom), ("", &self.other)];
        let parts = named.iter().filter(|(_, found)| !found.is_empty()).map(|(kind, found)| {
            let separator = if kind.is_empty() { "" } else { ": " };
            format!("{kind}{separator}{}", found.join(", "))
        });
        parts.collect::<Vec<_>>().join("; ")
    }

    /// I1 right after a kill: each decision that was said to be saved is in an outbox or at the server.
    pub(super) fn nothing_lost(
        &mut self,
        history: &History,
        desk: &DeskDisk,
        server: &ServerDisk,
    ) -> Result<(), DiskError> {
        for id in history.owed() {
            if !desk.outbox.contains_key(id) && !server.has(id)? {
                self.lost.push(format!("{id} after the kill"));
            }
        }
        Ok(())
    }

    /// Everything, at the end of a run that had the time to deliver.
    pub(super) fn at_the_end(
        &mut self,
        history: &History,
        desk: &DeskDisk,
        server: &ServerDisk,
    ) -> Result<(), DiskError> {
        let arrived = server.decisions()?;
        for id in history.owed() {
            match (arrived.contains_key(id), desk.outbox.get(id)) {
                (true, _) => {}
                (false, None) => self.lost.push(id.clone()),
                (false, Some(kept)) => self.other.push(format!("{id} is still {:?}", kept.state)),
            }
        }
        self.effects(&arrived, server)?;
        self.phantoms(history, desk, &arrived);
        for (id, kept) in &desk.outbox {
            match (kept.state, arrived.contains_key(id)) {
                (OutboxState::Delivered, true) => {}
                (OutboxState::Delivered, false) => self.other.push(format!("{id} is delivered here and not there")),
                (state, _) => self.other.push(format!("{id} ends as {state:?}")),
            }
        }
        for (id, how) in &history.stands {
            self.other.push(format!("{id} was shown as {how}"));
        }
        self.other.extend(desk.damage.iter().cloned());
        let integrity = server.integrity()?;
        if integrity != "ok" {
            self.other.push(format!("the server's database: {integrity}"));
        }
        self.chains(desk, server)
    }

    /// I2: one conclusion for each round, one notice and one entry in the audit for each decision, and each key press once.
    fn effects(&mut self, arrived: &BTreeMap<String, Arrived>, server: &ServerDisk) -> Result<(), DiskError> {
        let rounds = server.doubled_conclusions()?;
        if rounds > 0 {
            self.doubled.push(format!("{rounds} rounds with two conclusions"));
        }
        let mut notes = BTreeSet::new();
        for (id, decision) in arrived {
            if (decision.conclusions, decision.notices, decision.audits) != (1, 1, 1) {
                self.doubled.push(format!(
                    "{id} has {} conclusions, {} notices, {} audit entries",
                    decision.conclusions, decision.notices, decision.audits
                ));
            }
            if !notes.insert(&decision.note) {
                self.doubled.push(format!("{id} is a second decision of one key press"));
            }
        }
        Ok(())
    }

    /// I3: the server has nothing that was not confirmed here with these very bytes, and nothing that was taken back.
    fn phantoms(&mut self, history: &History, desk: &DeskDisk, arrived: &BTreeMap<String, Arrived>) {
        for (id, decision) in arrived {
            let is_confirmed = history.confirmed.get(&decision.note).is_some_and(|(case_id, choice)| {
                *case_id == decision.case_id
                    && choice.opinion == decision.opinion
                    && choice.reasons == decision.reasons
                    && decision.author == ACCOUNT
            });
            let is_same =
                desk.outbox.get(id).is_some_and(|kept| kept.payload_sha256.to_string() == decision.payload_sha256);
            if !is_confirmed {
                self.phantom.push(format!("{id} was not confirmed as it stands"));
            }
            if !is_same {
                self.phantom.push(format!("{id} has another payload than the one here"));
            }
            if history.taken_back.contains(id) {
                self.phantom.push(format!("{id} was taken back"));
            }
        }
    }

    /// I7: the server's log, the logs that desks shipped, and what they have not shipped yet, each without a gap or a change.
    fn chains(&mut self, desk: &DeskDisk, server: &ServerDisk) -> Result<(), DiskError> {
        if let Err(what) = follow(CHAIN_START, 1, &server.audit()?) {
            self.other.push(format!("the server's audit {what}"));
        }
        let mut shipped = server.device_logs()?;
        for device in desk.unshipped.keys() {
            shipped.entry(device.clone()).or_default();
        }
        for (device, rows) in &shipped {
            let ends = follow(CHAIN_START, 1, rows);
            let ends = ends.and_then(|(seq, hash)| match desk.unshipped.get(device) {
                Some((account, rest)) => {
                    // What was shipped may be listed as unshipped still, when the answer was lost.
                    let rest: Vec<LogRow> =
                        rest.iter().filter(|row| row.seq >= seq).map(|row| kept_row(account, row)).collect();
                    follow(hash, seq, &rest)
                }
                None => Ok((seq, hash)),
            });
            if let Err(what) = ends {
                self.other.push(format!("the log of device {device} {what}"));
            }
        }
        Ok(())
    }
}

fn kept_row(account: &str, row: &vault::AccessRow) -> LogRow {
    LogRow {
        seq: row.seq,
        at_ms: row.at_ms,
        account: Some(account.to_owned()),
        what: row.what.clone(),
        case_id: row.case_id.map(|id| id.to_string()),
        decision_id: row.decision_id.map(|id| id.to_string()),
        detail: row.detail.clone(),
        previous: row.previous.to_string(),
        hash: row.hash.to_string(),
    }
}

/// Follows a chain from a hash and a number on; gives the next number and the last hash, or what is wrong first.
fn follow(mut previous: Sha256, mut seq: u64, rows: &[LogRow]) -> Result<(u64, Sha256), String> {
    for row in rows {
        let broken = |what: &str| Err(format!("breaks at {}: {what}", row.seq));
        if row.seq != seq {
            return broken("a gap or a repetition");
        }
        if row.previous != previous.to_string() {
            return broken("it does not follow the entry before");
        }
        let entry = ChainEntry {
            seq,
            at_ms: row.at_ms,
            what: &row.what,
            account: row.account.as_deref(),
            case_id: row.case_id.as_deref().and_then(|id| id.parse::<CaseId>().ok()),
            decision_id: row.decision_id.as_deref().and_then(|id| id.parse::<DecisionId>().ok()),
            detail: row.detail.as_deref(),
        };
        let hash = chain_hash(previous, &entry);
        if hash.to_string() != row.hash {
            return broken("it is not what was hashed");
        }
        (previous, seq) = (hash, seq + 1);
    }
    Ok((seq, previous))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(count: u64) -> Vec<LogRow> {
        let mut previous = CHAIN_START;
        (1..=count)
            .map(|seq| {
                let entry = ChainEntry {
                    seq,
                    at_ms: 5,
                    what: "decided",
                    account: Some("a"),
                    case_id: None,
                    decision_id: None,
                    detail: None,
                };
                let hash = chain_hash(previous, &entry);
                let row = LogRow {
                    seq,
                    at_ms: 5,
                    account: Some("a".into()),
                    what: "decided".into(),
                    case_id: None,
                    decision_id: None,
                    detail: None,
                    previous: previous.to_string(),
                    hash: hash.to_string(),
                };
                previous = hash;
                row
            })
            .collect()
    }

    #[test]
    fn a_chain_that_was_touched_is_named_at_its_first_bad_entry() {
        let good = chain(4);
        assert!(follow(CHAIN_START, 1, &good).is_ok());
        let mut flipped = good.clone();
        flipped[2].at_ms += 1;
        assert!(follow(CHAIN_START, 1, &flipped).unwrap_err().starts_with("breaks at 3"));
        let mut short = good.clone();
        short.remove(1);
        assert!(follow(CHAIN_START, 1, &short).unwrap_err().starts_with("breaks at 3"));
        let mut swapped = good;
        swapped.swap(0, 1);
        assert!(follow(CHAIN_START, 1, &swapped).unwrap_err().starts_with("breaks at 2"));
    }
}
