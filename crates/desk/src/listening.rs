//! Hears what sync says, of the seat and of every courier, and turns it into topics for the window; nothing of its content goes further.

use std::sync::Arc;

use sync::{ConnectionState, CourierState, SyncEvent};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use vault::QueueFilter;

use crate::courier::Delivery;
use crate::desk::Desk;
use crate::notice::NoticeKind;
use crate::seat::{Seat, held};
use crate::sitting::remembered;
use crate::view::TopicView;

/// No server leases more to one person.
const MOST_HELD: u32 = 100;

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
                        // A supervisor may ask what is stuck elsewhere.
                        seat.woken.notify_one();
                    }
                    changed(TopicView::Status);
                    changed(TopicView::Case);
                }
                Ok(SyncEvent::QueueChanged) => {
                    // The open case may be among what changed: its deadline, its state, its lease.
                    changed(TopicView::Case);
                    changed(TopicView::Queue);
                    changed(TopicView::Status);
                    self.ask_after_ended_leases(&seat).await;
                }
                Ok(SyncEvent::OutboxChanged | SyncEvent::Courier(_) | SyncEvent::Stuck(_)) => self.outbox_changed(),
                Ok(SyncEvent::DeviceRefused(error)) => {
                    tracing::error!(%error, "the server does not register this device; decisions wait");
                    changed(TopicView::Status);
                }
                Ok(SyncEvent::CaseChanged(_) | SyncEvent::LeaseLost(_) | SyncEvent::PhotoChanged(_)) => {
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
                    if let Ok((reviewer, _)) =
                        self.vault_call(move || Ok(remembered(&vault))).await.and_then(|read| read)
                    {
                        seat.engine.set_wants_leases(
                            casework::Role::from_word(&reviewer.role).is_some_and(casework::Role::may_review),
                        );
                        seat.calendars.set_region(reviewer.office_region.clone());
                        *held(&seat.reviewer) = reviewer;
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

    /// A row that names nobody, of a case that is held here, was given by the server after it ended the lease: what is held is asked for anew.
    async fn ask_after_ended_leases(&self, seat: &Arc<Seat>) {
        let asking = seat.clone();
        let ended = self
            .blocking_call(move || {
                let filter = QueueFilter { only_held_by: Some(asking.account_id()), hide: &asking.hidden_cases()? };
                let page = asking.vault.queue_page(filter, 0, MOST_HELD)?;
                Ok(page.rows.iter().any(|row| row.is_held && row.case.lease.is_none()))
            })
            .await;
        if matches!(ended, Ok(true)) {
            seat.engine.ask_for_leases();
        }
    }

    /// Turns the events of a courier into topics, whoever sits at the desk.
    pub(crate) async fn hear_courier(self, delivery: Arc<Delivery>, mut events: broadcast::Receiver<SyncEvent>) {
        loop {
            match events.recv().await {
                Ok(SyncEvent::Stuck(count)) => {
                    self.tell(NoticeKind::Stuck, count);
                    self.delivery_changed(&delivery);
                }
                Ok(SyncEvent::Courier(CourierState::Revoked)) => {
                    self.delivery_changed(&delivery);
                    // Not here: giving the vault up ends who listens.
                    let desk = self.clone();
                    let vault_id = delivery.vault_id;
                    self.inner.runtime.spawn(async move { desk.give_up_revoked(vault_id).await });
                }
                Ok(SyncEvent::StorageTrouble(error)) => {
                    tracing::error!(%error, "delivery cannot keep what it received");
                    self.delivery_changed(&delivery);
                }
                Ok(SyncEvent::CaseChanged(_) | SyncEvent::LeaseLost(_)) => {
                    self.delivery_changed(&delivery);
                    self.inner.announcer.changed(TopicView::Case);
                }
                Ok(_) | Err(RecvError::Lagged(_)) => self.delivery_changed(&delivery),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn delivery_changed(&self, delivery: &Delivery) {
        match self.seat() {
            Ok(seat) if seat.vault.header().vault_id == delivery.vault_id => self.outbox_changed(),
            _ => self.announce_waiting(),
        }
    }
}
