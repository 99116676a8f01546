//! `outbox` (work.db): the decisions of this vault's owner, from the confirmation to the server's receipt. A row is durable before
//! [`Vault::outbox_insert`] returns. What rows hold and how they are asked for is here; how they move is in `delivery`.

use casework::{CaseId, CaseNo, CaseVersion, DecisionId, Fence, Round, Sha256};
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};
use zeroize::Zeroizing;

use super::cases;
use crate::column;
use crate::error::{Fault, VaultError, VaultFile};
use crate::vault::Vault;

/// Where a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutboxState {
    /// Waits for its time to be sent.
    Queued,
    /// Is being sent: the server may have it already.
    Sending,
    /// The server's receipt matches.
    Delivered,
    /// Something else stands; the author must look.
    Conflict,
    /// Cannot be sent as it is; the author must look.
    Parked,
}

impl OutboxState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Sending, Self::Delivered, Self::Conflict, Self::Parked];

    /// The word used in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Conflict => "conflict",
            Self::Parked => "parked",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A confirmed decision, to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOutboxRow {
    /// Made once, when the author confirmed.
    pub decision_id: DecisionId,
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_no: CaseNo,
    /// The attempt that was decided.
    pub round: Round,
    /// The version of the case that was seen.
    pub case_version: CaseVersion,
    /// The fence of the lease.
    pub fence: Fence,
    /// 24:00 of the due day, if known: the order of delivery.
    pub breach_ms: Option<i64>,
    /// When the author confirmed.
    pub created_at_ms: i64,
    /// Until when the author can take it back; not sent before.
    pub not_before_ms: i64,
    /// SHA-256 of the payload inside the envelope.
    pub payload_sha256: Sha256,
    /// Which of the server's keys the envelope is sealed to.
    pub key_id: String,
    /// The payload, sealed to the server by the caller.
    pub envelope: Vec<u8>,
    /// What the author will see of it, in the clear; the vault seals it to the author.
    pub author_copy: Vec<u8>,
}

impl std::fmt::Debug for NewOutboxRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewOutboxRow")
            .field("decision_id", &self.decision_id)
            .field("case_id", &self.case_id)
            .finish_non_exhaustive()
    }
}

/// Why a decision is not delivered, in codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable code.
    pub code: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What the server calls this incident.
    pub incident: Option<String>,
}

/// What the server acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The case's version after it.
    pub case_version: CaseVersion,
    /// Where the case stands after it: `concluded`, `second_opinion` or `supervisor_decides`.
    pub state: String,
    /// `approved` or `rejected`, when concluded.
    pub outcome: Option<String>,
    /// When the server accepted it: the legal time.
    pub received_at_ms: i64,
}

/// A decision as the author sees it in the outbox, without envelope and copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The decision.
    pub decision_id: DecisionId,
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_no: CaseNo,
    /// The attempt that was decided.
    pub round: Round,
    /// The version of the case that was seen.
    pub case_version: CaseVersion,
    /// The fence of the lease.
    pub fence: Fence,
    /// 24:00 of the due day, if known.
    pub breach_ms: Option<i64>,
    /// When the author confirmed.
    pub created_at_ms: i64,
    /// Until when the author can take it back.
    pub not_before_ms: i64,
    /// SHA-256 of the payload.
    pub payload_sha256: Sha256,
    /// Which of the server's keys it is sealed to.
    pub key_id: String,
    /// Where it stands.
    pub state: OutboxState,
    /// How often sending was begun.
    pub attempts: u32,
    /// When it is sent next, while queued.
    pub next_attempt_ms: i64,
    /// What went wrong last.
    pub problem: Option<Problem>,
    /// On a conflict: what stands, as the caller gave it.
    pub standing: Option<Vec<u8>>,
    /// The server's receipt.
    pub receipt: Option<ReceiptRow>,
    /// When the receipt came.
    pub delivered_at_ms: Option<i64>,
    /// Whether the author put it away.
    pub is_dismissed: bool,
}

/// A decision to send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRow {
    /// The decision: the idempotency key.
    pub decision_id: DecisionId,
    /// The case.
    pub case_id: CaseId,
    /// The version of the case that was seen.
    pub case_version: CaseVersion,
    /// SHA-256 of the payload, which the receipt must name.
    pub payload_sha256: Sha256,
    /// Which of the server's keys it is sealed to.
    pub key_id: String,
    /// The sealed payload.
    pub envelope: Vec<u8>,
    /// How often sending was begun before.
    pub attempts: u32,
    /// When it was planned to be sent.
    pub next_attempt_ms: i64,
}

/// How many decisions stand where; those that were put away are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxCounts {
    /// Waiting.
    pub queued: u32,
    /// Being sent.
    pub sending: u32,
    /// Delivered.
    pub delivered: u32,
    /// In conflict.
    pub conflict: u32,
    /// Parked.
    pub parked: u32,
    /// The nearest 24:00 of a due day among those that are not delivered.
    pub nearest_breach_ms: Option<i64>,
}

impl OutboxCounts {
    /// All that the server has not acknowledged.
    #[must_use]
    pub fn undelivered(&self) -> u32 {
        self.queued + self.sending + self.conflict + self.parked
    }
}

impl Vault {
    /// Keeps a decision. It is on the disk, synced, when this returns `Ok`.
    ///
    /// # Errors
    /// [`VaultError::AlreadyDecided`] when a decision on the case is not delivered and not put away, or one was delivered for a later version
    /// than the one that this decision saw; [`VaultError::DiskFull`]; else the store fails. Nothing is kept then.
    pub fn outbox_insert(&self, new: &NewOutboxRow) -> Result<(), VaultError> {
        let copy = self.author_key().seal(&bound(new.decision_id), &new.author_copy)?;
        self.work().write(|tx| {
            let is_decided = tx
                .prepare_cached(
                    "SELECT 1 FROM outbox WHERE decision_id = :decision_id
                     OR (case_id = :case_id AND CASE state WHEN 'delivered' THEN receipt_version > :case_version
                                                           ELSE is_dismissed = 0 END)",
                )?
                .exists(named_params! {
                    ":decision_id": new.decision_id.to_string(),
                    ":case_id": new.case_id.to_string(),
                    ":case_version": new.case_version.0,
                })?;
            if is_decided {
                return Err(VaultError::AlreadyDecided.into());
            }
            tx.prepare_cached(
                "INSERT INTO outbox (decision_id, case_id, case_no, round, case_version, fence, breach_ms, created_at_ms,
                                     not_before_ms, payload_sha256, key_id, envelope, author_copy, state, next_attempt_ms)
                 VALUES (:decision_id, :case_id, :case_no, :round, :case_version, :fence, :breach_ms, :created_at_ms,
                         :not_before_ms, :payload_sha256, :key_id, :envelope, :author_copy, 'queued', :not_before_ms)",
            )?
            .execute(named_params! {
                ":decision_id": new.decision_id.to_string(),
                ":case_id": new.case_id.to_string(),
                ":case_no": new.case_no.0,
                ":round": new.round.number(),
                ":case_version": new.case_version.0,
                ":fence": new.fence.0,
                ":breach_ms": new.breach_ms,
                ":created_at_ms": new.created_at_ms,
                ":not_before_ms": new.not_before_ms,
                ":payload_sha256": new.payload_sha256.0,
                ":key_id": new.key_id,
                ":envelope": new.envelope,
                ":author_copy": copy,
            })?;
            Ok(())
        })
    }

    /// All decisions that were not put away: undelivered first, by deadline; then delivered, newest first.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_list(&self) -> Result<Vec<OutboxRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows = tx.prepare_cached(
                "SELECT * FROM outbox WHERE is_dismissed = 0
                 ORDER BY state = 'delivered', delivered_at_ms DESC, breach_ms NULLS LAST, created_at_ms, decision_id",
            )?;
            let rows = rows.query_map([], outbox_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One decision, also one that was put away.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_row(&self, decision_id: DecisionId) -> Result<Option<OutboxRow>, VaultError> {
        self.work().read(|tx| {
            let row = tx
                .prepare_cached("SELECT * FROM outbox WHERE decision_id = ?1")?
                .query_row([decision_id.to_string()], outbox_row)
                .optional()?;
            Ok(row)
        })
    }

    /// What the author will see of a decision.
    ///
    /// # Errors
    /// [`VaultError::UnknownDecision`]; [`VaultError::UnreadableRow`] when it was sealed to another author; else the store fails.
    pub fn author_copy(&self, decision_id: DecisionId) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let sealed = self.work().read(|tx| {
            let sealed = tx
                .prepare_cached("SELECT author_copy FROM outbox WHERE decision_id = ?1")?
                .query_row([decision_id.to_string()], |row| row.get::<_, Vec<u8>>(0))
                .optional()?;
            sealed.ok_or(Fault::Refused(VaultError::UnknownDecision))
        })?;
        let opened = self.author_key().open(&bound(decision_id), &sealed);
        opened.ok_or(VaultError::UnreadableRow { file: VaultFile::Work })
    }

    /// The decisions whose time has come, the nearest deadline first.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_due(&self, now_ms: i64, limit: u32) -> Result<Vec<OutgoingRow>, VaultError> {
        self.work().read(|tx| {
            let mut rows = tx.prepare_cached(
                "SELECT * FROM outbox WHERE state = 'queued' AND next_attempt_ms <= ?1
                 ORDER BY breach_ms NULLS LAST, created_at_ms, decision_id LIMIT ?2",
            )?;
            let rows = rows.query_map(params![now_ms, limit], |row| {
                Ok(OutgoingRow {
                    decision_id: column::parsed(row, "decision_id")?,
                    case_id: column::parsed(row, "case_id")?,
                    case_version: CaseVersion(row.get("case_version")?),
                    payload_sha256: column::sha256(row, "payload_sha256")?,
                    key_id: row.get("key_id")?,
                    envelope: row.get("envelope")?,
                    attempts: row.get("attempts")?,
                    next_attempt_ms: row.get("next_attempt_ms")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// When the next decision is to be sent; `None` when none is queued.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_next_due(&self) -> Result<Option<i64>, VaultError> {
        self.work().read(|tx| {
            let next = tx
                .prepare_cached("SELECT min(next_attempt_ms) FROM outbox WHERE state = 'queued'")?
                .query_row([], |row| row.get(0))?;
            Ok(next)
        })
    }

    /// The cases that the queue must not offer: those with a decision that is neither delivered nor put away, and those whose decision is
    /// delivered while their row here is still the one from before it.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_live_cases(&self) -> Result<Vec<CaseId>, VaultError> {
        let (mut live, delivered) = self.work().read(|tx| {
            let mut open =
                tx.prepare_cached("SELECT case_id FROM outbox WHERE is_dismissed = 0 AND state <> 'delivered'")?;
            let open = open.query_map([], |row| column::parsed(row, "case_id"))?;
            let open = open.collect::<Result<Vec<CaseId>, _>>()?;
            let mut delivered =
                tx.prepare_cached("SELECT case_id, receipt_version FROM outbox WHERE state = 'delivered'")?;
            let delivered = delivered
                .query_map([], |row| Ok((column::parsed(row, "case_id")?, CaseVersion(row.get("receipt_version")?))))?;
            Ok((open, delivered.collect::<Result<Vec<_>, _>>()?))
        })?;
        live.extend(self.cases().read(|tx| cases::older_than(tx, &delivered))?);
        live.sort_unstable();
        live.dedup();
        Ok(live)
    }

    /// The cases with a decision that the server has not acknowledged: what a sweep of the queue must leave in place.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_undelivered_cases(&self) -> Result<Vec<CaseId>, VaultError> {
        self.work().read(|tx| {
            let mut open = tx.prepare_cached(
                "SELECT case_id FROM outbox WHERE is_dismissed = 0 AND state <> 'delivered' ORDER BY case_id",
            )?;
            let open = open.query_map([], |row| column::parsed(row, "case_id"))?;
            Ok(open.collect::<Result<_, _>>()?)
        })
    }

    /// How many decisions stand where.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_counts(&self) -> Result<OutboxCounts, VaultError> {
        self.work().read(|tx| {
            let counts = tx
                .prepare_cached(
                    "SELECT count(*) FILTER (WHERE state = 'queued') AS queued,
                            count(*) FILTER (WHERE state = 'sending') AS sending,
                            count(*) FILTER (WHERE state = 'delivered') AS delivered,
                            count(*) FILTER (WHERE state = 'conflict') AS conflict,
                            count(*) FILTER (WHERE state = 'parked') AS parked,
                            min(breach_ms) FILTER (WHERE state <> 'delivered') AS nearest
                     FROM outbox WHERE is_dismissed = 0",
                )?
                .query_row([], |row| {
                    Ok(OutboxCounts {
                        queued: row.get("queued")?,
                        sending: row.get("sending")?,
                        delivered: row.get("delivered")?,
                        conflict: row.get("conflict")?,
                        parked: row.get("parked")?,
                        nearest_breach_ms: row.get("nearest")?,
                    })
                })?;
            Ok(counts)
        })
    }
}

/// What the author's copy is bound to.
fn bound(decision_id: DecisionId) -> Vec<u8> {
    format!("author copy of {decision_id}").into_bytes()
}

/// The row of a decision.
pub(crate) fn stored(tx: &Transaction<'_>, decision_id: DecisionId) -> Result<OutboxRow, Fault> {
    tx.prepare_cached("SELECT * FROM outbox WHERE decision_id = ?1")?
        .query_row([decision_id.to_string()], outbox_row)
        .optional()?
        .ok_or(Fault::Refused(VaultError::UnknownDecision))
}

fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    let problem = match row.get::<_, Option<String>>("problem_code")? {
        Some(code) => {
            Some(Problem { code, status: row.get("problem_status")?, incident: row.get("problem_incident")? })
        }
        None => None,
    };
    let receipt = match row.get::<_, Option<u32>>("receipt_version")? {
        Some(version) => Some(ReceiptRow {
            case_version: CaseVersion(version),
            state: row.get("receipt_state")?,
            outcome: row.get("receipt_outcome")?,
            received_at_ms: row.get("received_at_ms")?,
        }),
        None => None,
    };
    Ok(OutboxRow {
        decision_id: column::parsed(row, "decision_id")?,
        case_id: column::parsed(row, "case_id")?,
        case_no: CaseNo(row.get("case_no")?),
        round: column::round(row)?,
        case_version: CaseVersion(row.get("case_version")?),
        fence: Fence(row.get("fence")?),
        breach_ms: row.get("breach_ms")?,
        created_at_ms: row.get("created_at_ms")?,
        not_before_ms: row.get("not_before_ms")?,
        payload_sha256: column::sha256(row, "payload_sha256")?,
        key_id: row.get("key_id")?,
        state: column::word(row, "state", OutboxState::from_word)?,
        attempts: row.get("attempts")?,
        next_attempt_ms: row.get("next_attempt_ms")?,
        problem,
        standing: row.get("standing")?,
        receipt,
        delivered_at_ms: row.get("delivered_at_ms")?,
        is_dismissed: row.get("is_dismissed")?,
    })
}
