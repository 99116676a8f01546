//! A vault, unlocked: one person's store on one computer, with what only the password opens. Forgetting and closing are here; creating and
//! unlocking are in `unlocking`, what the tables hold is beside their SQL.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ed25519_dalek::Signer;
use uuid::Uuid;

use crate::error::{VaultError, VaultFile};
use crate::failpoint::fail_point;
use crate::folder::sync_dir;
use crate::header::{Document, VaultHeader};
use crate::keychain::Keychain;
use crate::keys::Secret;
use crate::sealed_file::SealedFile;
use crate::table::work_meta::CASES_FORGOTTEN_AT_MS;
use crate::work_store::WorkStore;

/// Why a file was made anew while unlocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecoveryReason {
    /// It was not there.
    Missing,
    /// It was there, but broken.
    Damaged,
}

/// A file that can be fetched again and was made anew, empty, while unlocking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Which.
    pub file: VaultFile,
    /// Why.
    pub reason: RecoveryReason,
    /// What the broken file is called now, in the vault's folder.
    pub moved_to: Option<String>,
}

/// An unlocked vault. Can be shared between threads; has none of its own: every function blocks on the disk, on the thread of its caller.
/// What [`WorkStore`] does is done here as well, until [`Vault::close`].
pub struct Vault {
    pub(crate) folder: PathBuf,
    pub(crate) document: RwLock<Document>,
    /// Gone after closing.
    pub(crate) keys: RwLock<Option<VaultKeys>>,
    pub(crate) cases: SealedFile,
    pub(crate) photos: SealedFile,
    pub(crate) work: Arc<WorkStore>,
    pub(crate) recovered: Vec<Recovered>,
    /// Held while cases.db and photos.db are changed one after the other: no transaction spans two files.
    pub(crate) photo_order: Mutex<()>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Deref for Vault {
    type Target = WorkStore;

    fn deref(&self) -> &WorkStore {
        &self.work
    }
}

/// What is derived from the vault key; the vault key itself is dropped after unlocking.
pub(crate) struct VaultKeys {
    pub(crate) cases: Secret,
    pub(crate) photos: Secret,
    pub(crate) author: Secret,
    pub(crate) author_signature: Secret,
    pub(crate) session: Secret,
    pub(crate) header: Secret,
}

impl VaultKeys {
    pub(crate) fn of(vault_key: &Secret) -> Result<Self, VaultError> {
        Ok(Self {
            cases: vault_key.derive("review-desk vault 1: cases.db")?,
            photos: vault_key.derive("review-desk vault 1: photos.db")?,
            author: vault_key.derive("review-desk vault 1: author")?,
            author_signature: vault_key.derive("review-desk vault 1: author signature")?,
            session: vault_key.derive("review-desk vault 1: session")?,
            header: vault_key.derive("review-desk vault 1: header")?,
        })
    }
}

impl Vault {
    /// Whose vault it is.
    #[must_use]
    pub fn header(&self) -> VaultHeader {
        let document = self.document.read().unwrap_or_else(PoisonError::into_inner);
        document.header.clone()
    }

    /// What was made anew while unlocking; empty when all was well. Of `work.db` see [`WorkStore::work_recovered`].
    #[must_use]
    pub fn recovered(&self) -> &[Recovered] {
        &self.recovered
    }

    /// The work of this vault, for whoever delivers it also while the vault is locked.
    #[must_use]
    pub fn work_store(&self) -> Arc<WorkStore> {
        self.work.clone()
    }

    /// The Ed25519 public key by which the server knows this author on this device; derived from the vault key, so it never changes.
    ///
    /// # Errors
    /// [`VaultError::Closed`].
    pub fn author_public_key(&self) -> Result<[u8; 32], VaultError> {
        self.with_keys(|keys| Ok(keys.author_signature.signing_key()?.verifying_key().to_bytes()))
    }

    /// Ed25519 over `message` by the author.
    ///
    /// # Errors
    /// [`VaultError::Closed`].
    pub fn sign_as_author(&self, message: &[u8]) -> Result<[u8; 64], VaultError> {
        self.with_keys(|keys| Ok(keys.author_signature.signing_key()?.sign(message).to_bytes()))
    }

    /// The server has moved to another address.
    ///
    /// # Errors
    /// The header cannot be written; the old address stays.
    pub fn change_server_url(&self, server_url: &str) -> Result<(), VaultError> {
        let mut document = self.document.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = document.clone();
        server_url.clone_into(&mut changed.header.server_url);
        self.with_keys(|keys| changed.write(&self.folder, &keys.header))?;
        *document = changed;
        self.work.learn_header(&document.header)
    }

    /// Sign-out: everything that came from the server leaves the disk, with the files that were moved aside as damaged. What was made here stays.
    ///
    /// # Errors
    /// The files cannot be removed or made again; the vault is to be closed then.
    pub fn forget_cases(&self, now_ms: i64) -> Result<(), VaultError> {
        let _order = self.order_photos();
        self.cases.start_over()?;
        fail_point!("vault::wipe::between-files");
        self.photos.start_over()?;
        fail_point!("vault::wipe::after-files");
        sync_dir(&self.folder).map_err(VaultError::io(VaultFile::Cases))?;
        self.put_meta(CASES_FORGOTTEN_AT_MS, &now_ms)
    }

    /// Locks: `cases.db` and `photos.db` are closed, their WALs emptied, and every key that the password gave is dropped; what needs them is
    /// refused with [`VaultError::Closed`] from then on. Waits for running calls. Closing twice is fine.
    ///
    /// `work.db` stays open for whoever holds its [`WorkStore`]; where nobody else does, it is closed too.
    ///
    /// # Errors
    /// The last checkpoint failed; the files are closed all the same, and what was committed is in the WAL.
    pub fn close(&self) -> Result<(), VaultError> {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = None;
        let work = if Arc::strong_count(&self.work) == 1 { self.work.close() } else { Ok(()) };
        let results = [work, self.cases.close(), self.photos.close()];
        results.into_iter().collect()
    }

    pub(crate) fn write_header(&self) -> Result<(), VaultError> {
        let document = self.document.read().unwrap_or_else(PoisonError::into_inner);
        self.with_keys(|keys| document.write(&self.folder, &keys.header))
    }

    pub(crate) fn cases(&self) -> &SealedFile {
        &self.cases
    }

    pub(crate) fn photos(&self) -> &SealedFile {
        &self.photos
    }

    /// Runs `what` with the keys of the password.
    pub(crate) fn with_keys<T>(&self, what: impl FnOnce(&VaultKeys) -> Result<T, VaultError>) -> Result<T, VaultError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        what(keys.as_ref().ok_or(VaultError::Closed)?)
    }

    pub(crate) fn order_photos(&self) -> MutexGuard<'_, ()> {
        self.photo_order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of a vault's device secret in the keychain.
pub(crate) fn secret_name(vault_id: Uuid) -> String {
    format!("vault-{}", vault_id.hyphenated())
}

/// With a keychain the device key is wrapped by the device secret alone, so that decisions can be delivered while the vault is locked.
pub(crate) fn device_wrapping_key(device_secret: &Secret) -> Result<Secret, VaultError> {
    device_secret.derive("review-desk vault 1: wrapping key, device")
}

pub(crate) fn load_secret(keychain: &dyn Keychain, vault_id: Uuid) -> Result<Secret, VaultError> {
    if !keychain.is_available() {
        return Err(VaultError::KeychainLost);
    }
    let secret = keychain.load(&secret_name(vault_id))?.ok_or(VaultError::KeychainLost)?;
    Secret::from_bytes(&secret).ok_or(VaultError::KeychainLost)
}
