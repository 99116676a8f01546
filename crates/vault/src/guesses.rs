//! How often in a row the password was wrong: a small file beside the header, counted up and synced before each guess, so that ending the
//! program does not give a guess for free. Whoever can write to the folder can remove it; against that stands the cost of each guess.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::VaultError;
use crate::folder::{remove_if_there, replace_file, vault_dir};

/// The first wrong guess after which the next one has to wait.
const PATIENT: u32 = 5;
/// The wrong guess that retires the vault.
const LAST: u32 = 10;
const MINUTE_MS: i64 = 60_000;
const LONGEST_WAIT_MS: i64 = 30 * MINUTE_MS;

/// How many wrong passwords in a row are left before a vault is given up.
#[must_use]
pub fn tries_left(data: &Path, vault_id: Uuid) -> u32 {
    LAST.saturating_sub(Guesses::read(&vault_dir(data, vault_id)).before.count)
}

/// The count of one vault.
pub(crate) struct Guesses {
    path: PathBuf,
    before: Written,
    now: Written,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Written {
    /// Guesses that were begun since the last right one.
    count: u32,
    /// When the last of them was begun, by the wall clock.
    last_ms: i64,
}

impl Guesses {
    /// A file that is missing or cannot be read counts as none.
    pub(crate) fn read(folder: &Path) -> Self {
        let path = folder.join("guesses.json");
        let before = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { path, before, now: before }
    }

    /// Counts one more, unless it comes too early. A clock that was set back starts the waiting anew, so that it never ends sooner by that.
    pub(crate) fn begin(&mut self, now_ms: i64) -> Result<(), VaultError> {
        let wait_ms = wait_after(self.before.count);
        let passed_ms = now_ms.saturating_sub(self.before.last_ms);
        if wait_ms > 0 && passed_ms < 0 {
            self.now.last_ms = now_ms;
            self.write();
            return Err(VaultError::TooManyGuesses { wait_ms });
        }
        if passed_ms < wait_ms {
            return Err(VaultError::TooManyGuesses { wait_ms: wait_ms - passed_ms });
        }
        self.now = Written { count: self.before.count.saturating_add(1), last_ms: now_ms };
        self.write();
        Ok(())
    }

    /// Whether the guess that was begun is the last one.
    pub(crate) fn is_last(&self) -> bool {
        self.now.count >= LAST
    }

    /// It was right.
    pub(crate) fn forget(&self) {
        if let Err(error) = remove_if_there(&self.path) {
            tracing::warn!(kind = ?error.kind(), "the count of wrong passwords could not be reset");
        }
    }

    /// What was begun turned out to be no guess.
    pub(crate) fn take_back(&mut self) {
        self.now = self.before;
        if self.before.count == 0 { self.forget() } else { self.write() }
    }

    /// On a full disk a guess is not counted: the person with the right password must get at the work, and each guess has its cost.
    fn write(&self) {
        let written = serde_json::to_vec(&self.now).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|text| replace_file(&self.path, &text)) {
            tracing::warn!(kind = ?error.kind(), "a guess of the password could not be counted");
        }
    }
}

/// How long to wait after this many wrong guesses, in milliseconds: 1 minute after the fifth, doubled each time, at most 30.
fn wait_after(count: u32) -> i64 {
    match count.checked_sub(PATIENT) {
        None => 0,
        Some(doublings) => (MINUTE_MS << doublings.min(5)).min(LONGEST_WAIT_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_the_fifth_wrong_guess_up_to_half_an_hour() {
        let minutes: Vec<_> = (0..13).map(|count| wait_after(count) / MINUTE_MS).collect();
        assert_eq!(minutes, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]);
    }
}
