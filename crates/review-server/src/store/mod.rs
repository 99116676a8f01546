//! The server's database: SQLite, one writing connection and a few reading ones. Every change runs in one write transaction that is
//! committed or leaves nothing; rules run inside it, so what they saw is what they change. SQL stands in one file per noun.
//!
//! Not a pool and not an abstraction over databases yet: the rules take a connection, so that a trait can be cut along these files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use thiserror::Error;
use tokio::sync::{Semaphore, watch};

use crate::refusal::ServerError;

pub(crate) mod account;
pub(crate) mod answer;
pub(crate) mod applicant;
pub(crate) mod audit;
pub(crate) mod calendar_key;
pub(crate) mod calendar_pack;
pub(crate) mod case;
pub(crate) mod case_work;
pub(crate) mod column;
pub(crate) mod conclusion;
pub(crate) mod deadline;
pub(crate) mod device;
pub(crate) mod device_log;
pub(crate) mod event;
pub(crate) mod feed;
pub(crate) mod intake_key;
pub(crate) mod lease;
pub(crate) mod notice;
pub(crate) mod office;
pub(crate) mod open_case;
pub(crate) mod opinion;
pub(crate) mod photo;
pub(crate) mod portal_credential;
pub(crate) mod reason;
pub(crate) mod recusal;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod sign_in_try;
pub(crate) mod signing_key;
pub(crate) mod stuck;
pub(crate) mod void;

/// The numbered migrations; the n-th brings `user_version` to n.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_first.sql"),
    include_str!("../../migrations/0002_calendar.sql"),
    include_str!("../../migrations/0003_devices.sql"),
    include_str!("../../migrations/0004_leases.sql"),
];

/// The migration after which the audit of before is chained.
const CHAINS_AUDIT: usize = 3;

/// Marks a database as ours ("RDsv").
const APPLICATION_ID: i32 = 0x5244_7376;

/// The oldest SQLite without the WAL-reset fault that can corrupt a database (fixed 2026-03-13).
const OLDEST_SQLITE: i32 = 3_051_003;

const READERS: usize = 3;

/// What the writing connection may keep of the database, in KiB (negative: not pages). Computing all open cases again touches most of the
/// index of deadlines; with SQLite's own 2 MB its pages would be written and read back again and again.
const WRITER_CACHE_KIB: i32 = -64 * 1024;

pub(crate) const FILE_NAME: &str = "review-server.db";

/// What can go wrong with the database itself.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite refused something.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The database was written by a newer program.
    #[error("the database has schema {found}, this program knows {known} at most")]
    NewerSchema {
        /// Schema of the file.
        found: i32,
        /// Newest schema of this program.
        known: i32,
    },
    /// The file is a database of something else.
    #[error("the database is not one of the review server")]
    NotOurs,
    /// The linked SQLite can corrupt databases.
    #[error("SQLite {found} is too old: 3.51.3 is the oldest that is safe")]
    OldSqlite {
        /// Its version number.
        found: i32,
    },
    /// No database is where one must be.
    #[error("there is no database of a review server in {}", .0.display())]
    Missing(PathBuf),
    /// The data folder cannot be made or used.
    #[error("data folder: {0}")]
    Folder(#[from] std::io::Error),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

impl StoreError {
    /// Whether trying again later can help, without anybody mending anything or with an operator making room.
    pub(crate) fn is_passing(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull};
        match self {
            Self::Stopping => true,
            Self::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked | DiskFull))
            }
            _ => false,
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store(Arc<Inner>);

struct Inner {
    writer: Mutex<Connection>,
    /// Empty when the data is in memory: then the writer reads as well.
    readers: Mutex<Vec<Connection>>,
    reading: Arc<Semaphore>,
    /// The newest number of the change feed that this process committed.
    fed: watch::Sender<i64>,
}

impl Store {
    /// Opens the database of a data folder, making both when missing, and brings its schema up to date.
    pub(crate) fn open_folder(folder: &Path) -> Result<Self, StoreError> {
        refuse_old_sqlite(rusqlite::version_number())?;
        make_private_folder(folder)?;
        let file = folder.join(FILE_NAME);
        make_private_file(&file)?;
        let mut writer = open(&file)?;
        writer.pragma_update(None, "cache_size", WRITER_CACHE_KIB)?;
        migrate(&mut writer)?;
        let readers = (0..READERS).map(|_| open(&file)).collect::<Result<Vec<_>, _>>()?;
        for reader in &readers {
            reader.pragma_update(None, "query_only", true)?;
        }
        Ok(Self::of(writer, readers))
    }

    /// Whether a data folder holds a database; looks only.
    pub(crate) fn must_be_in(folder: &Path) -> Result<(), StoreError> {
        if folder.join(FILE_NAME).is_file() { Ok(()) } else { Err(StoreError::Missing(folder.to_owned())) }
    }

    /// A database in memory.
    pub(crate) fn open_memory() -> Result<Self, StoreError> {
        refuse_old_sqlite(rusqlite::version_number())?;
        let mut writer = Connection::open_in_memory()?;
        prepare(&writer)?;
        migrate(&mut writer)?;
        Ok(Self::of(writer, Vec::new()))
    }

    fn of(writer: Connection, readers: Vec<Connection>) -> Self {
        let permits = readers.len().max(1);
        Self(Arc::new(Inner {
            writer: Mutex::new(writer),
            readers: Mutex::new(readers),
            reading: Arc::new(Semaphore::new(permits)),
            fed: watch::Sender::new(0),
        }))
    }

    /// Tells of every commit of this process that touched the change feed, from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<i64> {
        self.0.fed.subscribe()
    }

    /// Runs `change` in one write transaction on this thread: committed when it is `Ok`, else nothing happened.
    pub(crate) fn write_blocking<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, ServerError>,
    ) -> Result<T, ServerError> {
        self.write_as(change)
    }

    /// The same with another kind of error.
    pub(crate) fn write_as<T, E: From<ServerError> + From<rusqlite::Error>>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // A change that panicked left no transaction behind (it rolls back when it is dropped), so the connection is good.
        let mut writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = change(&transaction)?;
        let fed = feed::last_given(&transaction)?;
        transaction.commit()?;
        self.0.fed.send_if_modified(|known| {
            let is_new = *known != fed;
            *known = fed;
            is_new
        });
        Ok(done)
    }

    /// Runs `look` in one read transaction, which sees one state of the database, on a thread that may block.
    pub(crate) async fn read<T, F>(&self, look: F) -> Result<T, ServerError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, ServerError> + Send + 'static,
        T: Send + 'static,
    {
        let permit = Arc::clone(&self.0.reading).acquire_owned().await.map_err(|_| StoreError::Stopping)?;
        let inner = self.clone();
        run_blocking(move || {
            // Held until the reader is back, also when the request that asked is gone.
            let _permit = permit;
            inner.read_blocking(look)
        })
        .await
    }

    /// The same on this thread; with the writing connection when no reading one is free.
    pub(crate) fn read_blocking<T, E: From<ServerError> + From<rusqlite::Error>>(
        &self,
        look: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let reader = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(mut reader) = reader else {
            return self.write_as(look);
        };
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let transaction = reader.transaction()?;
            look(&transaction)
        }));
        self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        looked.unwrap_or_else(|_| Err(ServerError::Fault("a reading rule panicked").into()))
    }
}

/// Runs work that blocks; a panic in it becomes a fault.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServerError> + Send + 'static,
) -> Result<T, ServerError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_cancelled() => Err(StoreError::Stopping.into()),
        Err(_) => Err(ServerError::Fault("a rule panicked")),
    }
}

fn refuse_old_sqlite(found: i32) -> Result<(), StoreError> {
    if found < OLDEST_SQLITE { Err(StoreError::OldSqlite { found }) } else { Ok(()) }
}

fn open(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && (tables > 0 || found != 0) {
        return Err(StoreError::NotOurs);
    }
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
        if index + 1 == CHAINS_AUDIT {
            audit::chain_old_entries(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(i64::MAX))?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.commit()?;
    Ok(())
}

pub(crate) fn make_private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    Ok(())
}

pub(crate) fn make_private_file(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?;
    Ok(())
}

/// Milliseconds since the Unix epoch, as every time is stored.
pub(crate) fn ms(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_with_the_wal_reset_fault_is_refused() {
        assert!(matches!(refuse_old_sqlite(3_051_002), Err(StoreError::OldSqlite { found: 3_051_002 })));
        assert!(refuse_old_sqlite(3_051_003).is_ok());
    }
}
