//! Hears what sync says and turns it into topics for the window; nothing of its content goes further.

use std::sync::Arc;

use sync::{ConnectionState, SyncEvent};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::desk::Desk;
use crate::seat::{Seat, held};
use crate::session::remembered;
use crate::view::TopicView;

impl Desk {
    /// Turns the engine's events into topics for the window.
    pub(crate) async fn listen(self, seat: Arc<Seat>, mut events: broadcast::Receiver<SyncEvent>) {
        let changed = |topic| self.inner.announcer.changed(topic);
        loop {
            let heard = events.recv().await;
            // Time, rows, decisions or the calendar may be others now; a look at what is due costs one count.
            if !matches!(heard, Ok(SyncEvent::PhotosProgress { .. } | SyncEvent::Connection(_))) {
                seat.woken.notify_one();
            }
            match heard {
                Ok(SyncEvent::Connection(state)) => {
                    let is_online = state == ConnectionState::Online;
                    *held(&seat.connection) = state;
                    if is_online {
                        seat.open().refused = None;
                    }
                    changed(TopicView::Status);
                    changed(TopicView::Case);
                }
                Ok(SyncEvent::QueueChanged) => {
                    // The open case may be among what changed: its deadline, its state, its lease.
                    changed(TopicView::Case);
                    changed(TopicView::Queue);
                    changed(TopicView::Status);
                }
                Ok(SyncEvent::OutboxChanged) => self.outbox_changed(),
                Ok(SyncEvent::CaseChanged(_) | SyncEvent::PhotoChanged(_)) => {
                    changed(TopicView::Case);
                    changed(TopicView::Queue);
                    changed(TopicView::Status);
                }
                Ok(SyncEvent::PhotosProgress { done, total }) => {
                    *held(&seat.photos_progress) = (done < total).then_some((done, total));
                    changed(TopicView::Status);
                }
                Ok(SyncEvent::PersonChanged) => {
                    let vault = seat.vault.clone();
                    if let Ok((reviewer, server)) =
                        self.vault_call(move || Ok(remembered(&vault))).await.and_then(|read| read)
                    {
                        seat.engine.set_wants_leases(
                            casework::Role::from_word(&reviewer.role).is_some_and(casework::Role::may_review),
                        );
                        seat.calendars.set_region(reviewer.office_region.clone());
                        *held(&seat.reviewer) = reviewer;
                        *held(&seat.server) = server;
                    }
                    changed(TopicView::Session);
                }
                // The calendar tells the window itself, since a file can change it as well.
                Ok(SyncEvent::CalendarChanged) => {}
                Ok(SyncEvent::ServerHeard) => {
                    *held(&seat.last_contact_ms) = Some(seat.engine.clock().ms);
                    changed(TopicView::Status);
                }
                Ok(SyncEvent::StorageTrouble(error)) => {
                    tracing::error!(%error, "sync cannot keep what it received");
                    changed(TopicView::Status);
                }
                Err(RecvError::Lagged(_)) => {
                    for topic in
                        [TopicView::Status, TopicView::Queue, TopicView::Case, TopicView::Outbox, TopicView::Calendar]
                    {
                        changed(topic);
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    }
}
