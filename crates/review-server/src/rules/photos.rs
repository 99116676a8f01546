//! Who gets the original bytes of a photo: whoever holds the current lease of a case that shows it. Every look is recorded.

use casework::Sha256;
use chrono::{DateTime, Utc};
use contract::problem::ProblemCode;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::viewer::Viewer;
use crate::store::{audit, ms, photo};

/// Refuses whoever may not see the photo; records the look of whoever may.
pub(crate) fn look(db: &Connection, viewer: &Viewer, sha256: Sha256, now: DateTime<Utc>) -> Result<(), ServerError> {
    viewer.must_review()?;
    let cases = photo::cases_showing(db, sha256, viewer.office())?;
    if cases.is_empty() {
        return Err(ProblemCode::NotFound.into());
    }
    let Some((case, _)) = cases.into_iter().find(|(_, holder)| *holder == Some(viewer.id())) else {
        return Err(ProblemCode::LeaseRequired.into());
    };
    audit::write(db, ms(now), Some(viewer.id()), "photo_sent", Some(case), Some(&sha256.to_string()))
}
