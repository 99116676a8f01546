//! What a row of the outbox holds: a confirmed decision, where it stands, what the server said of it. Nothing here reads or moves one.

use casework::{CaseId, CaseNo, CaseVersion, DecisionId, Fence, Round, Sha256};
use rusqlite::Row;

use crate::column;

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

    pub(crate) fn from_word(word: &str) -> Option<Self> {
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
    /// Close of business of the due day, if known.
    pub target_ms: Option<i64>,
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
    /// Ed25519 by the author over the contract's message of a decision.
    pub author_signature: [u8; 64],
    /// The same by the device.
    pub device_signature: [u8; 64],
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
    /// The whole receipt as JSON that only the caller reads; `None` in rows of before.
    pub json: Option<String>,
    /// The server's feed epoch to which it was delivered, or offered last; `None` in rows of before.
    pub epoch: Option<String>,
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
    /// Close of business of the due day, if known.
    pub target_ms: Option<i64>,
    /// 24:00 of the due day, if known.
    pub breach_ms: Option<i64>,
    /// When the author confirmed.
    pub created_at_ms: i64,
    /// Until when the author can take it back.
    pub not_before_ms: i64,
    /// Whether that time was ended early.
    pub is_undo_over: bool,
    /// Whether author and device signed it; one that they did not is not sent.
    pub is_signed: bool,
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
    /// The server's epoch that refused it after it had been delivered to an earlier one.
    pub refused_epoch: Option<String>,
    /// When it was told that it is stuck.
    pub stuck_told_at_ms: Option<i64>,
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
    /// Its number.
    pub case_no: CaseNo,
    /// The version of the case that was seen.
    pub case_version: CaseVersion,
    /// SHA-256 of the payload, which the receipt must name.
    pub payload_sha256: Sha256,
    /// Which of the server's keys it is sealed to.
    pub key_id: String,
    /// The sealed payload.
    pub envelope: Vec<u8>,
    /// Ed25519 by the author.
    pub author_signature: [u8; 64],
    /// Ed25519 by the device.
    pub device_signature: [u8; 64],
    /// The whole receipt of an earlier delivery, as JSON: the decision is offered again.
    pub receipt: Option<String>,
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

/// Reads a whole row of the table.
pub(crate) fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
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
            json: row.get("receipt")?,
            epoch: row.get("offered_epoch")?,
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
        target_ms: row.get("target_ms")?,
        breach_ms: row.get("breach_ms")?,
        created_at_ms: row.get("created_at_ms")?,
        not_before_ms: row.get("not_before_ms")?,
        is_undo_over: row.get("is_undo_over")?,
        is_signed: row.get::<_, Option<[u8; 64]>>("author_signature")?.is_some()
            && row.get::<_, Option<[u8; 64]>>("device_signature")?.is_some(),
        payload_sha256: column::sha256(row, "payload_sha256")?,
        key_id: row.get("key_id")?,
        state: column::word(row, "state", OutboxState::from_word)?,
        attempts: row.get("attempts")?,
        next_attempt_ms: row.get("next_attempt_ms")?,
        problem,
        standing: row.get("standing")?,
        receipt,
        delivered_at_ms: row.get("delivered_at_ms")?,
        refused_epoch: row.get("refused_epoch")?,
        stuck_told_at_ms: row.get("stuck_told_at_ms")?,
        is_dismissed: row.get("is_dismissed")?,
    })
}

/// Reads what is sent of a row; only of one that is signed.
pub(crate) fn outgoing_row(row: &Row<'_>) -> rusqlite::Result<OutgoingRow> {
    Ok(OutgoingRow {
        decision_id: column::parsed(row, "decision_id")?,
        case_id: column::parsed(row, "case_id")?,
        case_no: CaseNo(row.get("case_no")?),
        case_version: CaseVersion(row.get("case_version")?),
        payload_sha256: column::sha256(row, "payload_sha256")?,
        key_id: row.get("key_id")?,
        envelope: row.get("envelope")?,
        author_signature: row.get("author_signature")?,
        device_signature: row.get("device_signature")?,
        receipt: row.get("receipt")?,
        attempts: row.get("attempts")?,
        next_attempt_ms: row.get("next_attempt_ms")?,
    })
}
