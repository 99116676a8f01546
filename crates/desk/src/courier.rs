//! The couriers: one for each vault on this computer that has something to deliver, whoever sits at the desk. A courier starts with the program
//! where no password is needed, else with the first unlock, outlives lock and sign-out, and ends with the program. It shares one open `work.db`
//! with the seat of its vault.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sync::{Api, Courier, CourierSettings, CourierState, ServerAddress, SyncErrorKind, SystemJitter};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vault::{KeyProtection, OutboxRow, OutboxState, VaultError, VaultHeader, WorkStore};

use crate::deadline::js_ms;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::outbox_ledger::WorkLedger;
use crate::seat::held;
use crate::view::{DeliveryStateView, TopicView, WaitingView};

/// How long stopping waits for a running delivery; nothing is lost when it is cut off.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// How long the end of the program waits for what became due by it, while the server answers.
const LAST_CHANCE: Duration = Duration::from_secs(3);
/// Shipped entries of the access log and what else is kept for a while stay this long.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Delivery for one vault.
pub(crate) struct Delivery {
    pub(crate) vault_id: Uuid,
    pub(crate) work: Arc<WorkStore>,
    pub(crate) api: Api,
    pub(crate) courier: Arc<Courier>,
    /// Where the server is, as the courier knows it.
    address: String,
    stop: watch::Sender<bool>,
    running: Mutex<Option<JoinHandle<()>>>,
    hearing: Mutex<Option<JoinHandle<()>>>,
}

/// One for each vault whose decisions are delivered.
pub(crate) type Deliveries = Arc<Mutex<Vec<Arc<Delivery>>>>;

impl Delivery {
    /// Server time as this courier knows it.
    pub(crate) fn now_ms(&self) -> i64 {
        self.courier.clock().ms
    }

    /// Whether anything is left that this vault has to tell the server, or may have to after a restore.
    fn has_work(&self) -> Result<bool, VaultError> {
        has_work(&self.work)
    }
}

fn has_work(work: &WorkStore) -> Result<bool, VaultError> {
    Ok(!work.outbox_list()?.is_empty() || !work.access_log_unshipped(1)?.is_empty())
}

/// How delivery stands, for the window.
pub(crate) fn delivery_state_view(state: &CourierState) -> DeliveryStateView {
    match state {
        CourierState::Idle | CourierState::Waiting => DeliveryStateView::Working,
        CourierState::NeedsSignIn => DeliveryStateView::NeedsSignIn,
        CourierState::Revoked => DeliveryStateView::Revoked,
        CourierState::Stopped(problem) if problem.kind == SyncErrorKind::DesktopTooOld => DeliveryStateView::TooOld,
        CourierState::Offline(_) | CourierState::Stopped(_) => DeliveryStateView::Offline,
    }
}

/// Whether it is on its way, as opposed to waiting for a person.
pub(crate) fn is_under_way(row: &OutboxRow) -> bool {
    matches!(row.state, OutboxState::Queued | OutboxState::Sending)
}

impl Desk {
    /// The courier of a vault, if it has one.
    pub(crate) fn delivery_of(&self, vault_id: Uuid) -> Option<Arc<Delivery>> {
        held(&self.inner.deliveries).iter().find(|delivery| delivery.vault_id == vault_id).cloned()
    }

    /// The open work of a vault, for unlocking beside its courier.
    pub(crate) fn work_of(&self, vault_id: Uuid) -> Option<Arc<WorkStore>> {
        self.delivery_of(vault_id).map(|delivery| delivery.work.clone())
    }

    /// The courier for this open work: the one that runs, or a new one where there is none, the work was opened anew, or the server has moved.
    pub(crate) async fn deliver_from(&self, work: Arc<WorkStore>) -> Result<Arc<Delivery>, DeskError> {
        let header = work.header();
        if let Some(known) = self.delivery_of(header.vault_id) {
            let is_same = Arc::ptr_eq(&known.work, &work) && known.address == header.server_url;
            if is_same {
                return Ok(known);
            }
            self.stop_delivery(&known).await;
        }
        let address = ServerAddress::parse(&header.server_url)?;
        let of = work.clone();
        let offset_ms = self.vault_call(move || of.clock_offset()).await?;
        let api = self.api(address, offset_ms)?;
        let settings = CourierSettings::new(header.server_id, header.account_id.0, header.device_id);
        let ledger = Arc::new(WorkLedger { work: work.clone() });
        let courier = Arc::new(Courier::new(api.clone(), ledger, Arc::new(SystemJitter), settings));
        let (stop, stopped) = watch::channel(false);
        let delivery = Arc::new(Delivery {
            vault_id: header.vault_id,
            work,
            api,
            courier,
            address: header.server_url,
            stop,
            running: Mutex::default(),
            hearing: Mutex::default(),
        });
        let events = delivery.courier.subscribe();
        let hearing = self.inner.runtime.spawn(self.clone().hear_courier(delivery.clone(), events));
        let running = self.inner.runtime.spawn(delivery.courier.clone().run(stopped));
        *held(&delivery.hearing) = Some(hearing);
        *held(&delivery.running) = Some(running);
        held(&self.inner.deliveries).push(delivery.clone());
        Ok(delivery)
    }

    /// At the start of the program: couriers for all vaults, also given up ones, that can be opened without a password and have work.
    pub(crate) async fn resume_deliveries(self) {
        let _changing = self.inner.changing_seat.lock().await;
        if self.usable().is_err() {
            return;
        }
        let data = self.inner.data.clone();
        let Ok((headers, _)) = self.vault_call(move || vault::list(&data)).await else { return };
        for header in headers {
            // Somebody may have been quicker and sit there already.
            if self.delivery_of(header.vault_id).is_none()
                && let Err(error) = self.resume_delivery(&header).await
            {
                tracing::error!(%error, "the decisions of a vault cannot be delivered before it is unlocked");
            }
        }
        self.announce_waiting();
    }

    async fn resume_delivery(&self, header: &VaultHeader) -> Result<(), DeskError> {
        let (desk, vault_id) = (self.clone(), header.vault_id);
        let opened = self
            .vault_call(move || {
                let now_ms = desk.inner.clock.wall_ms();
                let Some(work) = WorkStore::open(&desk.inner.data, vault_id, &*desk.inner.keychain, now_ms)? else {
                    return Ok(None);
                };
                tidy(&work, now_ms);
                if has_work(&work)? {
                    return Ok(Some(work));
                }
                work.close()?;
                Ok(None)
            })
            .await?;
        if let Some(work) = opened {
            self.deliver_from(work).await?;
        }
        Ok(())
    }

    /// Ends one courier; its work stays open for whoever shares it.
    pub(crate) async fn stop_delivery(&self, delivery: &Arc<Delivery>) {
        // An error means that it has ended already.
        let _ = delivery.stop.send(true);
        held(&self.inner.deliveries).retain(|other| !Arc::ptr_eq(other, delivery));
        let running = held(&delivery.running).take();
        if let Some(mut running) = running
            && tokio::time::timeout(STOP_PATIENCE, &mut running).await.is_err()
        {
            running.abort();
            let _ = running.await;
        }
        let hearing = held(&delivery.hearing).take();
        if let Some(hearing) = hearing {
            hearing.abort();
            // Ended or aborted, both are what is wanted.
            let _ = hearing.await;
        }
    }

    /// Couriers without anything left to do, and without anybody at the desk of their vault, close.
    pub(crate) async fn close_idle_deliveries(&self) {
        let _changing = self.inner.changing_seat.lock().await;
        let sitting = self.seat().ok().map(|seat| seat.vault.header().vault_id);
        let known = held(&self.inner.deliveries).clone();
        for delivery in known.into_iter().filter(|delivery| Some(delivery.vault_id) != sitting) {
            let of = delivery.clone();
            let has_work = self
                .vault_call(move || {
                    tidy(&of.work, of.now_ms());
                    of.has_work()
                })
                .await;
            if matches!(has_work, Ok(false)) {
                self.end_delivery(&delivery).await;
            }
        }
    }

    async fn end_delivery(&self, delivery: &Arc<Delivery>) {
        self.stop_delivery(delivery).await;
        let work = delivery.work.clone();
        if let Err(error) = self.vault_call(move || work.close()).await {
            tracing::error!(%error, "the work of a vault did not close cleanly; what was committed is kept");
        }
    }

    /// For the program's end: what is due goes out if the server answers, then every courier stops and every `work.db` is closed.
    pub(crate) async fn end_deliveries(&self) {
        let known = held(&self.inner.deliveries).clone();
        let all_sent = async {
            for delivery in &known {
                self.send_what_is_due(delivery).await;
            }
        };
        if tokio::time::timeout(LAST_CHANCE, all_sent).await.is_err() {
            tracing::info!("the program ends before everything is delivered; it goes on with the next start");
        }
        for delivery in known {
            self.end_delivery(&delivery).await;
        }
    }

    /// Waits until nothing is due any more, or the server turns out to be out of reach.
    async fn send_what_is_due(&self, delivery: &Arc<Delivery>) {
        let mut events = delivery.courier.subscribe();
        delivery.courier.nudge();
        while self.is_anything_due(delivery).await
            && matches!(delivery.courier.state(), CourierState::Idle | CourierState::Waiting)
        {
            // Lagging is a change as well.
            if let Err(RecvError::Closed) = events.recv().await {
                return;
            }
        }
    }

    async fn is_anything_due(&self, delivery: &Arc<Delivery>) -> bool {
        let of = delivery.clone();
        let due = self.vault_call(move || {
            let now_ms = of.now_ms();
            Ok(of.work.outbox_list()?.iter().any(|row| {
                row.state == OutboxState::Sending || (row.state == OutboxState::Queued && row.next_attempt_ms <= now_ms)
            }))
        });
        matches!(due.await, Ok(true))
    }

    /// Whose decisions still wait on this computer, but for those of `but`.
    ///
    /// # Errors
    /// The data folder or a store cannot be read.
    pub(crate) fn waiting(&self, but: Option<Uuid>) -> Result<Vec<WaitingView>, DeskError> {
        let (headers, _) = vault::list(&self.inner.data)?;
        let mut waiting = Vec::new();
        for header in headers.into_iter().filter(|header| Some(header.vault_id) != but) {
            match self.delivery_of(header.vault_id) {
                Some(delivery) => waiting.extend(waiting_view(&header, &delivery)?),
                // Without a keychain nobody can tell before it is unlocked, or recovered by its owner.
                None if header.key_protection == KeyProtection::PasswordOnly => waiting.push(WaitingView {
                    vault_id: header.vault_id.to_string(),
                    account: header.sign_in_name,
                    undelivered: None,
                    connect_before_ms: None,
                    state: DeliveryStateView::NeedsUnlock,
                }),
                None => {}
            }
        }
        Ok(waiting)
    }

    /// The list of waiting decisions may be another.
    pub(crate) fn announce_waiting(&self) {
        self.inner.announcer.changed(TopicView::Status);
        if self.seat().is_err() {
            self.inner.announcer.changed(TopicView::Session);
        }
    }
}

fn waiting_view(header: &VaultHeader, delivery: &Delivery) -> Result<Option<WaitingView>, DeskError> {
    let undelivered = delivery.work.outbox_counts()?.undelivered();
    if undelivered == 0 {
        return Ok(None);
    }
    let breach =
        delivery.work.outbox_list()?.iter().filter(|row| is_under_way(row)).filter_map(|row| row.breach_ms).min();
    Ok(Some(WaitingView {
        vault_id: header.vault_id.to_string(),
        account: header.sign_in_name.clone(),
        undelivered: Some(undelivered),
        connect_before_ms: breach.map(js_ms),
        state: delivery_state_view(&delivery.courier.state()),
    }))
}

/// What was kept for a while goes; that it stays longer harms nobody.
pub(crate) fn tidy(work: &WorkStore, now_ms: i64) {
    let done = work.purge_delivered(now_ms).and_then(|_| work.access_log_prune(now_ms.saturating_sub(KEPT_MS)));
    if let Err(error) = done {
        tracing::warn!(%error, "what was kept for a while is removed later");
    }
}
