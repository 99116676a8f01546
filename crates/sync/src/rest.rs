//! What a loop of sync waits for between two of its steps.

use std::time::Duration;

/// What comes before the next step; a nudge always ends the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// This time, at most.
    For(Duration),
    /// Nothing but a nudge.
    UntilNudged,
}

impl Rest {
    /// Ends when it is over; never, when only a nudge ends it.
    pub(crate) async fn over(self) {
        match self {
            Self::For(wait) => tokio::time::sleep(wait).await,
            Self::UntilNudged => std::future::pending().await,
        }
    }
}
