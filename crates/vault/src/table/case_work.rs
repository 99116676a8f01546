//! `case_work` (work.db): draft, note and hold of a case, sealed to the author, until the case is decided or leaves this desk. What stands in
//! it is the caller's; here is only whether the server has it yet, and when to be reminded.

use casework::{CaseId, Fence};
use rusqlite::{OptionalExtension, Row, params};
use zeroize::Zeroizing;

use crate::column;
use crate::error::{VaultError, VaultFile};
use crate::vault::Vault;
use crate::work_store::WorkStore;

/// Draft, note and hold of a case.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseWorkRow {
    /// The case.
    pub case_id: CaseId,
    /// The fence of the lease under which it was made.
    pub fence: Fence,
    /// What it is, in the clear, as bytes that only the caller reads; the vault seals it to the author.
    pub work: Zeroizing<Vec<u8>>,
    /// When to be reminded of a hold, server time.
    pub remind_at_ms: Option<i64>,
    /// When it was changed last, by the desktop's idea of server time.
    pub updated_at_ms: i64,
    /// The server does not have it yet.
    pub is_dirty: bool,
}

impl std::fmt::Debug for CaseWorkRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseWorkRow").field("case_id", &self.case_id).finish_non_exhaustive()
    }
}

struct Sealed {
    row: CaseWorkRow,
    sealed: Vec<u8>,
}

impl Vault {
    /// Keeps the work on a case in place of what was there; durable when it returns.
    ///
    /// # Errors
    /// [`VaultError::Closed`], or the store fails; the old one stays.
    pub fn put_case_work(&self, row: &CaseWorkRow) -> Result<(), VaultError> {
        let sealed = self.with_keys(|keys| keys.author.seal(&bound(row.case_id), &row.work))?;
        self.work().write(|tx| {
            tx.prepare_cached(
                "INSERT INTO case_work (case_id, fence, sealed, remind_at_ms, updated_at_ms, is_dirty)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (case_id) DO UPDATE SET fence = excluded.fence, sealed = excluded.sealed,
                     remind_at_ms = excluded.remind_at_ms, updated_at_ms = excluded.updated_at_ms, is_dirty = excluded.is_dirty",
            )?
            .execute(params![
                row.case_id.to_string(),
                row.fence.0,
                sealed,
                row.remind_at_ms,
                row.updated_at_ms,
                row.is_dirty
            ])?;
            Ok(())
        })
    }

    /// The work on a case.
    ///
    /// # Errors
    /// [`VaultError::Closed`]; [`VaultError::UnreadableRow`] when it was sealed to another author; else the store fails.
    pub fn case_work(&self, case_id: CaseId) -> Result<Option<CaseWorkRow>, VaultError> {
        let found = self.work().read(|tx| {
            let mut row = tx.prepare_cached("SELECT * FROM case_work WHERE case_id = ?1")?;
            Ok(row.query_row([case_id.to_string()], sealed_row).optional()?)
        })?;
        found.map(|found| self.opened_work(found)).transpose()
    }

    /// The work on all cases, the oldest change first.
    ///
    /// # Errors
    /// As [`Vault::case_work`].
    pub fn case_works(&self) -> Result<Vec<CaseWorkRow>, VaultError> {
        self.works("SELECT * FROM case_work ORDER BY updated_at_ms, case_id")
    }

    /// What the server does not have yet, the oldest change first.
    ///
    /// # Errors
    /// As [`Vault::case_work`].
    pub fn case_work_dirty(&self) -> Result<Vec<CaseWorkRow>, VaultError> {
        self.works("SELECT * FROM case_work WHERE is_dirty = 1 ORDER BY updated_at_ms, case_id")
    }

    fn works(&self, sql: &'static str) -> Result<Vec<CaseWorkRow>, VaultError> {
        let found = self.work().read(|tx| {
            let mut rows = tx.prepare_cached(sql)?;
            let rows = rows.query_map([], sealed_row)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        found.into_iter().map(|found| self.opened_work(found)).collect()
    }

    fn opened_work(&self, Sealed { mut row, sealed }: Sealed) -> Result<CaseWorkRow, VaultError> {
        let opened = self.with_keys(|keys| Ok(keys.author.open(&bound(row.case_id), &sealed)))?;
        row.work = opened.ok_or(VaultError::UnreadableRow { file: VaultFile::Work })?;
        Ok(row)
    }
}

impl WorkStore {
    /// The server has the work of a case as it was changed at this instant. `false`, and it stays to be sent, when it was changed again since.
    ///
    /// # Errors
    /// The store fails.
    pub fn case_work_synced(&self, case_id: CaseId, updated_at_ms: i64) -> Result<bool, VaultError> {
        self.work().write(|tx| {
            let synced = tx
                .prepare_cached("UPDATE case_work SET is_dirty = 0 WHERE case_id = ?1 AND updated_at_ms = ?2")?
                .execute(params![case_id.to_string(), updated_at_ms])?;
            Ok(synced == 1)
        })
    }

    /// Forgets the work on a case: it was decided, or is another's; it leaves the WAL too. Fine when there is none.
    ///
    /// # Errors
    /// The store fails.
    pub fn forget_case_work(&self, case_id: CaseId) -> Result<(), VaultError> {
        let gone = self
            .work()
            .write(|tx| Ok(tx.execute("DELETE FROM case_work WHERE case_id = ?1", [case_id.to_string()])?))?;
        if gone > 0 {
            self.work().truncate_wal_or_later();
        }
        Ok(())
    }
}

/// What the sealed bytes are bound to.
fn bound(case_id: CaseId) -> Vec<u8> {
    format!("case work of {case_id}").into_bytes()
}

fn sealed_row(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed {
        sealed: row.get("sealed")?,
        row: CaseWorkRow {
            case_id: column::parsed(row, "case_id")?,
            fence: Fence(row.get("fence")?),
            work: Zeroizing::new(Vec::new()),
            remind_at_ms: row.get("remind_at_ms")?,
            updated_at_ms: row.get("updated_at_ms")?,
            is_dirty: row.get("is_dirty")?,
        },
    })
}
