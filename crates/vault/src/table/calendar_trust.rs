//! `calendar_keys` and `calendar_refusal` (work.db): which keys are trusted with calendar packs here, and the last pack that was not
//! accepted. Whether one set of keys may replace another is not decided here.

use casework::Sha256;
use rusqlite::{OptionalExtension, params};

use crate::column;
use crate::error::VaultError;
use crate::work_store::WorkStore;

/// A pack that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarRefusalRow {
    /// The stable word of the reason.
    pub word: String,
    /// SHA-256 of what was offered, to know it again; `None` where it was no pack at all.
    pub sha256: Option<Sha256>,
    /// When, server time.
    pub at_ms: i64,
}

impl WorkStore {
    /// Replaces the trusted keys: at most two, as minisign writes public keys; durable when it returns.
    ///
    /// # Errors
    /// The store fails, also for a third key or one that comes twice; the old ones stay then.
    pub fn put_calendar_keys(&self, keys: &[String]) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.execute("DELETE FROM calendar_keys", [])?;
            for (slot, key) in (1i64..).zip(keys) {
                tx.execute("INSERT INTO calendar_keys (slot, key) VALUES (?1, ?2)", params![slot, key])?;
            }
            Ok(())
        })
    }

    /// The trusted keys in the order of their slots; empty before a server named one.
    ///
    /// # Errors
    /// The store fails.
    pub fn calendar_keys(&self) -> Result<Vec<String>, VaultError> {
        self.work().read(|tx| {
            let mut keys = tx.prepare_cached("SELECT key FROM calendar_keys ORDER BY slot")?;
            let keys = keys.query_map([], |row| row.get(0))?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    /// Keeps why a pack was not accepted, in place of the refusal before it.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_calendar_refusal(&self, refusal: &CalendarRefusalRow) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.execute(
                "INSERT INTO calendar_refusal (id, word, sha256, at_ms) VALUES (1, ?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET word = excluded.word, sha256 = excluded.sha256, at_ms = excluded.at_ms",
                params![refusal.word, refusal.sha256.map(|sha256| sha256.0), refusal.at_ms],
            )?;
            Ok(())
        })
    }

    /// Forgets the refusal: a pack was accepted after it.
    ///
    /// # Errors
    /// The store fails.
    pub fn forget_calendar_refusal(&self) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.execute("DELETE FROM calendar_refusal", [])?;
            Ok(())
        })
    }

    /// The last refusal.
    ///
    /// # Errors
    /// The store fails.
    pub fn calendar_refusal(&self) -> Result<Option<CalendarRefusalRow>, VaultError> {
        self.work().read(|tx| {
            let found = tx
                .prepare_cached("SELECT word, sha256, at_ms FROM calendar_refusal")?
                .query_row([], |row| {
                    Ok(CalendarRefusalRow {
                        word: row.get("word")?,
                        sha256: column::optional_sha256(row, "sha256")?,
                        at_ms: row.get("at_ms")?,
                    })
                })
                .optional()?;
            Ok(found)
        })
    }
}
