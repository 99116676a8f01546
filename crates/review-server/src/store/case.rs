//! Cases (审核件): what was submitted, and where each stands.

use casework::{
    AccountId, CaseId, CaseNo, CaseState, CaseVersion, Conclusion, Declared, DocumentNumber, DocumentType, OfficeId,
    Period, PersonName, Role, Round, Validity,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use working_days::BeijingDate;

use crate::refusal::ServerError;
use crate::store::opinion::{self, Position};
use crate::store::{column, conclusion, ms};

/// A case as the rules need it.
#[derive(Debug, Clone)]
pub(crate) struct CaseRecord {
    pub(crate) id: CaseId,
    pub(crate) no: CaseNo,
    pub(crate) office: OfficeId,
    pub(crate) applicant: i64,
    pub(crate) round: Round,
    pub(crate) version: CaseVersion,
    pub(crate) state: CaseState,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) declared: Declared,
}

impl CaseRecord {
    /// The Beijing date of submission.
    pub(crate) fn submitted_on(&self) -> BeijingDate {
        BeijingDate::of(self.submitted_at)
    }
}

const SELECT: &str =
    "SELECT case_id, case_no, office_id, applicant_id, round, version, state, submitted_at_ms, name, former_name,
    document_type, document_number, valid_from, valid_until FROM cases";

fn read(row: &Row<'_>) -> rusqlite::Result<(CaseRecord, String)> {
    let former_name: Option<String> = row.get(9)?;
    let record = CaseRecord {
        id: column::case_id(row, 0)?,
        no: CaseNo(row.get(1)?),
        office: column::office_id(row, 2)?,
        applicant: row.get(3)?,
        round: Round::new(row.get(4)?).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(4, 0))?,
        version: CaseVersion(row.get(5)?),
        // The facts of the state stand in other tables: see `load`.
        state: CaseState::Pending,
        submitted_at: column::instant(row, 7)?,
        declared: Declared {
            name: column::word(row, 8, "name", |text| PersonName::parse(text).ok())?,
            former_name: former_name.and_then(|text| PersonName::parse(&text).ok()),
            document_type: column::word(row, 10, "document type", DocumentType::from_word)?,
            document_number: column::word(row, 11, "document number", |text| DocumentNumber::parse(text).ok())?,
            valid_from: column::date(row, 12)?,
            validity: column::maybe_date(row, 13)?.map_or(Validity::LongTerm, Validity::Until),
        },
    };
    Ok((record, row.get(6)?))
}

fn state_of(db: &Connection, case: CaseId, word: &str) -> Result<CaseState, ServerError> {
    let lacking = ServerError::Fault("a case's state lacks its opinions or conclusion");
    Ok(match word {
        "pending" => CaseState::Pending,
        "technical" => CaseState::Technical,
        "void" => CaseState::Void,
        "concluded" => CaseState::Concluded(conclusion::load(db, case)?.ok_or(lacking)?.outcome),
        "second_opinion" => {
            let (first_by, first) = opinion::load(db, case, Position::First)?.ok_or(lacking)?;
            CaseState::SecondOpinion { first_by, first }
        }
        "supervisor_decides" => {
            let first = opinion::load(db, case, Position::First)?;
            let second = opinion::load(db, case, Position::Second)?;
            match (first, second) {
                (Some((one, _)), Some((two, _))) => CaseState::SupervisorDecides { opinions_by: [one, two] },
                _ => return Err(lacking),
            }
        }
        _ => return Err(ServerError::Fault("a case is in an unknown state")),
    })
}

pub(crate) fn load(db: &Connection, case: CaseId) -> Result<Option<CaseRecord>, ServerError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} WHERE case_id = ?1"))?;
    let Some((mut record, word)) = statement.query_row([case.to_string()], read).optional()? else {
        return Ok(None);
    };
    record.state = state_of(db, case, &word)?;
    Ok(Some(record))
}

/// The case, when it is one of this office.
pub(crate) fn load_in(db: &Connection, case: CaseId, office: OfficeId) -> Result<Option<CaseRecord>, ServerError> {
    Ok(load(db, case)?.filter(|record| record.office == office))
}

/// The applicant's cases of a period that were submitted before this one, oldest first.
pub(crate) fn earlier_rounds(db: &Connection, case: &CaseRecord) -> Result<Vec<CaseRecord>, ServerError> {
    let period = Period::of(case.submitted_on());
    let mut statement = db.prepare_cached(
        "SELECT case_id FROM cases
         WHERE applicant_id = ?1 AND period_year = ?2 AND period_autumn = ?3 AND case_id <> ?4
             AND (round < ?5 OR (state = 'void' AND received_at_ms <=
                 (SELECT received_at_ms FROM cases WHERE case_id = ?4)))
         ORDER BY round, received_at_ms",
    )?;
    let ids = statement
        .query_map(
            params![case.applicant, period.year, period.is_autumn, case.id.to_string(), case.round.number()],
            |row| column::case_id(row, 0),
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    ids.into_iter().filter_map(|id| load(db, id).transpose()).collect()
}

/// A case that is about to be made.
pub(crate) struct NewCaseRecord<'a> {
    pub(crate) id: CaseId,
    pub(crate) no: &'a CaseNo,
    pub(crate) office: OfficeId,
    pub(crate) applicant: i64,
    pub(crate) round: Round,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) declared: &'a Declared,
    pub(crate) breach_ms: Option<i64>,
}

pub(crate) fn insert(db: &Connection, new: &NewCaseRecord<'_>, now_ms: i64) -> Result<(), ServerError> {
    let period = Period::of(BeijingDate::of(new.submitted_at));
    let valid_until = match new.declared.validity {
        Validity::Until(date) => Some(date.to_string()),
        Validity::LongTerm => None,
    };
    db.execute(
        "INSERT INTO cases (case_id, case_no, office_id, applicant_id, period_year, period_autumn, round, state,
             submitted_at_ms, received_at_ms, breach_ms, name, former_name, document_type, document_number, valid_from,
             valid_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        params![
            new.id.to_string(),
            new.no.0,
            new.office.to_string(),
            new.applicant,
            period.year,
            period.is_autumn,
            new.round.number(),
            ms(new.submitted_at),
            now_ms,
            new.breach_ms,
            new.declared.name.as_str(),
            new.declared.former_name.as_ref().map(PersonName::as_str),
            new.declared.document_type.word(),
            new.declared.document_number.as_str(),
            new.declared.valid_from.to_string(),
            valid_until
        ],
    )?;
    Ok(())
}

/// Gives out the next case number of a Beijing date, such as `2026-1229-0007`.
pub(crate) fn next_number(db: &Connection, day: BeijingDate) -> Result<CaseNo, ServerError> {
    let number: i64 = db.query_row(
        "INSERT INTO case_numbers (day, last_number) VALUES (?1, 1)
         ON CONFLICT (day) DO UPDATE SET last_number = last_number + 1 RETURNING last_number",
        [day.to_string()],
        |row| row.get(0),
    )?;
    Ok(CaseNo(format!("{}-{number:04}", day.naive().format("%Y-%m%d"))))
}

/// Moves a case to another state and raises its version by one.
pub(crate) fn move_to(db: &Connection, case: &CaseRecord, state: &str) -> Result<CaseVersion, ServerError> {
    move_to_at_least(db, case, state, CaseVersion(0))
}

/// The same, and raises the version to this one at least, which a history that was lost reached.
pub(crate) fn move_to_at_least(
    db: &Connection,
    case: &CaseRecord,
    state: &str,
    at_least: CaseVersion,
) -> Result<CaseVersion, ServerError> {
    let next = case.version.0.checked_add(1).ok_or(ServerError::Fault("a case has too many versions"))?;
    let version = CaseVersion(next.max(at_least.0));
    let moved = db.execute(
        "UPDATE cases SET state = ?2, version = ?3 WHERE case_id = ?1 AND version = ?4",
        params![case.id.to_string(), state, version.0, case.version.0],
    )?;
    if moved == 1 { Ok(version) } else { Err(ServerError::Fault("a case moved under its own transaction")) }
}

/// Open cases of an office that can be decided and that nobody else has the right to, the most urgent first.
pub(crate) fn free_by_urgency(
    db: &Connection,
    office: OfficeId,
    now: DateTime<Utc>,
    mut take: impl FnMut(CaseId) -> Result<bool, ServerError>,
) -> Result<(), ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT c.case_id FROM cases c LEFT JOIN leases l USING (case_id)
         WHERE c.office_id = ?1 AND c.state IN ('pending', 'second_opinion', 'supervisor_decides')
             AND (l.holder IS NULL OR l.expires_at_ms <= ?2)
         ORDER BY c.breach_ms IS NULL, c.breach_ms, c.submitted_at_ms, c.case_id",
    )?;
    let ids = statement
        .query_map(params![office.to_string(), ms(now)], |row| column::case_id(row, 0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for id in ids {
        if !take(id)? {
            break;
        }
    }
    Ok(())
}

/// How many cases of an office this person may decide and nobody else has the right to, their own included: the rule of
/// [`CaseState::may_be_worked_by`] over all rows at once, without those that are at the technical desk or that the person stood back from.
pub(crate) fn waiting_for(
    db: &Connection,
    office: OfficeId,
    account: AccountId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<u32, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT count(*) FROM cases c LEFT JOIN leases l USING (case_id)
         WHERE c.office_id = ?1 AND c.state IN ('pending', 'second_opinion', 'supervisor_decides')
             AND (c.state <> 'supervisor_decides' OR ?3)
             AND (c.state <> 'second_opinion' OR NOT EXISTS (SELECT 1 FROM opinions o
                 WHERE o.case_id = c.case_id AND o.position = 'first' AND o.account_id = ?2))
             AND (l.holder IS NULL OR l.holder = ?2 OR l.expires_at_ms <= ?4)
             AND NOT EXISTS (SELECT 1 FROM recusals r WHERE r.case_id = c.case_id AND r.account_id = ?2)",
    )?;
    let is_supervisor = role == Role::Supervisor;
    let values = params![office.to_string(), account.to_string(), is_supervisor, ms(now)];
    Ok(statement.query_row(values, |row| row.get(0))?)
}

/// The conclusion's word, when there is one.
pub(crate) fn outcome(state: &CaseState) -> Option<Conclusion> {
    match state {
        CaseState::Concluded(outcome) => Some(*outcome),
        _ => None,
    }
}
