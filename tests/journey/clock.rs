//! Clocks of a computer that are wrong, or that move only when a test says so.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use desk::{LocalClock, SystemClock};
use tokio::sync::watch;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The longest sleep of what watches the clock for the person.
const WATCHED_EVERY: Duration = Duration::from_secs(60);

/// Runs like the real ones, with a wall clock that is off and can be set.
pub(crate) struct WrongClock {
    real: SystemClock,
    off_ms: AtomicI64,
}

impl WrongClock {
    pub(crate) fn new(off_ms: i64) -> Self {
        Self { real: SystemClock::new(), off_ms: AtomicI64::new(off_ms) }
    }

    /// Somebody sets the clock.
    pub(crate) fn set_off(&self, off_ms: i64) {
        self.off_ms.store(off_ms, Ordering::Relaxed);
    }
}

impl LocalClock for WrongClock {
    fn mono_ms(&self) -> i64 {
        self.real.mono_ms()
    }

    fn wall_ms(&self) -> i64 {
        self.real.wall_ms() + self.off_ms.load(Ordering::Relaxed)
    }
}

/// Stands still until it is moved; sleepers wake when it has moved far enough.
pub(crate) struct HandClock {
    start_ms: i64,
    passed_ms: watch::Sender<i64>,
    sleeps: watch::Sender<u64>,
}

impl HandClock {
    pub(crate) fn new() -> Self {
        Self { start_ms: SystemClock::new().wall_ms(), passed_ms: watch::Sender::new(0), sleeps: watch::Sender::new(0) }
    }

    /// Moves on while nobody waits for it.
    pub(crate) fn pass(&self, ms: i64) {
        self.passed_ms.send_modify(|passed| *passed += ms);
    }

    /// Moves on by at least a minute, and waits until what watches it has looked at the new time and sleeps again.
    pub(crate) async fn pass_and_look(&self, ms: i64) {
        let mut sleeps = self.sleeps.subscribe();
        let before = *sleeps.borrow_and_update();
        self.pass(ms);
        sleeps.wait_for(|count| *count > before).await.unwrap();
    }
}

impl LocalClock for HandClock {
    fn mono_ms(&self) -> i64 {
        *self.passed_ms.borrow()
    }

    fn wall_ms(&self) -> i64 {
        self.start_ms + self.mono_ms()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut passed = self.passed_ms.subscribe();
        let until = *passed.borrow_and_update() + i64::try_from(time.as_millis()).unwrap();
        // The desk also sleeps for longer, to keep house; whoever watches the clock looks at it at least every minute.
        if time <= WATCHED_EVERY {
            self.sleeps.send_modify(|count| *count += 1);
        }
        Box::pin(async move {
            // An error means that the clock is gone, and its test with it.
            drop(passed.wait_for(|passed| *passed >= until).await);
        })
    }
}
