//! What a person sees of the cases of the office, and how the feed tells of it: each case as it is now, or that it left this person's
//! sight. Sight is worked out when it is asked for, never stored, so nobody has to be told that it changed.

use casework::CaseState;
use contract::feed::{Change, ChangesAnswer, ChangesQuery, GoneWhy};
use contract::problem::ProblemCode;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::case_view;
use crate::rules::viewer::Viewer;
use crate::store::case::{self, CaseRecord};
use crate::store::feed;

/// The most changes of one page.
const MAX_LIMIT: u32 = 500;

/// One page of changes.
pub(crate) fn changes(db: &Connection, viewer: &Viewer, query: &ChangesQuery) -> Result<ChangesAnswer, ServerError> {
    if !(1..=MAX_LIMIT).contains(&query.limit) {
        return Err(ServerError::at_field(ProblemCode::BadRequest, "limit"));
    }
    if query.after < 0 {
        return Err(ServerError::at_field(ProblemCode::BadRequest, "after"));
    }
    let mut answer =
        ChangesAnswer { epoch: viewer.epoch.clone(), cursor: query.after, has_more: false, changes: Vec::new() };
    if !viewer.role().may_review() {
        return Ok(answer);
    }
    let newest = feed::newest(db, viewer.office())?;
    // A cursor that was never given out, for example one from before a restored backup, comes back to where the feed is.
    answer.cursor = query.after.min(newest);
    // Whoever starts from nothing has nothing that could be gone. Such a page may be made of several slices of the feed.
    let is_first = query.after == 0;
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    while answer.changes.len() < wanted && answer.cursor < newest {
        let room = query.limit - u32::try_from(answer.changes.len()).unwrap_or(query.limit);
        for (seq, id) in feed::after(db, viewer.office(), answer.cursor, room)? {
            let case = case::load(db, id)?.ok_or(ServerError::Fault("the feed names an unknown case"))?;
            match change(db, viewer, &case)? {
                Change::Gone { .. } if is_first => {}
                change => answer.changes.push(change),
            }
            answer.cursor = seq;
        }
    }
    answer.has_more = answer.cursor < newest;
    Ok(answer)
}

fn change(db: &Connection, viewer: &Viewer, case: &CaseRecord) -> Result<Change, ServerError> {
    if case.office == viewer.office() && case.state.may_be_worked_by(viewer.id(), viewer.role()) {
        return Ok(Change::Case { row: case_view::row(db, case)? });
    }
    let why = match case.state {
        _ if case.office != viewer.office() => GoneWhy::Moved,
        CaseState::Concluded(_) => GoneWhy::Concluded,
        CaseState::Void => GoneWhy::Void,
        CaseState::Pending
        | CaseState::Technical
        | CaseState::SecondOpinion { .. }
        | CaseState::SupervisorDecides { .. } => GoneWhy::Moved,
    };
    Ok(Change::Gone { case_id: case.id.0, why })
}
