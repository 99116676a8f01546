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

fn read(row: &Row<'_>) -> rusqlite::Result<LeaseRecord> {
    Ok(LeaseRecord {
        fence: Fence(row.get(0)?),
        holder: column::maybe_account_id(row, 1)?,
        granted_at: column::instant(row, 2)?,
        expires_at: column::instant(row, 3)?,
    })
}

pub(crate) fn load(db: &Connection, case: CaseId) -> Result<Option<LeaseRecord>, ServerError> {
    let mut statement =
        db.prepare_cached("SELECT fence, holder, granted_at_ms, expires_at_ms FROM leases WHERE case_id = ?1")?;
    Ok(statement.query_row([case.to_string()], read).optional()?)
}

/// Gives the case to a person under the next fence.
pub(crate) fn grant(
    db: &Connection,
    case: CaseId,
    holder: AccountId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Fence, ServerError> {
    let mut statement = db.prepare_cached(
        "INSERT INTO leases (case_id, fence, holder, granted_at_ms, expires_at_ms) VALUES (?1, 1, ?2, ?3, ?4)
         ON CONFLICT (case_id) DO UPDATE SET fence = fence + 1, holder = ?2, granted_at_ms = ?3, expires_at_ms = ?4
         RETURNING fence",
    )?;
    let fence = Fence(
        statement
            .query_row(params![case.to_string(), holder.to_string(), ms(now), ms(expires_at)], |row| row.get(0))?,
    );
    record(db, case, fence, holder, "granted", now)?;
    Ok(fence)
}

/// Moves the expiry of the current grant; the fence stays.
pub(crate) fn renew(db: &Connection, case: CaseId, expires_at: DateTime<Utc>) -> Result<(), ServerError> {
    db.execute("UPDATE leases SET expires_at_ms = ?2 WHERE case_id = ?1", params![case.to_string(), ms(expires_at)])?;
    Ok(())
}

/// Ends the current grant, if anybody has it, so that nothing comes in under it any more. `what` is `ended` or `returned`.
pub(crate) fn end(db: &Connection, case: CaseId, what: &'static str, now: DateTime<Utc>) -> Result<(), ServerError> {
    let Some(LeaseRecord { fence, holder: Some(holder), .. }) = load(db, case)? else {
        return Ok(());
    };
    db.execute(
        "UPDATE leases SET fence = fence + 1, holder = NULL, expires_at_ms = min(expires_at_ms, ?2) WHERE case_id = ?1",
        params![case.to_string(), ms(now)],
    )?;
    record(db, case, fence, holder, what, now)
}

/// Lets every grant of a person lapse now. They stay current until somebody takes the cases. Returns which.
pub(crate) fn lapse_all(db: &Connection, holder: AccountId, now: DateTime<Utc>) -> Result<Vec<CaseId>, ServerError> {
    let mut lapsed = Vec::new();
    for (case, lease) in of_holder(db, holder)? {
        if !lease.lease().is_some_and(|lease| lease.may_be_taken(now)) {
            renew(db, case, now)?;
            record(db, case, lease.fence, holder, "lapsed_by_sign_out", now)?;
            lapsed.push(case);
        }
    }
    Ok(lapsed)
}

/// The current grants of a person, lapsed ones that nobody took included.
pub(crate) fn of_holder(db: &Connection, holder: AccountId) -> Result<Vec<(CaseId, LeaseRecord)>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT fence, holder, granted_at_ms, expires_at_ms, case_id FROM leases WHERE holder = ?1 ORDER BY case_id",
    )?;
    let leases = statement
        .query_map([holder.to_string()], |row| Ok((column::case_id(row, 4)?, read(row)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(leases)
}

fn record(
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
