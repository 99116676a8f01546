//! The current grant of each case, and the history of grants. A fence never falls and is never given to two holders.

use casework::{AccountId, CaseId, Fence, Lease};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::refusal::ServerError;
use crate::store::{column, ms};

/// The grant that is on record for a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeaseRecord {
    pub(crate) fence: Fence,
    /// Nobody when the grant ended.
    pub(crate) holder: Option<AccountId>,
    pub(crate) granted_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    /// When the holder asked for it last.
    pub(crate) renewed_at: DateTime<Utc>,
    /// When the holder's opening became known.
    pub(crate) opened_at: Option<DateTime<Utc>>,
    /// Until when the holder took the case offline.
    pub(crate) offline_until: Option<DateTime<Utc>>,
    /// When the holder's signing out let it lapse.
    pub(crate) signed_out_at: Option<DateTime<Utc>>,
}

impl LeaseRecord {
    /// The grant, when somebody has it.
    pub(crate) fn lease(&self) -> Option<Lease> {
        self.holder.map(|holder| Lease { holder, fence: self.fence, expires_at: self.expires_at })
    }

    /// Whether this person holds it, lapsed or not.
    pub(crate) fn is_of(&self, account: AccountId) -> bool {
        self.holder == Some(account)
    }
}

const COLUMNS: &str =
    "fence, holder, granted_at_ms, expires_at_ms, renewed_at_ms, opened_at_ms, offline_until_ms, signed_out_at_ms";

fn read(row: &Row<'_>) -> rusqlite::Result<LeaseRecord> {
    Ok(LeaseRecord {
        fence: Fence(row.get(0)?),
        holder: column::maybe_account_id(row, 1)?,
        granted_at: column::instant(row, 2)?,
        expires_at: column::instant(row, 3)?,
        renewed_at: column::instant(row, 4)?,
        opened_at: column::maybe(row, 5, column::instant)?,
        offline_until: column::maybe(row, 6, column::instant)?,
        signed_out_at: column::maybe(row, 7, column::instant)?,
    })
}

pub(crate) fn load(db: &Connection, case: CaseId) -> Result<Option<LeaseRecord>, ServerError> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM leases WHERE case_id = ?1"))?;
    Ok(statement.query_row([case.to_string()], read).optional()?)
}

/// Gives the case to a person under the next fence, not opened and not taken offline.
pub(crate) fn grant(
    db: &Connection,
    case: CaseId,
    holder: AccountId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Fence, ServerError> {
    let mut statement = db.prepare_cached(
        "INSERT INTO leases (case_id, fence, holder, granted_at_ms, renewed_at_ms, expires_at_ms)
         VALUES (?1, 1, ?2, ?3, ?3, ?4)
         ON CONFLICT (case_id) DO UPDATE SET fence = fence + 1, holder = ?2, granted_at_ms = ?3, renewed_at_ms = ?3,
             expires_at_ms = ?4, opened_at_ms = NULL, offline_until_ms = NULL, signed_out_at_ms = NULL
         RETURNING fence",
    )?;
    let fence = Fence(
        statement
            .query_row(params![case.to_string(), holder.to_string(), ms(now), ms(expires_at)], |row| row.get(0))?,
    );
    record(db, case, fence, holder, "granted", now)?;
    Ok(fence)
}

/// Writes what changed of the current grant besides fence, holder and the time of the grant.
pub(crate) fn update(db: &Connection, case: CaseId, lease: &LeaseRecord) -> Result<(), ServerError> {
    let mut statement = db.prepare_cached(
        "UPDATE leases SET expires_at_ms = ?2, renewed_at_ms = ?3, opened_at_ms = ?4, offline_until_ms = ?5,
             signed_out_at_ms = ?6
         WHERE case_id = ?1",
    )?;
    statement.execute(params![
        case.to_string(),
        ms(lease.expires_at),
        ms(lease.renewed_at),
        lease.opened_at.map(ms),
        lease.offline_until.map(ms),
        lease.signed_out_at.map(ms)
    ])?;
    Ok(())
}

/// Ends the current grant, if anybody has it, so that nothing comes in under it any more. `what` is `ended`, `returned`, `recused` or
/// `revoked`.
pub(crate) fn end(db: &Connection, case: CaseId, what: &'static str, now: DateTime<Utc>) -> Result<(), ServerError> {
    let Some(LeaseRecord { fence, holder: Some(holder), .. }) = load(db, case)? else {
        return Ok(());
    };
    db.execute(
        "UPDATE leases SET fence = fence + 1, holder = NULL, expires_at_ms = min(expires_at_ms, ?2),
             offline_until_ms = NULL
         WHERE case_id = ?1",
        params![case.to_string(), ms(now)],
    )?;
    record(db, case, fence, holder, what, now)
}

/// Lets every grant of a person lapse now. They stay current until somebody takes the cases. Returns which.
pub(crate) fn lapse_all(db: &Connection, holder: AccountId, now: DateTime<Utc>) -> Result<Vec<CaseId>, ServerError> {
    let mut lapsed = Vec::new();
    for (case, lease) in of_holder(db, holder)? {
        if !lease.lease().is_some_and(|lease| lease.may_be_taken(now)) {
            update(db, case, &LeaseRecord { expires_at: now, offline_until: None, signed_out_at: Some(now), ..lease })?;
            record(db, case, lease.fence, holder, "lapsed_by_sign_out", now)?;
            lapsed.push(case);
        }
    }
    Ok(lapsed)
}

/// The current grants of a person, lapsed ones that nobody took included.
pub(crate) fn of_holder(db: &Connection, holder: AccountId) -> Result<Vec<(CaseId, LeaseRecord)>, ServerError> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS}, case_id FROM leases WHERE holder = ?1 ORDER BY case_id"))?;
    let leases = statement
        .query_map([holder.to_string()], |row| Ok((column::case_id(row, 8)?, read(row)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(leases)
}

/// Whether a person was granted this case since it moved last: by any opinion, report or repair everybody starts anew.
pub(crate) fn was_granted_before(db: &Connection, case: CaseId, account: AccountId) -> Result<bool, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM lease_history WHERE case_id = ?1 AND account_id = ?2 AND what = 'granted'
             AND at_ms >= (SELECT coalesce(max(at_ms), 0) FROM case_events WHERE case_id = ?1))",
    )?;
    Ok(statement.query_row([case.to_string(), account.to_string()], |row| row.get(0))?)
}

/// Appends to the history of grants.
pub(crate) fn record(
    db: &Connection,
    case: CaseId,
    fence: Fence,
    account: AccountId,
    what: &'static str,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    let mut statement = db.prepare_cached(
        "INSERT INTO lease_history (case_id, fence, account_id, what, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute(params![case.to_string(), fence.0, account.to_string(), what, ms(now)])?;
    Ok(())
}

/// Whether anybody was granted this case since then, or a supervisor ended somebody's lease on it.
pub(crate) fn was_taken_since(db: &Connection, case: CaseId, since_ms: i64) -> Result<bool, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM lease_history
             WHERE case_id = ?1 AND at_ms >= ?2 AND (what = 'granted' OR what = 'revoked'))",
    )?;
    Ok(statement.query_row(params![case.to_string(), since_ms], |row| row.get(0))?)
}
