//! `work.db`, open: what a person made here, under the device's key alone, so that decisions are delivered while the vault is locked, signed
//! out, or given up. Owns the keys of the device; what the tables hold is beside their SQL. What only the author may read is sealed once more,
//! and not opened here.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use casework::AccountId;
use ed25519_dalek::{Signer, SigningKey};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::folder::vault_dir;
use crate::header::{Document, KeyProtection, VaultHeader, WrappedKey};
use crate::keychain::Keychain;
use crate::keys::Secret;
use crate::retirement;
use crate::salvage::{self, WorkRecovered};
use crate::sealed_file::SealedFile;
use crate::table::recovery_row::RecoveryRow;
use crate::table::work_meta::{SERVER_URL, WORK_RECOVERED};
use crate::vault::{device_wrapping_key, load_secret};

/// An open `work.db`. One is open per vault and process, shared by whoever delivers and by the unlocked [`crate::Vault`]; every function
/// blocks on the disk, on the thread of its caller.
pub struct WorkStore {
    folder: PathBuf,
    header: RwLock<VaultHeader>,
    me: String,
    device_key: RwLock<Option<Secret>>,
    device_public_key: [u8; 32],
    work: SealedFile,
}

impl std::fmt::Debug for WorkStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WorkStore(…)")
    }
}

impl WorkStore {
    /// Opens the work of a vault without its password, also of a retired one. `None` where only the password gives the device key: a
    /// vault without a keychain. A broken `work.db` is saved row by row (see [`WorkStore::work_recovered`]).
    ///
    /// # Errors
    /// [`VaultError::NotFound`], `KeychainLost`, `Keychain`, `TooNew`, `Damaged` (the header), `UnfitEngine`, or a failing disk.
    pub fn open(
        data: &Path,
        vault_id: Uuid,
        keychain: &dyn Keychain,
        now_ms: i64,
    ) -> Result<Option<Arc<Self>>, VaultError> {
        let folder = vault_dir(data, vault_id);
        let document = Document::of_vault(&folder, vault_id)?;
        let Some(key) = device_key(&document, keychain)? else {
            return Ok(None);
        };
        // The keychain's seal proves the key.
        Self::of_document(folder, document, key, now_ms, true).map(|store| Some(Arc::new(store)))
    }

    /// The same with the device key itself, where it was kept elsewhere (see [`WorkStore::device_key_for_escrow`]).
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] for the key of another vault; [`VaultError::Damaged`] for a `work.db` that does not open in a vault from before
    /// its key could be proved; else as [`WorkStore::open`].
    pub fn open_with_key(
        data: &Path,
        vault_id: Uuid,
        device_key: &[u8; 32],
        now_ms: i64,
    ) -> Result<Arc<Self>, VaultError> {
        let folder = vault_dir(data, vault_id);
        let document = Document::of_vault(&folder, vault_id)?;
        let key = Secret::from_bytes(device_key).ok_or(VaultError::WrongKey)?;
        let is_proved = document.is_device_key(&key)?;
        if is_proved == Some(false) {
            return Err(VaultError::WrongKey);
        }
        Self::of_document(folder, document, key, now_ms, is_proved.is_some()).map(Arc::new)
    }

    /// Opens the file under a key. Only a proved key may call what it does not open broken.
    fn of_document(
        folder: PathBuf,
        document: Document,
        key: Secret,
        now_ms: i64,
        is_proved: bool,
    ) -> Result<Self, VaultError> {
        if document.header.retired_at_ms.is_some() {
            retirement::finish(&folder);
        }
        let store = Self::of_key(folder, document.header, key, now_ms, is_proved)?;
        // What stands in the file cannot have been written by somebody without the key; the clear header can.
        if let Some(server_url) = store.meta::<String>(SERVER_URL)? {
            store.header.write().unwrap_or_else(PoisonError::into_inner).server_url = server_url;
        }
        Ok(store)
    }

    /// Opens the file of a header that is known to be genuine, or was read with a key that nobody else has.
    pub(crate) fn of_key(
        folder: PathBuf,
        header: VaultHeader,
        key: Secret,
        now_ms: i64,
        is_proved: bool,
    ) -> Result<Self, VaultError> {
        let work = salvage::open_or_salvage(&folder, &key, now_ms, is_proved)?;
        Ok(Self {
            folder,
            me: header.account_id.to_string(),
            header: RwLock::new(header),
            device_public_key: device_signing_key(&key)?.verifying_key().to_bytes(),
            device_key: RwLock::new(Some(key)),
            work,
        })
    }

    /// Whose work it is. The server's address is the one that was last proved by an unlocked vault.
    #[must_use]
    pub fn header(&self) -> VaultHeader {
        self.header.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The author of every decision in it.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.header.read().unwrap_or_else(PoisonError::into_inner).account_id
    }

    /// The key of `work.db`, for the caller to seal to the server: the way back to undelivered decisions for a person who forgot the password
    /// of a vault without a keychain.
    ///
    /// # Errors
    /// [`VaultError::Closed`].
    pub fn device_key_for_escrow(&self) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        self.with_device_key(|key| {
            let bytes = key.bytes().try_into().map_err(|_| VaultError::Keys)?;
            Ok(Zeroizing::new(bytes))
        })
    }

    /// The Ed25519 public key by which the server knows this device; derived from the device key, so it never changes.
    #[must_use]
    pub fn device_public_key(&self) -> [u8; 32] {
        self.device_public_key
    }

    /// Ed25519 over `message` by the device.
    ///
    /// # Errors
    /// [`VaultError::Closed`].
    pub fn sign_as_device(&self, message: &[u8]) -> Result<[u8; 64], VaultError> {
        self.with_device_key(|key| Ok(device_signing_key(key)?.sign(message).to_bytes()))
    }

    /// Empties the WAL, closes the file and drops its key; every later call is refused with [`VaultError::Closed`], on whichever handle.
    /// Waits for running calls. Closing twice is fine.
    ///
    /// # Errors
    /// The last checkpoint failed; the file is closed all the same, and what was committed is in the WAL.
    pub fn close(&self) -> Result<(), VaultError> {
        *self.device_key.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.work.close()
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.work.is_closed()
    }

    /// What was saved from a broken `work.db`, until somebody was told; kept over restarts.
    ///
    /// # Errors
    /// The store fails.
    pub fn work_recovered(&self) -> Result<Option<WorkRecovered>, VaultError> {
        self.meta::<String>(WORK_RECOVERED)?.map(|text| WorkRecovered::from_text(&text)).transpose()
    }

    /// Somebody was told.
    ///
    /// # Errors
    /// The store fails.
    pub fn work_recovered_told(&self) -> Result<(), VaultError> {
        self.forget_meta(WORK_RECOVERED)
    }

    /// Reads back the file of saved decisions that [`WorkRecovered::wrote_export`] names.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] when it is not there or no such file; [`VaultError::UnreadableRow`] when it is not what was written.
    pub fn salvaged_rows(&self, file_name: &str) -> Result<Vec<RecoveryRow>, VaultError> {
        salvage::read_export(&self.folder, file_name)
    }

    /// The header is proved now by the password: what it says of the server is remembered where only the key can change it.
    pub(crate) fn learn_header(&self, header: &VaultHeader) -> Result<(), VaultError> {
        self.header.write().unwrap_or_else(PoisonError::into_inner).clone_from(header);
        if self.meta::<String>(SERVER_URL)?.as_deref() != Some(&header.server_url) {
            self.put_meta(SERVER_URL, &header.server_url)?;
        }
        Ok(())
    }

    pub(crate) fn work(&self) -> &SealedFile {
        &self.work
    }

    /// The owner's account, as it stands in columns.
    pub(crate) fn me(&self) -> &str {
        &self.me
    }

    fn with_device_key<T>(&self, what: impl FnOnce(&Secret) -> Result<T, VaultError>) -> Result<T, VaultError> {
        let key = self.device_key.read().unwrap_or_else(PoisonError::into_inner);
        what(key.as_ref().ok_or(VaultError::Closed)?)
    }
}

/// The device key as the keychain gives it; `None` where only the password does.
pub(crate) fn device_key(document: &Document, keychain: &dyn Keychain) -> Result<Option<Secret>, VaultError> {
    if document.header.key_protection == KeyProtection::PasswordOnly {
        return Ok(None);
    }
    let secret = load_secret(keychain, document.header.vault_id)?;
    let bound = Document::bound(&document.header, &document.salt, WrappedKey::Device)?;
    let key =
        device_wrapping_key(&secret)?.open(&bound, &document.keys.device_key).and_then(|key| Secret::from_bytes(&key));
    // It needs no password: the header was changed.
    key.map(Some).ok_or(VaultError::Damaged { file: crate::error::VaultFile::Header })
}

fn device_signing_key(device_key: &Secret) -> Result<SigningKey, VaultError> {
    device_key.derive("review-desk vault 1: device signature")?.signing_key()
}
