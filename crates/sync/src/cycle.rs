//! What the engine remembers from cycle to cycle, why a cycle of it or of the courier may end early, and the wish to stop as they see it.

use std::collections::{BTreeMap, HashSet};
use std::future::Future;

use contract::problem::ProblemCode;
use contract::server_info::ServerInfo;
use tokio::sync::watch;
use uuid::Uuid;

use crate::error::{SyncError, SyncErrorKind};
use crate::ledger::LedgerError;

/// Why a cycle ended early.
#[derive(Debug)]
pub(crate) enum End {
    /// Try again after a while.
    Offline(SyncError),
    /// The password is needed: for a session, or for a credential to deliver with.
    SignIn,
    /// The device was revoked.
    Revoked,
    /// It makes no sense to go on.
    Halted(SyncError),
    /// The local store failed.
    Storage(LedgerError),
    /// The loop is being stopped.
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
            | SyncErrorKind::OtherAccount
            | SyncErrorKind::Problem(ProblemCode::DeviceRevoked) => Self::Halted(error),
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

/// What the engine remembers from cycle to cycle. Losing it costs a few requests, nothing else.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) failures: u32,
    pub(crate) is_online: bool,
    pub(crate) server: Option<ServerInfo>,
    pub(crate) server_checked_ms: Option<i64>,
    pub(crate) kept_offset_ms: Option<i64>,
    pub(crate) registered_ms: Option<i64>,
    pub(crate) reasons_ms: Option<i64>,
    pub(crate) calendar: CalendarMemory,
    pub(crate) leases_ms: Option<i64>,
    pub(crate) leases_digest: Option<[u8; 32]>,
    /// The cases that were held after the last answer, with their fences.
    pub(crate) held: BTreeMap<Uuid, u32>,
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

/// The wish to stop, as every loop sees it. A dropped sender is that wish as well; without a receiver nobody ever wishes it.
#[derive(Clone)]
pub(crate) struct Stop(Option<watch::Receiver<bool>>);

impl Stop {
    pub(crate) fn by(wish: watch::Receiver<bool>) -> Self {
        Self(Some(wish))
    }

    pub(crate) fn never() -> Self {
        Self(None)
    }

    pub(crate) async fn wished(&self) {
        match self.0.clone() {
            // An error means that the sender is gone.
            Some(mut wish) => drop(wish.wait_for(|stop| *stop).await),
            None => std::future::pending().await,
        }
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
