//! Simulated time: one true clock that only the simulation moves, and what the computers and the server take for the time. Nothing here
//! reads a real clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use sync::LocalClock;

/// The true time, in milliseconds since the Unix epoch.
#[derive(Debug)]
pub(super) struct Time(AtomicI64);

impl Time {
    pub(super) fn at(ms: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(ms)))
    }

    pub(super) fn ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// The clocks of a computer: the forward one is right, the wall clock as wrong as somebody set it.
#[derive(Debug)]
pub(super) struct PcClock {
    time: Arc<Time>,
    start_ms: i64,
    wrong_by_ms: AtomicI64,
}

impl PcClock {
    pub(super) fn new(time: &Arc<Time>, wrong_by_ms: i64) -> Self {
        Self { time: time.clone(), start_ms: time.ms(), wrong_by_ms: AtomicI64::new(wrong_by_ms) }
    }

    pub(super) fn wrong_by_ms(&self) -> i64 {
        self.wrong_by_ms.load(Ordering::SeqCst)
    }

    /// Somebody sets the wall clock.
    pub(super) fn set_wrong_by(&self, ms: i64) {
        self.wrong_by_ms.store(ms, Ordering::SeqCst);
    }
}

impl LocalClock for PcClock {
    fn mono_ms(&self) -> i64 {
        self.time.ms() - self.start_ms
    }

    fn wall_ms(&self) -> i64 {
        self.time.ms().saturating_add(self.wrong_by_ms())
    }
}

/// The server's clock, which an operator may set as well.
#[derive(Debug)]
pub(super) struct OfficeClock {
    time: Arc<Time>,
    wrong_by_ms: AtomicI64,
}

impl OfficeClock {
    pub(super) fn new(time: &Arc<Time>) -> Arc<Self> {
        Arc::new(Self { time: time.clone(), wrong_by_ms: AtomicI64::new(0) })
    }

    pub(super) fn set_wrong_by(&self, ms: i64) {
        self.wrong_by_ms.store(ms, Ordering::SeqCst);
    }
}

impl review_server::Clock for OfficeClock {
    fn now(&self) -> DateTime<Utc> {
        let ms = self.time.ms().saturating_add(self.wrong_by_ms.load(Ordering::SeqCst));
        DateTime::from_timestamp_millis(ms).unwrap_or_default()
    }
}
