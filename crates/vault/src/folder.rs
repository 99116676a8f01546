//! The folders of the vaults: where they are, that nobody else of the computer may read them, and that one program at a time works in them.
//! Files that must not be torn are replaced as a whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::error::{VaultError, VaultFile};

/// Marks a folder whose vault was not finished; never opened, removed at the next creation.
const UNFINISHED: &str = ".new-";

/// The right to work in a data folder, held as long as the value lives; the system gives it back when the process dies.
#[derive(Debug)]
pub struct DataFolderLock {
    _file: File,
}

impl DataFolderLock {
    /// Takes the lock of `<data>/lock`, making the folder (private to the user) when it is not there.
    ///
    /// # Errors
    /// [`VaultError::SecondInstance`] when another program holds it; else what the file system says.
    pub fn take(data: &Path) -> Result<Self, VaultError> {
        let failed = VaultError::io(VaultFile::Header);
        make_private_dir(data).map_err(&failed)?;
        let file = private_file(&data.join("lock"), false).map_err(&failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(VaultError::SecondInstance),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// Where all vaults are.
pub(crate) fn vaults_dir(data: &Path) -> PathBuf {
    data.join("vaults")
}

/// Where one vault is.
pub(crate) fn vault_dir(data: &Path, vault_id: Uuid) -> PathBuf {
    vaults_dir(data).join(vault_id.hyphenated().to_string())
}

/// Where a vault is built before it gets its name.
pub(crate) fn unfinished_dir(data: &Path, vault_id: Uuid) -> PathBuf {
    vaults_dir(data).join(format!("{UNFINISHED}{}", vault_id.hyphenated()))
}

/// Whether a folder's name is that of an unfinished vault.
pub(crate) fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}

/// Makes a folder and the ones above it; the folder itself is readable by its owner only.
pub(crate) fn make_private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Opens a file for reading and writing that only its owner can read, making it when it is not there (or only then, with `is_new`).
pub(crate) fn private_file(path: &Path, is_new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).truncate(false);
    if is_new {
        options.create_new(true);
    } else {
        options.create(true);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Replaces a file as a whole: after a crash either the old or the new bytes are there.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    if beside.exists() {
        fs::remove_file(&beside)?;
    }
    let mut file = private_file(&beside, true)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes the entries of a folder durable. Where folders cannot be synced (Windows) the file system does it itself.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

/// A file's name with more behind it: `cases.db` and `-wal`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Removes a file or folder; fine when it is not there.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
