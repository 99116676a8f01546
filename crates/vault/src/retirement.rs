//! Giving a vault up after its password was forgotten or guessed at too often: the key of the cache goes, then the cache. What was made here
//! stays under the device's key and is delivered. Beside it the escrow: an opaque blob by which the caller gets at that key again.

use std::fs;
use std::io;
use std::path::Path;

use uuid::Uuid;

use crate::error::{VaultError, VaultFile};
use crate::failpoint::fail_point;
use crate::folder::{replace_file, sync_dir, vault_dir};
use crate::header::Document;
use crate::sealed_file::remove_all;

const ESCROW: &str = "escrow";
/// A sealed key is about 100 bytes.
const MAX_ESCROW_BYTES: usize = 16 * 1024;

/// Gives a vault up: the wrapped vault key leaves the header, then `cases.db` and `photos.db` leave the disk. From then on it cannot be
/// unlocked; its `work.db` is untouched and opens by [`crate::WorkStore`]. Doing it twice is fine. The vault must not be open; its work may.
///
/// # Errors
/// [`VaultError::NotFound`]; `TooNew` or `Damaged` (the header), and nothing is changed; or the disk fails: the key may be gone by then, and the
/// files go at the next attempt or opening.
pub fn retire(data: &Path, vault_id: Uuid, now_ms: i64) -> Result<(), VaultError> {
    let folder = vault_dir(data, vault_id);
    let document = Document::of_vault(&folder, vault_id)?;
    if document.header.retired_at_ms.is_some() {
        return remove_cache(&folder);
    }
    retire_document(&folder, document, now_ms)
}

pub(crate) fn retire_document(folder: &Path, document: Document, now_ms: i64) -> Result<(), VaultError> {
    document.write_retired(folder, now_ms)?;
    tracing::warn!("a vault was given up; its cache goes, its work stays");
    fail_point!("vault::retire::after-header");
    remove_cache(folder)
}

/// Does what a kill left undone.
pub(crate) fn finish(folder: &Path) {
    if let Err(error) = remove_cache(folder) {
        tracing::warn!(%error, "the cache of a retired vault is removed later");
    }
}

fn remove_cache(folder: &Path) -> Result<(), VaultError> {
    for file in [VaultFile::Cases, VaultFile::Photos] {
        remove_all(&folder.join(file.file_name())).map_err(VaultError::io(file))?;
    }
    sync_dir(folder).map_err(VaultError::io(VaultFile::Cases))
}

/// Keeps a blob of the caller beside the vault, in the clear: the device key as sealed to somebody who gives it back to its person only.
///
/// # Errors
/// [`VaultError::NotFound`]; [`VaultError::Keys`] for more than 16 KiB; or the disk fails, and the old one stays.
pub fn put_escrow(data: &Path, vault_id: Uuid, blob: &[u8]) -> Result<(), VaultError> {
    let folder = vault_dir(data, vault_id);
    if !folder.is_dir() {
        return Err(VaultError::NotFound);
    }
    if blob.len() > MAX_ESCROW_BYTES {
        return Err(VaultError::Keys);
    }
    replace_file(&folder.join(ESCROW), blob).map_err(VaultError::io(VaultFile::Header))
}

/// The blob that was kept last.
///
/// # Errors
/// [`VaultError::NotFound`], or the disk fails.
pub fn escrow(data: &Path, vault_id: Uuid) -> Result<Option<Vec<u8>>, VaultError> {
    let folder = vault_dir(data, vault_id);
    if !folder.is_dir() {
        return Err(VaultError::NotFound);
    }
    match fs::read(folder.join(ESCROW)) {
        Ok(blob) => Ok(Some(blob)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(VaultError::io(VaultFile::Header)(error)),
    }
}
