//! `calendar_packs` (work.db): the packs that were accepted on this computer, with signature and key. A row is durable before
//! [`WorkStore::put_calendar_pack`] returns and never changes. Whether a pack may be accepted is not decided here.

use casework::Sha256;
use rusqlite::{Row, params};

use crate::column;
use crate::error::VaultError;
use crate::work_store::WorkStore;

/// Where an accepted pack came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PackSource {
    /// The server's answer.
    Server,
    /// A file.
    Imported,
}

impl PackSource {
    fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Imported => "imported",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Server, Self::Imported].into_iter().find(|source| source.word() == word)
    }
}

/// An accepted pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPackRow {
    /// Its serial.
    pub serial: u32,
    /// SHA-256 of its canonical bytes.
    pub sha256: Sha256,
    /// Its canonical bytes, which are UTF-8.
    pub pack: String,
    /// Its signature, as minisign writes it.
    pub signature: String,
    /// The public key that the signature was verified with.
    pub key: String,
    /// Where it came from.
    pub source: PackSource,
    /// When it was accepted, server time.
    pub accepted_at_ms: i64,
}

impl WorkStore {
    /// Keeps an accepted pack; durable when it returns.
    ///
    /// # Errors
    /// The store fails, also when a pack of this serial is here already.
    pub fn put_calendar_pack(&self, pack: &CalendarPackRow) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.execute(
                "INSERT INTO calendar_packs (serial, sha256, pack, signature, key, source, accepted_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    pack.serial,
                    pack.sha256.0,
                    pack.pack,
                    pack.signature,
                    pack.key,
                    pack.source.word(),
                    pack.accepted_at_ms,
                ],
            )?;
            Ok(())
        })
    }

    /// The accepted packs, the newest serial first.
    ///
    /// # Errors
    /// The store fails.
    pub fn calendar_packs(&self) -> Result<Vec<CalendarPackRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows = tx.prepare_cached("SELECT * FROM calendar_packs ORDER BY serial DESC")?;
            let rows = rows.query_map([], pack_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn pack_row(row: &Row<'_>) -> rusqlite::Result<CalendarPackRow> {
    Ok(CalendarPackRow {
        serial: row.get("serial")?,
        sha256: column::sha256(row, "sha256")?,
        pack: row.get("pack")?,
        signature: row.get("signature")?,
        key: row.get("key")?,
        source: column::word(row, "source", PackSource::from_word)?,
        accepted_at_ms: row.get("accepted_at_ms")?,
    })
}
