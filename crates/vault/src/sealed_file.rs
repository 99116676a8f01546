//! One encrypted SQLite file: its connections, its settings, and the two ways to it: a read transaction and a write transaction. Owns the
//! promise that a writer is alone, that nothing readable stays in the WAL, and that damage is told apart from every other failure.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use crate::error::{Fault, VaultError, VaultFile, from_sql};
use crate::folder::{private_file, remove_if_there, with_suffix};
use crate::keys::Secret;
use crate::migration;

/// The first SQLite without the WAL-reset corruption.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Whether the file must be there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// It is made, and must not be there.
    Fresh,
    /// It must be there, with a schema.
    Existing,
}

/// An encrypted file with its open connections.
pub(crate) struct SealedFile {
    file: VaultFile,
    path: PathBuf,
    key: Secret,
    connections: RwLock<Option<Connections>>,
}

struct Connections {
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
    next_reader: AtomicUsize,
}

impl SealedFile {
    /// Opens a file of the vault folder.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when it is not a whole database under this key (or not there); `TooNew`, `UnfitEngine`, or a failure of the system.
    pub(crate) fn open(dir: &Path, file: VaultFile, key: Secret, opening: Opening) -> Result<Self, VaultError> {
        let path = dir.join(file.file_name());
        let connections = Connections::open(&path, file, &key, opening)?;
        Ok(Self { file, path, key, connections: RwLock::new(Some(connections)) })
    }

    /// Runs `work` on one consistent state of the file.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>) -> Result<T, VaultError> {
        self.with(|connections| {
            let mut reader = connections.reader();
            let transaction = reader.transaction()?;
            work(&transaction)
        })
    }

    /// Runs `work` as one change: all of it is on disk, or nothing.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>) -> Result<T, VaultError> {
        self.with(|connections| {
            let mut writer = lock(&connections.writer);
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
    }

    /// Runs `work` on the writing connection outside a transaction.
    pub(crate) fn administer<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, VaultError> {
        self.with(|connections| work(&mut lock(&connections.writer)))
    }

    /// Moves the WAL into the file and empties it, so that what was deleted is gone from there too. Waits for running reads.
    pub(crate) fn truncate_wal(&self) -> Result<(), VaultError> {
        self.with(|connections| {
            let writer = lock(&connections.writer);
            let _readers: Vec<_> = connections.readers.iter().map(lock).collect();
            if self.file == VaultFile::Photos {
                // Each step gives back one page.
                let mut vacuum = writer.prepare("PRAGMA incremental_vacuum")?;
                let mut rows = vacuum.query([])?;
                while rows.next()?.is_some() {}
            }
            checkpoint(&writer)
        })
    }

    /// The same after a change that is already on the disk: what fails now is done at the next deletion or at closing.
    pub(crate) fn truncate_wal_or_later(&self) {
        if let Err(error) = self.truncate_wal() {
            tracing::warn!(%error, file = %self.file, "the WAL is emptied later");
        }
    }

    /// Empties the WAL and closes all connections; every later call is refused.
    pub(crate) fn close(&self) -> Result<(), VaultError> {
        let mut open = self.connections.write().unwrap_or_else(PoisonError::into_inner);
        let Some(connections) = open.take() else {
            return Ok(());
        };
        connections.close().map_err(|fault| fault.at(self.file))
    }

    /// Closes the file, removes it with all that belongs to it, and makes it again, empty, under the same key.
    pub(crate) fn start_over(&self) -> Result<(), VaultError> {
        let mut open = self.connections.write().unwrap_or_else(PoisonError::into_inner);
        // What cannot be moved out of the WAL is deleted with it.
        drop(open.take());
        remove_all(&self.path).map_err(VaultError::io(self.file))?;
        *open = Some(Connections::open(&self.path, self.file, &self.key, Opening::Fresh)?);
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&Connections) -> Result<T, Fault>) -> Result<T, VaultError> {
        let open = self.connections.read().unwrap_or_else(PoisonError::into_inner);
        let connections = open.as_ref().ok_or(VaultError::Closed)?;
        work(connections).map_err(|fault| fault.at(self.file))
    }
}

impl Connections {
    fn open(path: &Path, file: VaultFile, key: &Secret, opening: Opening) -> Result<Self, VaultError> {
        check_engine_version()?;
        match opening {
            // SQLite would make it readable by the whole group.
            Opening::Fresh => drop(private_file(path, true).map_err(VaultError::io(file))?),
            Opening::Existing => match std::fs::metadata(path) {
                // SQLite would take an empty file for a new database and write to it.
                Ok(found) if !found.is_file() || found.len() == 0 => return Err(VaultError::Damaged { file }),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(VaultError::Damaged { file });
                }
                Err(error) => return Err(VaultError::io(file)(error)),
            },
        }
        Self::open_checked(path, file, key, opening).map_err(|fault| fault.at(file))
    }

    fn open_checked(path: &Path, file: VaultFile, key: &Secret, opening: Opening) -> Result<Self, Fault> {
        let mut writer = connect(path, file, key, opening)?;
        if opening == Opening::Existing {
            check_whole(&writer, file)?;
        }
        migration::migrate(&mut writer, file)?;
        if opening == Opening::Fresh {
            checkpoint(&writer)?;
        }
        let readers = if file == VaultFile::Work { 1 } else { 2 };
        let readers = (0..readers)
            .map(|_| {
                let reader = connect(path, file, key, Opening::Existing)?;
                reader.pragma_update(None, "query_only", true)?;
                Ok(Mutex::new(reader))
            })
            .collect::<Result<_, Fault>>()?;
        Ok(Self { writer: Mutex::new(writer), readers, next_reader: AtomicUsize::new(0) })
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        if let Some(free) = self.readers.iter().find_map(|reader| reader.try_lock().ok()) {
            return free;
        }
        let turn = self.next_reader.fetch_add(1, Ordering::Relaxed);
        lock(&self.readers[turn % self.readers.len()])
    }

    fn close(self) -> Result<(), Fault> {
        drop(self.readers);
        let writer = self.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        checkpoint(&writer)?;
        writer.close().map_err(|(_, error)| Fault::Sql(error))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in a transaction rolled it back; the connection is good.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check_engine_version() -> Result<(), VaultError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(VaultError::UnfitEngine);
    }
    Ok(())
}

fn connect(path: &Path, file: VaultFile, key: &Secret, opening: Opening) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // What it writes to standard error is told by our errors.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    let hex = Zeroizing::new(hex::encode(key.bytes()));
    let with_key = Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", hex.as_str()));
    connection.execute_batch(&with_key)?;
    let engine = connection.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0));
    if !engine.is_ok_and(|version| !version.is_empty()) {
        return Err(VaultError::UnfitEngine.into());
    }
    if file == VaultFile::Photos {
        connection.execute_batch("PRAGMA cipher_page_size = 16384")?;
        if opening == Opening::Fresh {
            connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")?;
        }
    }
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(
        "PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA cache_size = -16000;
         PRAGMA journal_size_limit = 16777216;",
    )?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // The first access: here a file that is not ours shows itself.
    let journal: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if journal != "wal" {
        return Err(VaultError::Storage { file, code: 0 }.into());
    }
    // What a person made here survives a power cut; what can be fetched again may lose its tail, but stays whole.
    connection.execute_batch(if file == VaultFile::Work {
        "PRAGMA synchronous = FULL"
    } else {
        "PRAGMA synchronous = NORMAL"
    })?;
    Ok(connection)
}

/// A file that was made by this program has a schema and no broken page.
fn check_whole(connection: &Connection, file: VaultFile) -> Result<(), Fault> {
    let damaged = || Fault::Refused(VaultError::Damaged { file });
    if migration::found(connection)? == 0 {
        return Err(damaged());
    }
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match found {
        Ok(word) if word == "ok" => Ok(()),
        Ok(_) => Err(damaged()),
        // A page whose seal is broken can come back as a plain error of the codec.
        Err(error) => match from_sql(file, &error) {
            VaultError::Storage { code: 1, .. } | VaultError::UnreadableRow { .. } => Err(damaged()),
            _ => Err(error.into()),
        },
    }
}

fn checkpoint(connection: &Connection) -> Result<(), Fault> {
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy {
        tracing::debug!("the WAL is in use and is emptied later");
    }
    Ok(())
}

/// Removes a database file with its WAL, its index and what was moved aside.
fn remove_all(path: &Path) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm", "-journal", ""] {
        remove_if_there(&with_suffix(path, suffix))?;
    }
    for aside in moved_aside(path)? {
        remove_if_there(&aside)?;
    }
    Ok(())
}

fn moved_aside(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(Vec::new());
    };
    let beginning = format!("{}{ASIDE}", name.to_string_lossy());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&beginning) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

const ASIDE: &str = ".damaged-";

/// Moves a damaged file, with its WAL, out of the way. Returns the new name, or `None` when there was nothing to move.
pub(crate) fn move_aside(dir: &Path, file: VaultFile, now_ms: i64) -> Result<Option<String>, VaultError> {
    let path = dir.join(file.file_name());
    let failed = VaultError::io(file);
    let mut suffix = format!("{ASIDE}{now_ms}");
    let mut again = 1;
    while with_suffix(&path, &suffix).exists() {
        again += 1;
        suffix = format!("{ASIDE}{now_ms}-{again}");
    }
    let mut moved = None;
    for part in ["", "-wal", "-shm"] {
        let from = with_suffix(&path, part);
        if std::fs::symlink_metadata(&from).is_err() {
            continue;
        }
        if part == "-shm" {
            remove_if_there(&from).map_err(&failed)?;
            continue;
        }
        let to = with_suffix(&path, &format!("{suffix}{part}"));
        std::fs::rename(&from, &to).map_err(&failed)?;
        if part.is_empty() {
            moved = Some(format!("{}{suffix}", file.file_name()));
        }
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [VaultFile; 3] = [VaultFile::Cases, VaultFile::Photos, VaultFile::Work];

    #[test]
    fn every_connection_has_the_settings_that_the_threats_ask_for() {
        let dir = tempfile::tempdir().unwrap();
        let key = Secret::random().unwrap();
        for file in FILES {
            SealedFile::open(dir.path(), file, key.clone(), Opening::Fresh).unwrap().close().unwrap();
            let sealed = SealedFile::open(dir.path(), file, key.clone(), Opening::Existing).unwrap();
            let expected = [
                ("synchronous", if file == VaultFile::Work { 2 } else { 1 }),
                ("page_size", if file == VaultFile::Photos { 16_384 } else { 4096 }),
                ("auto_vacuum", if file == VaultFile::Photos { 2 } else { 0 }),
                ("secure_delete", 1),
                ("temp_store", 2),
                ("foreign_keys", 1),
                ("trusted_schema", 0),
                ("cell_size_check", 1),
                ("busy_timeout", 5000),
            ];
            for (pragma, wanted) in expected.map(|(pragma, wanted)| (pragma, Some(wanted))) {
                let ask = |connection: &Connection| {
                    Ok(connection.query_row(&format!("PRAGMA {pragma}"), [], |row| {
                        let value = row.get_ref(0)?;
                        // SQLCipher answers the page size as text.
                        Ok(value.as_i64().ok().or_else(|| value.as_str().ok()?.parse().ok()))
                    })?)
                };
                assert_eq!(
                    sealed.administer(|writer| ask(writer)).unwrap(),
                    wanted,
                    "{pragma} of the writer of {file}"
                );
                assert_eq!(sealed.read(|reader| ask(reader)).unwrap(), wanted, "{pragma} of a reader of {file}");
            }
            let is_defensive = sealed.administer(|writer| {
                writer.execute_batch("PRAGMA writable_schema = ON")?;
                Ok(writer.execute("UPDATE sqlite_schema SET sql = sql", []).is_err())
            });
            assert!(is_defensive.unwrap());
            let written = sealed.read(|reader| Ok(reader.execute_batch("CREATE TABLE t (x)")?));
            assert!(written.is_err(), "a reader does not write");
        }
    }

    #[test]
    fn a_failed_change_is_undone_and_a_panicking_one_too() {
        let dir = tempfile::tempdir().unwrap();
        let sealed = SealedFile::open(dir.path(), VaultFile::Work, Secret::random().unwrap(), Opening::Fresh).unwrap();
        let insert = |tx: &Transaction<'_>| -> Result<(), Fault> {
            tx.execute("INSERT INTO work_meta (name, value) VALUES ('a', 1)", [])?;
            Ok(())
        };
        let refused = sealed.write(|tx| {
            insert(tx)?;
            Err::<(), _>(Fault::Refused(VaultError::TooLate))
        });
        assert_eq!(refused, Err(VaultError::TooLate));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = sealed.write(|tx| -> Result<(), Fault> {
                insert(tx)?;
                panic!("in the middle");
            });
        }));
        assert!(panicked.is_err());
        let count =
            || sealed.read(|tx| Ok(tx.query_row("SELECT count(*) FROM work_meta", [], |row| row.get::<_, i64>(0))?));
        assert_eq!(count().unwrap(), 0);
        sealed.write(insert).unwrap();
        assert_eq!(count().unwrap(), 1);
    }
}
