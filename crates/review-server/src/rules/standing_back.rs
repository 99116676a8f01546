//! Grants that end before their time by a person's will: someone stands back from a case for good (回避), or a supervisor ends somebody's
//! lease. Both may be repeated. What the holder had on the desk of the case stays for the next one.

use casework::{CaseId, Role};
use chrono::{DateTime, Utc};
use contract::lease::WhyRequest;
use contract::problem::ProblemCode;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::viewer::Viewer;
use crate::rules::{case_view, reason_text};
use crate::store::{audit, feed, lease, ms, recusal};

/// Stands back from an open case. From then on it is out of this person's sight.
pub(crate) fn recuse(
    db: &Connection,
    viewer: &Viewer,
    id: CaseId,
    request: &WhyRequest,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    viewer.must_review()?;
    let case = viewer.case(db, id)?;
    let reason = reason_text::checked(&request.reason)?;
    if recusal::exists(db, id, viewer.id())? {
        return Ok(());
    }
    if !case.state.is_open() {
        return Err(ServerError::standing(ProblemCode::AlreadyDecided, case_view::standing(db, &case)?));
    }
    if lease::load(db, id)?.is_some_and(|record| record.is_of(viewer.id())) {
        lease::end(db, id, "recused", now)?;
    }
    recusal::insert(db, id, viewer.id(), reason, now)?;
    feed::touch(db, id, case.office)?;
    audit::write(db, ms(now), Some(viewer.id()), "recused", Some(id), None)
}

/// A supervisor ends the holder's lease, lapsed or not: nothing comes in under it any more. Without a holder nothing is to be done.
pub(crate) fn revoke(
    db: &Connection,
    viewer: &Viewer,
    id: CaseId,
    request: &WhyRequest,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    if viewer.role() != Role::Supervisor {
        return Err(ProblemCode::RoleMayNot.into());
    }
    let case = viewer.case(db, id)?;
    let reason = reason_text::checked(&request.reason)?;
    let Some(lease) = lease::load(db, id)?.and_then(|record| record.lease()) else {
        return Ok(());
    };
    recusal::insert_revocation(db, id, lease.fence, lease.holder, viewer.id(), reason, now)?;
    lease::end(db, id, "revoked", now)?;
    feed::touch(db, id, case.office)?;
    audit::write(db, ms(now), Some(viewer.id()), "lease_revoked", Some(id), Some(&lease.holder.to_string()))
}
