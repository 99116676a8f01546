//! How long to wait before the next attempt: exponential with injected jitter, bounded on both sides whatever a server asks for.
//! A pure function; the only randomness is in [`SystemJitter`].

use std::time::Duration;

const FIRST_MS: u64 = 2_000;
const LONGEST_MS: u64 = 5 * 60 * 1000;
const LONGEST_ASKED_MS: u64 = 15 * 60 * 1000;

/// The wait after `attempts` failed attempts (0 counts as 1). `jitter` from 0 to 1 chooses between half of the step and the whole step;
/// a step is 2 s doubled per attempt, at most 5 min. What the server asks for (`Retry-After`) is a lower bound, heard up to 15 min.
/// Never less than 2 s.
#[must_use]
pub fn delay(attempts: u32, jitter: f64, retry_after: Option<Duration>) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let step = (FIRST_MS << doublings).min(LONGEST_MS);
    let share = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
    let jittered = step / 2 + scaled(step / 2, share);
    let asked =
        retry_after.map_or(0, |asked| u64::try_from(asked.as_millis()).unwrap_or(u64::MAX)).min(LONGEST_ASKED_MS);
    Duration::from_millis(jittered.max(asked).max(FIRST_MS))
}

fn scaled(whole_ms: u64, share: f64) -> u64 {
    // Thousandths are fine enough and keep the arithmetic in whole numbers.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "share is within 0 and 1")]
    let thousandths = (share * 1000.0) as u64;
    whole_ms * thousandths / 1000
}

/// Where jitter comes from.
pub trait Jitter: Send + Sync {
    /// The next number from 0 to 1.
    fn next(&self) -> f64;
}

/// Jitter from the operating system's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemJitter;

impl Jitter for SystemJitter {
    fn next(&self) -> f64 {
        // Without randomness the longest wait is the careful one.
        getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX))
    }
}
