//! Recovery copies: undelivered decisions in a file, for a server that this computer cannot reach. The file holds what would have been sent,
//! sealed and signed; its name says when it was written and nothing else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casework::AccessEvent;
use contract::decision::DecisionRequest;
use contract::recovery::{FORMAT, RecoveryCopy, RecoveryFile};
use uuid::Uuid;
use vault::{OutboxState, RecoveryRow};
use working_days::BEIJING;

use crate::access;
use crate::deadline::instant;
use crate::decision::decision_id;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::view::{CommandError, ExportView};

/// So many files of one second are tried before giving up.
const MOST_OF_A_SECOND: u32 = 100;

impl Desk {
    /// Writes a recovery copy of these decisions into the exports folder. Delivered ones are left out; they stay in the outbox all the same.
    ///
    /// # Errors
    /// Locked; none of them is here undelivered; or the file cannot be written, and then there is none.
    pub async fn outbox_export(&self, ids: Vec<String>) -> Result<ExportView, CommandError> {
        self.at_seat(move |desk, seat| {
            let ids = ids.iter().map(|id| decision_id(id)).collect::<Result<Vec<_>, _>>()?;
            let now_ms = desk.now_ms(seat);
            let rows = seat.vault.outbox_export(&ids)?;
            let undelivered: Vec<_> = rows.iter().filter(|row| row.state != OutboxState::Delivered).collect();
            let decisions: Vec<_> = undelivered.iter().filter_map(|row| copy_of(row)).collect();
            if decisions.is_empty() {
                return Err(DeskError::DecisionNotHere);
            }
            let count = u32::try_from(decisions.len()).unwrap_or(u32::MAX);
            let file = recovery_file(seat.vault.header().server_id, now_ms, decisions);
            let path = write(&desk.inner.exports, now_ms, &serde_json::to_vec_pretty(&file)?)
                .map_err(DeskError::ExportFailed)?;
            for row in undelivered {
                access::note_decision(&seat.delivery.work, now_ms, AccessEvent::Exported, row.case_id, row.decision_id);
            }
            seat.delivery.courier.nudge();
            Ok(ExportView { path: path.display().to_string(), count })
        })
        .await
    }
}

/// What goes into the file; nothing of a row that is not signed, which no server would take.
fn copy_of(row: &RecoveryRow) -> Option<RecoveryCopy> {
    let receipt = row.receipt.as_deref().and_then(|receipt| serde_json::from_str(receipt).ok());
    Some(RecoveryCopy {
        case_id: row.case_id.0,
        case_no: row.case_no.to_string(),
        case_version: row.case_version.0,
        request: DecisionRequest {
            decision_id: row.decision_id.0,
            payload_sha256: row.payload_sha256.to_string(),
            key_id: row.key_id.clone(),
            envelope: STANDARD.encode(&row.envelope),
            author_signature: STANDARD.encode(row.author_signature?),
            device_signature: STANDARD.encode(row.device_signature?),
            receipt,
        },
    })
}

fn recovery_file(server_id: Uuid, made_at_ms: i64, decisions: Vec<RecoveryCopy>) -> RecoveryFile {
    RecoveryFile { format: FORMAT.to_owned(), server_id, made_at_ms, decisions }
}

/// Writes a new file, whole and on the disk, or none.
fn write(folder: &Path, now_ms: i64, bytes: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let at = instant(now_ms).with_timezone(&BEIJING).format("%Y%m%d-%H%M%S");
    for n in 1..=MOST_OF_A_SECOND {
        let name = if n == 1 { format!("review-desk-{at}.recovery") } else { format!("review-desk-{at}-{n}.recovery") };
        let path = folder.join(name);
        let mut file = match private(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
            drop(file);
            // Half a file would look like a copy.
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        sync_folder(folder)?;
        return Ok(path);
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// A new file that only its owner reads.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; the file itself is on the disk.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use casework::{CaseId, CaseNo, CaseVersion, DecisionId, Fence, Round};
    use contract::envelope::{self, EnvelopeKeyPair};
    use contract::signature;

    const NOON: i64 = 1_795_492_800_000;

    fn row(pair: &EnvelopeKeyPair, payload: &[u8]) -> RecoveryRow {
        let (decision_id, case_id) = (DecisionId(Uuid::from_u128(1)), CaseId(Uuid::from_u128(2)));
        let payload_sha256 = envelope::payload_sha256(payload);
        let message = signature::decision_message(decision_id, case_id, payload_sha256);
        let sign = |seed: u8| {
            let signature = STANDARD.decode(signature::sign(&[seed; 32], &message)).unwrap();
            Some(signature.try_into().unwrap())
        };
        RecoveryRow {
            decision_id,
            case_id,
            case_no: CaseNo("RS-2026-000001".into()),
            round: Round::new(1).unwrap(),
            case_version: CaseVersion(7),
            fence: Fence(1),
            target_ms: None,
            breach_ms: None,
            created_at_ms: NOON,
            state: OutboxState::Conflict,
            payload_sha256,
            key_id: pair.key_id(),
            envelope: envelope::seal(&pair.public(), decision_id, case_id, payload).unwrap(),
            author_signature: sign(1),
            device_signature: sign(2),
            receipt: None,
        }
    }

    #[test]
    fn a_recovery_copy_opens_at_the_server_and_both_signatures_fit() {
        let pair = EnvelopeKeyPair::from_seed(&[7; 32]);
        let row = row(&pair, b"the payload");
        let folder = tempfile::tempdir().unwrap();
        let file = recovery_file(Uuid::from_u128(9), NOON, vec![copy_of(&row).unwrap()]);
        let path = write(&folder.path().join("exports"), NOON, &serde_json::to_vec_pretty(&file).unwrap()).unwrap();

        let read: RecoveryFile = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert_eq!((read.format.as_str(), read.server_id), (FORMAT, Uuid::from_u128(9)));
        let request = &read.decisions[0].request;
        let sealed = STANDARD.decode(&request.envelope).unwrap();
        let opened = pair.open(DecisionId(request.decision_id), CaseId(read.decisions[0].case_id), &sealed).unwrap();
        assert_eq!(opened, b"the payload");
        let message =
            signature::decision_message(row.decision_id, row.case_id, request.payload_sha256.parse().unwrap());
        for (seed, signed) in [(1, &request.author_signature), (2, &request.device_signature)] {
            signature::verify(&signature::public_key(&[seed; 32]), &message, signed).unwrap();
        }
    }

    #[test]
    fn a_file_is_never_written_over_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = write(folder.path(), NOON, b"one").unwrap();
        let second = write(folder.path(), NOON, b"two").unwrap();
        assert_eq!(fs::read(&first).unwrap(), b"one");
        assert_eq!(fs::read(&second).unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let name = first.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("review-desk-2026"), "{name}");
    }

    #[test]
    fn what_is_not_signed_yet_is_left_out() {
        let mut row = row(&EnvelopeKeyPair::from_seed(&[7; 32]), b"the payload");
        row.device_signature = None;
        assert!(copy_of(&row).is_none());
    }
}
