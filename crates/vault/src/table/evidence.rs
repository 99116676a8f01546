//! `evidence`: the photos of the held cases, and whether each is here yet. A photo is ready only after its rendition is committed; the same
//! photo in two cases has one state.

use std::collections::{HashMap, HashSet};

use casework::{CaseId, EvidenceKind, Sha256};
use rusqlite::{Row, Transaction, params};

use super::renditions;
use crate::column;
use crate::error::{Fault, VaultError};
use crate::vault::Vault;

/// Whether a photo can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceState {
    /// Not here yet.
    Waiting,
    /// Its rendition is here.
    Ready,
    /// It came, but cannot be shown safely.
    Unshowable,
}

impl EvidenceState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Unshowable => "unshowable",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Ready, Self::Unshowable].into_iter().find(|state| state.word() == word)
    }
}

/// A photo of a held case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldEvidence {
    /// SHA-256 of the original.
    pub sha256: Sha256,
    /// What it shows.
    pub kind: EvidenceKind,
    /// `jpeg`, `png` or `webp`.
    pub photo_type: String,
    /// Size of the original.
    pub bytes: u32,
    /// Width of the original in pixels, before EXIF orientation.
    pub width: u32,
    /// Height of the original in pixels, before EXIF orientation.
    pub height: u32,
    /// Whether it can be shown. Not taken from the caller when a case is put: a photo that is here stays ready, any other waits.
    pub state: EvidenceState,
}

/// A photo to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotoWanted {
    /// SHA-256 of the original.
    pub sha256: Sha256,
    /// The most urgent case that needs it.
    pub case_id: CaseId,
    /// What it shows there.
    pub kind: EvidenceKind,
    /// Size of the original.
    pub bytes: u32,
}

impl Vault {
    /// The photos that are not here yet, each once, those of the most urgent cases first.
    ///
    /// # Errors
    /// The store fails.
    pub fn photos_wanted(&self, limit: u32) -> Result<Vec<PhotoWanted>, VaultError> {
        self.cases().read(|tx| {
            let mut wanted = tx.prepare_cached(
                "SELECT e.sha256, e.case_id, e.kind, e.bytes FROM evidence e JOIN cases c ON c.case_id = e.case_id
                 WHERE e.state = 'waiting' ORDER BY c.urgency, c.case_no, e.ordinal",
            )?;
            let mut rows = wanted.query([])?;
            let (mut seen, mut found) = (HashSet::new(), Vec::new());
            while let Some(row) = rows.next()? {
                if found.len() >= limit as usize {
                    break;
                }
                let sha256 = column::sha256(row, "sha256")?;
                if seen.insert(sha256) {
                    found.push(PhotoWanted {
                        sha256,
                        case_id: column::parsed(row, "case_id")?,
                        kind: column::word(row, "kind", EvidenceKind::from_word)?,
                        bytes: row.get("bytes")?,
                    });
                }
            }
            Ok(found)
        })
    }

    /// Sets the state of a photo wherever it is evidence; returns the cases that it belongs to. `Ready` is set by
    /// [`Vault::put_rendition`] itself.
    ///
    /// # Errors
    /// [`VaultError::RenditionMissing`] for `Ready` while there is no rendition; else the store fails.
    pub fn set_evidence_state(&self, sha256: Sha256, state: EvidenceState) -> Result<Vec<CaseId>, VaultError> {
        let _order = self.order_photos();
        if state == EvidenceState::Ready && !self.photos().read(|tx| renditions::is_here(tx, sha256))? {
            return Err(VaultError::RenditionMissing);
        }
        self.cases().write(|tx| set_state(tx, sha256, state))
    }

    /// Makes the states agree with the renditions that are really here, after either file was lost or a crash fell between the two.
    pub(crate) fn reconcile_photos(&self) -> Result<(), VaultError> {
        let _order = self.order_photos();
        let here: HashSet<Sha256> = self.photos().read(renditions::hashes)?.into_iter().collect();
        let used = self.cases().write(|tx| {
            let states = states(tx)?;
            for (sha256, state) in &states {
                match (state, here.contains(sha256)) {
                    (EvidenceState::Ready, false) => drop(set_state(tx, *sha256, EvidenceState::Waiting)?),
                    (EvidenceState::Waiting, true) => drop(set_state(tx, *sha256, EvidenceState::Ready)?),
                    _ => {}
                }
            }
            Ok(states.into_keys().collect::<Vec<_>>())
        })?;
        self.drop_renditions_but(&used)
    }
}

pub(crate) fn set_state(tx: &Transaction<'_>, sha256: Sha256, state: EvidenceState) -> Result<Vec<CaseId>, Fault> {
    tx.prepare_cached("UPDATE evidence SET state = ?2 WHERE sha256 = ?1")?.execute(params![sha256.0, state.word()])?;
    let mut cases = tx.prepare_cached("SELECT DISTINCT case_id FROM evidence WHERE sha256 = ?1 ORDER BY case_id")?;
    let rows = cases.query_map([sha256.0], |row| column::parsed(row, "case_id"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether any held case needs the photo.
pub(crate) fn is_used(tx: &Transaction<'_>, sha256: Sha256) -> Result<bool, Fault> {
    Ok(tx.prepare_cached("SELECT 1 FROM evidence WHERE sha256 = ?1")?.exists([sha256.0])?)
}

/// The state of every photo.
pub(crate) fn states(tx: &Transaction<'_>) -> Result<HashMap<Sha256, EvidenceState>, Fault> {
    let mut states = tx.prepare_cached("SELECT DISTINCT sha256, state FROM evidence")?;
    let rows = states.query_map([], |row| {
        Ok((column::sha256(row, "sha256")?, column::word(row, "state", EvidenceState::from_word)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every photo of a held case.
pub(crate) fn all_hashes(tx: &Transaction<'_>) -> Result<Vec<Sha256>, Fault> {
    Ok(states(tx)?.into_keys().collect())
}

/// Replaces the photos of a case, in their order.
pub(crate) fn replace(
    tx: &Transaction<'_>,
    case_id: CaseId,
    photos: &[HeldEvidence],
    known: &HashMap<Sha256, EvidenceState>,
) -> Result<(), Fault> {
    let id = case_id.to_string();
    tx.prepare_cached("DELETE FROM evidence WHERE case_id = ?1")?.execute([&id])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO evidence (case_id, ordinal, sha256, kind, photo_type, bytes, width, height, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for (ordinal, photo) in (0i64..).zip(photos) {
        let state = known.get(&photo.sha256).copied().unwrap_or(EvidenceState::Waiting);
        insert.execute(params![
            id,
            ordinal,
            photo.sha256.0,
            photo.kind.word(),
            photo.photo_type,
            photo.bytes,
            photo.width,
            photo.height,
            state.word(),
        ])?;
    }
    Ok(())
}

/// The photos of a case, in their order.
pub(crate) fn of_case(tx: &Transaction<'_>, case_id: CaseId) -> Result<Vec<HeldEvidence>, Fault> {
    let mut photos = tx.prepare_cached("SELECT * FROM evidence WHERE case_id = ?1 ORDER BY ordinal")?;
    let rows = photos.query_map([case_id.to_string()], photo)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn photo(row: &Row<'_>) -> rusqlite::Result<HeldEvidence> {
    Ok(HeldEvidence {
        sha256: column::sha256(row, "sha256")?,
        kind: column::word(row, "kind", EvidenceKind::from_word)?,
        photo_type: row.get("photo_type")?,
        bytes: row.get("bytes")?,
        width: row.get("width")?,
        height: row.get("height")?,
        state: column::word(row, "state", EvidenceState::from_word)?,
    })
}
