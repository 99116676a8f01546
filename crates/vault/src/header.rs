//! `vault.json`: whose vault a folder is, in the clear, and its keys, wrapped. Can be listed without a password; what it says is proved only by
//! unlocking: the identity is bound into the wrapped keys, and the whole header is sealed under the vault key. Replaced as a whole, never in part.
//! A retired vault has no vault key any more; only its device key is left, and what that opens.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use casework::AccountId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{VaultError, VaultFile};
use crate::folder::{is_unfinished, replace_file, vaults_dir};
use crate::keys::{KdfCost, SALT_BYTES, Secret};

/// The newest format of `vault.json` that this program writes and reads.
const FORMAT: u32 = 1;
const DEVICE_CHECK: &str = "review-desk vault 1: device check";
/// A header is about 1 KB; more is not ours.
const MAX_HEADER_BYTES: u64 = 64 * 1024;

/// What protects the vault key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyProtection {
    /// The password and a device secret in the keychain: the folder alone is worth nothing.
    Keychain,
    /// The password alone: this computer has no keychain.
    PasswordOnly,
}

/// Whose vault it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVault {
    /// Names the vault and its folder.
    pub vault_id: Uuid,
    /// What the person types to sign in.
    pub sign_in_name: String,
    /// The person.
    pub account_id: AccountId,
    /// The server that it belongs to.
    pub server_id: Uuid,
    /// Where that server is.
    pub server_url: String,
    /// Names this computer to the server.
    pub device_id: Uuid,
}

/// The clear header of a vault. As listed it is what the file says; of an unlocked vault it is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultHeader {
    /// Names the vault and its folder.
    pub vault_id: Uuid,
    /// What the person types to sign in.
    pub sign_in_name: String,
    /// The person.
    pub account_id: AccountId,
    /// The server that it belongs to.
    pub server_id: Uuid,
    /// Where that server is.
    pub server_url: String,
    /// Names this computer to the server.
    pub device_id: Uuid,
    /// When it was created.
    pub created_at_ms: i64,
    /// When it was last unlocked.
    pub last_opened_at_ms: i64,
    /// What protects its key.
    pub key_protection: KeyProtection,
    /// What one guess of the password costs.
    pub kdf_cost: KdfCost,
    /// When the vault was given up: it cannot be unlocked any more, only its work can be delivered.
    pub retired_at_ms: Option<i64>,
}

/// A folder among the vaults that cannot be listed. Nothing in it was touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedVault {
    /// Its name.
    pub folder: String,
    /// Why.
    pub error: VaultError,
}

/// The vaults of a data folder, last opened first, retired ones among them, and the folders that should be one but cannot be read.
///
/// # Errors
/// The folder of the vaults cannot be read at all; that it is not there is an empty list.
pub fn list(data: &Path) -> Result<(Vec<VaultHeader>, Vec<DamagedVault>), VaultError> {
    let failed = VaultError::io(VaultFile::Header);
    let entries = match fs::read_dir(vaults_dir(data)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
        Err(error) => return Err(failed(error)),
    };
    let (mut vaults, mut damaged) = (Vec::new(), Vec::new());
    for entry in entries {
        let entry = entry.map_err(&failed)?;
        let folder = entry.file_name().to_string_lossy().into_owned();
        if is_unfinished(&folder) || !entry.path().is_dir() {
            continue;
        }
        match Document::read(&entry.path()) {
            Ok(document) if document.header.vault_id.hyphenated().to_string() == folder => {
                vaults.push(document.header);
            }
            Ok(_) => damaged.push(DamagedVault { folder, error: VaultError::Damaged { file: VaultFile::Header } }),
            Err(VaultError::NotFound) => {
                damaged.push(DamagedVault { folder, error: VaultError::Damaged { file: VaultFile::Header } })
            }
            Err(error) => damaged.push(DamagedVault { folder, error }),
        }
    }
    vaults.sort_by_key(|vault| (std::cmp::Reverse(vault.last_opened_at_ms), vault.vault_id));
    damaged.sort_by(|one, two| one.folder.cmp(&two.folder));
    Ok((vaults, damaged))
}

/// The whole of `vault.json`.
#[derive(Clone)]
pub(crate) struct Document {
    pub(crate) header: VaultHeader,
    pub(crate) salt: [u8; SALT_BYTES],
    pub(crate) keys: WrappedKeys,
}

/// The keys as they stand in the file.
#[derive(Clone)]
pub(crate) struct WrappedKeys {
    /// Empty once the vault is retired.
    pub(crate) vault_key: Vec<u8>,
    pub(crate) device_key: Vec<u8>,
    /// Nothing, sealed by the device key, so that a key that comes from elsewhere can be proved; `None` in a header of before.
    pub(crate) device_check: Option<Vec<u8>>,
}

/// Which wrapped key is meant; bound into it, so that the two cannot be exchanged.
#[derive(Clone, Copy)]
pub(crate) enum WrappedKey {
    Vault,
    Device,
    /// Not a key: the proof of the device key.
    DeviceCheck,
}

impl Document {
    /// The header of the vault that a folder is named after.
    pub(crate) fn of_vault(dir: &Path, vault_id: Uuid) -> Result<Self, VaultError> {
        let damaged = || VaultError::Damaged { file: VaultFile::Header };
        match Self::read(dir) {
            // The folder is there, but what makes it a vault is not.
            Err(VaultError::NotFound) if dir.is_dir() => Err(damaged()),
            Ok(document) if document.header.vault_id != vault_id => Err(damaged()),
            read => read,
        }
    }

    /// Whether this is the device key of the vault; `None` where a header of before does not tell.
    pub(crate) fn is_device_key(&self, key: &Secret) -> Result<Option<bool>, VaultError> {
        let Some(check) = &self.keys.device_check else {
            return Ok(None);
        };
        let bound = Self::bound(&self.header, &self.salt, WrappedKey::DeviceCheck)?;
        Ok(Some(key.derive(DEVICE_CHECK)?.open(&bound, check).is_some()))
    }

    /// Makes the proof of a device key.
    pub(crate) fn device_check(
        header: &VaultHeader,
        salt: &[u8; SALT_BYTES],
        key: &Secret,
    ) -> Result<Vec<u8>, VaultError> {
        key.derive(DEVICE_CHECK)?.seal(&Self::bound(header, salt, WrappedKey::DeviceCheck)?, &[])
    }

    /// Reads the header of a vault folder.
    pub(crate) fn read(dir: &Path) -> Result<Self, VaultError> {
        let damaged = || VaultError::Damaged { file: VaultFile::Header };
        let file = match fs::File::open(dir.join(VaultFile::Header.file_name())) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(VaultError::NotFound),
            Err(error) => return Err(VaultError::io(VaultFile::Header)(error)),
        };
        let mut text = String::new();
        file.take(MAX_HEADER_BYTES).read_to_string(&mut text).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::IsADirectory => damaged(),
            _ => VaultError::io(VaultFile::Header)(error),
        })?;
        let OnlyFormat { format } = serde_json::from_str(&text).map_err(|_| damaged())?;
        if format > FORMAT {
            return Err(VaultError::TooNew { file: VaultFile::Header, found: format, supported: FORMAT });
        }
        let written: Written = serde_json::from_str(&text).map_err(|_| damaged())?;
        written.understood().ok_or_else(damaged)
    }

    /// Writes it, sealing the header under `header_key`.
    pub(crate) fn write(&self, dir: &Path, header_key: &Secret) -> Result<(), VaultError> {
        let failed = |_| VaultError::Keys;
        let header = HeaderText::of(&self.header, &self.salt);
        let seal = header_key.seal(&serde_json::to_vec(&header).map_err(failed)?, &[])?;
        self.put(dir, header, &seal)
    }

    /// Writes it without the vault key: from then on nobody can open the cache, or prove the header.
    pub(crate) fn write_retired(mut self, dir: &Path, now_ms: i64) -> Result<(), VaultError> {
        self.header.retired_at_ms = Some(now_ms);
        self.keys.vault_key.clear();
        self.put(dir, HeaderText::of(&self.header, &self.salt), &[])
    }

    fn put(&self, dir: &Path, header: HeaderText, seal: &[u8]) -> Result<(), VaultError> {
        let written = Written {
            format: FORMAT,
            retired_at_ms: self.header.retired_at_ms,
            header,
            keys: KeysText {
                vault_key: BASE64.encode(&self.keys.vault_key),
                device_key: BASE64.encode(&self.keys.device_key),
                device_check: self.keys.device_check.as_ref().map(|check| BASE64.encode(check)),
                header_seal: BASE64.encode(seal),
            },
        };
        let text = serde_json::to_vec_pretty(&written).map_err(|_| VaultError::Keys)?;
        replace_file(&dir.join(VaultFile::Header.file_name()), &text).map_err(VaultError::io(VaultFile::Header))
    }

    /// Whether the header is the one that was last written by somebody who held the vault key.
    pub(crate) fn is_genuine(dir: &Path, header_key: &Secret) -> Result<bool, VaultError> {
        let text = fs::read(dir.join(VaultFile::Header.file_name())).map_err(VaultError::io(VaultFile::Header))?;
        let Ok(written) = serde_json::from_slice::<Written>(&text) else {
            return Ok(false);
        };
        let Ok(seal) = BASE64.decode(&written.keys.header_seal) else {
            return Ok(false);
        };
        let bound = serde_json::to_vec(&written.header).map_err(|_| VaultError::Keys)?;
        Ok(header_key.open(&bound, &seal).is_some())
    }

    /// What is bound into a wrapped key: which key it is, whose vault, and how the password is stretched.
    pub(crate) fn bound(header: &VaultHeader, salt: &[u8; SALT_BYTES], key: WrappedKey) -> Result<Vec<u8>, VaultError> {
        let which = match key {
            WrappedKey::Vault => "vault key",
            WrappedKey::Device => "device key",
            WrappedKey::DeviceCheck => "device check",
        };
        let cost = header.kdf_cost;
        serde_json::to_vec(&(
            "review-desk vault 1",
            which,
            (
                header.vault_id.to_string(),
                header.account_id.to_string(),
                header.server_id.to_string(),
                header.device_id.to_string(),
            ),
            &header.sign_in_name,
            (cost.memory_kib, cost.iterations, cost.lanes, hex::encode(salt)),
            header.key_protection,
        ))
        .map_err(|_| VaultError::Keys)
    }
}

#[derive(Deserialize)]
struct OnlyFormat {
    format: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired_at_ms: Option<i64>,
    header: HeaderText,
    keys: KeysText,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderText {
    vault_id: String,
    sign_in_name: String,
    account_id: String,
    server_id: String,
    server_url: String,
    device_id: String,
    created_at_ms: i64,
    last_opened_at_ms: i64,
    key_protection: KeyProtection,
    kdf: KdfText,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KdfText {
    algorithm: String,
    memory_kib: u32,
    iterations: u32,
    lanes: u32,
    salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysText {
    vault_key: String,
    device_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_check: Option<String>,
    header_seal: String,
}

impl HeaderText {
    fn of(header: &VaultHeader, salt: &[u8; SALT_BYTES]) -> Self {
        Self {
            vault_id: header.vault_id.to_string(),
            sign_in_name: header.sign_in_name.clone(),
            account_id: header.account_id.to_string(),
            server_id: header.server_id.to_string(),
            server_url: header.server_url.clone(),
            device_id: header.device_id.to_string(),
            created_at_ms: header.created_at_ms,
            last_opened_at_ms: header.last_opened_at_ms,
            key_protection: header.key_protection,
            kdf: KdfText {
                algorithm: "argon2id-19".to_owned(),
                memory_kib: header.kdf_cost.memory_kib,
                iterations: header.kdf_cost.iterations,
                lanes: header.kdf_cost.lanes,
                salt: BASE64.encode(salt),
            },
        }
    }
}

impl Written {
    fn understood(self) -> Option<Document> {
        let Self { header: text, keys, retired_at_ms, .. } = self;
        let kdf_cost =
            KdfCost { memory_kib: text.kdf.memory_kib, iterations: text.kdf.iterations, lanes: text.kdf.lanes };
        if text.kdf.algorithm != "argon2id-19" || !kdf_cost.is_bearable() {
            return None;
        }
        Some(Document {
            salt: BASE64.decode(&text.kdf.salt).ok()?.try_into().ok()?,
            header: VaultHeader {
                vault_id: text.vault_id.parse().ok()?,
                sign_in_name: text.sign_in_name,
                account_id: text.account_id.parse().ok()?,
                server_id: text.server_id.parse().ok()?,
                server_url: text.server_url,
                device_id: text.device_id.parse().ok()?,
                created_at_ms: text.created_at_ms,
                last_opened_at_ms: text.last_opened_at_ms,
                key_protection: text.key_protection,
                kdf_cost,
                retired_at_ms,
            },
            keys: WrappedKeys {
                vault_key: BASE64.decode(&keys.vault_key).ok()?,
                device_key: BASE64.decode(&keys.device_key).ok()?,
                device_check: match keys.device_check {
                    Some(check) => Some(BASE64.decode(check).ok()?),
                    None => None,
                },
            },
        })
    }
}
