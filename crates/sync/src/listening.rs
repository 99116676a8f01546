//! Listens to the server's events beside the cycles, so that a change elsewhere is here within seconds: by the stream, or by long polls for
//! ten minutes where a network breaks streams. An event carries no data: it only begins a cycle. While neither works, the engine's own poll
//! does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::backoff::delay;
use crate::cycle::{End, Stop};
use crate::engine::Engine;
use crate::error::{SyncError, SyncErrorKind};
use crate::event::ConnectionState;
use crate::event_stream::Heard;

/// Two breaks within this time are the network's habit.
const BREAKS_WITHIN_MS: i64 = 60 * 1000;
/// How long long polls take the place of the stream.
const LONG_POLL_FOR_MS: i64 = 10 * 60 * 1000;
/// The shortest time between two cycles that events begin, and between two polls.
const BREATH: Duration = Duration::from_secs(1);

/// What the loop remembers.
#[derive(Debug, Default)]
struct Ear {
    /// The newest cursor that an event told.
    cursor: Option<i64>,
    failures: u32,
    broke_ms: Option<i64>,
    /// Until when long polls are used, by the forward clock.
    polls_until_ms: Option<i64>,
}

impl Engine {
    pub(crate) async fn keep_listening(&self, stop: &Stop) {
        let mut ear = Ear::default();
        loop {
            let mut connection = self.connection_changes();
            let comes_online = connection.wait_for(|state| *state == ConnectionState::Online);
            match stop.or(comes_online).await {
                Ok(Ok(_)) => {}
                // Stopped, or the engine is gone.
                Ok(Err(_)) | Err(_) => return,
            }
            let now_ms = self.api.clock().mono_ms();
            let polls = ear.polls_until_ms.is_some_and(|until_ms| until_ms > now_ms);
            let outcome =
                if polls { self.long_poll(&mut ear, stop).await } else { self.follow_stream(&mut ear, stop).await };
            let wait = match outcome {
                Ok(()) => BREATH,
                Err(End::Stopping) => return,
                Err(end) => {
                    self.hears(false);
                    ear.failures = ear.failures.saturating_add(1);
                    let asked = if let End::Offline(error) = &end { error.retry_after } else { None };
                    delay(ear.failures, self.jitter(), asked)
                }
            };
            if stop.or(tokio::time::sleep(wait)).await.is_err() {
                return;
            }
        }
    }

    /// Follows the stream until it breaks. An error when it could not even be opened.
    async fn follow_stream(&self, ear: &mut Ear, stop: &Stop) -> Result<(), End> {
        let after = self.cursor(ear).await?;
        let api = &self.api;
        let opened = stop.or(self.session.call(|token| async move { api.events(&token, after).await })).await?;
        let mut stream = match opened.map_err(SyncError::from) {
            Ok(stream) => stream,
            Err(error) => {
                // Something in between that knows no streams; a server out of reach is none.
                let is_no_stream = matches!(
                    error.kind,
                    SyncErrorKind::NotAReviewServer | SyncErrorKind::Problem(_) | SyncErrorKind::Refused(_)
                );
                if is_no_stream {
                    self.poll_from_now(ear);
                    return Ok(());
                }
                self.broke(ear);
                return Err(error.into());
            }
        };
        self.hears(true);
        loop {
            match stop.or(stream.next()).await? {
                Ok(heard) => {
                    ear.failures = 0;
                    if let Heard::Changed(cursor) = heard {
                        ear.cursor = cursor.or(ear.cursor);
                        self.nudge();
                        // Whatever comes meanwhile begins one cycle more, not many.
                        stop.or(tokio::time::sleep(BREATH)).await?;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "the event stream broke");
                    self.hears(false);
                    self.broke(ear);
                    // What the stream may have lost, a cycle finds.
                    self.nudge();
                    return Ok(());
                }
            }
        }
    }

    /// One long poll.
    async fn long_poll(&self, ear: &mut Ear, stop: &Stop) -> Result<(), End> {
        let after = self.cursor(ear).await?;
        let api = &self.api;
        let began_ms = self.api.clock().mono_ms();
        let answer =
            stop.or(self.session.call(|token| async move { api.wait_for_events(&token, after).await })).await?;
        let cursor = answer.map_err(SyncError::from)?;
        self.hears(true);
        let is_quick = self.api.clock().mono_ms().saturating_sub(began_ms) < BREATH.as_millis() as i64;
        if cursor != after {
            self.nudge();
        } else if is_quick {
            // It should have waited: whatever answers here is not asked as fast as it likes.
            return Err(SyncError::new(SyncErrorKind::Unreadable).into());
        }
        ear.failures = 0;
        ear.cursor = Some(cursor);
        Ok(())
    }

    async fn cursor(&self, ear: &Ear) -> Result<i64, End> {
        match ear.cursor {
            Some(cursor) => Ok(cursor),
            None => Ok(self.on_ledger(|ledger| ledger.feed_position()).await?.cursor),
        }
    }

    fn broke(&self, ear: &mut Ear) {
        let now_ms = self.api.clock().mono_ms();
        // Another history of the server may count anew.
        ear.cursor = None;
        if ear.broke_ms.replace(now_ms).is_some_and(|before| now_ms.saturating_sub(before) < BREAKS_WITHIN_MS) {
            self.poll_from_now(ear);
        }
    }

    fn poll_from_now(&self, ear: &mut Ear) {
        ear.broke_ms = None;
        ear.polls_until_ms = Some(self.api.clock().mono_ms().saturating_add(LONG_POLL_FOR_MS));
    }

    /// Whether events are heard; the poll is slower while they are.
    fn hears(&self, hears: bool) {
        self.listens.store(hears, Ordering::Relaxed);
    }
}
