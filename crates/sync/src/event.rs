//! What sync tells whoever listens: that something changed, never what. The listener asks the local store again.

use casework::{CaseId, Sha256};

use crate::error::SyncError;

/// How it stands with the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionState {
    /// The first contact is being made.
    Connecting,
    /// The last contact succeeded.
    Online,
    /// The server is out of reach or in trouble; tried again by itself.
    Offline(SyncError),
    /// The server wants the password; everything decided is kept.
    SignInNeeded,
    /// It makes no sense to go on with this account, server or program; tried again now and then. Everything decided is kept.
    Stopped(SyncError),
}

/// How it stands with the delivery of decisions; they are kept whatever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CourierState {
    /// Nothing waits.
    Idle,
    /// Something waits for its time.
    Waiting,
    /// The server is out of reach or in trouble; tried again by itself.
    Offline(SyncError),
    /// There is no credential that the server takes: the author must sign in.
    NeedsSignIn,
    /// The device was revoked: nothing is sent, the supervisor decides what becomes of the rows.
    Revoked,
    /// It makes no sense to go on with this account, server or program; tried again now and then.
    Stopped(SyncError),
}

/// Something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncEvent {
    /// The connection.
    Connection(ConnectionState),
    /// The queue: its rows, or what is held.
    QueueChanged,
    /// How it stands with delivery.
    Courier(CourierState),
    /// The outbox.
    OutboxChanged,
    /// So many more decisions are undelivered for over an hour.
    Stuck(u32),
    /// The case went to another holder: a delivery was told so. An engine that runs drops what it holds of it.
    LeaseLost(CaseId),
    /// The server does not register this device.
    DeviceRefused(SyncError),
    /// One case.
    CaseChanged(CaseId),
    /// A photo came, or cannot come now.
    PhotoChanged(Sha256),
    /// Photos of this fetch that are here, and how many there are in all.
    PhotosProgress {
        /// Here, or given up for now.
        done: u32,
        /// In all.
        total: u32,
    },
    /// The calendar pack in force here, or the last one that was refused.
    CalendarChanged,
    /// Who is signed in: role, office or name, or the session is new.
    PersonChanged,
    /// The server answered: time and last contact are fresh.
    ServerHeard,
    /// The local store failed; nothing more is applied until it works again.
    StorageTrouble(SyncError),
}
