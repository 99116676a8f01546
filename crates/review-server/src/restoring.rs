//! Backups while the server runs, and putting one in the place of the data: the old database is moved aside and never deleted, and the data
//! gets a new history, so that every desktop notices and offers again what it delivered.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use thiserror::Error;

use crate::audit_check::RESTORED;
use crate::audit_heads::{self, HeadsError};
use crate::config::{Config, Data};
use crate::refusal::ServerError;
use crate::secret;
use crate::state::{AppState, OpenError};
use crate::store::{FILE_NAME, StoreError, audit, ms, server, session};

/// Held by whoever serves a data folder.
const LOCK: &str = "review-server.lock";
/// Where a backup is made ready.
const WORKSHOP: &str = "restoring";

/// Why a backup or a restore did not happen. Unless it says otherwise the data is as it was.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// A server uses the data.
    #[error("a server is running on this data; stop it first")]
    Running,
    /// The target of a backup is there already.
    #[error("{0} is there already; a backup goes to a new file")]
    Exists(PathBuf),
    /// What is to be restored is no whole database.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// The backup is another server's.
    #[error("the backup is of another server than the data")]
    OtherServer,
    /// Opening the backup failed.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file or folder.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The restore happened, but the heads of the audit could not be told.
    #[error("the backup was restored, but: {0}")]
    Heads(#[from] HeadsError),
}

impl From<rusqlite::Error> for RestoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(StoreError::Sqlite(error))
    }
}

fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> RestoreError {
    move |source| RestoreError::Io { what, source }
}

/// Holds the data folder while it lives.
#[derive(Debug)]
pub struct DataLock(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

/// Takes the data folder for one server alone; makes the folder when it is missing.
///
/// # Errors
/// [`RestoreError::Running`] when another has it.
pub fn lock(data: &Path) -> Result<DataLock, RestoreError> {
    crate::store::make_private_folder(data)?;
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(data.join(LOCK)).map_err(io("the lock of the data folder"))?;
    match file.try_lock() {
        Ok(()) => Ok(DataLock(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(RestoreError::Running),
        Err(std::fs::TryLockError::Error(source)) => Err(io("the lock of the data folder")(source)),
    }
}

/// Writes a whole copy of the database to a new file, as of one moment, also while a server runs. Blocks.
///
/// # Errors
/// There is no database, the file is there already, or it cannot be written.
pub fn backup(data: &Path, to: &Path) -> Result<(), RestoreError> {
    let file = data.join(FILE_NAME);
    if !file.is_file() {
        return Err(StoreError::Missing(data.to_owned()).into());
    }
    if to.exists() {
        return Err(RestoreError::Exists(to.to_owned()));
    }
    let part = with_suffix(to, ".part");
    remove_if_there(&part)?;
    crate::store::make_private_file(&part)?;
    let source = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.busy_timeout(std::time::Duration::from_secs(30))?;
    source.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
    must_be_whole(&part)?;
    File::open(&part).and_then(|file| file.sync_all()).map_err(io("the backup"))?;
    std::fs::rename(&part, to).map_err(io("the backup"))?;
    sync_folder_of(to)
}

/// Puts a backup in the place of the data, under a new history. Returns where the old database went, if there was one. Blocks.
///
/// Sessions end, since tokens that were ended after the backup would be good again: everybody signs in anew. Delivery credentials that the
/// backup knows stay good. Accounts and devices that were closed after the backup have to be closed again.
///
/// # Errors
/// A server runs on the data, or the backup is damaged, newer than this program, or another server's.
pub fn restore(config: &Config, from: &Path) -> Result<Option<PathBuf>, RestoreError> {
    let Data::Folder(data) = &config.data else {
        return Err(StoreError::Missing(PathBuf::new()).into());
    };
    let _lock = lock(data)?;
    must_be_whole(from)?;
    let workshop = data.join(WORKSHOP);
    if workshop.exists() {
        std::fs::remove_dir_all(&workshop).map_err(io("the folder of a restore that was broken off"))?;
    }
    crate::store::make_private_folder(&workshop)?;
    let ready = workshop.join(FILE_NAME);
    crate::store::make_private_file(&ready)?;
    std::fs::copy(from, &ready).map_err(io("copying the backup"))?;

    // Everything that makes it a restored server is done before it takes its place, so that none can start without it.
    let now = config.clock.now();
    let made_ready = begin_history(config, &workshop, now);
    let checked = made_ready.and_then(|server_id| match server_id_in(&data.join(FILE_NAME)) {
        Some(old) if old != server_id => Err(RestoreError::OtherServer),
        _ => Ok(()),
    });
    if let Err(error) = checked {
        let _ = std::fs::remove_dir_all(&workshop);
        return Err(error);
    }
    File::open(&ready).and_then(|file| file.sync_all()).map_err(io("the backup"))?;

    let aside = move_aside(data, now)?;
    std::fs::rename(&ready, data.join(FILE_NAME)).map_err(io("putting the backup in place"))?;
    sync_folder_of(&data.join(FILE_NAME))?;
    let _ = std::fs::remove_dir_all(&workshop);

    let state = AppState::open_existing(config.clone())?;
    audit_heads::write_restored(&state)?;
    Ok(aside)
}

/// Opens the copy of a backup, brings it up to date, and begins its new history. Returns whose it is.
fn begin_history(config: &Config, workshop: &Path, now: DateTime<Utc>) -> Result<uuid::Uuid, RestoreError> {
    let copy = Config { data: Data::Folder(workshop.to_owned()), ..config.clone() };
    let state = AppState::open_existing(copy)?;
    let begun = state.store().write_blocking(|tx| {
        let before = server::load(tx)?.ok_or(ServerError::Fault("the server has no id"))?.feed_epoch;
        let history = hex::encode(&secret::random()?[..6]);
        server::begin_history(tx, &history, &before, ms(now))?;
        session::end_everything(tx, "restored", ms(now))?;
        let detail = json!({ "history": history, "before": before });
        audit::write(tx, ms(now), None, RESTORED, None, Some(&detail.to_string()))
    });
    begun.map_err(OpenError::from)?;
    let server_id = state.server_id();
    drop(state);
    // One file, without a log beside it.
    let database = Connection::open_with_flags(workshop.join(FILE_NAME), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    database.close().map_err(|(_, error)| error)?;
    for log in ["-wal", "-shm"] {
        remove_if_there(&with_suffix(&workshop.join(FILE_NAME), log))?;
    }
    Ok(server_id)
}

/// Moves the database and its log to a name of their own. Never over anything.
fn move_aside(data: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>, RestoreError> {
    let old = data.join(FILE_NAME);
    if !old.exists() {
        return Ok(None);
    }
    let name = format!("{FILE_NAME}.before-restore-{}", now.format("%Y%m%dT%H%M%SZ"));
    let mut aside = data.join(&name);
    let mut number = 1;
    while aside.exists() {
        number += 1;
        aside = data.join(format!("{name}-{number}"));
    }
    // The log first: a database without its log is older, a log without its database is nothing.
    for log in ["-wal", "-shm"] {
        let from = with_suffix(&old, log);
        if from.exists() {
            std::fs::rename(&from, with_suffix(&aside, log)).map_err(io("moving the old database aside"))?;
        }
    }
    std::fs::rename(&old, &aside).map_err(io("moving the old database aside"))?;
    Ok(Some(aside))
}

/// Whose database a file is; `None` when that cannot be read, as in a damaged one.
fn server_id_in(file: &Path) -> Option<uuid::Uuid> {
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).ok()?;
    let text: String = database.query_row("SELECT server_id FROM server", [], |row| row.get(0)).ok()?;
    text.parse().ok()
}

fn must_be_whole(file: &Path) -> Result<(), RestoreError> {
    let damaged = |error: rusqlite::Error| RestoreError::Damaged(error.to_string());
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(damaged)?;
    let said: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(damaged)?;
    if said == "ok" { Ok(()) } else { Err(RestoreError::Damaged(said)) }
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove_if_there(file: &Path) -> Result<(), RestoreError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io("a file left over")(error)),
        _ => Ok(()),
    }
}

fn sync_folder_of(file: &Path) -> Result<(), RestoreError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io("the folder"))
}
