//! A vault, open: one person's store on one computer. Creating, unlocking, forgetting and closing are here; what the tables hold is beside
//! their SQL. Deciding who may unlock when, and how often one may guess, is not.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use uuid::Uuid;

use crate::error::{VaultError, VaultFile};
use crate::folder::{
    is_unfinished, make_private_dir, remove_if_there, sync_dir, unfinished_dir, vault_dir, vaults_dir,
};
use crate::header::{Document, KeyProtection, NewVault, VaultHeader, WrappedKey, WrappedKeys};
use crate::keychain::Keychain;
use crate::keys::{KdfCost, SALT_BYTES, Secret, fill_random, wrapping_key};
use crate::sealed_file::{Opening, SealedFile, move_aside};
use crate::table::work_meta::CASES_FORGOTTEN_AT_MS;

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

/// An unlocked vault. Can be shared between threads; every function blocks on the disk.
pub struct Vault {
    folder: std::path::PathBuf,
    document: RwLock<Document>,
    keys: VaultKeys,
    me: String,
    cases: SealedFile,
    photos: SealedFile,
    work: SealedFile,
    recovered: Vec<Recovered>,
    /// Held while cases.db and photos.db are changed one after the other: no transaction spans two files.
    photo_order: Mutex<()>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// What is derived from the vault key; the vault key itself is dropped after unlocking.
struct VaultKeys {
    cases: Secret,
    photos: Secret,
    author: Secret,
    session: Secret,
    header: Secret,
}

impl VaultKeys {
    fn of(vault_key: &Secret) -> Result<Self, VaultError> {
        Ok(Self {
            cases: vault_key.derive("review-desk vault 1: cases.db")?,
            photos: vault_key.derive("review-desk vault 1: photos.db")?,
            author: vault_key.derive("review-desk vault 1: author")?,
            session: vault_key.derive("review-desk vault 1: session")?,
            header: vault_key.derive("review-desk vault 1: header")?,
        })
    }
}

/// The name of a vault's device secret in the keychain.
fn secret_name(vault_id: Uuid) -> String {
    format!("vault-{}", vault_id.hyphenated())
}

/// With a keychain the device key is wrapped by the device secret alone, so that decisions can be delivered while the vault is locked.
fn device_wrapping_key(wrapping: &Secret, device_secret: Option<&Secret>) -> Result<Secret, VaultError> {
    match device_secret {
        Some(secret) => secret.derive("review-desk vault 1: wrapping key, device"),
        None => Ok(wrapping.clone()),
    }
}

impl Vault {
    /// Makes the vault of a person at the first sign-in, and opens it. Until it is finished it has another name, so that a crash leaves no
    /// half vault behind.
    ///
    /// # Errors
    /// [`VaultError::AlreadyExists`] for a used id; a failing keychain or disk. Nothing is left behind then.
    pub fn create(
        data: &Path,
        new: NewVault,
        password: &str,
        keychain: &dyn Keychain,
        cost: KdfCost,
        now_ms: i64,
    ) -> Result<Self, VaultError> {
        let vault_id = new.vault_id;
        let folder = vault_dir(data, vault_id);
        if folder.exists() {
            return Err(VaultError::AlreadyExists);
        }
        let device_secret = if keychain.is_available() {
            let secret = Secret::random()?;
            keychain.store(&secret_name(vault_id), secret.bytes())?;
            Some(secret)
        } else {
            None
        };
        let made = Self::build(data, new, password, device_secret.as_ref(), cost, now_ms)
            .and_then(|()| Self::unlock(data, vault_id, password, keychain, now_ms));
        if made.is_err() {
            for folder in [unfinished_dir(data, vault_id), folder] {
                if remove_if_there(&folder).is_err() {
                    tracing::warn!("the folder of an unfinished vault could not be removed");
                }
            }
            if device_secret.is_some() && keychain.remove(&secret_name(vault_id)).is_err() {
                tracing::warn!("the secret of an unfinished vault stays in the keychain");
            }
        }
        made
    }

    fn build(
        data: &Path,
        new: NewVault,
        password: &str,
        device_secret: Option<&Secret>,
        cost: KdfCost,
        now_ms: i64,
    ) -> Result<(), VaultError> {
        let failed = VaultError::io(VaultFile::Header);
        let (above, folder) = (vaults_dir(data), unfinished_dir(data, new.vault_id));
        make_private_dir(data).map_err(&failed)?;
        make_private_dir(&above).map_err(&failed)?;
        remove_unfinished(&above).map_err(&failed)?;
        make_private_dir(&folder).map_err(&failed)?;

        let header = VaultHeader {
            vault_id: new.vault_id,
            sign_in_name: new.sign_in_name,
            account_id: new.account_id,
            server_id: new.server_id,
            server_url: new.server_url,
            device_id: new.device_id,
            created_at_ms: now_ms,
            last_opened_at_ms: now_ms,
            key_protection: match device_secret {
                Some(_) => KeyProtection::Keychain,
                None => KeyProtection::PasswordOnly,
            },
            kdf_cost: cost,
        };
        let mut salt = [0u8; SALT_BYTES];
        fill_random(&mut salt)?;
        let wrapping = wrapping_key(password, &salt, cost, device_secret)?;
        let (vault_key, device_key) = (Secret::random()?, Secret::random()?);
        let keys = WrappedKeys {
            vault_key: wrapping.seal(&Document::bound(&header, &salt, WrappedKey::Vault)?, vault_key.bytes())?,
            device_key: device_wrapping_key(&wrapping, device_secret)?
                .seal(&Document::bound(&header, &salt, WrappedKey::Device)?, device_key.bytes())?,
        };
        let derived = VaultKeys::of(&vault_key)?;
        for (file, key) in
            [(VaultFile::Work, device_key), (VaultFile::Cases, derived.cases), (VaultFile::Photos, derived.photos)]
        {
            SealedFile::open(&folder, file, key, Opening::Fresh)?.close()?;
        }
        Document { header, salt, keys }.write(&folder, &derived.header)?;
        sync_dir(&folder).map_err(&failed)?;
        fs::rename(&folder, vault_dir(data, new.vault_id)).map_err(&failed)?;
        sync_dir(&above).map_err(&failed)
    }

    /// Opens a vault with the password; needs no network. A broken `cases.db` or `photos.db` is moved aside and made anew (see
    /// [`Vault::recovered`]); a broken `work.db` is refused and left as it is.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], `WrongPassword`, `KeychainLost`, `Keychain`, `TooNew`, `Damaged` (header or `work.db`), `UnfitEngine`, or
    /// a failing disk.
    pub fn unlock(
        data: &Path,
        vault_id: Uuid,
        password: &str,
        keychain: &dyn Keychain,
        now_ms: i64,
    ) -> Result<Self, VaultError> {
        let folder = vault_dir(data, vault_id);
        let damaged = || VaultError::Damaged { file: VaultFile::Header };
        let mut document = match Document::read(&folder) {
            // The folder is there, but what makes it a vault is not.
            Err(VaultError::NotFound) if folder.is_dir() => return Err(damaged()),
            read => read?,
        };
        if document.header.vault_id != vault_id {
            return Err(damaged());
        }
        let device_secret = match document.header.key_protection {
            KeyProtection::PasswordOnly => None,
            KeyProtection::Keychain => Some(load_secret(keychain, vault_id)?),
        };
        let (header, salt) = (&document.header, &document.salt);
        let wrapping = wrapping_key(password, salt, header.kdf_cost, device_secret.as_ref())?;
        let bound = Document::bound(header, salt, WrappedKey::Device)?;
        let device_key = device_wrapping_key(&wrapping, device_secret.as_ref())?
            .open(&bound, &document.keys.device_key)
            .and_then(|key| Secret::from_bytes(&key));
        let device_key = match (device_key, &device_secret) {
            (Some(key), _) => key,
            // It needs no password: the header was changed.
            (None, Some(_)) => return Err(damaged()),
            (None, None) => return Err(VaultError::WrongPassword),
        };
        let bound = Document::bound(header, salt, WrappedKey::Vault)?;
        let vault_key = wrapping
            .open(&bound, &document.keys.vault_key)
            .and_then(|key| Secret::from_bytes(&key))
            .ok_or(VaultError::WrongPassword)?;
        let keys = VaultKeys::of(&vault_key)?;
        if !Document::is_genuine(&folder, &keys.header)? {
            return Err(damaged());
        }

        let work = SealedFile::open(&folder, VaultFile::Work, device_key, Opening::Existing)?;
        let mut recovered = Vec::new();
        let cases = open_or_recover(&folder, VaultFile::Cases, &keys.cases, now_ms, &mut recovered)?;
        let photos = open_or_recover(&folder, VaultFile::Photos, &keys.photos, now_ms, &mut recovered)?;
        document.header.last_opened_at_ms = now_ms;
        let vault = Self {
            me: document.header.account_id.to_string(),
            document: RwLock::new(document),
            folder,
            keys,
            cases,
            photos,
            work,
            recovered,
            photo_order: Mutex::new(()),
        };
        vault.reconcile_photos()?;
        // Also makes the new WAL files durable as entries of the folder. On a full disk the vault can still be read.
        if let Err(error) = vault.write_header() {
            tracing::warn!(%error, "the header could not be renewed");
        }
        Ok(vault)
    }

    /// Whose vault it is.
    #[must_use]
    pub fn header(&self) -> VaultHeader {
        let document = self.document.read().unwrap_or_else(PoisonError::into_inner);
        document.header.clone()
    }

    /// What was made anew while unlocking; empty when all was well.
    #[must_use]
    pub fn recovered(&self) -> &[Recovered] {
        &self.recovered
    }

    /// The server has moved to another address.
    ///
    /// # Errors
    /// The header cannot be written; the old address stays.
    pub fn change_server_url(&self, server_url: &str) -> Result<(), VaultError> {
        let mut document = self.document.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = document.clone();
        server_url.clone_into(&mut changed.header.server_url);
        changed.write(&self.folder, &self.keys.header)?;
        *document = changed;
        Ok(())
    }

    /// Sign-out: everything that came from the server leaves the disk, with the files that were moved aside as damaged. What was made here stays.
    ///
    /// # Errors
    /// The files cannot be removed or made again; the vault is to be closed then.
    pub fn forget_cases(&self, now_ms: i64) -> Result<(), VaultError> {
        let _order = self.order_photos();
        self.cases.start_over()?;
        self.photos.start_over()?;
        sync_dir(&self.folder).map_err(VaultError::io(VaultFile::Cases))?;
        self.put_meta(CASES_FORGOTTEN_AT_MS, &now_ms)
    }

    /// Locks: all files are closed, their WALs emptied; every later call is refused with [`VaultError::Closed`]. Waits for running calls. Closing
    /// twice is fine.
    ///
    /// # Errors
    /// The last checkpoint failed; the files are closed all the same, and what was committed is in the WAL.
    pub fn close(&self) -> Result<(), VaultError> {
        let results = [self.work.close(), self.cases.close(), self.photos.close()];
        results.into_iter().collect()
    }

    fn write_header(&self) -> Result<(), VaultError> {
        let document = self.document.read().unwrap_or_else(PoisonError::into_inner);
        document.write(&self.folder, &self.keys.header)
    }

    pub(crate) fn cases(&self) -> &SealedFile {
        &self.cases
    }

    pub(crate) fn photos(&self) -> &SealedFile {
        &self.photos
    }

    pub(crate) fn work(&self) -> &SealedFile {
        &self.work
    }

    pub(crate) fn author_key(&self) -> &Secret {
        &self.keys.author
    }

    pub(crate) fn session_key(&self) -> &Secret {
        &self.keys.session
    }

    /// The owner's account, as it stands in columns.
    pub(crate) fn me(&self) -> &str {
        &self.me
    }

    pub(crate) fn order_photos(&self) -> MutexGuard<'_, ()> {
        self.photo_order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load_secret(keychain: &dyn Keychain, vault_id: Uuid) -> Result<Secret, VaultError> {
    if !keychain.is_available() {
        return Err(VaultError::KeychainLost);
    }
    let secret = keychain.load(&secret_name(vault_id))?.ok_or(VaultError::KeychainLost)?;
    Secret::from_bytes(&secret).ok_or(VaultError::KeychainLost)
}

fn open_or_recover(
    folder: &Path,
    file: VaultFile,
    key: &Secret,
    now_ms: i64,
    recovered: &mut Vec<Recovered>,
) -> Result<SealedFile, VaultError> {
    // The key is proved by the header's seal, so what does not open is broken.
    match SealedFile::open(folder, file, key.clone(), Opening::Existing) {
        Err(VaultError::Damaged { .. }) => {}
        opened => return opened,
    }
    let moved_to = move_aside(folder, file, now_ms)?;
    tracing::warn!(%file, is_missing = moved_to.is_none(), "made anew");
    recovered.push(Recovered {
        file,
        reason: match moved_to {
            Some(_) => RecoveryReason::Damaged,
            None => RecoveryReason::Missing,
        },
        moved_to,
    });
    SealedFile::open(folder, file, key.clone(), Opening::Fresh)
}

fn remove_unfinished(vaults: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(vaults)? {
        let entry = entry?;
        if is_unfinished(&entry.file_name().to_string_lossy()) {
            remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}
