//! Who sits at the desk.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use zeroize::Zeroize;

use super::delivery::WaitingView;
use super::error::CommandError;

/// 中文 or English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LanguageView {
    /// 中文
    Zh,
    /// English
    En,
}

/// 审核员, 主管, 审计员.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RoleView {
    /// 审核员
    Reviewer,
    /// 主管
    Supervisor,
    /// 审计员
    Auditor,
}

/// What protects the vault's keys beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyProtectionView {
    /// A device secret in the OS keychain as well.
    Keychain,
    /// The password alone: this computer has no keychain.
    PasswordOnly,
}

/// Where the desk stands.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SessionView {
    /// The program cannot work at all; only the sentence of `error` can be shown.
    Unavailable {
        /// Why.
        error: CommandError,
    },
    /// Nobody is at the desk: unlock a vault, or sign in with an account.
    Closed {
        /// Vaults on this computer, last used first.
        vaults: Vec<VaultView>,
        /// Decisions that still wait here, by account.
        waiting: Vec<WaitingView>,
        /// The server address to offer for a first sign-in.
        server_url: String,
        /// A vault is here that cannot be used: written by a newer program, or damaged. Nothing in it was touched.
        problem: Option<CommandError>,
    },
    /// Somebody is at the desk.
    Open {
        /// The vault.
        vault_id: String,
        /// Sign-in name.
        account: String,
        /// Name that colleagues see.
        display_name: String,
        /// Role.
        role: RoleView,
        /// Office.
        office_name: String,
        /// Server.
        server_url: String,
        /// What protects the keys.
        key_protection: KeyProtectionView,
        /// Whether the server is a demonstration.
        is_demonstration: bool,
    },
}

/// A vault on this computer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct VaultView {
    /// Names it.
    pub vault_id: String,
    /// Sign-in name of its owner.
    pub account: String,
    /// The server that it belongs to.
    pub server_url: String,
    /// When it was last opened.
    pub last_opened_ms: f64,
}

/// First sign-in with an account on this computer; needs the server.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// Server address.
    pub server_url: String,
    /// Sign-in name.
    pub account: String,
    /// Password.
    pub password: String,
    /// When the server took the password but the vault did not: the password from before, or a new cache.
    pub vault: Option<OtherVaultPassword>,
}

/// How to go on when the vault on this computer has another password than the server (it was changed elsewhere, or forgotten).
#[derive(Clone, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OtherVaultPassword {
    /// The vault's password from before; the vault takes the new one.
    Before {
        /// The password from before.
        password: String,
    },
    /// Nobody knows it: a new cache; undelivered decisions of the old one are still delivered.
    NewCache,
}

/// Unlock a vault; needs no server.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct UnlockRequest {
    /// Which.
    pub vault_id: String,
    /// Password.
    pub password: String,
}

/// Sign out: photos and declared data leave this computer; undelivered decisions stay and are delivered after the next unlock.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignOutRequest {
    /// The person saw how many decisions are not delivered and signs out all the same.
    pub with_undelivered: bool,
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInRequest(…)")
    }
}

impl fmt::Debug for UnlockRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnlockRequest(…)")
    }
}

impl fmt::Debug for OtherVaultPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtherVaultPassword(…)")
    }
}

impl Drop for SignInRequest {
    fn drop(&mut self) {
        self.password.zeroize();
        if let Some(OtherVaultPassword::Before { password }) = &mut self.vault {
            password.zeroize();
        }
    }
}

impl Drop for UnlockRequest {
    fn drop(&mut self) {
        self.password.zeroize();
    }
}

/// What the window remembers for everybody at this computer.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SettingsView {
    /// Language; `None` until somebody chose: then the system's.
    pub language: Option<LanguageView>,
    /// Version of the program.
    pub version: String,
    /// The folder with the vaults, for support.
    pub data_folder: String,
}
