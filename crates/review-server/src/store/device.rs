//! Devices with their public keys, the credentials that only deliver, and how often keys were opened. Keys never change; nothing is removed.

use casework::AccountId;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::refusal::ServerError;
use crate::store::column;

/// Credentials that are kept of one device: the oldest go first.
const MOST_CREDENTIALS: u32 = 8;

/// A registered device of an account.
#[derive(Debug, Clone)]
pub(crate) struct DeviceRecord {
    pub(crate) id: Uuid,
    pub(crate) account: AccountId,
    pub(crate) device_key: String,
    pub(crate) author_key: String,
    pub(crate) registered_at_ms: i64,
    pub(crate) revoked_at_ms: Option<i64>,
}

const SELECT: &str =
    "SELECT d.device_id, d.account_id, d.device_key, d.author_key, d.registered_at_ms, d.revoked_at_ms FROM devices d";

fn read(row: &Row<'_>) -> rusqlite::Result<DeviceRecord> {
    Ok(DeviceRecord {
        id: column::uuid(row, 0)?,
        account: column::account_id(row, 1)?,
        device_key: row.get(2)?,
        author_key: row.get(3)?,
        registered_at_ms: row.get(4)?,
        revoked_at_ms: row.get(5)?,
    })
}

pub(crate) fn load(db: &Connection, device: Uuid, account: AccountId) -> Result<Option<DeviceRecord>, ServerError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} WHERE d.device_id = ?1 AND d.account_id = ?2"))?;
    Ok(statement.query_row([device.to_string(), account.to_string()], read).optional()?)
}

/// The devices of an account, the newest first.
pub(crate) fn of_account(db: &Connection, account: AccountId) -> Result<Vec<DeviceRecord>, ServerError> {
    let mut statement =
        db.prepare_cached(&format!("{SELECT} WHERE d.account_id = ?1 ORDER BY d.registered_at_ms DESC, d.device_id"))?;
    Ok(statement.query_map([account.to_string()], read)?.collect::<rusqlite::Result<Vec<_>>>()?)
}

pub(crate) fn insert(db: &Connection, device: &DeviceRecord) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO devices (device_id, account_id, device_key, author_key, registered_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            device.id.to_string(),
            device.account.to_string(),
            device.device_key,
            device.author_key,
            device.registered_at_ms
        ],
    )?;
    Ok(())
}

/// Ends a device for good: nothing comes in from it any more. Its credentials stay known, so that it is told why.
pub(crate) fn revoke(db: &Connection, device: Uuid, account: AccountId, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "UPDATE devices SET revoked_at_ms = ?3 WHERE device_id = ?1 AND account_id = ?2 AND revoked_at_ms IS NULL",
        params![device.to_string(), account.to_string(), now_ms],
    )?;
    Ok(())
}

/// Keeps one more credential of a device, and lets the oldest beyond the limit go.
pub(crate) fn add_credential(
    db: &Connection,
    device: Uuid,
    account: AccountId,
    credential_sha256: &str,
    now_ms: i64,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO delivery_credentials (credential_sha256, device_id, account_id, made_at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![credential_sha256, device.to_string(), account.to_string(), now_ms],
    )?;
    // The one that was just made stays whatever the clock says, and those in use rather than those that never were.
    db.execute(
        "DELETE FROM delivery_credentials WHERE device_id = ?1 AND account_id = ?2 AND credential_sha256 <> ?3
             AND credential_sha256 NOT IN (SELECT credential_sha256 FROM delivery_credentials
                 WHERE device_id = ?1 AND account_id = ?2 AND credential_sha256 <> ?3
                 ORDER BY max(made_at_ms, coalesce(last_used_ms, 0)) DESC, credential_sha256 LIMIT ?4)",
        params![device.to_string(), account.to_string(), credential_sha256, MOST_CREDENTIALS - 1],
    )?;
    Ok(())
}

/// The device whose delivery credential has this hash; notes that it was used, once a minute at most.
pub(crate) fn by_credential(db: &Connection, sha256: &str, now_ms: i64) -> Result<Option<DeviceRecord>, ServerError> {
    let mut statement = db.prepare_cached(&format!(
        "{SELECT} JOIN delivery_credentials c USING (device_id, account_id) WHERE c.credential_sha256 = ?1"
    ))?;
    let found = statement.query_row([sha256], read).optional()?;
    if found.is_some() {
        db.execute(
            "UPDATE delivery_credentials SET last_used_ms = ?2
             WHERE credential_sha256 = ?1 AND (last_used_ms IS NULL OR last_used_ms <= ?2 - 60000)",
            params![sha256, now_ms],
        )?;
    }
    Ok(found)
}

/// How often keys were opened for an account since then.
pub(crate) fn unseals_since(db: &Connection, account: AccountId, since_ms: i64) -> Result<u32, ServerError> {
    let sql = "SELECT count(*) FROM unseals WHERE account_id = ?1 AND at_ms > ?2";
    Ok(db.query_row(sql, params![account.to_string(), since_ms], |row| row.get(0))?)
}

pub(crate) fn note_unseal(db: &Connection, account: AccountId, now_ms: i64) -> Result<(), ServerError> {
    db.execute("INSERT INTO unseals (account_id, at_ms) VALUES (?1, ?2)", params![account.to_string(), now_ms])?;
    Ok(())
}
