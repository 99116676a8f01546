//! `feed`: where the pull of changes stands. A page and its cursor are one transaction. With a new epoch everything is kept until its last
//! page came; only then is swept what the server did not show. An answer that shrank wipes nothing by itself.

use casework::CaseId;
use rusqlite::{Transaction, params};

use super::{cases, evidence};
use crate::error::{Fault, VaultError};
use crate::table::cases::CaseRow;
use crate::vault::Vault;

/// Where to go on pulling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedPosition {
    /// The epoch of the last page; `None` before the first.
    pub epoch: Option<String>,
    /// The cursor of the last page; 0 before the first.
    pub cursor: i64,
    /// Whether a pull was ever finished: tells an empty queue from one that is not here yet.
    pub was_pulled: bool,
}

/// One page of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesPage {
    /// Its epoch.
    pub epoch: String,
    /// Where to go on after it.
    pub cursor: i64,
    /// Whether this is the first page of an epoch, pulled from its beginning.
    pub is_first_of_epoch: bool,
    /// Whether no further page is ready.
    pub is_last: bool,
    /// New and changed cases.
    pub upserts: Vec<CaseRow>,
    /// Cases that left this person's sight.
    pub gone: Vec<CaseId>,
}

/// What a page did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppliedChanges {
    /// Whether anything that can be seen is different now.
    pub changed: bool,
    /// Cases whose rows were removed, by the page or by the sweep after the last one.
    pub removed: Vec<CaseId>,
}

struct Stand {
    epoch: Option<String>,
    sweep: i64,
    is_sweeping: bool,
}

impl Vault {
    /// Where to go on pulling.
    ///
    /// # Errors
    /// The store fails.
    pub fn feed_position(&self) -> Result<FeedPosition, VaultError> {
        self.cases().read(|tx| {
            let position = tx.prepare_cached("SELECT epoch, cursor, was_pulled FROM feed")?.query_row([], |row| {
                Ok(FeedPosition { epoch: row.get(0)?, cursor: row.get(1)?, was_pulled: row.get(2)? })
            })?;
            Ok(position)
        })
    }

    /// Applies a page and its cursor. `keep` are the cases with an undelivered decision: the sweep after a new epoch leaves them in place
    /// (a tombstone in the page does not).
    ///
    /// # Errors
    /// [`VaultError::FeedOutOfOrder`] when the page is of another epoch than the last one and not the first of its own; else the store fails.
    /// Nothing is applied then, and the cursor stays.
    pub fn apply_changes(&self, page: &ChangesPage, keep: &[CaseId]) -> Result<AppliedChanges, VaultError> {
        let _order = self.order_photos();
        let (applied, used_photos) =
            self.cases().write(|tx| {
                let stand = stand(tx)?;
                if !page.is_first_of_epoch && stand.epoch.as_deref() != Some(page.epoch.as_str()) {
                    return Err(VaultError::FeedOutOfOrder.into());
                }
                let sweep = stand.sweep + i64::from(page.is_first_of_epoch);
                let is_sweeping = stand.is_sweeping || page.is_first_of_epoch;
                let mut changed = false;
                for case in &page.upserts {
                    changed |= cases::put(tx, case, sweep)?;
                }
                let mut removed = cases::remove(tx, &page.gone)?;
                if is_sweeping && page.is_last {
                    let unseen = cases::unseen(tx, sweep, keep)?;
                    removed.extend(cases::remove(tx, &unseen)?);
                }
                changed |= !removed.is_empty();
                tx.prepare_cached(
                "UPDATE feed SET epoch = ?1, cursor = ?2, sweep = ?3, is_sweeping = ?4, was_pulled = was_pulled OR ?5",
            )?
            .execute(params![page.epoch, page.cursor, sweep, is_sweeping && !page.is_last, page.is_last])?;
                Ok((AppliedChanges { changed, removed }, evidence::all_hashes(tx)?))
            })?;
        if !applied.removed.is_empty() {
            self.cases().truncate_wal_or_later();
            self.drop_renditions_but_or_later(&used_photos);
        }
        Ok(applied)
    }
}

fn stand(tx: &Transaction<'_>) -> Result<Stand, Fault> {
    let stand = tx
        .prepare_cached("SELECT epoch, sweep, is_sweeping FROM feed")?
        .query_row([], |row| Ok(Stand { epoch: row.get(0)?, sweep: row.get(1)?, is_sweeping: row.get(2)? }))?;
    Ok(stand)
}

/// The sweep that is running or was run last: what the server shows now belongs to it.
pub(crate) fn sweep(tx: &Transaction<'_>) -> Result<i64, Fault> {
    Ok(stand(tx)?.sweep)
}
