//! Reads what is really on the disks, from outside and read-only: the server's tables, and the outboxes of all vaults of a desk, from a copy so
//! that the next start finds everything as the kill left it. Judges nothing.

use std::collections::BTreeMap;
use std::path::Path;

use casework::Sha256;
use rusqlite::{Connection, OpenFlags, Row};
use testkit::server_data::DATABASE;
use thiserror::Error;
use vault::{AccessRow, OutboxState, VaultError, WorkStore};

use super::office::copy_folder;
use crate::file_keychain::FileKeychain;

/// Why the disks cannot be read.
#[derive(Debug, Error)]
pub(super) enum DiskError {
    #[error("the server's database cannot be read: {0}")]
    Server(#[from] rusqlite::Error),
    #[error("a store on the desk cannot be read: {0}")]
    Vault(#[from] VaultError),
    #[error("a store on the desk cannot be opened without its password")]
    NoKey,
    #[error("the folders cannot be copied: {0}")]
    Io(#[from] std::io::Error),
}

/// A decision as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) case_id: String,
    pub(super) opinion: String,
    pub(super) reasons: Vec<String>,
    pub(super) note: String,
    pub(super) author: String,
    pub(super) payload_sha256: String,
    /// Conclusions that name it.
    pub(super) conclusions: i64,
    /// Notices about its case.
    pub(super) notices: i64,
    /// Entries of the audit that name it.
    pub(super) audits: i64,
}

/// The server's tables.
#[derive(Debug)]
pub(super) struct ServerDisk(Connection);

/// An entry of a chained log, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogRow {
    pub(super) seq: u64,
    pub(super) at_ms: i64,
    pub(super) account: Option<String>,
    pub(super) what: String,
    pub(super) case_id: Option<String>,
    pub(super) decision_id: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) previous: String,
    pub(super) hash: String,
}

impl ServerDisk {
    /// Opens it beside a running or a killed server.
    pub(super) fn open(data: &Path) -> Result<Self, DiskError> {
        let connection = Connection::open_with_flags(data.join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        Ok(Self(connection))
    }

    /// Every decision by its id.
    pub(super) fn decisions(&self) -> Result<BTreeMap<String, Arrived>, DiskError> {
        let mut query = self.0.prepare_cached(
            "SELECT o.decision_id, o.case_id, o.opinion, o.reasons, o.internal_note, a.name, o.payload_sha256,
                    (SELECT count(*) FROM conclusions c WHERE c.decision_id = o.decision_id),
                    (SELECT count(*) FROM notices n WHERE n.case_id = o.case_id),
                    (SELECT count(*) FROM audit d WHERE d.what = 'decision'
                                                    AND (d.decision_id = o.decision_id OR d.detail = o.decision_id))
             FROM opinions o JOIN accounts a USING (account_id)",
        )?;
        let rows = query.query_map([], |row| {
            let reasons: String = row.get(3)?;
            let arrived = Arrived {
                case_id: row.get(1)?,
                opinion: row.get(2)?,
                reasons: serde_json::from_str(&reasons).unwrap_or_default(),
                note: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
                author: row.get(5)?,
                payload_sha256: row.get(6)?,
                conclusions: row.get(7)?,
                notices: row.get(8)?,
                audits: row.get(9)?,
            };
            Ok((row.get(0)?, arrived))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a decision is there.
    pub(super) fn has(&self, decision_id: &str) -> Result<bool, DiskError> {
        Ok(self.0.prepare_cached("SELECT 1 FROM opinions WHERE decision_id = ?1")?.exists([decision_id])?)
    }

    /// Rounds of cases that have more than one conclusion.
    pub(super) fn doubled_conclusions(&self) -> Result<i64, DiskError> {
        self.number("SELECT count(*) FROM (SELECT 1 FROM conclusions GROUP BY case_id, round HAVING count(*) > 1)")
    }

    /// What SQLite says of the file: `ok`.
    pub(super) fn integrity(&self) -> Result<String, DiskError> {
        Ok(self.0.query_row("PRAGMA integrity_check", [], |row| row.get(0))?)
    }

    /// The server's own log.
    pub(super) fn audit(&self) -> Result<Vec<LogRow>, DiskError> {
        self.log(
            "SELECT seq, at_ms, account_id, what, case_id, decision_id, detail, previous, hash FROM audit ORDER BY seq",
        )
    }

    /// The shipped logs of desks, one after the other.
    pub(super) fn device_logs(&self) -> Result<BTreeMap<String, Vec<LogRow>>, DiskError> {
        let mut query = self.0.prepare("SELECT DISTINCT device_id FROM device_log")?;
        let devices: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut logs = BTreeMap::new();
        for device in devices {
            let mut query = self.0.prepare(
                "SELECT seq, at_ms, account_id, what, case_id, decision_id, detail, previous, hash
                 FROM device_log WHERE device_id = ?1 ORDER BY seq",
            )?;
            let rows = query.query_map([&device], log_row)?.collect::<Result<_, _>>()?;
            logs.insert(device, rows);
        }
        Ok(logs)
    }

    /// Everything that a second, identical run must leave as it is, in a fixed order.
    pub(super) fn fingerprint(&self) -> Result<Vec<String>, DiskError> {
        let mut lines = Vec::new();
        for sql in [
            "SELECT 'opinion ' || decision_id || ' ' || payload_sha256 FROM opinions ORDER BY 1",
            "SELECT 'conclusion ' || case_id || ' ' || round || ' ' || outcome || ' ' || decision_id FROM conclusions
             ORDER BY 1",
            "SELECT 'notice ' || case_id || ' ' || kind FROM notices ORDER BY 1",
            "SELECT 'case ' || case_id || ' ' || state FROM cases ORDER BY 1",
        ] {
            let mut query = self.0.prepare(sql)?;
            for line in query.query_map([], |row| row.get::<_, String>(0))? {
                lines.push(line?);
            }
        }
        Ok(lines)
    }

    fn number(&self, sql: &str) -> Result<i64, DiskError> {
        Ok(self.0.query_row(sql, [], |row| row.get(0))?)
    }

    fn log(&self, sql: &str) -> Result<Vec<LogRow>, DiskError> {
        let mut query = self.0.prepare(sql)?;
        Ok(query.query_map([], log_row)?.collect::<Result<_, _>>()?)
    }
}

fn log_row(row: &Row<'_>) -> rusqlite::Result<LogRow> {
    Ok(LogRow {
        seq: row.get::<_, i64>(0)?.cast_unsigned(),
        at_ms: row.get(1)?,
        account: row.get(2)?,
        what: row.get(3)?,
        case_id: row.get(4)?,
        decision_id: row.get(5)?,
        detail: row.get(6)?,
        previous: row.get(7)?,
        hash: row.get(8)?,
    })
}

/// A decision in an outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) state: OutboxState,
    pub(super) payload_sha256: Sha256,
}

/// What the vaults of a desk hold.
#[derive(Debug, Default)]
pub(super) struct DeskDisk {
    /// The decisions of all vaults, by id.
    pub(super) outbox: BTreeMap<String, Kept>,
    /// Entries of the access logs that are not shipped, by the device that they are of.
    pub(super) unshipped: BTreeMap<String, (String, Vec<AccessRow>)>,
    /// What was said about damage, which a kill must not cause.
    pub(super) damage: Vec<String>,
}

impl DeskDisk {
    /// Reads a copy of the vaults of the desk in this folder; the copy is made in `scratch` and removed again.
    pub(super) fn read(folder: &Path, scratch: &Path, now_ms: i64) -> Result<Self, DiskError> {
        let _ = std::fs::remove_dir_all(scratch);
        copy_folder(&folder.join("desk"), scratch)?;
        let keychain = FileKeychain::open(&folder.join("keychain"))?;
        let read = Self::of(scratch, &keychain, now_ms);
        std::fs::remove_dir_all(scratch)?;
        read
    }

    fn of(data: &Path, keychain: &FileKeychain, now_ms: i64) -> Result<Self, DiskError> {
        let mut disk = Self::default();
        let (headers, damaged) = vault::list(data)?;
        disk.damage.extend(damaged.iter().map(|vault| format!("a vault cannot be listed: {}", vault.error)));
        for header in headers {
            let store = WorkStore::open(data, header.vault_id, keychain, now_ms)?.ok_or(DiskError::NoKey)?;
            for row in store.outbox_list()? {
                let kept = Kept { state: row.state, payload_sha256: row.payload_sha256 };
                disk.outbox.insert(row.decision_id.to_string(), kept);
            }
            let unshipped = store.access_log_unshipped(u32::MAX)?;
            let account = store.account_id().to_string();
            disk.unshipped.insert(header.device_id.to_string(), (account, unshipped));
            if store.work_recovered()?.is_some() {
                disk.damage.push("work.db was damaged".to_owned());
            }
            store.close()?;
        }
        Ok(disk)
    }

    /// The decisions with their states, in a fixed order.
    pub(super) fn fingerprint(&self) -> Vec<String> {
        self.outbox.iter().map(|(id, kept)| format!("{id} {:?} {}", kept.state, kept.payload_sha256)).collect()
    }
}
