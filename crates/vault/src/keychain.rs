//! The port to the keychain of the operating system, which keeps the device secret. The shell implements it; here are the two that need no
//! system: one that is not there, and one in memory for tests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use thiserror::Error;
use zeroize::Zeroizing;

/// The keychain is there but did not do what was asked: locked, refused by the person, or broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the keychain failed")]
pub struct KeychainError;

/// Keeps small secrets under names, outside the vault.
pub trait Keychain: Send + Sync {
    /// Whether there is a keychain at all. Where there is none, a new vault is protected by the password alone.
    fn is_available(&self) -> bool;

    /// The secret of a name; `None` when there is none.
    ///
    /// # Errors
    /// The keychain failed.
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError>;

    /// Keeps a secret, replacing what stood under the name.
    ///
    /// # Errors
    /// The keychain failed.
    fn store(&self, name: &str, secret: &[u8]) -> Result<(), KeychainError>;

    /// Forgets a secret; fine when there is none.
    ///
    /// # Errors
    /// The keychain failed.
    fn remove(&self, name: &str) -> Result<(), KeychainError>;
}

/// A computer without a keychain.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeychain;

impl Keychain for NoKeychain {
    fn is_available(&self) -> bool {
        false
    }

    fn load(&self, _name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        Ok(None)
    }

    fn store(&self, _name: &str, _secret: &[u8]) -> Result<(), KeychainError> {
        Err(KeychainError)
    }

    fn remove(&self, _name: &str) -> Result<(), KeychainError> {
        Ok(())
    }
}

/// A keychain in memory, for tests: gone with the process.
#[derive(Default)]
pub struct MemoryKeychain {
    secrets: Mutex<HashMap<String, Zeroizing<Vec<u8>>>>,
}

impl std::fmt::Debug for MemoryKeychain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryKeychain(…)")
    }
}

impl Keychain for MemoryKeychain {
    fn is_available(&self) -> bool {
        true
    }

    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(secrets.get(name).cloned())
    }

    fn store(&self, name: &str, secret: &[u8]) -> Result<(), KeychainError> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.insert(name.to_owned(), Zeroizing::new(secret.to_vec()));
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), KeychainError> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.remove(name);
        Ok(())
    }
}
