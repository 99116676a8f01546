//! What time it is at the server (security.md 4.7). Each answer is a sample; the best recent one is kept and carried on by the forward
//! clock, with an honest error bound. The wall clock of this computer is used only before the first answer and after a sleep, and then
//! the result says that it is an estimate.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use contract::decision::ClockClaim;

use crate::local_clock::LocalClock;

/// A sample older than this makes the time an estimate.
const STALE_AFTER_MS: i64 = 60 * 60 * 1000;
/// An error bound above this makes the time an estimate.
const ROUGH_ABOVE_MS: i64 = 60 * 1000;
/// The two local clocks may part by this much before a sleep or a changed clock is suspected.
const JUMP_ABOVE_MS: i64 = 2000;
/// A better old sample gives way to a newer one after this time.
const KEEP_BEST_MS: i64 = 10 * 60 * 1000;
/// Quartz drift: the error bound grows by 1 ms per this many ms (100 ppm).
const DRIFT_ONE_IN: i64 = 10_000;
/// Server times outside of years 1970 to 9999 are no times.
const LARGEST_MS: i64 = 253_402_300_799_999;

/// What one answer of the server tells about time. All in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSample {
    /// Forward clock when the request was sent.
    pub t0_mono_ms: i64,
    /// Forward clock when the answer was here.
    pub t1_mono_ms: i64,
    /// What the server said, since the Unix epoch.
    pub server_ms: i64,
    /// This computer's wall clock when the answer was here.
    pub wall_ms: i64,
}

impl TimeSample {
    /// Server time minus forward clock.
    fn offset(&self) -> i64 {
        self.server_ms - (self.t0_mono_ms + (self.t1_mono_ms - self.t0_mono_ms) / 2)
    }

    fn error(&self) -> i64 {
        (self.t1_mono_ms - self.t0_mono_ms + 1) / 2
    }

    fn error_at(&self, mono_ms: i64) -> i64 {
        self.error() + mono_ms.saturating_sub(self.t1_mono_ms).max(0) / DRIFT_ONE_IN
    }
}

/// The server's time as far as it is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTime {
    /// Milliseconds since the Unix epoch.
    pub ms: i64,
    /// How far it can be off; `None` when the server was never heard since the start.
    pub error_ms: Option<i64>,
    /// How old the sample is; `None` as above.
    pub age_ms: Option<i64>,
    /// Server time minus this computer's wall clock.
    pub offset_ms: i64,
    /// 估算: never heard, long ago, too rough, or the computer slept meanwhile.
    pub is_estimate: bool,
}

impl ServerTime {
    /// The claim that goes with a decision.
    #[must_use]
    pub fn claim(&self) -> Option<ClockClaim> {
        self.error_ms.map(|error_ms| ClockClaim { offset_ms: self.offset_ms, error_ms })
    }
}

/// Keeps the best recent sample. Pure: both local clocks are arguments.
#[derive(Debug, Clone, Default)]
pub struct ServerClock {
    best: Option<TimeSample>,
    latest: Option<TimeSample>,
    remembered_offset_ms: i64,
}

impl ServerClock {
    /// Starts with the offset (server minus wall clock) of the last run, if one is known.
    #[must_use]
    pub fn new(remembered_offset_ms: Option<i64>) -> Self {
        Self { best: None, latest: None, remembered_offset_ms: remembered_offset_ms.unwrap_or(0) }
    }

    /// Takes a sample in; one that cannot be true is ignored (answer before request, a year beyond 9999).
    pub fn hear(&mut self, sample: TimeSample) {
        let is_possible = sample.t0_mono_ms >= 0
            && sample.t1_mono_ms >= sample.t0_mono_ms
            && sample.t1_mono_ms <= LARGEST_MS
            && (0..=LARGEST_MS).contains(&sample.server_ms);
        if !is_possible {
            return;
        }
        self.remembered_offset_ms = sample.server_ms.saturating_sub(sample.wall_ms);
        let is_better = match self.best {
            None => true,
            Some(best) => {
                let error_of_best = best.error_at(sample.t1_mono_ms);
                let apart = (sample.offset() - best.offset()).abs();
                sample.error() <= error_of_best
                    || sample.t1_mono_ms - best.t1_mono_ms > KEEP_BEST_MS
                    // Both cannot be true: the server's clock was set, or this computer slept. The newer one counts.
                    || apart > sample.error() + error_of_best
                    || jump(&best, sample.t1_mono_ms, sample.wall_ms).abs() > JUMP_ABOVE_MS
            }
        };
        if is_better {
            self.best = Some(sample);
        }
        self.latest = Some(sample);
    }

    /// The server's time at this moment of the two local clocks.
    #[must_use]
    pub fn now(&self, mono_ms: i64, wall_ms: i64) -> ServerTime {
        let (Some(best), Some(latest)) = (self.best, self.latest) else {
            return ServerTime {
                ms: wall_ms.saturating_add(self.remembered_offset_ms),
                error_ms: None,
                age_ms: None,
                offset_ms: self.remembered_offset_ms,
                is_estimate: true,
            };
        };
        let age_ms = mono_ms.saturating_sub(latest.t1_mono_ms).max(0);
        let jump_ms = jump(&latest, mono_ms, wall_ms);
        let has_jumped = jump_ms.abs() > JUMP_ABOVE_MS;
        // The wall clock ran ahead: probably the computer slept, so the time is later than the forward clock says. A wall clock that went
        // back was set by somebody: the forward clock is right. Either way the later time is taken, which never hides a deadline.
        let slept_ms = if has_jumped { jump_ms.max(0) } else { 0 };
        let ms = mono_ms.saturating_add(best.offset()).saturating_add(slept_ms);
        let error_ms = best.error_at(mono_ms).saturating_add(if has_jumped { jump_ms.saturating_abs() } else { 0 });
        ServerTime {
            ms,
            error_ms: Some(error_ms),
            age_ms: Some(age_ms),
            offset_ms: ms.saturating_sub(wall_ms),
            is_estimate: has_jumped || age_ms > STALE_AFTER_MS || error_ms > ROUGH_ABOVE_MS,
        }
    }
}

/// How much further the wall clock ran than the forward clock since the sample.
fn jump(since: &TimeSample, mono_ms: i64, wall_ms: i64) -> i64 {
    wall_ms.saturating_sub(since.wall_ms).saturating_sub(mono_ms.saturating_sub(since.t1_mono_ms))
}

/// The server's clock together with the local clocks, for all who need the time.
#[derive(Clone)]
pub struct SharedClock {
    local: Arc<dyn LocalClock>,
    server: Arc<Mutex<ServerClock>>,
}

impl SharedClock {
    /// Starts with the offset of the last run, if one is known.
    #[must_use]
    pub fn new(local: Arc<dyn LocalClock>, remembered_offset_ms: Option<i64>) -> Self {
        Self { local, server: Arc::new(Mutex::new(ServerClock::new(remembered_offset_ms))) }
    }

    /// The server's time now.
    #[must_use]
    pub fn now(&self) -> ServerTime {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        server.now(self.local.mono_ms(), self.local.wall_ms())
    }

    /// The forward clock.
    #[must_use]
    pub fn mono_ms(&self) -> i64 {
        self.local.mono_ms()
    }

    /// Takes in what an answer said that was asked for at `t0_mono_ms` and is here now.
    pub fn hear(&self, t0_mono_ms: i64, server_ms: i64) {
        let sample =
            TimeSample { t0_mono_ms, t1_mono_ms: self.local.mono_ms(), server_ms, wall_ms: self.local.wall_ms() };
        self.server.lock().unwrap_or_else(PoisonError::into_inner).hear(sample);
    }
}

impl fmt::Debug for SharedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedClock").field("now", &self.now()).finish_non_exhaustive()
    }
}
