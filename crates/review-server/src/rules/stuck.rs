//! Decisions that desktops cannot deliver, for the supervisor of the office. What was decided is not told.

use casework::Role;
use contract::access_log::StuckAnswer;
use contract::problem::ProblemCode;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::viewer::Viewer;
use crate::store::stuck;

/// The stuck decisions of the supervisor's office.
pub(crate) fn list(db: &Connection, viewer: &Viewer) -> Result<StuckAnswer, ServerError> {
    if viewer.role() != Role::Supervisor {
        return Err(ProblemCode::RoleMayNot.into());
    }
    Ok(StuckAnswer { stuck: stuck::of_office(db, viewer.office())? })
}
