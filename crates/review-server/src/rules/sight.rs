//! What a person sees of the cases of the office, and how the feed tells of it: each case as it is now, or that it left this person's
//! sight. Sight is worked out when it is asked for, never stored, so nobody has to be told that it changed.

use casework::CaseState;
use contract::feed::{Change, ChangesAnswer, ChangesQuery, GoneWhy};
use contract::problem::ProblemCode;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::viewer::Viewer;
use crate::rules::{case_view, leasing};
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
    let newest = newest(db, viewer)?;
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

/// The newest cursor of this person's feed; 0 for whoever sees nothing.
pub(crate) fn newest(db: &Connection, viewer: &Viewer) -> Result<i64, ServerError> {
    if viewer.role().may_review() { feed::newest(db, viewer.office()) } else { Ok(0) }
}

fn change(db: &Connection, viewer: &Viewer, case: &CaseRecord) -> Result<Change, ServerError> {
    if leasing::may_hold(db, viewer, case)? {
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
