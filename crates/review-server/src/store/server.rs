//! Who this server is: its id, the epoch of its feed, and the keys that decision envelopes are sealed to.

use contract::envelope::EnvelopeKeyPair;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::refusal::ServerError;
use crate::store::column;

pub(crate) struct ServerRecord {
    pub(crate) server_id: Uuid,
    pub(crate) feed_epoch: String,
    /// When a backup was put in the place of the data last.
    pub(crate) restored_at_ms: Option<i64>,
}

pub(crate) fn load(db: &Connection) -> Result<Option<ServerRecord>, ServerError> {
    let record = db
        .query_row("SELECT server_id, feed_epoch, restored_at_ms FROM server", [], |row| {
            Ok(ServerRecord { server_id: column::uuid(row, 0)?, feed_epoch: row.get(1)?, restored_at_ms: row.get(2)? })
        })
        .optional()?;
    Ok(record)
}

pub(crate) fn insert(db: &Connection, record: &ServerRecord, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO server (only_row, server_id, feed_epoch, made_at_ms) VALUES (1, ?1, ?2, ?3)",
        params![record.server_id.to_string(), record.feed_epoch, now_ms],
    )?;
    Ok(())
}

/// All envelope keys, the newest first.
pub(crate) fn envelope_keys(db: &Connection) -> Result<Vec<EnvelopeKeyPair>, ServerError> {
    let mut statement = db.prepare("SELECT seed FROM envelope_keys ORDER BY made_at_ms DESC, key_id")?;
    let keys = statement
        .query_map([], |row| {
            let seed = Zeroizing::new(row.get::<_, [u8; 32]>(0)?);
            Ok(EnvelopeKeyPair::from_seed(&seed))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(keys)
}

pub(crate) fn insert_envelope_key(db: &Connection, seed: &[u8; 32], now_ms: i64) -> Result<(), ServerError> {
    let key_id = EnvelopeKeyPair::from_seed(seed).key_id();
    db.execute(
        "INSERT INTO envelope_keys (key_id, seed, made_at_ms) VALUES (?1, ?2, ?3)",
        params![key_id, &seed[..], now_ms],
    )?;
    Ok(())
}

/// Ends the history that a backup is of, and begins another.
pub(crate) fn begin_history(db: &Connection, history: &str, before: &str, now_ms: i64) -> Result<(), ServerError> {
    db.execute("INSERT INTO histories (feed_epoch, ended_at_ms) VALUES (?1, ?2)", params![before, now_ms])?;
    db.execute("UPDATE server SET feed_epoch = ?1, restored_at_ms = ?2", params![history, now_ms])?;
    Ok(())
}
