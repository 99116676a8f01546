//! Decisions as they are needed outside this computer: header, sealed envelope, signatures, receipt, and nothing that tells what was decided.
//! Also of a file that this program cannot open because a newer one wrote it.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use casework::{CaseId, CaseNo, CaseVersion, DecisionId, Fence, Round, Sha256};
use rusqlite::{Connection, Row, Transaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::outbox_row::OutboxState;
use crate::column;
use crate::connection::connect;
use crate::error::{Fault, VaultError, VaultFile};
use crate::folder::{make_private_dir, remove_if_there, vault_dir, with_suffix};
use crate::header::Document;
use crate::keychain::Keychain;
use crate::sealed_file::Opening;
use crate::work_store::{WorkStore, device_key};

/// All that a recovery copy of a decision needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryRow {
    /// The decision: the idempotency key.
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
    /// Where it stands.
    pub state: OutboxState,
    /// SHA-256 of the payload.
    pub payload_sha256: Sha256,
    /// Which of the server's keys the envelope is sealed to.
    pub key_id: String,
    /// The sealed payload.
    pub envelope: Vec<u8>,
    /// Ed25519 by the author; `None` in rows of before.
    pub author_signature: Option<[u8; 64]>,
    /// Ed25519 by the device; `None` in rows of before.
    pub device_signature: Option<[u8; 64]>,
    /// The server's whole receipt as JSON, if there is one.
    pub receipt: Option<String>,
}

impl WorkStore {
    /// The recovery copies of these decisions, in the order in which they are named; those that are not here are left out.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_export(&self, decision_ids: &[DecisionId]) -> Result<Vec<RecoveryRow>, VaultError> {
        self.work().read(|tx| {
            let mut wanted = tx.prepare_cached("SELECT * FROM outbox WHERE decision_id = ?1")?;
            let mut rows = Vec::new();
            for decision_id in decision_ids {
                rows.extend(wanted.query_map([decision_id.to_string()], recovery_row)?.collect::<Result<Vec<_>, _>>()?);
            }
            Ok(rows)
        })
    }
}

/// The decisions of a vault that no receipt came for, read without opening the vault: also when a newer program wrote its `work.db`, as long
/// as its columns are still called what they are called here. Nothing in the vault is changed. `None` where only the password gives the key.
///
/// # Errors
/// [`VaultError::NotFound`], `KeychainLost`, `Keychain`, `Damaged`, or a failing disk.
pub fn export_undelivered(
    data: &Path,
    vault_id: Uuid,
    keychain: &dyn Keychain,
) -> Result<Option<Vec<RecoveryRow>>, VaultError> {
    let folder = vault_dir(data, vault_id);
    let Some(key) = device_key(&Document::of_vault(&folder, vault_id)?, keychain)? else {
        return Ok(None);
    };
    let failed = VaultError::io(VaultFile::Work);
    let scratch = folder.join(".export");
    remove_if_there(&scratch).map_err(&failed)?;
    make_private_dir(&scratch).map_err(&failed)?;
    let file = folder.join(VaultFile::Work.file_name());
    let copy = scratch.join(VaultFile::Work.file_name());
    // A copy, because opening it would already write to it.
    let copied = fs::copy(&file, &copy).and_then(|_| match fs::metadata(with_suffix(&file, "-wal")) {
        Ok(_) => fs::copy(with_suffix(&file, "-wal"), with_suffix(&copy, "-wal")).map(drop),
        Err(_) => Ok(()),
    });
    let rows = copied.map_err(&failed).and_then(|()| {
        let connection = connect(&copy, VaultFile::Work, &key, Opening::Existing);
        connection.and_then(|connection| undelivered(&connection)).map_err(|fault| fault.at(VaultFile::Work))
    });
    remove_if_there(&scratch).map_err(&failed)?;
    rows.map(Some)
}

fn undelivered(connection: &Connection) -> Result<Vec<RecoveryRow>, Fault> {
    let mut rows = connection.prepare(
        "SELECT * FROM outbox WHERE state <> 'delivered' AND is_dismissed = 0 ORDER BY breach_ms NULLS LAST, decision_id",
    )?;
    let rows = rows.query_map([], recovery_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every decision that can be understood.
pub(crate) fn all(tx: &Transaction<'_>) -> Result<Vec<RecoveryRow>, Fault> {
    let mut rows = tx.prepare("SELECT * FROM outbox ORDER BY created_at_ms, decision_id")?;
    let rows = rows.query_map([], recovery_row)?;
    Ok(rows.filter_map(Result::ok).collect())
}

fn recovery_row(row: &Row<'_>) -> rusqlite::Result<RecoveryRow> {
    Ok(RecoveryRow {
        decision_id: column::parsed(row, "decision_id")?,
        case_id: column::parsed(row, "case_id")?,
        case_no: CaseNo(row.get("case_no")?),
        round: column::round(row)?,
        case_version: CaseVersion(row.get("case_version")?),
        fence: Fence(row.get("fence")?),
        target_ms: of_later_schema(row.get("target_ms"))?,
        breach_ms: row.get("breach_ms")?,
        created_at_ms: row.get("created_at_ms")?,
        state: column::word(row, "state", OutboxState::from_word)?,
        payload_sha256: column::sha256(row, "payload_sha256")?,
        key_id: row.get("key_id")?,
        envelope: row.get("envelope")?,
        author_signature: of_later_schema(row.get("author_signature"))?,
        device_signature: of_later_schema(row.get("device_signature"))?,
        receipt: of_later_schema(row.get("receipt"))?,
    })
}

/// A column that an older schema does not have.
fn of_later_schema<T>(value: rusqlite::Result<Option<T>>) -> rusqlite::Result<Option<T>> {
    match value {
        Err(rusqlite::Error::InvalidColumnName(_)) => Ok(None),
        value => value,
    }
}

/// How a row stands in a file: bytes in standard base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoveryText {
    decision_id: String,
    case_id: String,
    case_no: String,
    round: u8,
    case_version: u32,
    fence: u32,
    target_ms: Option<i64>,
    breach_ms: Option<i64>,
    created_at_ms: i64,
    state: String,
    payload_sha256: String,
    key_id: String,
    envelope: String,
    author_signature: Option<String>,
    device_signature: Option<String>,
    receipt: Option<String>,
}

/// Rows as a JSON text.
pub(crate) fn to_text(rows: &[RecoveryRow]) -> Result<Vec<u8>, VaultError> {
    let texts: Vec<_> = rows
        .iter()
        .map(|row| RecoveryText {
            decision_id: row.decision_id.to_string(),
            case_id: row.case_id.to_string(),
            case_no: row.case_no.0.clone(),
            round: row.round.number(),
            case_version: row.case_version.0,
            fence: row.fence.0,
            target_ms: row.target_ms,
            breach_ms: row.breach_ms,
            created_at_ms: row.created_at_ms,
            state: row.state.word().to_owned(),
            payload_sha256: hex::encode(row.payload_sha256.0),
            key_id: row.key_id.clone(),
            envelope: BASE64.encode(&row.envelope),
            author_signature: row.author_signature.map(|signature| BASE64.encode(signature)),
            device_signature: row.device_signature.map(|signature| BASE64.encode(signature)),
            receipt: row.receipt.clone(),
        })
        .collect();
    serde_json::to_vec_pretty(&texts).map_err(|_| VaultError::UnreadableRow { file: VaultFile::Work })
}

/// The rows of such a text.
pub(crate) fn from_text(text: &[u8]) -> Result<Vec<RecoveryRow>, VaultError> {
    let rows = serde_json::from_slice::<Vec<RecoveryText>>(text).ok();
    let rows = rows.and_then(|rows| rows.into_iter().map(RecoveryText::understood).collect());
    rows.ok_or(VaultError::UnreadableRow { file: VaultFile::Work })
}

impl RecoveryText {
    fn understood(self) -> Option<RecoveryRow> {
        let signature = |text: Option<String>| match text {
            None => Some(None),
            Some(text) => BASE64.decode(text).ok()?.try_into().ok().map(Some),
        };
        Some(RecoveryRow {
            decision_id: self.decision_id.parse().ok()?,
            case_id: self.case_id.parse().ok()?,
            case_no: CaseNo(self.case_no),
            round: Round::new(self.round).ok()?,
            case_version: CaseVersion(self.case_version),
            fence: Fence(self.fence),
            target_ms: self.target_ms,
            breach_ms: self.breach_ms,
            created_at_ms: self.created_at_ms,
            state: OutboxState::from_word(&self.state)?,
            payload_sha256: Sha256(hex::decode(self.payload_sha256).ok()?.try_into().ok()?),
            key_id: self.key_id,
            envelope: BASE64.decode(self.envelope).ok()?,
            author_signature: signature(self.author_signature)?,
            device_signature: signature(self.device_signature)?,
            receipt: self.receipt,
        })
    }
}
