//! What one cycle of the engine remembers, why it may end early, and the wish to stop as it sees it.

use std::collections::{HashMap, HashSet};
use std::future::Future;

use casework::DecisionId;
use contract::server_info::ServerInfo;
use tokio::sync::watch;

use crate::error::{SyncError, SyncErrorKind};
use crate::ledger::LedgerError;

/// Why a cycle ended early.
#[derive(Debug)]
pub(crate) enum End {
    /// Try again after a while.
    Offline(SyncError),
    /// The password is needed.
    SignIn,
    /// It makes no sense to go on.
    Halted(SyncError),
    /// The local store failed.
    Storage(LedgerError),
    /// The engine is being stopped.
    Stopping,
}

impl From<SyncError> for End {
    fn from(error: SyncError) -> Self {
        match error.kind {
            SyncErrorKind::SessionExpired => Self::SignIn,
            SyncErrorKind::AccountDisabled
            | SyncErrorKind::DesktopTooOld
            | SyncErrorKind::ServerTooOld
            | SyncErrorKind::OtherServer
            | SyncErrorKind::OtherAccount => Self::Halted(error),
            SyncErrorKind::StorageFull => Self::Storage(LedgerError::Full),
            SyncErrorKind::Storage => Self::Storage(LedgerError::Storage),
            SyncErrorKind::Stopped => Self::Stopping,
            _ => Self::Offline(error),
        }
    }
}

impl From<LedgerError> for End {
    fn from(error: LedgerError) -> Self {
        Self::Storage(error)
    }
}

/// What the loop remembers from cycle to cycle. Losing it costs a few requests, nothing else.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) failures: u32,
    pub(crate) is_online: bool,
    pub(crate) requeued: bool,
    pub(crate) server: Option<ServerInfo>,
    pub(crate) server_checked_ms: Option<i64>,
    pub(crate) kept_offset_ms: Option<i64>,
    /// Rows whose last attempt met trouble: they go last, so that they cannot hold up the others.
    pub(crate) held_back: HashSet<DecisionId>,
    /// When rows that wait for another attempt are due by the forward clock, whatever the server's clock does meanwhile.
    pub(crate) waits: HashMap<DecisionId, i64>,
    pub(crate) reasons_ms: Option<i64>,
    pub(crate) calendar: CalendarMemory,
    pub(crate) leases_ms: Option<i64>,
    pub(crate) leases_digest: Option<[u8; 32]>,
    pub(crate) could_hold_more: bool,
}

/// What the loop remembers of the server's calendar pack.
#[derive(Debug, Default)]
pub(crate) struct CalendarMemory {
    /// When it was asked for last, by the forward clock.
    pub(crate) asked_ms: Option<i64>,
    /// The hash of the pack that the server gave last, whatever became of it: not judged again before the next regular look.
    pub(crate) given: Option<String>,
    /// Hashes that rows named and for which the server was asked already, since the last regular look.
    pub(crate) named: HashSet<String>,
}

/// The wish to stop, as both loops see it. A dropped sender is that wish as well.
#[derive(Clone)]
pub(crate) struct Stop(pub(crate) watch::Receiver<bool>);

impl Stop {
    pub(crate) async fn wished(&self) {
        let mut wish = self.0.clone();
        // An error means that the sender is gone.
        drop(wish.wait_for(|stop| *stop).await);
    }

    /// Waits for a network answer, but not longer than until the wish to stop.
    pub(crate) async fn or<T>(&self, answer: impl Future<Output = T>) -> Result<T, End> {
        tokio::select! {
            biased;
            () = self.wished() => Err(End::Stopping),
            answer = answer => Ok(answer),
        }
    }
}
