//! A keychain for tests that outlives a killed process: one file per secret in a folder of the harness. It stands for the keychain of the
//! operating system, which is durable as soon as it has answered; it protects nothing.

use std::path::{Path, PathBuf};

use desk::{Keychain, KeychainError};
use zeroize::Zeroizing;

/// The keychain in this folder.
#[derive(Debug, Clone)]
pub struct FileKeychain {
    folder: PathBuf,
}

impl FileKeychain {
    /// Opens it; makes the folder when it is missing.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn path(&self, name: &str) -> PathBuf {
        let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        self.folder.join(safe)
    }
}

impl Keychain for FileKeychain {
    fn is_available(&self) -> bool {
        true
    }

    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        match std::fs::read(self.path(name)) {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(KeychainError),
        }
    }

    fn store(&self, name: &str, secret: &[u8]) -> Result<(), KeychainError> {
        // Whole or not at all, as the real ones.
        let path = self.path(name);
        let beside = path.with_extension("new");
        std::fs::write(&beside, secret).and_then(|()| std::fs::rename(&beside, &path)).map_err(|_| KeychainError)
    }

    fn remove(&self, name: &str) -> Result<(), KeychainError> {
        match std::fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(KeychainError),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_there_again_for_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let keychain = FileKeychain::open(&folder.path().join("keychain")).unwrap();
        assert!(keychain.load("device/one").unwrap().is_none());
        keychain.store("device/one", b"secret").unwrap();
        let again = FileKeychain::open(&folder.path().join("keychain")).unwrap();
        assert_eq!(again.load("device/one").unwrap().unwrap().as_slice(), b"secret");
        again.remove("device/one").unwrap();
        again.remove("device/one").unwrap();
        assert!(again.load("device/one").unwrap().is_none());
    }
}
