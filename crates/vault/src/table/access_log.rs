//! `access_log` (work.db): what a person did here, by ids and words, each entry chained to the one before by [`casework::chain_hash`]. An entry
//! never changes, and leaves the file only after the server has it; the last one always stays, so that the chain goes on. What is worth an
//! entry is decided by the caller, but for the moves of a decision, which write their own.

use casework::{AccessEvent, CHAIN_START, CaseId, ChainEntry, DecisionId, Sha256, chain_hash};
use rusqlite::{OptionalExtension, Row, Transaction, named_params};

use crate::column;
use crate::error::{Fault, VaultError};
use crate::work_store::WorkStore;

/// The longest detail that an entry may have, in bytes.
const MAX_DETAIL_BYTES: usize = 64;

/// An entry to write. Its account is the vault's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAccess<'a> {
    /// When, by the desktop's idea of server time.
    pub at_ms: i64,
    /// What happened.
    pub what: AccessEvent,
    /// The case, if it is about one.
    pub case_id: Option<CaseId>,
    /// The decision, if it is about one.
    pub decision_id: Option<DecisionId>,
    /// A code or an id that says more: visible ASCII, at most 64 bytes; what is not is left out.
    pub detail: Option<&'a str>,
}

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRow {
    /// 1 for the first of this device, then one more each.
    pub seq: u64,
    /// When, by the desktop's idea of server time.
    pub at_ms: i64,
    /// A word of [`AccessEvent`].
    pub what: String,
    /// The case.
    pub case_id: Option<CaseId>,
    /// The decision.
    pub decision_id: Option<DecisionId>,
    /// A code or an id that says more.
    pub detail: Option<String>,
    /// The hash of the entry before.
    pub previous: Sha256,
    /// Its own.
    pub hash: Sha256,
}

impl WorkStore {
    /// Writes an entry; durable when it returns. Returns its number.
    ///
    /// # Errors
    /// The store fails; whatever was to be written down must not happen then.
    pub fn access_log_append(&self, entry: &NewAccess<'_>) -> Result<u64, VaultError> {
        self.work().write(|tx| append(tx, self.me(), entry))
    }

    /// The first entries that the server does not have, in order.
    ///
    /// # Errors
    /// The store fails.
    pub fn access_log_unshipped(&self, limit: u32) -> Result<Vec<AccessRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows = tx.prepare_cached("SELECT * FROM access_log WHERE is_shipped = 0 ORDER BY seq LIMIT ?1")?;
            let rows = rows.query_map([limit], access_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The server has everything up to this number. One that is not there yet does no harm.
    ///
    /// # Errors
    /// The store fails.
    pub fn access_log_shipped(&self, up_to_seq: u64) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.prepare_cached("UPDATE access_log SET is_shipped = 1 WHERE is_shipped = 0 AND seq <= ?1")?
                .execute([i64::try_from(up_to_seq).unwrap_or(i64::MAX)])?;
            Ok(())
        })
    }

    /// The server wants the log from this number on: what is still here of it counts as not shipped, what comes before it as shipped.
    ///
    /// # Errors
    /// The store fails.
    pub fn access_log_rewind(&self, next_seq: u64) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.prepare_cached("UPDATE access_log SET is_shipped = (seq < ?1) WHERE is_shipped <> (seq < ?1)")?
                .execute([i64::try_from(next_seq).unwrap_or(i64::MAX)])?;
            Ok(())
        })
    }

    /// Deletes shipped entries from before this instant, but never the last one. Returns how many.
    ///
    /// # Errors
    /// The store fails.
    pub fn access_log_prune(&self, before_ms: i64) -> Result<u32, VaultError> {
        self.work().write(|tx| {
            let gone = tx.execute(
                "DELETE FROM access_log WHERE is_shipped = 1 AND at_ms < ?1 AND seq < (SELECT max(seq) FROM access_log)",
                [before_ms],
            )?;
            Ok(u32::try_from(gone).unwrap_or(u32::MAX))
        })
    }
}

/// Writes an entry in the transaction of what it is about.
pub(crate) fn append(tx: &Transaction<'_>, account: &str, entry: &NewAccess<'_>) -> Result<u64, Fault> {
    let last = tx
        .prepare_cached("SELECT seq, hash FROM access_log ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((seq(row)?, column::sha256(row, "hash")?)))
        .optional()?;
    let (seq, previous) = last.map_or((1, CHAIN_START), |(seq, hash)| (seq + 1, hash));
    let detail = entry.detail.filter(|detail| is_plain(detail));
    let hash = chain_hash(
        previous,
        &ChainEntry {
            seq,
            at_ms: entry.at_ms,
            what: entry.what.word(),
            account: Some(account),
            case_id: entry.case_id,
            decision_id: entry.decision_id,
            detail,
        },
    );
    tx.prepare_cached(
        "INSERT INTO access_log (seq, at_ms, what, case_id, decision_id, detail, previous, hash)
         VALUES (:seq, :at_ms, :what, :case_id, :decision_id, :detail, :previous, :hash)",
    )?
    .execute(named_params! {
        ":seq": i64::try_from(seq).unwrap_or(i64::MAX),
        ":at_ms": entry.at_ms,
        ":what": entry.what.word(),
        ":case_id": entry.case_id.map(|id| id.to_string()),
        ":decision_id": entry.decision_id.map(|id| id.to_string()),
        ":detail": detail,
        ":previous": previous.0,
        ":hash": hash.0,
    })?;
    Ok(seq)
}

fn is_plain(detail: &str) -> bool {
    !detail.is_empty() && detail.len() <= MAX_DETAIL_BYTES && detail.bytes().all(|byte| byte.is_ascii_graphic())
}

fn access_row(row: &Row<'_>) -> rusqlite::Result<AccessRow> {
    Ok(AccessRow {
        seq: seq(row)?,
        at_ms: row.get("at_ms")?,
        what: row.get("what")?,
        case_id: column::optional(row, "case_id")?,
        decision_id: column::optional(row, "decision_id")?,
        detail: row.get("detail")?,
        previous: column::sha256(row, "previous")?,
        hash: column::sha256(row, "hash")?,
    })
}

fn seq(row: &Row<'_>) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>("seq")?).map_err(|_| column::unreadable("seq"))
}
