//! A case as others may see it: the row of the queue, the detail that comes with a lease, and what stands on a conflict. None of them
//! tells a first opinion or who gave it.

use casework::{CaseState, Validity};
use contract::case::{CaseDetail, CaseRow, DeclaredWire, EarlierRound, LeaseSummary};
use contract::decision::Standing;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::store::case::{self, CaseRecord};
use crate::store::{account, conclusion, deadline, lease, ms, photo};

/// The row that everybody of the office who may work on the case sees.
pub(crate) fn row(db: &Connection, case: &CaseRecord) -> Result<CaseRow, ServerError> {
    Ok(CaseRow {
        case_id: case.id.0,
        case_no: case.no.0.clone(),
        version: case.version.0,
        state: case.state.word().to_owned(),
        name: case.declared.name.as_str().to_owned(),
        last_four: case.declared.document_number.last_four(),
        document_type: case.declared.document_type.word().to_owned(),
        round: case.round.number(),
        deadline: deadline::newest(db, case.id)?,
        lease: lease_summary(db, case)?,
    })
}

fn lease_summary(db: &Connection, case: &CaseRecord) -> Result<Option<LeaseSummary>, ServerError> {
    let Some(lease) = lease::load(db, case.id)?.and_then(|record| record.lease()) else {
        return Ok(None);
    };
    let holder = account::load(db, lease.holder)?.ok_or(ServerError::Fault("a lease has no account"))?;
    Ok(Some(LeaseSummary {
        holder: holder.id.0,
        holder_name: holder.display_name,
        expires_at_ms: ms(lease.expires_at),
    }))
}

/// Everything about a case, for whoever holds its lease.
pub(crate) fn detail(db: &Connection, case: &CaseRecord) -> Result<CaseDetail, ServerError> {
    let declared = &case.declared;
    Ok(CaseDetail {
        row: row(db, case)?,
        submitted_at_ms: ms(case.submitted_at),
        declared: DeclaredWire {
            name: declared.name.as_str().to_owned(),
            former_name: declared.former_name.as_ref().map(|name| name.as_str().to_owned()),
            document_type: declared.document_type.word().to_owned(),
            document_number: declared.document_number.as_str().to_owned(),
            valid_from: declared.valid_from.to_string(),
            valid_until: match declared.validity {
                Validity::Until(date) => Some(date.to_string()),
                Validity::LongTerm => None,
            },
        },
        evidence: photo::of_case(db, case.id)?,
        earlier_rounds: earlier_rounds(db, case)?,
    })
}

fn earlier_rounds(db: &Connection, case: &CaseRecord) -> Result<Vec<EarlierRound>, ServerError> {
    let mut rounds = Vec::new();
    for earlier in case::earlier_rounds(db, case)? {
        let (outcome, reasons) = match &earlier.state {
            CaseState::Concluded(outcome) => {
                let reasons = conclusion::load(db, earlier.id)?.map(|record| record.reasons).unwrap_or_default();
                (outcome.word(), reasons)
            }
            CaseState::Void => ("void", Vec::new()),
            // An applicant has one open case at most, and this is it.
            _ => continue,
        };
        rounds.push(EarlierRound {
            round: earlier.round.number(),
            case_no: earlier.no.0.clone(),
            submitted_on: earlier.submitted_on().to_string(),
            outcome: outcome.to_owned(),
            reasons,
        });
    }
    Ok(rounds)
}

/// What stands: told on every conflict.
pub(crate) fn standing(db: &Connection, case: &CaseRecord) -> Result<Standing, ServerError> {
    let mut standing = Standing {
        state: case.state.word().to_owned(),
        version: case.version.0,
        outcome: case::outcome(&case.state).map(|outcome| outcome.word().to_owned()),
        decision_id: None,
        by_name: lease_summary(db, case)?.map(|lease| lease.holder_name),
        at_ms: None,
        reasons: Vec::new(),
    };
    if let Some(concluded) = conclusion::load(db, case.id)? {
        standing.outcome = Some(concluded.outcome.word().to_owned());
        standing.decision_id = Some(concluded.decision.0);
        standing.by_name = Some(concluded.by_name);
        standing.at_ms = Some(ms(concluded.at));
        standing.reasons = concluded.reasons;
    }
    Ok(standing)
}
