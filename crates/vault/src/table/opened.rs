//! `opened` (work.db): under which leases a case was opened on this computer. A lease that was opened lapses later than one that was not, so
//! the server is told, at the next contact. Only the first time counts.

use casework::{CaseId, Fence};
use rusqlite::params;

use crate::column;
use crate::error::VaultError;
use crate::work_store::WorkStore;

/// A lease under which the case was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenedRow {
    /// The case.
    pub case_id: CaseId,
    /// The fence of the lease.
    pub fence: Fence,
    /// When it was opened first, by the desktop's idea of server time.
    pub at_ms: i64,
}

impl WorkStore {
    /// The case was opened under this lease.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_opened(&self, case_id: CaseId, fence: Fence, at_ms: i64) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.prepare_cached("INSERT INTO opened (case_id, fence, at_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
                .execute(params![case_id.to_string(), fence.0, at_ms])?;
            Ok(())
        })
    }

    /// Whether the case was opened under this lease.
    ///
    /// # Errors
    /// The store fails.
    pub fn was_opened(&self, case_id: CaseId, fence: Fence) -> Result<bool, VaultError> {
        self.work().read(|tx| {
            let mut found = tx.prepare_cached("SELECT 1 FROM opened WHERE case_id = ?1 AND fence = ?2")?;
            Ok(found.exists(params![case_id.to_string(), fence.0])?)
        })
    }

    /// What the server was not told yet, the oldest first.
    ///
    /// # Errors
    /// The store fails.
    pub fn opened_untold(&self) -> Result<Vec<OpenedRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows =
                tx.prepare_cached("SELECT * FROM opened WHERE is_told = 0 ORDER BY at_ms, case_id, fence")?;
            let rows = rows.query_map([], |row| {
                Ok(OpenedRow {
                    case_id: column::parsed(row, "case_id")?,
                    fence: Fence(row.get("fence")?),
                    at_ms: row.get("at_ms")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The server was told.
    ///
    /// # Errors
    /// The store fails.
    pub fn opened_told(&self, opened: &[(CaseId, Fence)]) -> Result<(), VaultError> {
        self.work().write(|tx| {
            let mut told = tx.prepare_cached("UPDATE opened SET is_told = 1 WHERE case_id = ?1 AND fence = ?2")?;
            for (case_id, fence) in opened {
                told.execute(params![case_id.to_string(), fence.0])?;
            }
            Ok(())
        })
    }

    /// Forgets what was told of cases that are not among these.
    ///
    /// # Errors
    /// The store fails.
    pub fn forget_opened_but(&self, keep: &[CaseId]) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.execute(
                "DELETE FROM opened WHERE is_told = 1 AND case_id NOT IN (SELECT value FROM json_each(?1))",
                [column::json_ids(keep)],
            )?;
            Ok(())
        })
    }
}
