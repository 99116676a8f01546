//! `cases`: the rows of the queue, as the server last showed them. Of an applicant a row knows only name, last four, document type and
//! deadline. Ordered by the server's deadline; whether a row is held by this vault's owner is asked of `held` beside it.

use std::borrow::Cow;

use casework::{AccountId, CaseId, CaseNo, CaseVersion, DocumentType, Round};
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};
use working_days::BeijingDate;

use crate::column;
use crate::error::{Fault, VaultError};
use crate::table::deadline_row::{DeadlineRow, DeadlineTexts, deadline_row};
use crate::vault::Vault;

/// Where an open case stands, as a row tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateWord {
    /// 待审核
    Pending,
    /// 待复核
    SecondOpinion,
    /// 待主管决定
    SupervisorDecides,
    /// 待技术处理
    Technical,
}

impl StateWord {
    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::SecondOpinion => "second_opinion",
            Self::SupervisorDecides => "supervisor_decides",
            Self::Technical => "technical",
        }
    }

    /// The state of a stored or received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Pending, Self::SecondOpinion, Self::SupervisorDecides, Self::Technical]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// Who holds a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// The holder.
    pub holder: AccountId,
    /// The holder's name, as colleagues see it.
    pub holder_name: String,
    /// When others may take the case.
    pub expires_at_ms: i64,
}

/// One case of the queue.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_no: CaseNo,
    /// Rises with every change on the server.
    pub version: CaseVersion,
    /// Where it stands.
    pub state: StateWord,
    /// The applicant's name.
    pub name: String,
    /// The last four characters of the document number.
    pub last_four: String,
    /// The document type.
    pub document_type: DocumentType,
    /// Attempt 1, 2 or 3.
    pub round: Round,
    /// The server's deadline.
    pub deadline: DeadlineRow,
    /// Who holds it, if anybody.
    pub lease: Option<LeaseRow>,
}

impl std::fmt::Debug for CaseRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseRow")
            .field("case_id", &self.case_id)
            .field("version", &self.version)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A row with what this vault knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// The row.
    pub case: CaseRow,
    /// Declared data and the list of photos are here, and nobody else holds the case as far as is known.
    pub is_held: bool,
    /// Held, and every photo can be shown: it can be decided without the server.
    pub is_offline_ready: bool,
}

/// Which rows of the queue are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueFilter<'a> {
    /// Only the cases of this holder; for the vault's owner also those that are held here while the row names nobody.
    pub only_held_by: Option<AccountId>,
    /// Cases that are not shown: those with a decision in the outbox.
    pub hide: &'a [CaseId],
}

/// A part of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePage {
    /// Rows in all, under the same filter.
    pub total: u32,
    /// The rows, by 24:00 of the due date (none: last), then by number.
    pub rows: Vec<QueueRow>,
}

/// How many cases are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldCounts {
    /// Held and to be decided by a person (not waiting for a technical repair).
    pub held: u32,
    /// Of these, with every photo here: 离线可办.
    pub offline_ready: u32,
}

/// `is_held` of a row `c`, when `:me` is the owner.
const IS_HELD: &str = "(EXISTS (SELECT 1 FROM held h WHERE h.case_id = c.case_id)
                        AND (c.lease_holder IS NULL OR c.lease_holder = :me))";
/// Every photo of a row `c` can be shown, and there is one.
const HAS_ALL_PHOTOS: &str = "(EXISTS (SELECT 1 FROM evidence e WHERE e.case_id = c.case_id)
                               AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.case_id = c.case_id AND e.state <> 'ready'))";
/// A row `c` is of the holder `:holder`; to the owner belongs also what is held while the row names nobody.
const IS_OF_HOLDER: &str = "c.case_id IN (SELECT case_id FROM cases WHERE lease_holder = :holder
                                          UNION SELECT case_id FROM held WHERE :holder = :me)
                            AND (c.lease_holder = :holder OR c.lease_holder IS NULL)";
const IS_SHOWN: &str = "c.case_id NOT IN (SELECT value FROM json_each(:hide))";

impl Vault {
    /// A part of the queue, in the order of the server's deadlines.
    ///
    /// # Errors
    /// The store fails.
    pub fn queue_page(&self, filter: QueueFilter<'_>, offset: u32, limit: u32) -> Result<QueuePage, VaultError> {
        let me = self.me();
        let hide = column::json_ids(filter.hide);
        let holder = filter.only_held_by.map(|holder| holder.to_string());
        self.cases().read(|tx| {
            // Counting all and taking off the hidden ones reads the index alone; of one holder there are few, found by lease or by what is held.
            let total: u32 = match &holder {
                None => tx
                    .prepare_cached(
                        "SELECT (SELECT count(*) FROM cases)
                                - (SELECT count(*) FROM cases WHERE case_id IN (SELECT value FROM json_each(:hide)))",
                    )?
                    .query_row(named_params! {":hide": hide}, |row| row.get(0))?,
                Some(holder) => tx
                    .prepare_cached(&format!("SELECT count(*) FROM cases c WHERE {IS_OF_HOLDER} AND {IS_SHOWN}"))?
                    .query_row(named_params! {":hide": hide, ":holder": holder, ":me": me}, |row| row.get(0))?,
            };
            let is_wanted = if holder.is_some() { IS_OF_HOLDER } else { ":holder IS NULL" };
            let mut page = tx.prepare_cached(&format!(
                "SELECT c.*, {IS_HELD} AS is_held, {HAS_ALL_PHOTOS} AS has_all_photos FROM cases c
                 WHERE {is_wanted} AND {IS_SHOWN} ORDER BY c.urgency, c.case_no LIMIT :limit OFFSET :offset"
            ))?;
            let rows = page
                .query_map(
                    named_params! {":hide": hide, ":holder": holder, ":me": me, ":limit": limit, ":offset": offset},
                    queue_row,
                )?
                .collect::<Result<_, _>>()?;
            Ok(QueuePage { total, rows })
        })
    }

    /// One row.
    ///
    /// # Errors
    /// The store fails.
    pub fn case_row(&self, case_id: CaseId) -> Result<Option<QueueRow>, VaultError> {
        let me = self.me();
        self.cases().read(|tx| {
            let sql = format!(
                "SELECT c.*, {IS_HELD} AS is_held, {HAS_ALL_PHOTOS} AS has_all_photos FROM cases c WHERE case_id = :case_id"
            );
            let row = tx
                .prepare_cached(&sql)?
                .query_row(named_params! {":case_id": case_id.to_string(), ":me": me}, queue_row)
                .optional()?;
            Ok(row)
        })
    }

    /// The case to go on with: the next one that is held and not hidden after `after` in the order of the queue, beginning again at the most
    /// urgent one; never `after` itself, nor a case that waits for a technical repair.
    ///
    /// # Errors
    /// The store fails.
    pub fn next_held(&self, after: Option<CaseId>, hide: &[CaseId]) -> Result<Option<CaseId>, VaultError> {
        let me = self.me();
        let hide = column::json_ids(hide);
        let after = after.map(|id| id.to_string());
        self.cases().read(|tx| {
            let sql = format!(
                "WITH here AS (SELECT urgency, case_no FROM cases WHERE case_id = :after)
                 SELECT c.case_id FROM cases c
                 WHERE {IS_HELD} AND {IS_SHOWN} AND c.state <> 'technical' AND c.case_id IS NOT :after
                 ORDER BY coalesce((c.urgency, c.case_no) <= (SELECT urgency, case_no FROM here), 0), c.urgency, c.case_no
                 LIMIT 1"
            );
            let found = tx
                .prepare_cached(&sql)?
                .query_row(named_params! {":after": after, ":me": me, ":hide": hide}, |row| {
                    column::parsed(row, "case_id")
                })
                .optional()?;
            Ok(found)
        })
    }

    /// How many cases are held and not hidden.
    ///
    /// # Errors
    /// The store fails.
    pub fn held_counts(&self, hide: &[CaseId]) -> Result<HeldCounts, VaultError> {
        let me = self.me();
        let hide = column::json_ids(hide);
        self.cases().read(|tx| {
            let sql = format!(
                "SELECT count(*), coalesce(sum({HAS_ALL_PHOTOS}), 0) FROM cases c
                 WHERE {IS_HELD} AND {IS_SHOWN} AND c.state <> 'technical'"
            );
            let counts = tx.prepare_cached(&sql)?.query_row(named_params! {":me": me, ":hide": hide}, |row| {
                Ok(HeldCounts { held: row.get(0)?, offline_ready: row.get(1)? })
            })?;
            Ok(counts)
        })
    }

    /// How many held, undecided cases are due on this Beijing date; those that wait for a technical repair are not counted.
    ///
    /// # Errors
    /// The store fails.
    pub fn held_due_on(&self, date: BeijingDate, hide: &[CaseId]) -> Result<u32, VaultError> {
        let me = self.me();
        let hide = column::json_ids(hide);
        self.cases().read(|tx| {
            let sql = format!(
                "SELECT count(*) FROM cases c
                 WHERE {IS_HELD} AND {IS_SHOWN} AND c.state <> 'technical' AND c.due_date = :date"
            );
            let count = tx
                .prepare_cached(&sql)?
                .query_row(named_params! {":me": me, ":hide": hide, ":date": date.to_string()}, |row| row.get(0))?;
            Ok(count)
        })
    }
}

fn queue_row(row: &Row<'_>) -> rusqlite::Result<QueueRow> {
    let is_held = row.get("is_held")?;
    let has_all_photos: bool = row.get("has_all_photos")?;
    Ok(QueueRow { case: case_row(row)?, is_held, is_offline_ready: is_held && has_all_photos })
}

fn case_row(row: &Row<'_>) -> rusqlite::Result<CaseRow> {
    let lease = match column::optional(row, "lease_holder")? {
        Some(holder) => Some(LeaseRow {
            holder,
            holder_name: row.get("lease_holder_name")?,
            expires_at_ms: row.get("lease_expires_at_ms")?,
        }),
        None => None,
    };
    Ok(CaseRow {
        case_id: column::parsed(row, "case_id")?,
        case_no: CaseNo(row.get("case_no")?),
        version: CaseVersion(row.get("version")?),
        state: column::word(row, "state", StateWord::from_word)?,
        name: row.get("name")?,
        last_four: row.get("last_four")?,
        document_type: column::word(row, "document_type", DocumentType::from_word)?,
        round: column::round(row)?,
        deadline: deadline_row(row)?,
        lease,
    })
}

/// The row of a case, with the sweep in which it was last seen.
fn stored(tx: &Transaction<'_>, case_id: CaseId) -> Result<Option<(CaseRow, i64)>, Fault> {
    let row = tx
        .prepare_cached("SELECT * FROM cases WHERE case_id = ?1")?
        .query_row([case_id.to_string()], |row| Ok((case_row(row)?, row.get("seen_sweep")?)))
        .optional()?;
    Ok(row)
}

/// Puts a row as seen in `sweep`; tells whether anything in it changed. Within one sweep an older version never replaces a newer one: a page
/// of changes and a lease answer may cross. A new sweep is believed as it is, also when the server went back in time.
pub(crate) fn put(tx: &Transaction<'_>, case: &CaseRow, sweep: i64) -> Result<bool, Fault> {
    let stored = stored(tx, case.case_id)?;
    let mut case = Cow::Borrowed(case);
    if let Some((stored, seen)) = &stored {
        // A deadline moves without a new version of the case: of one version, what the server computed later stays.
        if *seen == sweep && stored.version == case.version && stored.deadline.was_computed_after(&case.deadline) {
            case.to_mut().deadline = stored.deadline.clone();
        }
        let is_stale = *seen == sweep && stored.version > case.version;
        if is_stale || *stored == *case {
            tx.prepare_cached("UPDATE cases SET seen_sweep = ?2 WHERE case_id = ?1")?
                .execute(params![case.case_id.to_string(), sweep])?;
            return Ok(false);
        }
    }
    let deadline = DeadlineTexts::of(&case.deadline);
    let due = case.deadline.due();
    let facts = case.deadline.facts.as_ref();
    tx.prepare_cached(
        "INSERT INTO cases (case_id, case_no, version, state, name, last_four, document_type, round, deadline_status,
                            due_date, target_ms, breach_ms, earliest, latest, policy, urgency, submitted_at_ms,
                            policy_version, region, pack_serial, pack_sha256, deadline_reason, computed_at_ms,
                            first_due_date, lease_holder, lease_holder_name, lease_expires_at_ms, seen_sweep)
         VALUES (:case_id, :case_no, :version, :state, :name, :last_four, :document_type, :round, :status,
                 :due_date, :target_ms, :breach_ms, :earliest, :latest, :policy, :urgency, :submitted_at_ms,
                 :policy_version, :region, :pack_serial, :pack_sha256, :deadline_reason, :computed_at_ms, :first_due_date,
                 :holder, :holder_name, :lease_expires_at_ms, :sweep)
         ON CONFLICT (case_id) DO UPDATE SET
             case_no = excluded.case_no, version = excluded.version, state = excluded.state, name = excluded.name,
             last_four = excluded.last_four, document_type = excluded.document_type, round = excluded.round,
             deadline_status = excluded.deadline_status, due_date = excluded.due_date, target_ms = excluded.target_ms,
             breach_ms = excluded.breach_ms, earliest = excluded.earliest, latest = excluded.latest,
             policy = excluded.policy, urgency = excluded.urgency, submitted_at_ms = excluded.submitted_at_ms,
             policy_version = excluded.policy_version, region = excluded.region, pack_serial = excluded.pack_serial,
             pack_sha256 = excluded.pack_sha256, deadline_reason = excluded.deadline_reason,
             computed_at_ms = excluded.computed_at_ms,
             first_due_date = excluded.first_due_date, lease_holder = excluded.lease_holder,
             lease_holder_name = excluded.lease_holder_name, lease_expires_at_ms = excluded.lease_expires_at_ms,
             seen_sweep = excluded.seen_sweep",
    )?
    .execute(named_params! {
        ":case_id": case.case_id.to_string(),
        ":case_no": case.case_no.0,
        ":version": case.version.0,
        ":state": case.state.word(),
        ":name": case.name,
        ":last_four": case.last_four,
        ":document_type": case.document_type.word(),
        ":round": case.round.number(),
        ":status": deadline.status,
        ":due_date": deadline.due_date,
        ":target_ms": due.map(|due| due.target_ms),
        ":breach_ms": due.map(|due| due.breach_ms),
        ":earliest": deadline.earliest,
        ":latest": deadline.latest,
        ":policy": case.deadline.policy,
        ":urgency": due.map_or(i64::MAX, |due| due.breach_ms),
        ":submitted_at_ms": facts.map(|facts| facts.submitted_at_ms),
        ":policy_version": facts.map(|facts| facts.policy_version),
        ":region": facts.and_then(|facts| facts.region.as_deref()),
        ":pack_serial": facts.map(|facts| facts.pack_serial),
        ":pack_sha256": facts.and_then(|facts| facts.pack_sha256).map(|sha256| sha256.0),
        ":deadline_reason": facts.map(|facts| facts.reason.word()),
        ":computed_at_ms": facts.map(|facts| facts.computed_at_ms),
        ":first_due_date": deadline.first_due_date,
        ":holder": case.lease.as_ref().map(|lease| lease.holder.to_string()),
        ":holder_name": case.lease.as_ref().map(|lease| &lease.holder_name),
        ":lease_expires_at_ms": case.lease.as_ref().map(|lease| lease.expires_at_ms),
        ":sweep": sweep,
    })?;
    Ok(true)
}

/// Removes rows, and with them what is held of them; tells which were there.
pub(crate) fn remove(tx: &Transaction<'_>, case_ids: &[CaseId]) -> Result<Vec<CaseId>, Fault> {
    let mut removed = Vec::new();
    let mut delete = tx.prepare_cached("DELETE FROM cases WHERE case_id = ?1")?;
    for case_id in case_ids {
        if delete.execute([case_id.to_string()])? > 0 {
            removed.push(*case_id);
        }
    }
    Ok(removed)
}

/// The rows that the server did not show in `sweep`, but for those to keep.
pub(crate) fn unseen(tx: &Transaction<'_>, sweep: i64, keep: &[CaseId]) -> Result<Vec<CaseId>, Fault> {
    let mut unseen = tx.prepare_cached(
        "SELECT case_id FROM cases WHERE seen_sweep < ?1 AND case_id NOT IN (SELECT value FROM json_each(?2))",
    )?;
    let rows = unseen.query_map(params![sweep, column::json_ids(keep)], |row| column::parsed(row, "case_id"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Of the cases with the version that a receipt left them in: those whose row is still from before it.
pub(crate) fn older_than(tx: &Transaction<'_>, receipts: &[(CaseId, CaseVersion)]) -> Result<Vec<CaseId>, Fault> {
    let mut older = Vec::new();
    let mut find = tx.prepare_cached("SELECT 1 FROM cases WHERE case_id = ?1 AND version < ?2")?;
    for (case_id, version) in receipts {
        if find.exists(params![case_id.to_string(), version.0])? {
            older.push(*case_id);
        }
    }
    Ok(older)
}
