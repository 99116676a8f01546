//! This computer's two clocks: one that only runs forward, and one that people and networks set. The only place of the crate that reads
//! them; everything else gets a [`LocalClock`].

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;

/// This computer's clocks.
pub trait LocalClock: Send + Sync {
    /// Milliseconds since some fixed moment of this run; never goes back. May stand still while the computer sleeps.
    fn mono_ms(&self) -> i64;
    /// Milliseconds since the Unix epoch as this computer believes; may be wrong and may jump.
    fn wall_ms(&self) -> i64;
    /// Ends after this time of the forward clock, or a little later.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// The real clocks.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts the forward clock at zero.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl LocalClock for SystemClock {
    fn mono_ms(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    #[expect(clippy::disallowed_methods, reason = "the one owner of the wall clock in this crate")]
    fn wall_ms(&self) -> i64 {
        let signed = |millis: u128| i64::try_from(millis).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => signed(since.as_millis()),
            Err(before) => -signed(before.duration().as_millis()),
        }
    }
}
