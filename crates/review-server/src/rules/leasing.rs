//! Leases (领取): who may decide which case. The most urgent cases are leased ahead, up to the person's share; a lapsed lease stays good for
//! delivering until somebody else takes the case. Leases are facts beside a case: they change the feed, never the case's version.
//!
//! Nobody gets a case silently that was theirs and lapsed or was given back: what a person had once since the case moved last comes again only
//! by opening it, by taking it offline, or, when signing out let it lapse, by signing in before its own time is over.

use casework::{AccountId, CaseId, Fence, LeaseStanding, OfficeId};
use chrono::{DateTime, Duration, Utc};
use contract::lease::{LeaseAnswer, LeasesAnswer, LeasesRequest, OpenedCase};
use contract::problem::ProblemCode;
use rusqlite::Connection;
use working_days::BeijingDate;

use crate::calendar::PackInForce;
use crate::failpoint::failpoint;
use crate::refusal::ServerError;
use crate::rules::lease_time::{self, LeaseFacts};
use crate::rules::viewer::Viewer;
use crate::rules::{case_view, case_work};
use crate::state::AppState;
use crate::store::case::{self, CaseRecord};
use crate::store::lease::{self, LeaseRecord};
use crate::store::{audit, deadline, feed, ms, recusal, session};

/// An end that would move by less (or by less than a quarter of a short lease) stays where it is, so that a desktop that asks often does not
/// fill the feed.
const RENEWAL_STEP: Duration = Duration::seconds(60);

/// The most opened cases that one request may tell of; more are told with the next.
const MAX_OPENED: usize = 500;

/// Notes what was opened, renews this person's leases and fills them up with the most urgent cases that nobody has.
pub(crate) fn fill(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    request: &LeasesRequest,
    now: DateTime<Utc>,
) -> Result<LeasesAnswer, ServerError> {
    viewer.must_review()?;
    if request.opened.len() > MAX_OPENED {
        return Err(ServerError::at_field(ProblemCode::BadRequest, "opened"));
    }
    let leasing = Leasing::of(db, state, viewer, now)?;
    let limit = leasing.limit()?;
    let mut held = leasing.renew_all(&request.opened)?;
    let offline = request.offline.map(|offline| {
        let most = state.config().limits.taken_offline;
        let wanted = DateTime::from_timestamp_millis(offline.until_ms).unwrap_or(now);
        (lease_time::offline_until(leasing.calendar(), wanted, now), offline.count.min(most))
    });
    if let Some((Some(_), count)) = offline {
        leasing.take_free(&mut held, usize::try_from(count).unwrap_or(usize::MAX), true)?;
    }
    leasing.take_free(&mut held, usize::try_from(limit).unwrap_or(usize::MAX), false)?;
    held.sort_by_key(|held| held.urgency);
    if let Some((until, count)) = offline {
        leasing.take_offline(&mut held, until, usize::try_from(count).unwrap_or(usize::MAX))?;
        audit::write(db, ms(now), Some(viewer.id()), "taken_offline", None, None)?;
    }
    held.retain(|held| held.record.expires_at > now);
    let offline_until = held.iter().filter_map(|held| held.record.offline_until).filter(|&until| until > now).max();
    let leases = held.iter().map(|held| answer(db, &held.case)).collect::<Result<Vec<_>, _>>()?;
    Ok(LeasesAnswer { limit, leases, offline_until_ms: offline_until.map(ms) })
}

/// Opens one case: leases it, also a few beyond the limit, and notes that it was opened.
pub(crate) fn take(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    id: CaseId,
    now: DateTime<Utc>,
) -> Result<LeaseAnswer, ServerError> {
    viewer.must_review()?;
    let case = viewer.case(db, id)?;
    must_not_be_recused(db, viewer, &case)?;
    if !may_hold(db, viewer, &case)? {
        return Err(ServerError::standing(ProblemCode::NotLeasable, case_view::standing(db, &case)?));
    }
    let leasing = Leasing::of(db, state, viewer, now)?;
    let mut held = match lease::load(db, id)? {
        Some(record) if record.is_of(viewer.id()) => leasing.held(case, record)?,
        Some(record) if record.lease().is_some_and(|lease| !lease.may_be_taken(now)) => {
            return Err(ServerError::standing(ProblemCode::LeaseHeld, case_view::standing(db, &case)?));
        }
        _ => {
            leasing.must_have_room()?;
            leasing.grant(case)?
        }
    };
    leasing.open(&mut held)?;
    leasing.renew(&mut held)?;
    answer(db, &held.case)
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
) -> Result<LeaseRecord, ServerError> {
    if let Some(record) = lease::load(db, case.id)? {
        failpoint!("server::lease::no-fence-check", Ok(record));
        match record.lease().map(|lease| lease.standing(viewer.id(), fence, now)) {
            Some(LeaseStanding::Held | LeaseStanding::Lapsed) => return Ok(record),
            Some(LeaseStanding::Lost) | None => {}
        }
    }
    Err(ServerError::standing(ProblemCode::LeaseLost, case_view::standing(db, case)?))
}

/// Refuses whoever stood back from the case.
pub(crate) fn must_not_be_recused(db: &Connection, viewer: &Viewer, case: &CaseRecord) -> Result<(), ServerError> {
    if recusal::exists(db, case.id, viewer.id())? { Err(ProblemCode::Recused.into()) } else { Ok(()) }
}

/// Lets every lease of a person lapse now, those that were taken offline included.
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

/// Whether this person may work on the case: it is one of the own office, in a state that takes them, and they did not stand back from it.
pub(crate) fn may_hold(db: &Connection, viewer: &Viewer, case: &CaseRecord) -> Result<bool, ServerError> {
    Ok(case.office == viewer.office()
        && case.state.may_be_worked_by(viewer.id(), viewer.role())
        && !recusal::exists(db, case.id, viewer.id())?)
}

/// A case and the viewer's lease on it.
struct Held {
    case: CaseRecord,
    record: LeaseRecord,
    due: Option<BeijingDate>,
    /// Orders by the breach of the deadline, those without one last.
    urgency: (bool, Option<i64>, i64, uuid::Uuid),
}

/// One person's asking for leases: who, when, and by which calendar.
struct Leasing<'a> {
    db: &'a Connection,
    state: &'a AppState,
    viewer: &'a Viewer,
    now: DateTime<Utc>,
    pack: std::sync::Arc<PackInForce>,
}

impl<'a> Leasing<'a> {
    fn of(
        db: &'a Connection,
        state: &'a AppState,
        viewer: &'a Viewer,
        now: DateTime<Utc>,
    ) -> Result<Self, ServerError> {
        Ok(Self { db, state, viewer, now, pack: state.calendar(db)? })
    }

    fn calendar(&self) -> &working_days::Calendar {
        self.pack.calendar(self.viewer.account.office_region.as_deref())
    }

    /// This person's share of what waits: among everybody of the office who worked today or on the working day before.
    fn limit(&self) -> Result<u32, ServerError> {
        let today = BeijingDate::of(self.now);
        let since = self.calendar().previous(today).unwrap_or_else(|| today.pred()).start();
        let reviewers = session::active_reviewers(self.db, self.viewer.office(), ms(since))?;
        let pending = case::waiting_for(self.db, self.viewer.office(), self.viewer.id(), self.viewer.role(), self.now)?;
        Ok(lease_time::share(pending, reviewers, self.state.config().lease_limit))
    }

    fn held(&self, case: CaseRecord, record: LeaseRecord) -> Result<Held, ServerError> {
        let outcome = deadline::newest(self.db, case.id)?.outcome;
        let due = outcome.due().and_then(|due| BeijingDate::parse(&due.due_date));
        let breach_ms = deadline::breach_ms(&outcome);
        let urgency = (breach_ms.is_none(), breach_ms, ms(case.submitted_at), case.id.0);
        Ok(Held { case, record, due, urgency })
    }

    fn expiry(&self, held: &Held) -> DateTime<Utc> {
        let record = &held.record;
        let facts = LeaseFacts {
            granted_at: record.granted_at,
            renewed_at: record.renewed_at,
            is_opened: record.opened_at.is_some(),
            due: held.due,
            offline_until: record.offline_until,
        };
        lease_time::expiry(self.calendar(), self.state.config().lease_time, &facts)
    }

    /// This person's leases that have not lapsed, renewed.
    fn renew_all(&self, opened: &[OpenedCase]) -> Result<Vec<Held>, ServerError> {
        let mut all = Vec::new();
        for (id, record) in lease::of_holder(self.db, self.viewer.id())? {
            let case = case::load(self.db, id)?.ok_or(ServerError::Fault("a lease has no case"))?;
            if !may_hold(self.db, self.viewer, &case)? {
                // The person was moved to another office or role: the case is free for others.
                lease::end(self.db, id, "ended", self.now)?;
                feed::touch(self.db, id, case.office)?;
                continue;
            }
            let mut held = self.held(case, record)?;
            let is_told = opened.iter().any(|one| one.case_id == id.0 && one.fence == record.fence.0);
            if is_told {
                self.open(&mut held)?;
            }
            // What was opened, or signed out of, before its own time was over has not lapsed by that time yet.
            let is_late = (is_told || record.signed_out_at.is_some()) && self.expiry(&held) > self.now;
            if record.expires_at > self.now || is_late {
                self.renew(&mut held)?;
                all.push(held);
            }
        }
        Ok(all)
    }

    /// Notes that the case was opened.
    fn open(&self, held: &mut Held) -> Result<(), ServerError> {
        if held.record.opened_at.is_none() {
            held.record.opened_at = Some(self.now);
            lease::update(self.db, held.case.id, &held.record)?;
            lease::record(self.db, held.case.id, held.record.fence, self.viewer.id(), "opened", self.now)?;
            let (who, case) = (Some(self.viewer.id()), Some(held.case.id));
            audit::write(self.db, ms(self.now), who, "lease_opened", case, None)?;
        }
        Ok(())
    }

    /// Counts the lease's end from now, and tells the feed when it moved.
    fn renew(&self, held: &mut Held) -> Result<(), ServerError> {
        let was = held.record;
        held.record.renewed_at = self.now;
        held.record.signed_out_at = None;
        let expires_at = self.expiry(held);
        let moved = (expires_at - was.expires_at).abs();
        let is_worth_it = moved >= RENEWAL_STEP.min(((expires_at - self.now) / 4).abs()) && !moved.is_zero();
        if is_worth_it {
            held.record.expires_at = expires_at;
            lease::update(self.db, held.case.id, &held.record)?;
            feed::touch(self.db, held.case.id, held.case.office)?;
        } else if self.now - was.renewed_at >= RENEWAL_STEP || was.signed_out_at.is_some() {
            lease::update(self.db, held.case.id, &held.record)?;
        } else {
            held.record = was;
        }
        Ok(())
    }

    /// Leases the most urgent free cases until this person holds as many as wanted. What the person had before comes only when taken offline.
    fn take_free(&self, held: &mut Vec<Held>, wanted: usize, is_taking_offline: bool) -> Result<(), ServerError> {
        let who = self.viewer.id();
        case::free_by_urgency(self.db, self.viewer.office(), self.now, |id| {
            if held.len() >= wanted {
                return Ok(false);
            }
            if held.iter().any(|held| held.case.id == id) {
                return Ok(true);
            }
            if !is_taking_offline && lease::was_granted_before(self.db, id, who)? {
                return Ok(true);
            }
            let case = case::load(self.db, id)?.ok_or(ServerError::Fault("an open case is gone"))?;
            if may_hold(self.db, self.viewer, &case)? {
                let mut taken = match lease::load(self.db, id)? {
                    // Lapsed and nobody took it: the same grant goes on.
                    Some(record) if record.is_of(who) => self.held(case, record)?,
                    _ => self.grant(case)?,
                };
                self.renew(&mut taken)?;
                held.push(taken);
            }
            Ok(true)
        })
    }

    /// Marks the most urgent `count` of them as taken offline, and no others; all of them none when the time is over.
    fn take_offline(&self, held: &mut [Held], until: Option<DateTime<Utc>>, count: usize) -> Result<(), ServerError> {
        for (place, held) in held.iter_mut().enumerate() {
            let offline_until = until.filter(|_| place < count);
            if held.record.offline_until != offline_until {
                held.record.offline_until = offline_until;
                held.record.expires_at = self.expiry(held);
                lease::update(self.db, held.case.id, &held.record)?;
                feed::touch(self.db, held.case.id, held.case.office)?;
            }
        }
        Ok(())
    }

    fn must_have_room(&self) -> Result<(), ServerError> {
        let config = self.state.config();
        let mut current = lease::of_holder(self.db, self.viewer.id())?;
        current.retain(|(_, record)| record.expires_at > self.now);
        let is_offline = current.iter().any(|(_, record)| record.offline_until.is_some_and(|until| until > self.now));
        let ahead = if is_offline { config.lease_limit.max(config.limits.taken_offline) } else { config.lease_limit };
        let most = usize::try_from(ahead.saturating_add(config.lease_extra)).unwrap_or(usize::MAX);
        if current.len() >= most {
            return Err(ServerError::at_field(ProblemCode::TooManyRequests, "leases"));
        }
        Ok(())
    }

    fn grant(&self, case: CaseRecord) -> Result<Held, ServerError> {
        let lacking = ServerError::Fault("a leased case has no lease");
        let fence = lease::grant(self.db, case.id, self.viewer.id(), self.now, self.now)?;
        let record = lease::load(self.db, case.id)?.filter(|record| record.fence == fence).ok_or(lacking)?;
        let mut held = self.held(case, record)?;
        held.record.expires_at = self.expiry(&held);
        lease::update(self.db, held.case.id, &held.record)?;
        feed::touch(self.db, held.case.id, held.case.office)?;
        let (who, case) = (Some(self.viewer.id()), Some(held.case.id));
        audit::write(self.db, ms(self.now), who, "lease_granted", case, None)?;
        Ok(held)
    }
}

fn answer(db: &Connection, case: &CaseRecord) -> Result<LeaseAnswer, ServerError> {
    let record = lease::load(db, case.id)?.ok_or(ServerError::Fault("a leased case has no lease"))?;
    Ok(LeaseAnswer {
        fence: record.fence.0,
        expires_at_ms: ms(record.expires_at),
        is_opened: record.opened_at.is_some(),
        work: case_work::of_case(db, case.id)?,
        case: case_view::detail(db, case)?,
    })
}
