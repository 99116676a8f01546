//! Fetches the photos of held cases in the store's order, a few at a time, beside everything else. A photo that cannot be had is tried
//! again later and holds up no other; trouble with the connection ends the fetch until the next contact.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use casework::Sha256;
use futures::StreamExt;
use futures::stream;

use crate::backoff::delay;
use crate::cycle::{End, Stop};
use crate::engine::Engine;
use crate::error::{SyncError, SyncErrorKind};
use crate::event::SyncEvent;
use crate::failpoint::failpoint;
use crate::ledger::{PhotoStored, PhotoWanted};

/// How many photos are looked ahead, for the count.
const LOOK_AHEAD: usize = 500;
/// After this many the store is asked for its order again.
const BATCH: usize = 16;

/// Photos that could not be had: how often, and when to try again on the forward clock.
#[derive(Debug, Default)]
pub(crate) struct Refused(HashMap<Sha256, (u32, i64)>);

impl Refused {
    fn waits(&self, sha256: Sha256, now_ms: i64) -> bool {
        self.0.get(&sha256).is_some_and(|&(_, again_ms)| again_ms > now_ms)
    }

    /// Not again before a while, longer than a poll.
    fn put_off(&mut self, sha256: Sha256, now_ms: i64, jitter: f64, retry_after: Option<Duration>) {
        let times = self.0.get(&sha256).map_or(1, |(times, _)| times.saturating_add(1));
        let wait = delay(times.saturating_add(4), jitter, retry_after);
        let again_ms = now_ms.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        self.0.insert(sha256, (times, again_ms));
    }
}

impl Engine {
    pub(crate) async fn keep_photos_coming(&self, stop: &Stop) {
        while stop.or(self.photos.notified()).await.is_ok() {
            if self.is_online() && self.fetch_all(stop).await.is_none() {
                return;
            }
        }
    }

    /// Fetches the photos that can be had now; one round of the loop that [`Engine::run`] keeps beside its cycles.
    pub async fn step_photos(&self) {
        // Nobody wishes it to stop.
        let _ = self.fetch_all(&Stop::never()).await;
    }

    /// `None` when it is being stopped.
    async fn fetch_all(&self, stop: &Stop) -> Option<()> {
        let refused = &mut *self.refused_photos.lock().await;
        match self.fetch_photos(refused, stop).await {
            Ok(()) | Err(End::Offline(_) | End::SignIn | End::Halted(_) | End::Revoked) => {}
            Err(End::Storage(error)) => {
                tracing::error!(%error, "photos stopped coming: the local store failed");
                self.emit(SyncEvent::StorageTrouble(error.into()));
            }
            Err(End::Stopping) => return None,
        }
        Some(())
    }

    async fn fetch_photos(&self, refused: &mut Refused, stop: &Stop) -> Result<(), End> {
        let mut settled = HashSet::new();
        let mut done: u32 = 0;
        loop {
            let now_ms = self.api.clock().mono_ms();
            let mut wanted = self.on_ledger(|ledger| ledger.photos_wanted(LOOK_AHEAD)).await?;
            wanted.retain(|photo| !settled.contains(&photo.sha256) && !refused.waits(photo.sha256, now_ms));
            if wanted.is_empty() {
                return Ok(());
            }
            let total = done.saturating_add(u32::try_from(wanted.len()).unwrap_or(u32::MAX));
            self.emit(SyncEvent::PhotosProgress { done, total });
            wanted.truncate(BATCH);
            let mut fetched = stream::iter(wanted)
                .map(|photo| async move { (photo.sha256, self.fetch_photo(photo, stop).await) })
                .buffer_unordered(self.settings.photo_parallel.max(1));
            while let Some((sha256, outcome)) = fetched.next().await {
                match outcome {
                    Ok(_) => {
                        refused.0.remove(&sha256);
                    }
                    Err(End::Offline(error)) if is_about_this_photo(&error) => {
                        tracing::warn!(code = error.kind.word(), "a photo cannot be had now");
                        refused.put_off(sha256, now_ms, self.jitter(), error.retry_after);
                    }
                    // The store may fail because of this very photo: let the others go first next time.
                    Err(End::Storage(error)) => {
                        refused.put_off(sha256, now_ms, self.jitter(), None);
                        return Err(End::Storage(error));
                    }
                    Err(end) => return Err(end),
                }
                settled.insert(sha256);
                done = done.saturating_add(1);
                self.emit(SyncEvent::PhotoChanged(sha256));
                self.emit(SyncEvent::PhotosProgress { done, total });
            }
        }
    }

    async fn fetch_photo(&self, photo: PhotoWanted, stop: &Stop) -> Result<PhotoStored, End> {
        let api = &self.api;
        let PhotoWanted { sha256, max_bytes } = photo;
        let bytes = stop
            .or(self.session.call(|token| async move { api.photo(&token, sha256, max_bytes).await }))
            .await?
            .map_err(SyncError::from)?;
        failpoint!("sync::photo::during");
        Ok(self.store.ledger().put_photo(sha256, bytes).await?)
    }
}

fn is_about_this_photo(error: &SyncError) -> bool {
    matches!(
        error.kind,
        SyncErrorKind::PhotoDiffers
            | SyncErrorKind::AnswerTooLarge
            | SyncErrorKind::Unreadable
            | SyncErrorKind::Incomplete
            | SyncErrorKind::Problem(_)
            | SyncErrorKind::Refused(_)
            | SyncErrorKind::ServerFault(500)
    )
}
