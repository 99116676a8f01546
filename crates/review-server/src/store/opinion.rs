//! Opinions of persons on a case: first, second, supervisor's. Written once.

use casework::{AccountId, CaseId, Opinion, OpinionKind, ReasonCode, Sha256};
use contract::decision::DecisionPayload;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::refusal::ServerError;
use crate::store::column;

/// Which opinion on a case it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    First,
    Second,
    Supervisor,
}

impl Position {
    fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Supervisor => "supervisor",
        }
    }
}

/// What is kept of an opinion besides its payload.
pub(crate) struct OpinionRecord<'a> {
    pub(crate) position: Position,
    pub(crate) opinion: &'a Opinion,
    pub(crate) payload: &'a DecisionPayload,
    pub(crate) payload_bytes: &'a [u8],
    pub(crate) payload_sha256: Sha256,
    pub(crate) decided_at_flag: Option<&'static str>,
}

pub(crate) fn insert(db: &Connection, record: &OpinionRecord<'_>, now_ms: i64) -> Result<(), ServerError> {
    let OpinionRecord { opinion, payload, .. } = record;
    let reasons: Vec<&str> = opinion.reasons().iter().map(|code| code.0.as_str()).collect();
    db.execute(
        "INSERT INTO opinions (decision_id, case_id, position, account_id, device_id, opinion, reasons, reasons_version,
             applicant_text, internal_note, evidence, payload, payload_sha256, fence, case_version, decided_at_ms,
             decided_at_flag, received_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        params![
            payload.decision_id.to_string(),
            payload.case_id.to_string(),
            record.position.word(),
            payload.author.to_string(),
            payload.device_id.to_string(),
            opinion.kind().word(),
            serde_json::json!(reasons).to_string(),
            payload.reasons_version,
            opinion.text(),
            payload.internal_note,
            serde_json::json!(payload.evidence).to_string(),
            record.payload_bytes,
            record.payload_sha256.to_string(),
            payload.fence,
            payload.case_version,
            payload.decided_at_ms,
            record.decided_at_flag,
            now_ms
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<(AccountId, Opinion)> {
    let account = column::account_id(row, 0)?;
    let kind = column::word(row, 1, "opinion", OpinionKind::from_word)?;
    let reasons = column::texts(row, 2)?.into_iter().map(ReasonCode).collect();
    let text = row.get(3)?;
    let opinion = match kind {
        OpinionKind::Approve => Opinion::Approve,
        OpinionKind::Reject => Opinion::Reject { reasons, text },
        OpinionKind::Escalate => Opinion::Escalate { reasons, text },
    };
    Ok((account, opinion))
}

pub(crate) fn load(
    db: &Connection,
    case: CaseId,
    position: Position,
) -> Result<Option<(AccountId, Opinion)>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT account_id, opinion, reasons, applicant_text FROM opinions WHERE case_id = ?1 AND position = ?2",
    )?;
    Ok(statement.query_row([case.to_string(), position.word().to_owned()], read).optional()?)
}

/// Whether this decision id was ever used.
pub(crate) fn exists(db: &Connection, decision: casework::DecisionId) -> Result<bool, ServerError> {
    let found =
        db.query_row("SELECT 1 FROM opinions WHERE decision_id = ?1", [decision.to_string()], |_| Ok(())).optional()?;
    Ok(found.is_some())
}
