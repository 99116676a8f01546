//! The record of who did what, by ids only: a chain, each entry with the hash of the one before, so that nothing can be changed, taken out
//! or put in between without a trace. Entries are only ever added; cutting off the end is what the heads kept outside are for.

use casework::{AccountId, CHAIN_START, CaseId, ChainEntry, DecisionId, Sha256, chain_hash};
use contract::access_log::AuditPosition;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::refusal::ServerError;
use crate::store::column;

/// The last entry of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) hash: Sha256,
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditRow {
    pub(crate) seq: u64,
    pub(crate) at_ms: i64,
    pub(crate) account: Option<String>,
    pub(crate) what: String,
    pub(crate) case: Option<CaseId>,
    pub(crate) decision: Option<DecisionId>,
    pub(crate) detail: Option<String>,
    pub(crate) previous: Sha256,
    pub(crate) hash: Sha256,
}

impl AuditRow {
    /// The hash that this entry must have.
    pub(crate) fn hash_by_content(&self) -> Sha256 {
        let entry = ChainEntry {
            seq: self.seq,
            at_ms: self.at_ms,
            what: &self.what,
            account: self.account.as_deref(),
            case_id: self.case,
            decision_id: self.decision,
            detail: self.detail.as_deref(),
        };
        chain_hash(self.previous, &entry)
    }
}

pub(crate) fn write(
    db: &Connection,
    now_ms: i64,
    account: Option<AccountId>,
    what: &str,
    case: Option<CaseId>,
    detail: Option<&str>,
) -> Result<(), ServerError> {
    append(db, now_ms, account, what, case, None, detail).map(|_| ())
}

/// The same about a decision; tells where the entry stands.
pub(crate) fn write_decision(
    db: &Connection,
    now_ms: i64,
    account: AccountId,
    what: &str,
    case: CaseId,
    decision: DecisionId,
) -> Result<AuditPosition, ServerError> {
    let head = append(db, now_ms, Some(account), what, Some(case), Some(decision), None)?;
    Ok(AuditPosition { seq: head.seq, hash: head.hash.to_string() })
}

fn append(
    db: &Connection,
    now_ms: i64,
    account: Option<AccountId>,
    what: &str,
    case: Option<CaseId>,
    decision: Option<DecisionId>,
    detail: Option<&str>,
) -> Result<Head, ServerError> {
    let before = head(db)?;
    let mut row = AuditRow {
        seq: before.map_or(0, |head| head.seq) + 1,
        at_ms: now_ms,
        account: account.map(|id| id.to_string()),
        what: what.to_owned(),
        case,
        decision,
        detail: detail.map(ascii),
        previous: before.map_or(CHAIN_START, |head| head.hash),
        hash: CHAIN_START,
    };
    row.hash = row.hash_by_content();
    insert(db, &row)?;
    Ok(Head { seq: row.seq, hash: row.hash })
}

/// Escapes what is not ASCII as JSON does.
fn ascii(detail: &str) -> String {
    let mut text = String::with_capacity(detail.len());
    for c in detail.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

fn insert(db: &Connection, row: &AuditRow) -> Result<(), ServerError> {
    let mut statement = db.prepare_cached(
        "INSERT INTO audit (seq, at_ms, account_id, what, case_id, decision_id, detail, previous, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute(params![
        i64::try_from(row.seq).unwrap_or(i64::MAX),
        row.at_ms,
        row.account,
        row.what,
        row.case.map(|id| id.to_string()),
        row.decision.map(|id| id.to_string()),
        row.detail,
        row.previous.to_string(),
        row.hash.to_string()
    ])?;
    Ok(())
}

/// The last entry; `None` while there is none.
pub(crate) fn head(db: &Connection) -> Result<Option<Head>, ServerError> {
    let mut statement = db.prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?;
    let found = statement
        .query_row([], |row| Ok(Head { seq: column::number(row, 0)?, hash: column::sha256(row, 1)? }))
        .optional()?;
    Ok(found)
}

/// Where the entry about an accepted decision stands, if it is there.
pub(crate) fn position_of(db: &Connection, decision: DecisionId) -> Result<Option<AuditPosition>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT seq, hash FROM audit WHERE what = 'decision' AND (decision_id = ?1 OR detail = ?1)
             AND case_id = (SELECT case_id FROM opinions WHERE decision_id = ?1)
         ORDER BY seq LIMIT 1",
    )?;
    let found = statement
        .query_row([decision.to_string()], |row| Ok(AuditPosition { seq: column::number(row, 0)?, hash: row.get(1)? }))
        .optional()?;
    Ok(found)
}

/// What a walk along the chain meets.
pub(crate) enum Walked {
    /// An entry.
    Entry(AuditRow),
    /// Something under this number that cannot be an entry.
    Unreadable(u64),
}

/// Tells every entry, in order, until `look` says that it is enough.
pub(crate) fn each<E: From<ServerError> + From<rusqlite::Error>>(
    db: &Connection,
    mut look: impl FnMut(Walked) -> Result<bool, E>,
) -> Result<(), E> {
    let mut statement = db.prepare(
        "SELECT seq, at_ms, account_id, what, case_id, decision_id, detail, previous, hash FROM audit ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let walked = match read(row) {
            Ok(entry) => Walked::Entry(entry),
            Err(_) => Walked::Unreadable(column::number(row, 0)?),
        };
        if !look(walked)? {
            break;
        }
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: column::number(row, 0)?,
        at_ms: row.get(1)?,
        account: row.get(2)?,
        what: row.get(3)?,
        case: column::maybe(row, 4, column::case_id)?,
        decision: column::maybe(row, 5, column::decision_id)?,
        detail: row.get(6)?,
        previous: column::sha256(row, 7)?,
        hash: column::sha256(row, 8)?,
    })
}

/// Chains what was written before the audit was a chain, in its order, and drops the table that held it. Part of the third migration.
pub(crate) fn chain_old_entries(db: &Connection) -> rusqlite::Result<()> {
    let mut statement =
        db.prepare("SELECT at_ms, account_id, what, case_id, detail FROM audit_unchained ORDER BY audit_id")?;
    let mut rows = statement.query([])?;
    let (mut seq, mut previous) = (0, CHAIN_START);
    while let Some(row) = rows.next()? {
        seq += 1;
        let mut entry = AuditRow {
            seq,
            at_ms: row.get(0)?,
            account: row.get(1)?,
            what: row.get(2)?,
            case: column::maybe(row, 3, column::case_id)?,
            decision: None,
            detail: row.get(4)?,
            previous,
            hash: CHAIN_START,
        };
        entry.hash = entry.hash_by_content();
        previous = entry.hash;
        insert(db, &entry).map_err(|error| match error {
            ServerError::Store(crate::store::StoreError::Sqlite(error)) => error,
            _ => rusqlite::Error::InvalidQuery,
        })?;
    }
    drop(rows);
    drop(statement);
    db.execute_batch("DROP TABLE audit_unchained")
}
