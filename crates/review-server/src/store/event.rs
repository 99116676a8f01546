//! The history of a case: every arrow one row, written in the transaction that moves the case.

use casework::{AccountId, CaseId, CaseVersion, DecisionId};
use rusqlite::{Connection, params};

use crate::refusal::ServerError;

/// One arrow.
pub(crate) struct Event<'a> {
    pub(crate) case: CaseId,
    /// The version that it led to.
    pub(crate) version: CaseVersion,
    pub(crate) what: &'static str,
    pub(crate) from_state: Option<&'a str>,
    pub(crate) to_state: &'a str,
    pub(crate) account: Option<AccountId>,
    pub(crate) decision: Option<DecisionId>,
}

pub(crate) fn insert(db: &Connection, event: &Event<'_>, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO case_events (case_id, version, what, from_state, to_state, account_id, decision_id, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            event.case.to_string(),
            event.version.0,
            event.what,
            event.from_state,
            event.to_state,
            event.account.map(|id| id.to_string()),
            event.decision.map(|id| id.to_string()),
            now_ms
        ],
    )?;
    Ok(())
}

/// Whether anything moved a case since then, besides opinions that were received before it (and came back after a restore).
pub(crate) fn any_since(db: &Connection, case: CaseId, since_ms: i64) -> Result<bool, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM case_events e LEFT JOIN opinions o ON o.decision_id = e.decision_id
             WHERE e.case_id = ?1 AND e.at_ms >= ?2 AND (o.received_at_ms IS NULL OR o.received_at_ms >= ?2))",
    )?;
    Ok(statement.query_row(params![case.to_string(), since_ms], |row| row.get(0))?)
}
