//! What an operator can set, with the defaults. Read once at the start of a program; nothing here changes while the server runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contract::server_info::DeskLimits;
use working_days::{CalendarPack, Policy};

use crate::clock::{Clock, SystemClock};
use crate::events::EventTimes;

/// Where the server keeps its data.
#[derive(Debug, Clone)]
pub enum Data {
    /// A folder of its own; made when missing, readable by the owner only.
    Folder(PathBuf),
    /// In memory, gone with the process: for tests.
    Memory,
}

/// How long a lease lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseTime {
    /// Until the end of the next working day, Beijing time.
    EndOfNextWorkingDay,
    /// This many minutes.
    Minutes(u32),
}

/// Cost of one argon2id hash. Kept beside each hash, so that a later change leaves old passwords good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// Time limits of a request. The limits of connections are in `serve`.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// A whole request other than intake, its body included.
    pub request: Duration,
    /// A whole intake request with its photos.
    pub intake: Duration,
}

/// Everything that can be set.
#[derive(Clone)]
pub struct Config {
    /// Where the data is.
    pub data: Data,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How deadlines are counted.
    pub policy: Policy,
    /// The pack that the program was built with: in force until a newer one is activated.
    pub embedded_pack: Arc<CalendarPack>,
    /// How many cases are leased to a person ahead at most; fewer when others of the office work as well.
    pub lease_limit: u32,
    /// How many more a person may take one by one.
    pub lease_extra: u32,
    /// How long a lease lasts.
    pub lease_time: LeaseTime,
    /// Life of an access token in minutes.
    pub access_minutes: u32,
    /// Life of a refresh token in days, from its issue.
    pub refresh_days: u32,
    /// Cost of new password hashes.
    pub password_cost: PasswordCost,
    /// A portal credential given from outside, besides those in the database.
    pub portal_credential: Option<String>,
    /// Whether the server says of itself that its cases are made up.
    pub is_demonstration: bool,
    /// Time limits of requests.
    pub timeouts: Timeouts,
    /// What a desktop may do without the server.
    pub limits: DeskLimits,
    /// Where heads of the audit are written; beside the database when it is not set.
    pub audit_heads: Option<PathBuf>,
    /// Times of the event stream.
    pub events: EventTimes,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("data", &self.data).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Config {
    /// The defaults, for data kept there.
    #[must_use]
    pub fn new(data: Data) -> Self {
        Self {
            data,
            clock: Arc::new(SystemClock),
            policy: Policy::p0(),
            embedded_pack: Arc::new(CalendarPack::embedded().clone()),
            lease_limit: 30,
            lease_extra: 5,
            lease_time: LeaseTime::EndOfNextWorkingDay,
            access_minutes: 15,
            refresh_days: 7,
            password_cost: PasswordCost::default(),
            portal_credential: None,
            is_demonstration: false,
            timeouts: Timeouts { request: Duration::from_secs(30), intake: Duration::from_secs(300) },
            limits: DeskLimits { offline_working_days: 3, undelivered: 200, taken_offline: 60 },
            audit_heads: None,
            events: EventTimes::default(),
        }
    }
}
