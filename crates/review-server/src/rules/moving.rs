//! The arrows of a case that are not opinions: to the technical desk, back from it, and void.

use casework::{CaseId, CaseState, DecideError, Fence};
use chrono::{DateTime, Utc};
use contract::case::VoidRequest;
use contract::decision::Standing;
use contract::problem::ProblemCode;
use rusqlite::Connection;
use serde_json::json;

use crate::refusal::ServerError;
use crate::rules::viewer::Viewer;
use crate::rules::{case_view, case_work, leasing, reason_text};
use crate::store::case::{self, CaseRecord};
use crate::store::event::{self, Event};
use crate::store::{audit, feed, lease, ms, notice, void};

/// Whoever holds the lease cannot see a photo: the case goes to the technical desk.
pub(crate) fn report_technical(
    db: &Connection,
    viewer: &Viewer,
    id: CaseId,
    fence: Fence,
    now: DateTime<Utc>,
) -> Result<Standing, ServerError> {
    viewer.must_review()?;
    let case = viewer.case(db, id)?;
    let next = casework::report_technical(&case.state, viewer.role());
    let next = next.map_err(|why| refused(db, &case, why))?;
    leasing::must_hold(db, viewer, &case, fence, now)?;
    move_case(db, viewer, &case, &next, "technical", now)?;
    standing_after(db, viewer, id)
}

/// A supervisor says that the case can be reviewed again.
pub(crate) fn repair(
    db: &Connection,
    viewer: &Viewer,
    id: CaseId,
    now: DateTime<Utc>,
) -> Result<Standing, ServerError> {
    let case = may_supervise(db, viewer, id)?;
    let next = casework::repair(&case.state, viewer.role()).map_err(|why| refused(db, &case, why))?;
    move_case(db, viewer, &case, &next, "repaired", now)?;
    standing_after(db, viewer, id)
}

/// A supervisor ends a round that failed by our fault. It uses no attempt.
pub(crate) fn void(
    db: &Connection,
    viewer: &Viewer,
    id: CaseId,
    request: &VoidRequest,
    now: DateTime<Utc>,
) -> Result<Standing, ServerError> {
    let case = may_supervise(db, viewer, id)?;
    let reason = reason_text::checked(&request.reason)?;
    let next = casework::void(&case.state, viewer.role()).map_err(|why| refused(db, &case, why))?;
    void::insert(db, id, viewer.id(), reason, ms(now))?;
    move_case(db, viewer, &case, &next, "void", now)?;
    let body = json!({ "case_no": case.no.0, "round": case.round.number(), "uses_attempt": false });
    notice::insert(db, id, "void", &body, ms(now))?;
    standing_after(db, viewer, id)
}

fn may_supervise(db: &Connection, viewer: &Viewer, id: CaseId) -> Result<CaseRecord, ServerError> {
    if viewer.role() != casework::Role::Supervisor {
        return Err(ProblemCode::RoleMayNot.into());
    }
    viewer.case(db, id)
}

fn refused(db: &Connection, case: &CaseRecord, why: DecideError) -> ServerError {
    let code = match why {
        DecideError::NotOpen => ProblemCode::AlreadyDecided,
        // A reviewer's report in a state that takes none is a report about a state that was: the answer says which is.
        DecideError::InTechnical | DecideError::NotInTechnical | DecideError::RoleMayNot => ProblemCode::StateChanged,
        DecideError::OwnFirstOpinion => ProblemCode::OwnFirstOpinion,
    };
    match case_view::standing(db, case) {
        Ok(standing) => ServerError::standing(code, standing),
        Err(error) => error,
    }
}

/// Moves the case, ends its lease, clears what its holder had on the desk, and tells history and feed.
fn move_case(
    db: &Connection,
    viewer: &Viewer,
    case: &CaseRecord,
    next: &CaseState,
    what: &'static str,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    let version = case::move_to(db, case, next.word())?;
    lease::end(db, case.id, "ended", now)?;
    case_work::clear(db, case.id)?;
    let event = Event {
        case: case.id,
        version,
        what,
        from_state: Some(case.state.word()),
        to_state: next.word(),
        account: Some(viewer.id()),
        decision: None,
    };
    event::insert(db, &event, ms(now))?;
    feed::touch(db, case.id, case.office)?;
    audit::write(db, ms(now), Some(viewer.id()), what, Some(case.id), None)
}

fn standing_after(db: &Connection, viewer: &Viewer, id: CaseId) -> Result<Standing, ServerError> {
    case_view::standing(db, &viewer.case(db, id)?)
}
