//! One connection to an encrypted file: the key, the settings that every connection has, and the questions that are asked before a file is
//! believed. Who uses it how long is the business of `sealed_file`.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::error::{Fault, VaultError, VaultFile, from_sql};
use crate::failpoint::fail_point;
use crate::folder::with_suffix;
use crate::keys::Secret;
use crate::migration;
use crate::sealed_file::Opening;

/// The first SQLite without the WAL-reset corruption.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Bytes of a page of `cases.db` and `work.db`.
pub(crate) const SMALLEST_PAGE: u64 = 4096;

pub(crate) fn check_engine_version() -> Result<(), VaultError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(VaultError::UnfitEngine);
    }
    Ok(())
}

/// The cipher is made ready at the first connection of the process, and SQLite lets a second thread past while that goes on: its key would be
/// refused. So the first one is made here, once, and everybody waits for it.
fn make_cipher_ready() {
    static READY: Once = Once::new();
    READY.call_once(|| drop(Connection::open_in_memory()));
}

/// A connection with all settings; `path` must be there.
pub(crate) fn connect(path: &Path, file: VaultFile, key: &Secret, opening: Opening) -> Result<Connection, Fault> {
    make_cipher_ready();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // A file that is refused stays as it is, its WAL too: closing the connection must not move the one into the other.
    let has_wal = std::fs::metadata(with_suffix(path, "-wal")).is_ok_and(|wal| wal.len() > 0);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_wal)?;
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

/// Says in words what SQLite would work around or call a file that cannot be opened.
pub(crate) fn can_be_written(path: &Path, file: VaultFile) -> Result<(), VaultError> {
    use std::io::ErrorKind;
    match std::fs::OpenOptions::new().read(true).write(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Err(VaultError::ReadOnly { file }),
            _ => Err(VaultError::io(file)(error)),
        },
    }
}

pub(crate) fn read_first_page(path: &Path) -> std::io::Result<()> {
    use std::io::Read;
    let mut page = Vec::with_capacity(4096);
    std::fs::File::open(path)?.take(SMALLEST_PAGE).read_to_end(&mut page)?;
    Ok(())
}

/// The file is whole: from now on the last connection to it empties the WAL when it ends.
pub(crate) fn may_empty_wal_at_its_end(connection: &Connection) -> Result<(), Fault> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// A file that was made by this program has a schema and no broken page.
pub(crate) fn check_whole(connection: &Connection, file: VaultFile) -> Result<(), Fault> {
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

pub(crate) fn checkpoint(connection: &Connection) -> Result<(), Fault> {
    fail_point!("vault::checkpoint::before");
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy {
        tracing::debug!("the WAL is in use and is emptied later");
    }
    fail_point!("vault::checkpoint::after");
    Ok(())
}
