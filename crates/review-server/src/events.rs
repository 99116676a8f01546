//! Who waits to be told that something changed: open streams and long polls, a few per session, and the word that the server stops. Holds
//! nothing of what changed, and no connection of the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::events::{HEARTBEAT_S, WAIT_S};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// How many may wait for one session; one more ends the one that waits longest.
const PER_SESSION: usize = 2;

/// Times of the event stream.
#[derive(Debug, Clone, Copy)]
pub struct EventTimes {
    /// Between two heartbeats of a stream.
    pub heartbeat: Duration,
    /// The longest wait of a long poll.
    pub wait: Duration,
    /// For which changes are gathered into one event.
    pub gather: Duration,
}

impl Default for EventTimes {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(u64::from(HEARTBEAT_S)),
            wait: Duration::from_secs(u64::from(WAIT_S)),
            gather: Duration::from_millis(200),
        }
    }
}

/// All that wait.
#[derive(Debug)]
pub(crate) struct Waiting {
    places: Arc<Mutex<HashMap<Uuid, Vec<Arc<Notify>>>>>,
    stopping: watch::Sender<bool>,
}

impl Waiting {
    pub(crate) fn new() -> Self {
        Self { places: Arc::default(), stopping: watch::Sender::new(false) }
    }

    /// A place for one more stream or long poll of a session.
    pub(crate) fn enter(&self, session: Uuid) -> Place {
        let displaced = Arc::new(Notify::new());
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let of_session = places.entry(session).or_default();
        while of_session.len() >= PER_SESSION {
            of_session.remove(0).notify_one();
        }
        of_session.push(Arc::clone(&displaced));
        drop(places);
        Place { session, displaced, places: Arc::clone(&self.places), stopping: self.stopping.subscribe() }
    }

    /// Ends all of them, now and later: the server stops.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }
}

/// A place among those that wait; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    session: Uuid,
    displaced: Arc<Notify>,
    places: Arc<Mutex<HashMap<Uuid, Vec<Arc<Notify>>>>>,
    stopping: watch::Receiver<bool>,
}

impl Place {
    /// Done when this one must end: a newer one took its place, or the server stops.
    pub(crate) async fn must_end(&mut self) {
        tokio::select! {
            () = self.displaced.notified() => {}
            _ = self.stopping.wait_for(|&is_stopping| is_stopping) => {}
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_session) = places.get_mut(&self.session) {
            of_session.retain(|one| !Arc::ptr_eq(one, &self.displaced));
            if of_session.is_empty() {
                places.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_third_one_of_a_session_ends_the_oldest_and_no_other() {
        let waiting = Waiting::new();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (mut first, mut second, mut foreign) = (waiting.enter(one), waiting.enter(one), waiting.enter(other));
        let mut third = waiting.enter(one);
        first.must_end().await;
        for place in [&mut second, &mut third, &mut foreign] {
            assert!(futures::FutureExt::now_or_never(place.must_end()).is_none());
        }
        waiting.stop();
        for place in [&mut second, &mut third, &mut foreign] {
            place.must_end().await;
        }
        waiting.enter(one).must_end().await;
    }

    #[test]
    fn nothing_is_kept_of_who_left() {
        let waiting = Waiting::new();
        let places = [waiting.enter(Uuid::nil()), waiting.enter(Uuid::nil()), waiting.enter(Uuid::nil())];
        drop(places);
        assert!(waiting.places.lock().unwrap().is_empty());
    }
}
