//! Delivery, which goes on whoever sits at the desk: how it stands, for me and for others whose decisions wait on this computer.

use serde::Serialize;
use ts_rs::TS;

use super::error::CommandError;

/// How delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStateView {
    /// Nothing waits, or it is being sent.
    Working,
    /// The server cannot be reached; tried again by itself.
    Offline,
    /// The author has to sign in at the server once more.
    NeedsSignIn,
    /// The office revoked this device: nothing is sent; the supervisor decides.
    Revoked,
    /// This program is too old for the server.
    TooOld,
    /// The store on this computer cannot be opened without its owner's password.
    NeedsUnlock,
}

/// Undelivered decisions of one account on this computer. Tells nothing of what was decided.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct WaitingView {
    /// Names the vault.
    pub vault_id: String,
    /// Sign-in name of the author.
    pub account: String,
    /// How many; `None` when it cannot be read while the vault is locked.
    pub undelivered: Option<u32>,
    /// The nearest deadline among them: until then this computer must reach the server.
    pub connect_before_ms: Option<f64>,
    /// How delivery stands.
    pub state: DeliveryStateView,
}

/// Something happened to the files on this computer that a person must know.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StorageNoticeView {
    /// Cases and photos were made anew and are fetched again; nothing that was made here is affected.
    CacheRenewed {
        /// What the damaged file is called now, in the vault's folder; `None` when it was missing.
        moved_to: Option<String>,
    },
    /// The file with decisions, drafts and notes was damaged. What could be read was kept, the damaged file was put aside.
    WorkDamaged {
        /// What the damaged file is called now, in the vault's folder.
        moved_to: String,
        /// Decisions that were kept.
        kept: u32,
        /// Rows that could not be read; `None` when nobody can tell.
        lost: Option<u32>,
    },
}

/// A recovery copy was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExportView {
    /// The file.
    pub path: String,
    /// How many decisions are in it.
    pub count: u32,
}

/// Decisions that colleagues' desktops cannot deliver; for supervisors.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StuckView {
    /// By deadline, the nearest first.
    pub rows: Vec<StuckRowView>,
    /// When the server was asked; `None` before the first time.
    pub asked_at_ms: Option<f64>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StuckRowView {
    /// The case.
    pub case_id: String,
    /// Its number.
    pub case_no: String,
    /// Whose it is.
    pub author_name: String,
    /// Since when.
    pub since_ms: f64,
    /// Why.
    pub problem: CommandError,
    /// 24:00 of the due day.
    pub breach_ms: Option<f64>,
}
