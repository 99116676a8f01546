//! Heads of the audit kept outside the database: how far the chain went when, and the hash of its last entry, signed. One file for each
//! Beijing day, only ever added to. Whoever rewrites the chain or cuts off its end cannot make these agree; so they belong on another disk
//! or machine than the database.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use contract::signature::audit_head_message;
use serde::{Deserialize, Serialize};
use working_days::BeijingDate;

use crate::config::{Config, Data};
use crate::refusal::ServerError;
use crate::state::AppState;
use crate::store::{audit, ms};

/// The folder beside the database where heads go when no other is set.
const FOLDER: &str = "audit-heads";

/// One line of a file of heads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadLine {
    /// The last entry's number.
    pub seq: u64,
    /// Its hash, hex.
    pub hash: String,
    /// When this was written, server time.
    pub at_ms: i64,
    /// Ed25519 by the server's key over `contract::signature::audit_head_message`, standard base64.
    pub signature: String,
    /// The chain of a backup goes on here: heads before with a greater number are of a history that was lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_restored: bool,
}

/// Why heads cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum HeadsError {
    /// The folder or a file of it.
    #[error("heads of the audit: {0}")]
    Io(#[from] std::io::Error),
    /// A line that is none.
    #[error("line {line} of {file} is not a head of the audit")]
    BadLine {
        /// File name.
        file: String,
        /// From 1.
        line: usize,
    },
    /// The database.
    #[error("the head of the audit cannot be read")]
    Database,
}

/// Where heads go; nowhere for data in memory without a folder of its own.
#[must_use]
pub fn folder_of(config: &Config) -> Option<PathBuf> {
    match (&config.audit_heads, &config.data) {
        (Some(folder), _) => Some(folder.clone()),
        (None, Data::Folder(data)) => Some(data.join(FOLDER)),
        (None, Data::Memory) => None,
    }
}

/// The Beijing day of the last head that was written by this process.
#[derive(Debug, Default)]
pub(crate) struct LastDay(Mutex<Option<BeijingDate>>);

/// Writes the head as it is now. Blocks until it is on disk.
///
/// # Errors
/// The folder cannot be written, or the database not read.
pub fn write(state: &AppState) -> Result<(), HeadsError> {
    write_line(state, state.now(), false)
}

/// Writes that a backup's chain goes on here.
pub(crate) fn write_restored(state: &AppState) -> Result<(), HeadsError> {
    write_line(state, state.now(), true)
}

/// Writes the head when none was written on this Beijing day yet. A failure is logged and tried again at the next change.
pub(crate) fn write_on_new_day(state: &AppState) {
    let today = BeijingDate::of(state.now());
    let mut last = state.last_head_day().0.lock().unwrap_or_else(PoisonError::into_inner);
    if *last == Some(today) {
        return;
    }
    match write_line(state, state.now(), false) {
        Ok(()) => *last = Some(today),
        Err(error) => tracing::error!(error = %error, "the head of the audit could not be written outside"),
    }
}

fn write_line(state: &AppState, now: DateTime<Utc>, is_restored: bool) -> Result<(), HeadsError> {
    let Some(folder) = folder_of(state.config()) else {
        return Ok(());
    };
    let head = state.store().read_blocking(|tx| audit::head(tx)).map_err(|_: ServerError| HeadsError::Database)?;
    let Some(head) = head else {
        return Ok(());
    };
    let message = audit_head_message(state.server_id(), head.seq, head.hash, ms(now));
    let key = state.signing_key().map_err(|_| HeadsError::Database)?;
    let line = HeadLine {
        seq: head.seq,
        hash: head.hash.to_string(),
        at_ms: ms(now),
        signature: key.sign(&message),
        is_restored,
    };
    let mut text = serde_json::to_string(&line).map_err(std::io::Error::other)?;
    text.push('\n');
    append(&folder, &format!("{}.jsonl", BeijingDate::of(now)), &text)
}

fn append(folder: &Path, name: &str, text: &str) -> Result<(), HeadsError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(folder.join(name))?;
    // A line that a power cut left half written must not swallow this one.
    let is_new = file.metadata()?.len() == 0;
    let mut whole = String::new();
    if !is_new && !ends_with_newline(&mut file)? {
        whole.push('\n');
    }
    whole.push_str(text);
    file.write_all(whole.as_bytes())?;
    file.sync_all()?;
    if is_new {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn ends_with_newline(file: &mut File) -> std::io::Result<bool> {
    use std::io::{Seek, SeekFrom};
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0u8; 1];
    file.read_exact(&mut last)?;
    Ok(last[0] == b'\n')
}

/// Every head of a folder with the file and line where it stands, in the order in which they were written. No folder is no heads.
///
/// # Errors
/// A file cannot be read, or a whole line is no head.
pub fn read(folder: &Path) -> Result<Vec<(String, HeadLine)>, HeadsError> {
    let mut files = Vec::new();
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            for entry in entries {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "jsonl") {
                    files.push(path);
                }
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    files.sort();
    let mut heads = Vec::new();
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path)?;
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        for (index, line) in lines.iter().enumerate() {
            match serde_json::from_str(line) {
                Ok(head) => heads.push((format!("{file}:{}", index + 1), head)),
                // A power cut leaves the beginning of a line, which told nothing to anybody.
                Err(error) if error.is_eof() => {}
                Err(_) => return Err(HeadsError::BadLine { file, line: index + 1 }),
            }
        }
    }
    Ok(heads)
}
