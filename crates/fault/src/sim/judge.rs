//! Holds what persons were told against what the server and the desks have in the end. It reads the server's database as an auditor would, past all
//! rules, and works the conclusions out anew from the opinions.

use std::collections::{BTreeMap, BTreeSet};

use contract::decision::{DecisionPayload, Receipt};
use rusqlite::Connection;
use vault::{OutboxRow, OutboxState, Vault};

use super::model::Decided;
use super::world::World;
use crate::network::trouble::{Trouble, broken, must, unknown};

/// An opinion in the server's database.
struct Stands {
    id: String,
    case: String,
    round: u8,
    account: String,
    opinion: String,
    payload_sha256: String,
    note: String,
}

/// A conclusion there.
struct Concluded {
    case: String,
    round: u8,
    outcome: String,
}

impl World<'_> {
    /// The verdict.
    pub(super) fn judge(&mut self) -> Result<(), Trouble> {
        let database = self.server.database()?;
        let opinions = opinions(&database).map_err(unknown("the server's database"))?;
        let there: BTreeMap<&str, &Stands> = opinions.iter().map(|stands| (stands.id.as_str(), stands)).collect();
        must(there.len() == opinions.len(), "I2: an opinion stands twice")?;
        self.nothing_is_made_up(&opinions)?;
        conclusions_follow(&database, &opinions)?;
        for pc in 0..self.pcs.len() {
            for vault in 0..self.pcs[pc].vaults.len() {
                self.pcs[pc].sit(vault)?;
                let Some((_, seat)) = self.pcs[pc].seat() else { continue };
                let open = seat.vault.clone();
                let mine = |decided: &&Decided| (decided.place.pc, decided.place.vault) == (pc, vault);
                for decided in self.model.decided.iter().filter(mine) {
                    let row = open.outbox_row(decided.id).map_err(unknown("the outbox"))?;
                    self.is_kept(decided, row, there.get(decided.id.to_string().as_str()).copied(), &open)?;
                }
            }
        }
        Ok(())
    }

    /// I3: what the server has was confirmed by that author, in these words, and not taken back.
    fn nothing_is_made_up(&self, opinions: &[Stands]) -> Result<(), Trouble> {
        let known: BTreeMap<String, &Decided> =
            self.model.decided.iter().map(|decided| (decided.id.to_string(), decided)).collect();
        for stands in opinions {
            let Some(decided) = known.get(&stands.id) else {
                return broken(format!("I3: {} stands at the server and nobody decided it", stands.id));
            };
            let no = decided.no;
            must(!decided.is_undone, format_args!("I3: decision {no} was taken back and stands at the server"))?;
            let is_same = (&stands.payload_sha256, &stands.account, stands.opinion.as_str(), &stands.note)
                == (&decided.payload_sha256, &decided.author.to_string(), decided.opinion, &decided.note);
            must(is_same, format_args!("I3: decision {no} does not stand at the server as it was confirmed"))?;
            must(stands.case == decided.case.to_string(), format_args!("I3: decision {no} stands on another case"))?;
        }
        Ok(())
    }

    /// I1, I4, I5: a confirmed decision is delivered with the server's receipt, or waits for a person with all its words.
    fn is_kept(
        &self,
        decided: &Decided,
        row: Option<OutboxRow>,
        stands: Option<&Stands>,
        open: &Vault,
    ) -> Result<(), Trouble> {
        let no = decided.no;
        if decided.is_undone {
            return must(row.is_none(), format_args!("undo: decision {no} was taken back and is in the outbox"));
        }
        let Some(row) = row else { return broken(format!("I1: decision {no} is lost")) };
        match row.state {
            // The supervisor's by now: a restored server takes nothing from a revoked device.
            OutboxState::Delivered if self.revoked == Some(decided.place) && self.model.history > 0 => {
                self.own_words(decided, open)
            }
            OutboxState::Delivered => {
                must(
                    stands.is_some(),
                    format_args!("I5: decision {no} is called delivered and the server has it not"),
                )?;
                let json = row.receipt.and_then(|receipt| receipt.json).unwrap_or_default();
                let receipt: Option<Receipt> = serde_json::from_str(&json).ok();
                let is_good = receipt.is_some_and(|receipt| self.signer().gave(&receipt, decided));
                must(is_good, format_args!("I5: decision {no} is called delivered without the server's receipt"))
            }
            OutboxState::Conflict | OutboxState::Parked => {
                must(stands.is_none(), format_args!("I2: decision {no} was accepted and is called {:?}", row.state))?;
                must(row.problem.is_some(), format_args!("I4: nothing says why decision {no} is {:?}", row.state))?;
                self.own_words(decided, open)
            }
            OutboxState::Queued | OutboxState::Sending => self.own_words(decided, open),
        }
    }

    fn own_words(&self, decided: &Decided, open: &Vault) -> Result<(), Trouble> {
        let copy = open.author_copy(decided.id).map_err(unknown("the author's copy"))?;
        let payload: DecisionPayload = serde_json::from_slice(&copy).map_err(unknown("the author's copy"))?;
        must(
            payload.internal_note.as_ref() == Some(&decided.note),
            format_args!("I4: the words of decision {} are not what was written", decided.no),
        )
    }
}

fn opinions(database: &Connection) -> rusqlite::Result<Vec<Stands>> {
    let mut query = database.prepare(
        "SELECT decision_id, o.case_id, round, account_id, opinion, payload_sha256, coalesce(internal_note, '')
         FROM opinions o JOIN cases USING (case_id) ORDER BY o.rowid",
    )?;
    let rows = query.query_map([], |row| {
        Ok(Stands {
            id: row.get(0)?,
            case: row.get(1)?,
            round: row.get(2)?,
            account: row.get(3)?,
            opinion: row.get(4)?,
            payload_sha256: row.get(5)?,
            note: row.get(6)?,
        })
    })?;
    rows.collect()
}

/// I2: one conclusion per case and round, one notice, and it is the one to which the opinions lead; nobody gives the second opinion on the own
/// first one.
fn conclusions_follow(database: &Connection, opinions: &[Stands]) -> Result<(), Trouble> {
    let read = || -> rusqlite::Result<Vec<Concluded>> {
        let mut query = database.prepare("SELECT case_id, round, outcome FROM conclusions")?;
        let rows =
            query.query_map([], |row| Ok(Concluded { case: row.get(0)?, round: row.get(1)?, outcome: row.get(2)? }))?;
        rows.collect()
    };
    let concluded = read().map_err(unknown("the server's database"))?;
    let mut seen = BTreeSet::new();
    for one in &concluded {
        must(seen.insert((one.case.clone(), one.round)), format_args!("I2: case {} is concluded twice", one.case))?;
    }
    let mut of_case: BTreeMap<&str, Vec<&Stands>> = BTreeMap::new();
    for stands in opinions {
        of_case.entry(&stands.case).or_default().push(stands);
    }
    for (case, given) in &of_case {
        let expected = leads_to(case, given)?;
        let outcome = concluded.iter().find(|one| one.case == *case).map(|one| one.outcome.as_str());
        must(
            expected == outcome,
            format_args!("I2: the opinions on case {case} lead to {expected:?}, and it is concluded as {outcome:?}"),
        )?;
    }
    let without = concluded.iter().find(|one| !of_case.contains_key(one.case.as_str()));
    must(without.is_none(), "I3: a case is concluded without an opinion")?;
    let sql = "SELECT count(*) FROM (SELECT case_id FROM notices WHERE kind = 'concluded' GROUP BY case_id)";
    let all = "SELECT count(*) FROM notices WHERE kind = 'concluded'";
    let number =
        |sql| database.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(unknown("the server's database"));
    let (cases, notices) = (number(sql)?, number(all)?);
    let count = i64::try_from(concluded.len()).unwrap_or(-1);
    must(
        (cases, notices) == (count, count),
        format_args!("I2: {count} conclusions, {notices} notices on {cases} cases"),
    )
}

/// What a case's opinions, in their order, lead to by the rules of `domain.md`.
fn leads_to(case: &str, given: &[&Stands]) -> Result<Option<&'static str>, Trouble> {
    let ends_as = |stands: &Stands| if stands.opinion == "approve" { "approved" } else { "rejected" };
    let [first, rest @ ..] = given else { return Ok(None) };
    let is_final = first.opinion == "approve" || (first.opinion == "reject" && first.round < 3);
    if is_final {
        must(rest.is_empty(), format_args!("I2: case {case} has an opinion after its conclusion"))?;
        return Ok(Some(ends_as(first)));
    }
    let [second, rest @ ..] = rest else { return Ok(None) };
    must(first.account != second.account, format_args!("blind: case {case} was seconded by the same person"))?;
    if ends_as(first) == ends_as(second) {
        must(rest.is_empty(), format_args!("I2: case {case} has an opinion after its conclusion"))?;
        return Ok(Some(ends_as(second)));
    }
    match rest {
        [] => Ok(None),
        [third] => Ok(Some(ends_as(third))),
        _ => broken(format!("I2: case {case} has {} opinions", given.len())),
    }
}
