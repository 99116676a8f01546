//! Tries to sign in, counted by the hash of the name that was typed, whether or not such an account exists.

use chrono::{DateTime, Duration, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;
use crate::store::ms;

/// Tries of one name since the last success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tries {
    pub(crate) count: u32,
    pub(crate) locked_until_ms: Option<i64>,
}

/// The tries that are still remembered at `now`.
pub(crate) fn load(
    db: &Connection,
    name_sha256: &str,
    now: DateTime<Utc>,
    remembered_for: Duration,
) -> Result<Tries, ServerError> {
    let found = db
        .query_row(
            "SELECT tries, last_at_ms, locked_until_ms FROM sign_in_tries WHERE name_sha256 = ?1",
            [name_sha256],
            |row| Ok((Tries { count: row.get(0)?, locked_until_ms: row.get(2)? }, row.get::<_, i64>(1)?)),
        )
        .optional()?;
    let oldest = ms(now - remembered_for);
    Ok(match found {
        Some((Tries { locked_until_ms: Some(until), .. }, _)) if until <= ms(now) => {
            Tries { count: 0, locked_until_ms: None }
        }
        Some((tries, last_at_ms)) if last_at_ms > oldest || tries.locked_until_ms.is_some() => tries,
        _ => Tries { count: 0, locked_until_ms: None },
    })
}

/// Records the tries of a name and forgets what is older than anybody remembers, so that made-up names cannot fill the table.
pub(crate) fn store(
    db: &Connection,
    name_sha256: &str,
    tries: Tries,
    now: DateTime<Utc>,
    remembered_for: Duration,
) -> Result<(), ServerError> {
    db.execute(
        "DELETE FROM sign_in_tries WHERE last_at_ms <= ?1 AND coalesce(locked_until_ms, 0) <= ?2",
        params![ms(now - remembered_for), ms(now)],
    )?;
    db.execute(
        "INSERT INTO sign_in_tries (name_sha256, tries, last_at_ms, locked_until_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name_sha256) DO UPDATE SET tries = ?2, last_at_ms = ?3, locked_until_ms = ?4",
        params![name_sha256, tries.count, ms(now), tries.locked_until_ms],
    )?;
    Ok(())
}

pub(crate) fn forget(db: &Connection, name_sha256: &str) -> Result<(), ServerError> {
    db.execute("DELETE FROM sign_in_tries WHERE name_sha256 = ?1", [name_sha256])?;
    Ok(())
}
