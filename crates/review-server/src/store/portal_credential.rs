//! Credentials of portals for the intake, as hashes.

use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;

pub(crate) fn insert(db: &Connection, sha256: &str, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO portal_credentials (credential_sha256, made_at_ms) VALUES (?1, ?2)",
        params![sha256, now_ms],
    )?;
    Ok(())
}

pub(crate) fn is_good(db: &Connection, sha256: &str) -> Result<bool, ServerError> {
    let found = db
        .query_row(
            "SELECT 1 FROM portal_credentials WHERE credential_sha256 = ?1 AND revoked_at_ms IS NULL",
            [sha256],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}
