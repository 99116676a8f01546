//! How a vault is made and opened: the password is counted before it is tried, the keys are unwrapped, the header is proved, the files are
//! opened, and what can be fetched again is made anew where it is broken. Who may unlock when is not decided here.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use uuid::Uuid;

use crate::error::{VaultError, VaultFile};
use crate::folder::{
    is_unfinished, make_private_dir, remove_if_there, sync_dir, unfinished_dir, vault_dir, vaults_dir,
};
use crate::guesses::Guesses;
use crate::header::{Document, KeyProtection, NewVault, VaultHeader, WrappedKey, WrappedKeys};
use crate::keychain::Keychain;
use crate::keys::{KdfCost, SALT_BYTES, Secret, fill_random, wrapping_key};
use crate::retirement;
use crate::sealed_file::{Opening, SealedFile, move_aside};
use crate::vault::{Recovered, RecoveryReason, Vault, VaultKeys, device_wrapping_key, load_secret, secret_name};
use crate::work_store::{WorkStore, device_key};

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
        let made = build(data, new, password, device_secret.as_ref(), cost, now_ms)
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

    /// Opens a vault with the password; needs no network. A broken `cases.db` or `photos.db` is moved aside and made anew (see
    /// [`Vault::recovered`]); what can be read of a broken `work.db` is saved (see [`WorkStore::work_recovered`]).
    ///
    /// Wrong passwords are counted, over restarts: from the fifth on the next one has to wait, and the tenth retires the vault (see
    /// [`crate::retire`]). A right one starts the count anew.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], `WrongPassword`, `TooManyGuesses`, `Retired`, `KeychainLost`, `Keychain`, `TooNew`, `Damaged` (the header),
    /// `UnfitEngine`, or a failing disk.
    pub fn unlock(
        data: &Path,
        vault_id: Uuid,
        password: &str,
        keychain: &dyn Keychain,
        now_ms: i64,
    ) -> Result<Self, VaultError> {
        Self::unlock_sharing(data, vault_id, password, keychain, now_ms, None)
    }

    /// The same where the vault's work may be open already, because it is being delivered: then that one is used, so that one `work.db` is
    /// open once. One that was closed, or belongs to another vault, is not used.
    ///
    /// # Errors
    /// As [`Vault::unlock`].
    pub fn unlock_sharing(
        data: &Path,
        vault_id: Uuid,
        password: &str,
        keychain: &dyn Keychain,
        now_ms: i64,
        work: Option<Arc<WorkStore>>,
    ) -> Result<Self, VaultError> {
        let folder = vault_dir(data, vault_id);
        let mut document = Document::of_vault(&folder, vault_id)?;
        if document.header.retired_at_ms.is_some() {
            retirement::finish(&folder);
            return Err(VaultError::Retired);
        }
        let (device_key, vault_key) = guess(&folder, &document, password, keychain, now_ms)?;
        let damaged = || VaultError::Damaged { file: VaultFile::Header };
        let keys = VaultKeys::of(&vault_key)?;
        if !Document::is_genuine(&folder, &keys.header)? {
            return Err(damaged());
        }
        match document.is_device_key(&device_key)? {
            Some(true) => {}
            Some(false) => return Err(damaged()),
            None => {
                let check = Document::device_check(&document.header, &document.salt, &device_key)?;
                document.keys.device_check = Some(check);
            }
        }

        let work = work.filter(|work| !work.is_closed() && work.header().vault_id == vault_id);
        let work = match work {
            Some(work) => work,
            None => Arc::new(WorkStore::of_key(folder.clone(), document.header.clone(), device_key, now_ms, true)?),
        };
        let mut recovered = Vec::new();
        let cases = open_or_recover(&folder, VaultFile::Cases, &keys.cases, now_ms, &mut recovered)?;
        let photos = open_or_recover(&folder, VaultFile::Photos, &keys.photos, now_ms, &mut recovered)?;
        document.header.last_opened_at_ms = now_ms;
        let vault = Self {
            document: RwLock::new(document),
            folder,
            keys: RwLock::new(Some(keys)),
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
        if let Err(error) = vault.work.learn_header(&vault.header()) {
            tracing::warn!(%error, "the address of the server could not be kept for delivery");
        }
        Ok(vault)
    }
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
        retired_at_ms: None,
    };
    let mut salt = [0u8; SALT_BYTES];
    fill_random(&mut salt)?;
    let wrapping = wrapping_key(password, &salt, cost, device_secret)?;
    let (vault_key, device_key) = (Secret::random()?, Secret::random()?);
    let device_wrapping = match device_secret {
        Some(secret) => device_wrapping_key(secret)?,
        None => wrapping.clone(),
    };
    let keys = WrappedKeys {
        vault_key: wrapping.seal(&Document::bound(&header, &salt, WrappedKey::Vault)?, vault_key.bytes())?,
        device_key: device_wrapping.seal(&Document::bound(&header, &salt, WrappedKey::Device)?, device_key.bytes())?,
        device_check: Some(Document::device_check(&header, &salt, &device_key)?),
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

/// Counts a guess and makes it; the device key and the vault key when it was right.
pub(crate) fn guess(
    folder: &Path,
    document: &Document,
    password: &str,
    keychain: &dyn Keychain,
    now_ms: i64,
) -> Result<(Secret, Secret), VaultError> {
    let device_secret = match document.header.key_protection {
        KeyProtection::PasswordOnly => None,
        KeyProtection::Keychain => Some(load_secret(keychain, document.header.vault_id)?),
    };
    let by_keychain = device_key(document, keychain)?;
    let mut guesses = Guesses::read(folder);
    guesses.begin(now_ms)?;
    let opened = open_keys(document, password, device_secret.as_ref(), by_keychain);
    match &opened {
        Ok(_) => guesses.forget(),
        Err(VaultError::WrongPassword) if guesses.is_last() => {
            retirement::retire_document(folder, document.clone(), now_ms)?;
            return Err(VaultError::Retired);
        }
        Err(VaultError::WrongPassword) => {}
        // It was no guess.
        Err(_) => guesses.take_back(),
    }
    opened
}

fn open_keys(
    document: &Document,
    password: &str,
    device_secret: Option<&Secret>,
    by_keychain: Option<Secret>,
) -> Result<(Secret, Secret), VaultError> {
    let (header, salt) = (&document.header, &document.salt);
    let wrapping = wrapping_key(password, salt, header.kdf_cost, device_secret)?;
    let open = |which, sealed: &[u8]| {
        let bound = Document::bound(header, salt, which)?;
        let key = wrapping.open(&bound, sealed).and_then(|key| Secret::from_bytes(&key));
        key.ok_or(VaultError::WrongPassword)
    };
    let device_key = match by_keychain {
        Some(key) => key,
        None => open(WrappedKey::Device, &document.keys.device_key)?,
    };
    Ok((device_key, open(WrappedKey::Vault, &document.keys.vault_key)?))
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
