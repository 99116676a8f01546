//! The OS keychain, behind the vault's port. Where there is none, the vault is protected by the password alone and settings say so.

use std::sync::Arc;

use desk::{Keychain, KeychainError, NoKeychain};
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

/// The name under which our secrets stand in the keychain.
const SERVICE: &str = "org.review-desk.desktop";

/// The keychain of this computer, tried once.
pub(crate) fn of_this_computer() -> Arc<dyn Keychain> {
    match install() {
        Ok(()) => Arc::new(OsKeychain),
        Err(error) => {
            tracing::info!(%error, "no OS keychain here");
            Arc::new(NoKeychain)
        }
    }
}

#[cfg(target_os = "linux")]
fn install() -> keyring_core::Result<()> {
    keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new()?);
    Ok(())
}

#[cfg(target_os = "windows")]
fn install() -> keyring_core::Result<()> {
    keyring_core::set_default_store(windows_native_keyring_store::Store::new()?);
    Ok(())
}

#[cfg(target_os = "macos")]
fn install() -> keyring_core::Result<()> {
    keyring_core::set_default_store(apple_native_keyring_store::keychain::Store::new()?);
    Ok(())
}

#[derive(Debug)]
struct OsKeychain;

impl OsKeychain {
    fn entry(name: &str) -> Result<Entry, KeychainError> {
        Entry::new(SERVICE, name).map_err(failed)
    }
}

impl Keychain for OsKeychain {
    fn is_available(&self) -> bool {
        true
    }

    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        match Self::entry(name)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn store(&self, name: &str, secret: &[u8]) -> Result<(), KeychainError> {
        Self::entry(name)?.set_secret(secret).map_err(failed)
    }

    fn remove(&self, name: &str) -> Result<(), KeychainError> {
        match Self::entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: Error) -> KeychainError {
    tracing::warn!(%error, "the OS keychain failed");
    KeychainError
}
