//! A test as a process of its own: this binary once more, with one ignored test, in a folder that says what to do, if need be under another
//! program that takes the disk away. Such a test does nothing when it finds no order in its folder, so `--ignored` alone is harmless.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use vault::{KdfCost, Keychain, KeychainError, Vault, VaultError};
use zeroize::Zeroizing;

use crate::fixture::{NOW, PASSWORD, new_vault, vault_id};

const ORDER: &str = "order";
const ANSWER: &str = "answer";

/// Keeps device secrets in files, so that several processes find them.
pub(crate) struct FileKeychain(pub(crate) PathBuf);

impl Keychain for FileKeychain {
    fn is_available(&self) -> bool {
        true
    }

    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        let Ok(text) = fs::read_to_string(self.0.join(format!("{name}.secret"))) else { return Ok(None) };
        hex::decode(text.trim()).map(|secret| Some(Zeroizing::new(secret))).map_err(|_| KeychainError)
    }

    fn store(&self, name: &str, secret: &[u8]) -> Result<(), KeychainError> {
        fs::write(self.0.join(format!("{name}.secret")), hex::encode(secret) + "\n").map_err(|_| KeychainError)
    }

    fn remove(&self, name: &str) -> Result<(), KeychainError> {
        fs::remove_file(self.0.join(format!("{name}.secret"))).map_err(|_| KeychainError)
    }
}

/// The vault of a folder: data in `data`, the device secret beside it.
pub(crate) fn create(folder: &Path) -> Vault {
    let keychain = FileKeychain(folder.to_owned());
    Vault::create(&folder.join("data"), new_vault(vault_id()), PASSWORD, &keychain, KdfCost::for_tests(), NOW).unwrap()
}

/// Opens it.
pub(crate) fn unlock(folder: &Path) -> Result<Vault, VaultError> {
    Vault::unlock(&folder.join("data"), vault_id(), PASSWORD, &FileKeychain(folder.to_owned()), NOW + 1)
}

/// Where its files are.
pub(crate) fn vault_folder(folder: &Path) -> PathBuf {
    folder.join("data/vaults").join(vault_id().to_string())
}

/// One file of it.
pub(crate) fn file(folder: &Path, name: &str) -> PathBuf {
    vault_folder(folder).join(name)
}

/// For `strace`: only calls on the vault's folder, its files and these others.
pub(crate) fn on_the_vault(folder: &Path, others: &[&str]) -> Vec<String> {
    let ends =
        ["work.db", "cases.db", "photos.db"].iter().flat_map(|name| ["", "-wal"].map(|end| format!("{name}{end}")));
    let names = ["vault.json", "vault.new"].map(str::to_owned).into_iter().chain(ends);
    let paths = names.map(|name| file(folder, &name)).chain(others.iter().map(|name| folder.join(name)));
    let paths = paths.chain([vault_folder(folder)]);
    paths.flat_map(|path| ["-P".to_owned(), path.to_str().unwrap().to_owned()]).collect()
}

/// The process that runs `test` (its path in this binary) in `folder` with an order, started by `before` and its arguments.
#[expect(clippy::disallowed_methods, reason = "the only place where this crate's tests start a process")]
pub(crate) fn process(folder: &Path, test: &str, order: &str, before: &[&str]) -> Command {
    fs::write(folder.join(ORDER), order).unwrap();
    let _ = fs::remove_file(folder.join(ANSWER));
    let binary = std::env::current_exe().unwrap();
    let mut words = before.iter().map(|word| (*word).into()).chain([binary.into_os_string()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]).current_dir(folder);
    command
}

/// Runs it to its end.
pub(crate) fn run(folder: &Path, test: &str, order: &str, before: &[&str]) -> Output {
    process(folder, test, order, before).output().unwrap()
}

/// What the process said last, if it came so far.
pub(crate) fn answer(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(ANSWER)).ok()
}

/// In the process: the folder and the order; `None` when nobody sent it.
pub(crate) fn order() -> Option<(PathBuf, String)> {
    let folder = std::env::current_dir().unwrap();
    let order = fs::read_to_string(folder.join(ORDER)).ok()?;
    Some((folder, order))
}

/// In the process: says how far it came, replacing what it said before.
pub(crate) fn say(folder: &Path, what: &str) {
    fs::write(folder.join("answer.new"), what).unwrap();
    fs::rename(folder.join("answer.new"), folder.join(ANSWER)).unwrap();
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &there);
        } else {
            fs::copy(entry.path(), there).unwrap();
        }
    }
}
