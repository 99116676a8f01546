//! Answers of accepted decisions, kept for the life of the case under the decision's id.

use casework::{AccountId, DecisionId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;

/// An accepted decision.
pub(crate) struct AnswerRecord {
    pub(crate) fingerprint: String,
    /// The receipt as JSON.
    pub(crate) answer: String,
}

pub(crate) fn load(db: &Connection, decision: DecisionId) -> Result<Option<AnswerRecord>, ServerError> {
    let mut statement = db.prepare_cached("SELECT fingerprint, answer FROM decision_answers WHERE decision_id = ?1")?;
    let found = statement
        .query_row([decision.to_string()], |row| Ok(AnswerRecord { fingerprint: row.get(0)?, answer: row.get(1)? }))
        .optional()?;
    Ok(found)
}

pub(crate) fn insert(
    db: &Connection,
    decision: DecisionId,
    account: AccountId,
    record: &AnswerRecord,
    now_ms: i64,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO decision_answers (decision_id, account_id, fingerprint, answer, made_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![decision.to_string(), account.to_string(), record.fingerprint, record.answer, now_ms],
    )?;
    Ok(())
}

/// Puts the signed form of an answer in the place of one from before receipts were signed.
pub(crate) fn sign_old(db: &Connection, decision: DecisionId, answer: &str) -> Result<(), ServerError> {
    db.execute(
        "UPDATE decision_answers SET answer = ?2
         WHERE decision_id = ?1 AND json_extract(answer, '$.signature') IS NULL",
        [decision.to_string(), answer.to_owned()],
    )?;
    Ok(())
}
