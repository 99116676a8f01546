//! Why the vault refuses, as one typed list for the whole crate, and how SQLite's errors become it. Carries codes and file kinds only:
//! never a name, a number, a row or a path.

use std::io;

use thiserror::Error;

use crate::keychain::KeychainError;
use crate::table::outbox_row::OutboxState;

/// One of the files of a vault folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VaultFile {
    /// `vault.json`: the clear header and the wrapped keys.
    Header,
    /// `cases.db`: the queue and the held cases; can be fetched again.
    Cases,
    /// `photos.db`: the renditions; can be fetched again.
    Photos,
    /// `work.db`: what a person made here; cannot.
    Work,
}

impl VaultFile {
    /// Its name in the vault folder.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Header => "vault.json",
            Self::Cases => "cases.db",
            Self::Photos => "photos.db",
            Self::Work => "work.db",
        }
    }
}

impl std::fmt::Display for VaultFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.file_name())
    }
}

/// Why the vault refuses. Whatever is returned, nothing was changed, unless a variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// No such vault on this computer.
    #[error("there is no such vault")]
    NotFound,
    /// A vault with this id exists already.
    #[error("the vault exists already")]
    AlreadyExists,
    /// The data folder is in use by another running program.
    #[error("the data folder is in use by another instance")]
    SecondInstance,
    /// The password does not open the vault (or its header was tampered with where only the password protects it).
    #[error("the password does not open the vault")]
    WrongPassword,
    /// Too many wrong passwords in a row: the next one is looked at later.
    #[error("too many wrong passwords; the next one is looked at in {wait_ms} ms")]
    TooManyGuesses {
        /// How long to wait, in milliseconds of the wall clock that was given.
        wait_ms: i64,
    },
    /// The vault is given up: its cache and the key to it are gone, its undelivered decisions are not.
    #[error("the vault is given up")]
    Retired,
    /// The device key that was given is not this vault's.
    #[error("the device key is not this vault's")]
    WrongKey,
    /// The vault needs a device secret that the keychain does not hold any more.
    #[error("the device secret is gone from the keychain")]
    KeychainLost,
    /// The keychain is there but failed.
    #[error(transparent)]
    Keychain(#[from] KeychainError),
    /// The file cannot be read as what it is. Nothing was deleted.
    #[error("{file} is damaged")]
    Damaged {
        /// Which.
        file: VaultFile,
    },
    /// The file was written by a newer program.
    #[error("{file} has schema {found}, this program knows up to {supported}")]
    TooNew {
        /// Which.
        file: VaultFile,
        /// Its schema.
        found: u32,
        /// The newest that this program can read.
        supported: u32,
    },
    /// The linked SQLite is too old to be trusted with WAL files (fixed in 3.51.3), or has no encryption.
    #[error("the database engine is too old or does not encrypt")]
    UnfitEngine,
    /// No room left. What was to be saved is not saved.
    #[error("no room left for {file}")]
    DiskFull {
        /// Which file could not grow.
        file: VaultFile,
    },
    /// The file may be read, but not written: a read-only disk, or missing rights.
    #[error("{file} cannot be written")]
    ReadOnly {
        /// Which.
        file: VaultFile,
    },
    /// Another process holds the file.
    #[error("{file} is locked by another process")]
    Busy {
        /// Which.
        file: VaultFile,
    },
    /// SQLite failed in another way.
    #[error("{file} failed with SQLite code {code}")]
    Storage {
        /// Which file.
        file: VaultFile,
        /// SQLite's extended result code; 0 when the fault is on our side of it.
        code: i32,
    },
    /// The file system refused.
    #[error("{file}: {kind}")]
    Io {
        /// Which file, or the folder of it.
        file: VaultFile,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// A stored row is not what this program writes.
    #[error("a row of {file} cannot be read")]
    UnreadableRow {
        /// Which file.
        file: VaultFile,
    },
    /// The vault was closed.
    #[error("the vault is closed")]
    Closed,
    /// Keys could not be made or used: no randomness, or a cost outside the bounds.
    #[error("keys could not be made")]
    Keys,
    /// A page of changes that does not follow what was applied before.
    #[error("the page of changes belongs to another epoch")]
    FeedOutOfOrder,
    /// A case cannot be held without its row, or a row and its detail name two cases.
    #[error("row and detail name different cases")]
    MismatchedCase,
    /// A photo cannot be called ready before its rendition is here.
    #[error("the rendition is not here")]
    RenditionMissing,
    /// A decision on this case waits in the outbox, or was delivered for a later version than the one decided on.
    #[error("the case is decided already")]
    AlreadyDecided,
    /// No decision with this id.
    #[error("there is no such decision")]
    UnknownDecision,
    /// The decision was sent, or is being sent: it cannot be taken back.
    #[error("too late to take the decision back")]
    TooLate,
    /// The decision does not move this way from where it stands.
    #[error("the decision does not move this way from {}", from.word())]
    IllegalMove {
        /// Where it stands.
        from: OutboxState,
    },
    /// A receipt for other bytes than those that were decided.
    #[error("the receipt is for another payload")]
    WrongReceipt,
}

impl VaultError {
    pub(crate) fn io(file: VaultFile) -> impl Fn(io::Error) -> Self {
        move |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { file },
            kind => Self::Io { file, kind },
        }
    }
}

/// What a table function may fail with, before the file is known.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite's word.
    Sql(rusqlite::Error),
    /// Our own refusal.
    Refused(VaultError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        Self::Refused(error)
    }
}

impl Fault {
    /// The error as the crate tells it.
    pub(crate) fn at(self, file: VaultFile) -> VaultError {
        match self {
            Self::Refused(error) => error,
            Self::Sql(error) => from_sql(file, &error),
        }
    }
}

pub(crate) fn from_sql(file: VaultFile, error: &rusqlite::Error) -> VaultError {
    use rusqlite::{Error, ErrorCode};
    let failure = match error {
        Error::SqliteFailure(failure, _) => failure,
        Error::SqlInputError { error, .. } => error,
        Error::FromSqlConversionFailure(..)
        | Error::InvalidColumnType(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::Utf8Error(..) => return VaultError::UnreadableRow { file },
        _ => return VaultError::Storage { file, code: 0 },
    };
    match failure.code {
        ErrorCode::DiskFull => VaultError::DiskFull { file },
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => VaultError::Damaged { file },
        ErrorCode::ReadOnly => VaultError::ReadOnly { file },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => VaultError::Busy { file },
        _ => VaultError::Storage { file, code: failure.extended_code },
    }
}
