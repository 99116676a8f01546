//! Where the server's time comes from. Every rule gets the time as an argument; this module owns the one call to the system's clock, and
//! the two clocks that are not the system's: one for demonstrations, one for tests.

use std::sync::Mutex;

use chrono::{DateTime, Utc};

/// Tells the server's time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now, in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one owner of the system's clock in the server")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A demonstration clock: starts at a given instant when it is made and runs on at the usual speed. Not in release builds.
#[cfg(any(debug_assertions, feature = "demonstration"))]
#[derive(Debug, Clone, Copy)]
pub struct OffsetClock {
    start: DateTime<Utc>,
    made_at: std::time::Instant,
}

#[cfg(any(debug_assertions, feature = "demonstration"))]
impl OffsetClock {
    /// A clock that shows `start` now.
    #[must_use]
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self { start, made_at: std::time::Instant::now() }
    }
}

#[cfg(any(debug_assertions, feature = "demonstration"))]
impl Clock for OffsetClock {
    fn now(&self) -> DateTime<Utc> {
        chrono::Duration::from_std(self.made_at.elapsed())
            .ok()
            .and_then(|elapsed| self.start.checked_add_signed(elapsed))
            .unwrap_or(self.start)
    }
}

/// A clock that stands still until it is set: for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `now` until it is told otherwise.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Sets it, forwards or backwards.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = now;
    }

    /// Moves it forward.
    pub fn advance(&self, by: chrono::Duration) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
