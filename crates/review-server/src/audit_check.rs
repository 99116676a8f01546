//! Checks the audit as an outsider would: every entry follows from the one before, every head that was kept outside agrees, and every access
//! log of a desktop holds together. Names the first thing that does not.

use std::path::Path;

use casework::{CHAIN_START, Sha256};
use contract::signature::audit_head_message;
use thiserror::Error;

use crate::audit_heads::{self, HeadLine, HeadsError};
use crate::refusal::ServerError;
use crate::state::AppState;
use crate::store::audit::{self, Walked};
use crate::store::device_log::{self, LogOf};

/// What was checked and found good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries of the server's own chain.
    pub entries: u64,
    /// Heads that agree.
    pub heads: u64,
    /// Heads of histories that were lost by restores.
    pub lost_heads: u64,
    /// Entries of access logs.
    pub device_entries: u64,
    /// Places where a device had no more what the server lacked.
    pub gaps: u64,
}

/// The first thing that is not as it was written.
#[derive(Debug, Error)]
pub enum AuditFault {
    /// The chain breaks at this entry: it was changed, or what stood before it was.
    #[error("entry {0} of the audit is not what follows the one before it")]
    Entry(u64),
    /// An entry is not there.
    #[error("entry {0} of the audit is missing")]
    Missing(u64),
    /// A head was not signed by this server.
    #[error("the head at {0} is not signed by this server")]
    ForgedHead(String),
    /// The chain ends before a head that was kept outside.
    #[error("the audit ends at entry {last}, but by the head at {place} it went to {seq}")]
    Truncated {
        /// The last entry that there is.
        last: u64,
        /// The entry of the head.
        seq: u64,
        /// File and line.
        place: String,
    },
    /// The chain is another one than a head says.
    #[error("entry {seq} of the audit is not the one of the head at {place}")]
    Rewritten {
        /// The entry.
        seq: u64,
        /// File and line.
        place: String,
    },
    /// A restore that the chain does not tell of.
    #[error("the head at {0} tells of a restore that the audit does not know")]
    UnknownRestore(String),
    /// An access log breaks at this entry.
    #[error("entry {seq} of the access log of device {device} is not what follows the one before it")]
    DeviceEntry {
        /// The device.
        device: uuid::Uuid,
        /// The entry.
        seq: u64,
    },
    /// Heads cannot be read.
    #[error(transparent)]
    Heads(#[from] HeadsError),
    /// The database cannot be read.
    #[error("the database cannot be read")]
    Database,
}

impl From<ServerError> for AuditFault {
    fn from(_: ServerError) -> Self {
        Self::Database
    }
}

impl From<rusqlite::Error> for AuditFault {
    fn from(_: rusqlite::Error) -> Self {
        Self::Database
    }
}

/// Checks all of it, in one read transaction. Blocks.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(state: &AppState, heads: &Path) -> Result<Verified, AuditFault> {
    let lines = audit_heads::read(heads)?;
    state.store().read_blocking(|tx| {
        let chain = walk_chain(tx)?;
        let (agreeing, lost_heads) = compare_heads(state, &chain, &lines)?;
        let (device_entries, gaps) = walk_device_logs(tx)?;
        let entries = u64::try_from(chain.hashes.len()).unwrap_or(u64::MAX);
        Ok(Verified { entries, heads: agreeing, lost_heads, device_entries, gaps })
    })
}

/// The chain by its hashes, and where backups were put in its place.
#[derive(Default)]
struct Chain {
    hashes: Vec<Sha256>,
    restored_at: Vec<u64>,
}

impl Chain {
    fn last(&self) -> u64 {
        u64::try_from(self.hashes.len()).unwrap_or(u64::MAX)
    }

    fn hash(&self, seq: u64) -> Option<Sha256> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.hashes.get(index).copied()
    }
}

fn walk_chain(db: &rusqlite::Connection) -> Result<Chain, AuditFault> {
    let mut chain = Chain::default();
    audit::each(db, |walked| {
        let wanted = chain.last() + 1;
        let row = match walked {
            Walked::Entry(row) => row,
            Walked::Unreadable(seq) => return Err(AuditFault::Entry(seq)),
        };
        if row.seq != wanted {
            return Err(AuditFault::Missing(wanted));
        }
        let previous = chain.hashes.last().copied().unwrap_or(CHAIN_START);
        if row.previous != previous || row.hash != row.hash_by_content() {
            return Err(AuditFault::Entry(row.seq));
        }
        if row.what == RESTORED {
            chain.restored_at.push(row.seq);
        }
        chain.hashes.push(row.hash);
        Ok(true)
    })?;
    Ok(chain)
}

/// The word of the entry that a restore writes first.
pub(crate) const RESTORED: &str = "restored";

fn compare_heads(state: &AppState, chain: &Chain, lines: &[(String, HeadLine)]) -> Result<(u64, u64), AuditFault> {
    let mut counting: Vec<&(String, HeadLine)> = Vec::new();
    let mut lost = 0;
    for line in lines {
        let (place, head) = line;
        let forged = || AuditFault::ForgedHead(place.clone());
        let hash: Sha256 = head.hash.parse().map_err(|_| forged())?;
        let message = audit_head_message(state.server_id(), head.seq, hash, head.at_ms);
        if !state.has_signed(&message, &head.signature) {
            return Err(forged());
        }
        if head.is_restored {
            if !chain.restored_at.contains(&head.seq) {
                return Err(AuditFault::UnknownRestore(place.clone()));
            }
            // What stands from here on is the backup's chain; the entry of the restore is its first new one.
            let before = counting.len();
            counting.retain(|(_, older)| older.seq < head.seq);
            lost += before - counting.len();
        }
        counting.push(line);
    }
    for (place, head) in &counting {
        let place = place.clone();
        match chain.hash(head.seq) {
            None => return Err(AuditFault::Truncated { last: chain.last(), seq: head.seq, place }),
            Some(hash) if hash.to_string() != head.hash => {
                return Err(AuditFault::Rewritten { seq: head.seq, place });
            }
            Some(_) => {}
        }
    }
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Ok((count(counting.len()), count(lost)))
}

fn walk_device_logs(db: &rusqlite::Connection) -> Result<(u64, u64), AuditFault> {
    let (mut entries, mut gaps) = (0, 0);
    let mut last: Option<(LogOf, u64, String)> = None;
    device_log::each(db, |log, entry| {
        let fault = AuditFault::DeviceEntry { device: log.device, seq: entry.seq };
        let is_whole = device_log::hash_of(log, &entry).is_some_and(|hash| hash.to_string() == entry.hash);
        let continues = match &last {
            Some((of, seq, hash)) if *of == log => entry.seq == seq + 1 && entry.previous == *hash,
            _ => entry.seq == 1 && entry.previous == CHAIN_START.to_string(),
        };
        if !is_whole {
            return Err(fault);
        }
        if !continues {
            if !device_log::is_behind_gap(db, log, entry.seq)? {
                return Err(fault);
            }
            gaps += 1;
        }
        entries += 1;
        last = Some((log, entry.seq, entry.hash));
        Ok(true)
    })?;
    Ok((entries, gaps))
}
