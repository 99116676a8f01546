//! Conclusions (已办结): one per case and round, written once.

use casework::{AccountId, CaseId, Conclusion, DecisionId, Round};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;
use crate::store::{column, ms};

/// What stands, and by whom.
pub(crate) struct ConclusionRecord {
    pub(crate) outcome: Conclusion,
    pub(crate) decision: DecisionId,
    pub(crate) by_name: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) reasons: Vec<String>,
}

pub(crate) fn load(db: &Connection, case: CaseId) -> Result<Option<ConclusionRecord>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT c.outcome, c.decision_id, a.display_name, c.concluded_at_ms, o.reasons
         FROM conclusions c JOIN accounts a USING (account_id) JOIN opinions o USING (decision_id)
         WHERE c.case_id = ?1",
    )?;
    let found = statement
        .query_row([case.to_string()], |row| {
            Ok(ConclusionRecord {
                outcome: column::word(row, 0, "outcome", Conclusion::from_word)?,
                decision: column::decision_id(row, 1)?,
                by_name: row.get(2)?,
                at: column::instant(row, 3)?,
                reasons: column::texts(row, 4)?,
            })
        })
        .optional()?;
    Ok(found)
}

pub(crate) fn insert(
    db: &Connection,
    case: CaseId,
    round: Round,
    outcome: Conclusion,
    decision: DecisionId,
    by: AccountId,
    at: DateTime<Utc>,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO conclusions (case_id, round, outcome, decision_id, account_id, concluded_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![case.to_string(), round.number(), outcome.word(), decision.to_string(), by.to_string(), ms(at)],
    )?;
    Ok(())
}
