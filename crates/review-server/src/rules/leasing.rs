//! Leases (领取): who may decide which case. The most urgent cases are leased ahead, up to a limit; a lapsed lease stays good until
//! somebody else takes the case. Leases are facts beside a case: they change the feed, never the case's version.

use casework::{AccountId, CaseId, Fence, LeaseStanding, OfficeId};
use chrono::{DateTime, Duration, Utc};
use contract::lease::{LeaseAnswer, LeasesAnswer};
use contract::problem::ProblemCode;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::case_view;
use crate::rules::viewer::Viewer;
use crate::state::AppState;
use crate::store::case::{self, CaseRecord};
use crate::store::{audit, deadline, feed, lease, ms};

/// An expiry that would move by less (or by less than a quarter of a short lease) stays where it is, so that a desktop that asks often
/// does not fill the feed.
const RENEWAL_STEP: Duration = Duration::seconds(60);

/// Renews this person's leases and fills them up to the limit with the most urgent cases that nobody has.
pub(crate) fn fill(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    now: DateTime<Utc>,
) -> Result<LeasesAnswer, ServerError> {
    viewer.must_review()?;
    let limit = state.config().lease_limit;
    let mut held = Vec::new();
    for (id, record) in lease::of_holder(db, viewer.id())? {
        let case = case::load(db, id)?.ok_or(ServerError::Fault("a lease has no case"))?;
        if may_hold(viewer, &case) {
            renew(db, state, viewer, &case, &record, now)?;
            held.push(case);
        } else {
            // The person was moved to another office or role: the case is free for others.
            lease::end(db, id, "ended", now)?;
            feed::touch(db, id, case.office)?;
        }
    }
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut taken = Vec::new();
    case::free_by_urgency(db, viewer.office(), now, |id| {
        if held.len() + taken.len() >= wanted {
            return Ok(false);
        }
        if held.iter().any(|case| case.id == id) {
            return Ok(true);
        }
        let case = case::load(db, id)?.ok_or(ServerError::Fault("an open case is gone"))?;
        if may_hold(viewer, &case) {
            take_free(db, state, viewer, &case, now)?;
            taken.push(case);
        }
        Ok(true)
    })?;
    held.extend(taken);
    let mut leases = held.iter().map(|case| answer(db, case)).collect::<Result<Vec<_>, _>>()?;
    leases.sort_by_key(|lease| {
        let breach_ms = deadline::breach_ms(&lease.case.row.deadline.outcome);
        (breach_ms.is_none(), breach_ms, lease.case.submitted_at_ms, lease.case.row.case_id)
    });
    Ok(LeasesAnswer { limit, leases })
}

/// Leases one case, also a few beyond the limit.
pub(crate) fn take(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    id: CaseId,
    now: DateTime<Utc>,
) -> Result<LeaseAnswer, ServerError> {
    viewer.must_review()?;
    let case = viewer.case(db, id)?;
    if !may_hold(viewer, &case) {
        return Err(ServerError::standing(ProblemCode::NotLeasable, case_view::standing(db, &case)?));
    }
    match lease::load(db, id)? {
        Some(record) if record.is_of(viewer.id()) => renew(db, state, viewer, &case, &record, now)?,
        Some(record) if record.lease().is_some_and(|lease| !lease.may_be_taken(now)) => {
            return Err(ServerError::standing(ProblemCode::LeaseHeld, case_view::standing(db, &case)?));
        }
        _ => {
            let most = state.config().lease_limit.saturating_add(state.config().lease_extra);
            let held = lease::of_holder(db, viewer.id())?.len();
            if held >= usize::try_from(most).unwrap_or(usize::MAX) {
                return Err(ServerError::at_field(ProblemCode::TooManyRequests, "leases"));
            }
            take_free(db, state, viewer, &case, now)?;
        }
    }
    answer(db, &case)
}

/// Gives a case back.
pub(crate) fn give_back(
    db: &Connection,
    viewer: &Viewer,
    id: CaseId,
    fence: Fence,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    viewer.must_review()?;
    let case = viewer.case(db, id)?;
    must_hold(db, viewer, &case, fence, now)?;
    lease::end(db, id, "returned", now)?;
    feed::touch(db, id, case.office)?;
    audit::write(db, ms(now), Some(viewer.id()), "lease_returned", Some(id), None)
}

/// Refuses whoever does not hold the current grant under this fence. A lapsed grant that nobody took is current.
pub(crate) fn must_hold(
    db: &Connection,
    viewer: &Viewer,
    case: &CaseRecord,
    fence: Fence,
    now: DateTime<Utc>,
) -> Result<lease::LeaseRecord, ServerError> {
    if let Some(record) = lease::load(db, case.id)?
        && let Some(lease) = record.lease()
    {
        match lease.standing(viewer.id(), fence, now) {
            LeaseStanding::Held | LeaseStanding::Lapsed => return Ok(record),
            LeaseStanding::Lost => {}
        }
    }
    Err(ServerError::standing(ProblemCode::LeaseLost, case_view::standing(db, case)?))
}

/// Lets every lease of a person lapse now.
pub(crate) fn lapse_all(
    db: &Connection,
    account: AccountId,
    office: OfficeId,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    for case in lease::lapse_all(db, account, now)? {
        feed::touch(db, case, office)?;
    }
    Ok(())
}

fn may_hold(viewer: &Viewer, case: &CaseRecord) -> bool {
    case.office == viewer.office() && case.state.may_be_worked_by(viewer.id(), viewer.role())
}

fn take_free(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    case: &CaseRecord,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    let expires_at = state.lease_expiry(db, viewer.account.office_region.as_deref(), now)?;
    lease::grant(db, case.id, viewer.id(), now, expires_at)?;
    feed::touch(db, case.id, case.office)?;
    audit::write(db, ms(now), Some(viewer.id()), "lease_granted", Some(case.id), None)
}

fn renew(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    case: &CaseRecord,
    record: &lease::LeaseRecord,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    let expires_at = state.lease_expiry(db, viewer.account.office_region.as_deref(), now)?;
    if expires_at - record.expires_at >= RENEWAL_STEP.min((expires_at - now) / 4) {
        lease::renew(db, case.id, expires_at)?;
        feed::touch(db, case.id, case.office)?;
    }
    Ok(())
}

fn answer(db: &Connection, case: &CaseRecord) -> Result<LeaseAnswer, ServerError> {
    let record = lease::load(db, case.id)?.ok_or(ServerError::Fault("a leased case has no lease"))?;
    Ok(LeaseAnswer { fence: record.fence.0, expires_at_ms: ms(record.expires_at), case: case_view::detail(db, case)? })
}
