//! Holds what was confirmed at the desks against the server's database and the outboxes: the invariants I1 to I5, and I9 where everything has
//! to be delivered by now. It looks into the database as an auditor would, past all rules.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use vault::OutboxState;

use super::desktop::{Desktop, Saved};
use super::office::Office;
use super::trouble::{Trouble, broken, must, unknown};

/// A decision at the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrived {
    /// The hash of its payload.
    pub payload_sha256: String,
    /// The author's account.
    pub(super) account: String,
    /// The internal note.
    pub(super) note: String,
    /// Conclusions by it.
    pub(super) conclusions: i64,
    /// Notices to the portal about its case's end.
    pub(super) notices: i64,
    /// Entries of the audit that it was accepted.
    pub(super) audits: i64,
    /// When the server got it.
    pub(super) received_at_ms: i64,
}

/// Everything that the server accepted, by decision id.
pub(super) fn arrived(office: &Office) -> Result<BTreeMap<String, Arrived>, Trouble> {
    read(office.folder()).map_err(unknown("the server's database"))
}

fn open(folder: &Path) -> rusqlite::Result<Connection> {
    let database = folder.join("review-server.db");
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

fn read(folder: &Path) -> rusqlite::Result<BTreeMap<String, Arrived>> {
    let connection = open(folder)?;
    let mut query = connection.prepare(
        "SELECT decision_id, payload_sha256, account_id, coalesce(internal_note, ''), received_at_ms,
                (SELECT count(*) FROM conclusions c WHERE c.decision_id = o.decision_id),
                (SELECT count(*) FROM notices n WHERE n.case_id = o.case_id AND n.kind = 'concluded'),
                (SELECT count(*) FROM audit a WHERE a.decision_id = o.decision_id
                    AND a.what IN ('decision', 'decision_restored'))
         FROM opinions o",
    )?;
    let rows = query.query_map([], |row| {
        let arrived = Arrived {
            payload_sha256: row.get(1)?,
            account: row.get(2)?,
            note: row.get(3)?,
            received_at_ms: row.get(4)?,
            conclusions: row.get(5)?,
            notices: row.get(6)?,
            audits: row.get(7)?,
        };
        Ok((row.get(0)?, arrived))
    })?;
    rows.collect()
}

/// One number out of the server's database.
pub(super) fn number(office: &Office, sql: &str) -> Result<i64, Trouble> {
    let value = open(office.folder()).and_then(|db| db.query_row(sql, [], |row| row.get(0)));
    value.map_err(unknown("the server's database"))
}

/// I1, I2, I3 and I5 at this moment, whatever is going on.
pub(super) fn safe(office: &Office, desktops: &[&Desktop]) -> Result<(), Trouble> {
    // The outboxes first: what is delivered by then must be found at the server.
    let mut kept = Vec::new();
    for desktop in desktops {
        for saved in desktop.saved() {
            let row = desktop.vault.outbox_row(saved.decision_id).map_err(unknown("the outbox"))?;
            kept.push((saved, row));
        }
    }
    let arrived = arrived(office)?;
    for (saved, row) in &kept {
        let there = arrived.get(&saved.decision_id.to_string());
        must(row.is_some() || there.is_some(), format_args!("I1: {} is lost", saved.decision_id))?;
        let is_delivered = row.as_ref().is_some_and(|row| row.state == OutboxState::Delivered);
        must(
            !is_delivered || there.is_some_and(|there| is_same(there, saved)),
            format_args!("I5: {} is called delivered and the server does not have it", saved.decision_id),
        )?;
    }
    for (id, there) in &arrived {
        let is_confirmed = kept.iter().any(|(saved, _)| saved.decision_id.to_string() == *id && is_same(there, saved));
        must(is_confirmed, format_args!("I3: {id} stands at the server and nobody confirmed it so"))?;
        let effects = (there.conclusions, there.notices, there.audits);
        must(effects == (1, 1, 1), format_args!("I2: {id} has conclusions, notices, audit entries {effects:?}"))?;
    }
    Ok(())
}

fn is_same(there: &Arrived, saved: &Saved) -> bool {
    there.payload_sha256 == saved.payload_sha256.to_string()
        && there.account == saved.author.to_string()
        && there.note == saved.note
}

/// Delivers what waits, and then everything that was confirmed stands at the server once.
pub(super) async fn all_delivered(office: &Office, desktops: &[&Desktop]) -> Result<(), Trouble> {
    for desktop in desktops {
        desktop.settle().await?;
    }
    safe(office, desktops)?;
    for desktop in desktops {
        for saved in desktop.saved() {
            let row = desktop.row(&saved)?;
            if row.state != OutboxState::Delivered {
                return broken(format!("I9: {} ends as {:?} ({:?})", saved.decision_id, row.state, row.problem));
            }
        }
    }
    Ok(())
}

/// I4: a decision that lost is a conflict with what stands, and its author can read every word of it.
pub(super) fn lost_fairly(loser: &Desktop, saved: &Saved, codes: &[&str]) -> Result<(), Trouble> {
    let row = loser.row(saved)?;
    must(row.state == OutboxState::Conflict, format_args!("I4: the loser is {:?} ({:?})", row.state, row.problem))?;
    let code = loser.problem(saved)?;
    must(codes.contains(&code.as_str()), format_args!("the conflict is called {code}"))?;
    must(loser.standing(saved)?.is_some(), "I4: nothing says what stands instead")?;
    must(loser.own_words(saved)? == saved.note, "I4: the loser's text is not what was written")
}
