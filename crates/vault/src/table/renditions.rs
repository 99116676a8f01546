//! `renditions` (photos.db): the re-encoded pictures that may be shown, under the hash of the original. Kept only as long as a held case needs
//! them; what is deleted leaves the WAL at once.

use casework::{CaseId, Sha256};
use rusqlite::{OptionalExtension, Transaction, params};

use super::evidence;
use super::evidence::EvidenceState;
use crate::column;
use crate::error::{Fault, VaultError};
use crate::failpoint::fail_point;
use crate::vault::Vault;

/// A picture that may be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct RenditionRow {
    /// JPEG bytes, made by the photo worker.
    pub jpeg: Vec<u8>,
    /// Width in pixels, as shown.
    pub width: u32,
    /// Height in pixels, as shown.
    pub height: u32,
}

impl std::fmt::Debug for RenditionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RenditionRow({}×{})", self.width, self.height)
    }
}

impl Vault {
    /// Keeps a picture, then calls its photo ready in every held case; returns those cases. When no held case needs the photo any more,
    /// nothing is kept and the list is empty.
    ///
    /// # Errors
    /// The store fails; the photo is not called ready then.
    pub fn put_rendition(&self, sha256: Sha256, rendition: &RenditionRow) -> Result<Vec<CaseId>, VaultError> {
        let _order = self.order_photos();
        if !self.cases().read(|tx| evidence::is_used(tx, sha256))? {
            return Ok(Vec::new());
        }
        fail_point!("vault::renditions::before-put");
        self.photos().write(|tx| {
            tx.prepare_cached(
                "INSERT INTO renditions (sha256, width, height, jpeg) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (sha256) DO UPDATE SET width = excluded.width, height = excluded.height, jpeg = excluded.jpeg",
            )?
            .execute(params![sha256.0, rendition.width, rendition.height, rendition.jpeg])?;
            Ok(())
        })?;
        fail_point!("vault::renditions::after-put");
        self.cases().write(|tx| evidence::set_state(tx, sha256, EvidenceState::Ready))
    }

    /// The picture of a photo; `None` when it is not here.
    ///
    /// # Errors
    /// The store fails.
    pub fn rendition(&self, sha256: Sha256) -> Result<Option<RenditionRow>, VaultError> {
        self.photos().read(|tx| {
            let found = tx
                .prepare_cached("SELECT width, height, jpeg FROM renditions WHERE sha256 = ?1")?
                .query_row([sha256.0], |row| {
                    Ok(RenditionRow { width: row.get("width")?, height: row.get("height")?, jpeg: row.get("jpeg")? })
                })
                .optional()?;
            Ok(found)
        })
    }

    /// Deletes every picture but those of the listed photos, gives their room back and empties the WAL. Photos that are deleted while a held
    /// case needs them are waiting again.
    ///
    /// # Errors
    /// The store fails.
    pub fn retain_renditions(&self, keep: &[Sha256]) -> Result<(), VaultError> {
        {
            let _order = self.order_photos();
            self.drop_renditions_but(keep)?;
        }
        self.reconcile_photos()
    }

    /// The same, while the caller holds the order of the two files.
    pub(crate) fn drop_renditions_but(&self, keep: &[Sha256]) -> Result<(), VaultError> {
        let deleted = self.photos().write(|tx| {
            let deleted = tx.execute(
                "DELETE FROM renditions WHERE hex(sha256) NOT IN (SELECT value FROM json_each(?1))",
                [column::json_hashes(keep)],
            )?;
            if deleted > 0 {
                fail_point!("vault::cases::before-purge");
            }
            Ok(deleted)
        })?;
        if deleted > 0 {
            self.photos().truncate_wal_or_later();
            fail_point!("vault::cases::after-purge");
        }
        Ok(())
    }

    /// The same after a change of cases.db that is already on the disk: pictures that stay now go at the next change or unlocking.
    pub(crate) fn drop_renditions_but_or_later(&self, keep: &[Sha256]) {
        if let Err(error) = self.drop_renditions_but(keep) {
            tracing::warn!(%error, "unneeded pictures are deleted later");
        }
    }
}

pub(crate) fn is_here(tx: &Transaction<'_>, sha256: Sha256) -> Result<bool, Fault> {
    Ok(tx.prepare_cached("SELECT 1 FROM renditions WHERE sha256 = ?1")?.exists([sha256.0])?)
}

/// The photos whose pictures are here.
pub(crate) fn hashes(tx: &Transaction<'_>) -> Result<Vec<Sha256>, Fault> {
    let mut hashes = tx.prepare_cached("SELECT sha256 FROM renditions")?;
    let rows = hashes.query_map([], |row| column::sha256(row, "sha256"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
