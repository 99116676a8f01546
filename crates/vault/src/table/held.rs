//! `held`: what comes with a lease and only with it: the declared data, the list of photos, the applicant's earlier rounds. Leaves the
//! computer when the case does.

use std::collections::HashMap;

use casework::{
    CaseId, CaseNo, Declared, DocumentNumber, DocumentType, Fence, PersonName, ReasonCode, Round, Validity,
};
use chrono::NaiveDate;
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};
use serde::{Deserialize, Serialize};
use working_days::BeijingDate;

use super::cases::CaseRow;
use super::evidence::{EvidenceState, HeldEvidence};
use super::{cases, evidence, feed, renditions};
use crate::column;
use crate::error::{Fault, VaultError};
use crate::vault::Vault;

/// How an earlier round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlierOutcome {
    /// 通过
    Approved,
    /// 不通过
    Rejected,
    /// 作废
    Void,
}

impl EarlierOutcome {
    /// The word used on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Void => "void",
        }
    }

    /// The outcome of a received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Approved, Self::Rejected, Self::Void].into_iter().find(|outcome| outcome.word() == word)
    }
}

/// An earlier round of the same applicant in the same period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRoundRow {
    /// 1 or 2 (3 for a voided one).
    pub round: Round,
    /// Its number.
    pub case_no: CaseNo,
    /// Beijing date of submission.
    pub submitted_on: BeijingDate,
    /// How it ended.
    pub outcome: EarlierOutcome,
    /// Why it was rejected.
    pub reasons: Vec<ReasonCode>,
}

/// Everything about a case that its lease brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCase {
    /// The case.
    pub case_id: CaseId,
    /// The fence of the lease.
    pub fence: Fence,
    /// When others may take the case.
    pub expires_at_ms: i64,
    /// When the applicant submitted.
    pub submitted_at_ms: i64,
    /// What the applicant declared.
    pub declared: Declared,
    /// The photos, in the order in which they are shown.
    pub evidence: Vec<HeldEvidence>,
    /// The applicant's earlier rounds, oldest first.
    pub earlier_rounds: Vec<EarlierRoundRow>,
}

/// What putting or dropping held cases did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeldChanges {
    /// Whether anything that can be seen is different now.
    pub changed: bool,
    /// Cases that are not held any more.
    pub dropped: Vec<CaseId>,
}

/// How an earlier round stands in its JSON column.
#[derive(Serialize, Deserialize)]
struct EarlierRoundText {
    round: u8,
    case_no: String,
    submitted_on: String,
    outcome: EarlierOutcome,
    reasons: Vec<String>,
}

impl Vault {
    /// Puts held cases with their rows, in one transaction. Photos that are here stay ready. With `all`, the list is complete: what else is held
    /// is dropped, but for the cases in `keep`.
    ///
    /// # Errors
    /// [`VaultError::MismatchedCase`] when a row and its detail name two cases; else the store fails.
    pub fn put_held(
        &self,
        held: &[(CaseRow, HeldCase)],
        all: bool,
        keep: &[CaseId],
    ) -> Result<HeldChanges, VaultError> {
        if held.iter().any(|(row, detail)| row.case_id != detail.case_id) {
            return Err(VaultError::MismatchedCase);
        }
        let _order = self.order_photos();
        let here = self.photos().read(renditions::hashes)?;
        let (changes, used) = self.cases().write(|tx| {
            let mut known = evidence::states(tx)?;
            known.extend(here.iter().map(|sha256| (*sha256, EvidenceState::Ready)));
            let sweep = feed::sweep(tx)?;
            let mut changes = HeldChanges::default();
            for (row, detail) in held {
                changes.changed |= cases::put(tx, row, sweep)?;
                changes.changed |= put(tx, detail, &known)?;
            }
            if all {
                let listed: Vec<CaseId> = held.iter().map(|(row, _)| row.case_id).chain(keep.iter().copied()).collect();
                changes.dropped = remove_but(tx, &listed)?;
                changes.changed |= !changes.dropped.is_empty();
            }
            Ok((changes, evidence::all_hashes(tx)?))
        })?;
        if !changes.dropped.is_empty() {
            self.cases().truncate_wal_or_later();
        }
        self.drop_renditions_but_or_later(&used);
        Ok(changes)
    }

    /// The held part of a case; `None` when it is not held.
    ///
    /// # Errors
    /// The store fails.
    pub fn held(&self, case_id: CaseId) -> Result<Option<HeldCase>, VaultError> {
        self.cases().read(|tx| stored(tx, case_id))
    }

    /// Drops the declared data and the photos of a case; its row stays. Tells whether it was held.
    ///
    /// # Errors
    /// The store fails.
    pub fn drop_held(&self, case_id: CaseId) -> Result<bool, VaultError> {
        let _order = self.order_photos();
        let (was_held, used) = self.cases().write(|tx| {
            let was_held = tx.execute("DELETE FROM held WHERE case_id = ?1", [case_id.to_string()])? > 0;
            Ok((was_held, evidence::all_hashes(tx)?))
        })?;
        if was_held {
            self.cases().truncate_wal_or_later();
            self.drop_renditions_but_or_later(&used);
        }
        Ok(was_held)
    }
}

fn put(tx: &Transaction<'_>, case: &HeldCase, known: &HashMap<casework::Sha256, EvidenceState>) -> Result<bool, Fault> {
    let before = stored(tx, case.case_id)?;
    let declared = &case.declared;
    let rounds: Vec<EarlierRoundText> = case.earlier_rounds.iter().map(EarlierRoundText::of).collect();
    let rounds = serde_json::to_string(&rounds).map_err(|_| column::unreadable("earlier_rounds"))?;
    tx.prepare_cached(
        "INSERT INTO held (case_id, fence, expires_at_ms, submitted_at_ms, name, former_name, document_type, document_number,
                           valid_from, valid_until, earlier_rounds)
         VALUES (:case_id, :fence, :expires_at_ms, :submitted_at_ms, :name, :former_name, :document_type, :document_number,
                 :valid_from, :valid_until, :earlier_rounds)
         ON CONFLICT (case_id) DO UPDATE SET
             fence = excluded.fence, expires_at_ms = excluded.expires_at_ms, submitted_at_ms = excluded.submitted_at_ms,
             name = excluded.name, former_name = excluded.former_name, document_type = excluded.document_type,
             document_number = excluded.document_number, valid_from = excluded.valid_from,
             valid_until = excluded.valid_until, earlier_rounds = excluded.earlier_rounds",
    )?
    .execute(named_params! {
        ":case_id": case.case_id.to_string(),
        ":fence": case.fence.0,
        ":expires_at_ms": case.expires_at_ms,
        ":submitted_at_ms": case.submitted_at_ms,
        ":name": declared.name.as_str(),
        ":former_name": declared.former_name.as_ref().map(PersonName::as_str),
        ":document_type": declared.document_type.word(),
        ":document_number": declared.document_number.as_str(),
        ":valid_from": declared.valid_from.to_string(),
        ":valid_until": match declared.validity {
            Validity::Until(date) => Some(date.to_string()),
            Validity::LongTerm => None,
        },
        ":earlier_rounds": rounds,
    })?;
    evidence::replace(tx, case.case_id, &case.evidence, known)?;
    Ok(before != stored(tx, case.case_id)?)
}

fn stored(tx: &Transaction<'_>, case_id: CaseId) -> Result<Option<HeldCase>, Fault> {
    let found = tx
        .prepare_cached("SELECT * FROM held WHERE case_id = ?1")?
        .query_row([case_id.to_string()], held_case)
        .optional()?;
    let Some(mut case) = found else {
        return Ok(None);
    };
    case.evidence = evidence::of_case(tx, case_id)?;
    Ok(Some(case))
}

/// The case without its photos.
fn held_case(row: &Row<'_>) -> rusqlite::Result<HeldCase> {
    let name = |column: &'static str| column::word(row, column, |text| PersonName::parse(text).ok());
    let former_name = match row.get_ref("former_name")? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(name("former_name")?),
    };
    let rounds = column::word(row, "earlier_rounds", |text| {
        let rounds: Vec<EarlierRoundText> = serde_json::from_str(text).ok()?;
        rounds.into_iter().map(EarlierRoundText::understood).collect()
    })?;
    Ok(HeldCase {
        case_id: column::parsed(row, "case_id")?,
        fence: Fence(row.get("fence")?),
        expires_at_ms: row.get("expires_at_ms")?,
        submitted_at_ms: row.get("submitted_at_ms")?,
        declared: Declared {
            name: name("name")?,
            former_name,
            document_type: column::word(row, "document_type", DocumentType::from_word)?,
            document_number: column::word(row, "document_number", |text| DocumentNumber::parse(text).ok())?,
            valid_from: column::parsed(row, "valid_from")?,
            validity: match column::optional::<NaiveDate>(row, "valid_until")? {
                Some(date) => Validity::Until(date),
                None => Validity::LongTerm,
            },
        },
        evidence: Vec::new(),
        earlier_rounds: rounds,
    })
}

/// Drops every held case that is not listed.
fn remove_but(tx: &Transaction<'_>, listed: &[CaseId]) -> Result<Vec<CaseId>, Fault> {
    let mut delete =
        tx.prepare_cached("DELETE FROM held WHERE case_id NOT IN (SELECT value FROM json_each(?1)) RETURNING case_id")?;
    let rows = delete.query_map(params![column::json_ids(listed)], |row| column::parsed(row, "case_id"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl EarlierRoundText {
    fn of(row: &EarlierRoundRow) -> Self {
        Self {
            round: row.round.number(),
            case_no: row.case_no.0.clone(),
            submitted_on: row.submitted_on.to_string(),
            outcome: row.outcome,
            reasons: row.reasons.iter().map(|code| code.0.clone()).collect(),
        }
    }

    fn understood(self) -> Option<EarlierRoundRow> {
        Some(EarlierRoundRow {
            round: Round::new(self.round).ok()?,
            case_no: CaseNo(self.case_no),
            submitted_on: BeijingDate::parse(&self.submitted_on)?,
            outcome: self.outcome,
            reasons: self.reasons.into_iter().map(ReasonCode).collect(),
        })
    }
}
