//! The clocks of a desktop in a network run: the real ones, moved on by hand, so that a wait of a quarter of an hour takes no time, and set
//! wrong where a row wants that.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use sync::LocalClock;

/// One computer's clocks.
#[derive(Debug)]
pub(super) struct MovableClock {
    start: Instant,
    mono_extra_ms: AtomicI64,
    wall_at_start_ms: AtomicI64,
    is_frozen: AtomicBool,
}

impl MovableClock {
    /// Both clocks run; the wall clock shows this at the start.
    #[must_use]
    pub(super) fn showing(wall_ms: i64) -> Self {
        Self {
            start: Instant::now(),
            mono_extra_ms: AtomicI64::new(0),
            wall_at_start_ms: AtomicI64::new(wall_ms),
            is_frozen: AtomicBool::new(false),
        }
    }

    /// Time passes.
    pub(super) fn pass(&self, time: Duration) {
        self.mono_extra_ms.fetch_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Somebody or the network sets the wall clock, or it ran on while the computer slept.
    pub(super) fn jump_wall(&self, by_ms: i64) {
        self.wall_at_start_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// The forward clock stands still from now on, or runs again.
    pub(super) fn freeze_mono(&self, is_frozen: bool) {
        self.is_frozen.store(is_frozen, Ordering::SeqCst);
    }

    fn elapsed_ms(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

impl LocalClock for MovableClock {
    fn mono_ms(&self) -> i64 {
        let real = if self.is_frozen.load(Ordering::SeqCst) { 0 } else { self.elapsed_ms() };
        real.saturating_add(self.mono_extra_ms.load(Ordering::SeqCst))
    }

    fn wall_ms(&self) -> i64 {
        let passed = self.elapsed_ms().saturating_add(self.mono_extra_ms.load(Ordering::SeqCst));
        self.wall_at_start_ms.load(Ordering::SeqCst).saturating_add(passed)
    }
}
