//! Files that calendar commands write: never over one that is there, and secrets readable by their owner only.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use crate::command::CommandError;

/// Who may read a new file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    Owner,
    Everybody,
}

/// Writes a new file.
pub(super) fn create(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), CommandError> {
    let failed = |source: std::io::Error| CommandError::Io {
        what: match source.kind() {
            std::io::ErrorKind::AlreadyExists => format!("{} exists already and is left alone", path.display()),
            _ => format!("{} cannot be written", path.display()),
        },
        source,
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

/// Reads a text file.
pub(super) fn text(path: &Path) -> Result<String, CommandError> {
    let failed = |source| CommandError::Io { what: format!("{} cannot be read", path.display()), source };
    std::fs::read_to_string(path).map_err(failed)
}
