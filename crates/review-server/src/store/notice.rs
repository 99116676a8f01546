//! What the portal has to be told. Written in the transaction that makes it true; sending is somebody else's part.

use casework::CaseId;
use rusqlite::{Connection, params};

use crate::refusal::ServerError;

pub(crate) fn insert(
    db: &Connection,
    case: CaseId,
    kind: &'static str,
    body: &serde_json::Value,
    now_ms: i64,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO notices (case_id, kind, body, made_at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![case.to_string(), kind, body.to_string(), now_ms],
    )?;
    Ok(())
}
