//! One encrypted SQLite file: its connections and the two ways to it: a read transaction and a write transaction. Owns the
//! promise that a writer is alone, that nothing readable stays in the WAL, and that damage is told apart from every other failure.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::connection::{
    SMALLEST_PAGE, can_be_written, check_engine_version, check_whole, checkpoint, connect, may_empty_wal_at_its_end,
    read_first_page,
};
use crate::error::{Fault, VaultError, VaultFile};
use crate::folder::{private_file, remove_if_there, with_suffix};
use crate::keys::Secret;
use crate::migration;

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
    state: RwLock<State>,
}

/// Closing drops both.
struct State {
    key: Option<Secret>,
    connections: Option<Connections>,
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
        Self::open_at(dir.join(file.file_name()), file, key, opening)
    }

    /// The same for a file that stands elsewhere.
    pub(crate) fn open_at(path: PathBuf, file: VaultFile, key: Secret, opening: Opening) -> Result<Self, VaultError> {
        let connections = Connections::open(&path, file, &key, opening)?;
        let state = State { key: Some(key), connections: Some(connections) };
        Ok(Self { file, path, state: RwLock::new(state) })
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

    /// Empties the WAL, closes all connections and drops the key; every later call is refused.
    pub(crate) fn close(&self) -> Result<(), VaultError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.key = None;
        let Some(connections) = state.connections.take() else {
            return Ok(());
        };
        connections.close().map_err(|fault| fault.at(self.file))
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).connections.is_none()
    }

    /// Closes the file, removes it with all that belongs to it, and makes it again, empty, under the same key.
    pub(crate) fn start_over(&self) -> Result<(), VaultError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let key = state.key.clone().ok_or(VaultError::Closed)?;
        // What cannot be moved out of the WAL is deleted with it.
        drop(state.connections.take());
        remove_all(&self.path).map_err(VaultError::io(self.file))?;
        state.connections = Some(Connections::open(&self.path, self.file, &key, Opening::Fresh)?);
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&Connections) -> Result<T, Fault>) -> Result<T, VaultError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let connections = state.connections.as_ref().ok_or(VaultError::Closed)?;
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
                // SQLite would take what is not even a page for a new database and write to it.
                Ok(found) if !found.is_file() || found.len() < SMALLEST_PAGE => {
                    return Err(VaultError::Damaged { file });
                }
                Ok(_) => can_be_written(path, file)?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(VaultError::Damaged { file });
                }
                Err(error) => return Err(VaultError::io(file)(error)),
            },
        }
        let look = || Self::open_checked(path, file, key, opening).map_err(|fault| fault.at(file));
        match look() {
            // A read that fails once looks like a broken file, and a broken file is moved aside: it is looked at a second time. Where not even
            // the first page can be read it is the disk.
            Err(VaultError::Damaged { .. }) if opening == Opening::Existing => {
                read_first_page(path).map_err(VaultError::io(file))?;
                look()
            }
            opened => opened,
        }
    }

    fn open_checked(path: &Path, file: VaultFile, key: &Secret, opening: Opening) -> Result<Self, Fault> {
        let mut writer = connect(path, file, key, opening)?;
        for _ in 0..2 {
            // SQLite opens a file that it may not write for reading only, without a word. Something else may have held it for a moment.
            if writer.is_readonly("main")? {
                writer = connect(path, file, key, opening)?;
            }
        }
        if writer.is_readonly("main")? {
            return Err(VaultError::ReadOnly { file }.into());
        }
        if opening == Opening::Existing {
            check_whole(&writer, file)?;
        }
        migration::migrate(&mut writer, file)?;
        may_empty_wal_at_its_end(&writer)?;
        if opening == Opening::Fresh {
            checkpoint(&writer)?;
        }
        let readers = if file == VaultFile::Work { 1 } else { 2 };
        let readers = (0..readers)
            .map(|_| {
                let reader = connect(path, file, key, Opening::Existing)?;
                reader.pragma_update(None, "query_only", true)?;
                may_empty_wal_at_its_end(&reader)?;
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

/// Removes a database file with its WAL, its index and what was moved aside.
pub(crate) fn remove_all(path: &Path) -> std::io::Result<()> {
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
    let suffix = free_suffix(dir, file, now_ms);
    let path = dir.join(file.file_name());
    let failed = VaultError::io(file);
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

/// What is put behind the name of a file that is moved aside at this instant.
pub(crate) fn free_suffix(dir: &Path, file: VaultFile, now_ms: i64) -> String {
    let path = dir.join(file.file_name());
    let mut suffix = format!("{ASIDE}{now_ms}");
    let mut again = 1;
    while std::fs::symlink_metadata(with_suffix(&path, &suffix)).is_ok() {
        again += 1;
        suffix = format!("{ASIDE}{now_ms}-{again}");
    }
    suffix
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
