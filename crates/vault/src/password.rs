//! A new password for a vault whose old one is known: the keys are wrapped anew, under a new salt, and the header is replaced as a whole. Nothing
//! that is under the keys changes. Whether the new password is a good one is not asked here.

use std::path::Path;

use uuid::Uuid;

use crate::error::{VaultError, VaultFile};
use crate::folder::vault_dir;
use crate::header::{Document, KeyProtection, WrappedKey, WrappedKeys};
use crate::keychain::Keychain;
use crate::keys::{SALT_BYTES, fill_random, wrapping_key};
use crate::unlocking::guess;
use crate::vault::{VaultKeys, device_wrapping_key, load_secret};

/// Wraps the keys of a vault for `new`. The vault must not be open; its work may. A wrong `old` counts as a wrong guess (see
/// [`crate::Vault::unlock`]).
///
/// # Errors
/// As [`crate::Vault::unlock`] for `old`; or the header cannot be written, and then the old password stays.
pub fn change_password(
    data: &Path,
    vault_id: Uuid,
    old: &str,
    new: &str,
    keychain: &dyn Keychain,
    now_ms: i64,
) -> Result<(), VaultError> {
    let folder = vault_dir(data, vault_id);
    let document = Document::of_vault(&folder, vault_id)?;
    if document.header.retired_at_ms.is_some() {
        return Err(VaultError::Retired);
    }
    let (device_key, vault_key) = guess(&folder, &document, old, keychain, now_ms)?;
    let keys = VaultKeys::of(&vault_key)?;
    let is_device_key = document.is_device_key(&device_key)?;
    if !Document::is_genuine(&folder, &keys.header)? || is_device_key == Some(false) {
        return Err(VaultError::Damaged { file: VaultFile::Header });
    }
    let header = document.header;
    let secret = match header.key_protection {
        KeyProtection::PasswordOnly => None,
        KeyProtection::Keychain => Some(load_secret(keychain, vault_id)?),
    };
    let mut salt = [0u8; SALT_BYTES];
    fill_random(&mut salt)?;
    let wrapping = wrapping_key(new, &salt, header.kdf_cost, secret.as_ref())?;
    let device_wrapping = match &secret {
        Some(secret) => device_wrapping_key(secret)?,
        None => wrapping.clone(),
    };
    let wrapped = WrappedKeys {
        vault_key: wrapping.seal(&Document::bound(&header, &salt, WrappedKey::Vault)?, vault_key.bytes())?,
        device_key: device_wrapping.seal(&Document::bound(&header, &salt, WrappedKey::Device)?, device_key.bytes())?,
        device_check: Some(Document::device_check(&header, &salt, &device_key)?),
    };
    Document { header, salt, keys: wrapped }.write(&folder, &keys.header)
}
