//! The courier of one vault on this computer: it delivers decisions and ships the access log with the device's credential, from the first
//! time that the outbox is open until the program ends. It needs no session, and minds neither a locked vault nor who sits at the desk. It
//! starts no task of its own: the desk runs [`Courier::run`].

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use casework::DecisionId;
use contract::server_info::ServerInfo;
use tokio::sync::{Mutex, Notify, broadcast, watch};
use uuid::Uuid;

use crate::api::{AccessToken, Api};
use crate::backoff::{Jitter, delay};
use crate::calls::{Calls, Store};
use crate::cycle::{End, Stop};
use crate::error::{SyncError, SyncErrorKind};
use crate::event::{CourierState, SyncEvent};
use crate::outbox_ledger::OutboxLedger;
use crate::rest::Rest;
use crate::server_clock::ServerTime;
use crate::session::check_server;

/// How long a stopped courier waits before it looks whether things have changed.
const LOOK_AGAIN: Duration = Duration::from_secs(5 * 60);
/// How often the server is asked who it is.
const CHECK_SERVER_EVERY_MS: i64 = 10 * 60 * 1000;
/// The shortest wait between two cycles.
const SHORTEST_WAIT: Duration = Duration::from_millis(250);
const EVENTS: usize = 256;

/// What a courier is set to.
#[derive(Debug, Clone)]
pub struct CourierSettings {
    /// The server that the vault belongs to.
    pub server_id: Uuid,
    /// The account that the vault belongs to, and whose every decision in it is.
    pub account_id: Uuid,
    /// The device that the vault is.
    pub device_id: Uuid,
    /// How long a courier rests at most between two looks at its store.
    pub poll: Duration,
    /// Where the store is called.
    pub calls: Calls,
}

impl CourierSettings {
    /// The usual settings for this server, account and device.
    #[must_use]
    pub fn new(server_id: Uuid, account_id: Uuid, device_id: Uuid) -> Self {
        Self { server_id, account_id, device_id, poll: Duration::from_secs(60), calls: Calls::Blocking }
    }
}

/// What the courier remembers from cycle to cycle. Losing it costs a few requests, nothing else.
#[derive(Debug, Default)]
pub(crate) struct CourierMemory {
    pub(crate) failures: u32,
    pub(crate) is_reachable: bool,
    /// No row can be marked as being sent: the last cycle ran to its end. One that was cancelled, or a crash, leaves such rows.
    pub(crate) is_settled: bool,
    pub(crate) server: Option<ServerInfo>,
    pub(crate) server_checked_ms: Option<i64>,
    /// Rows whose last attempt met trouble: they go last, so that they cannot hold up the others.
    pub(crate) held_back: HashSet<DecisionId>,
    /// When rows that wait for another attempt are due by the forward clock, whatever the server's clock does meanwhile.
    pub(crate) waits: HashMap<DecisionId, i64>,
    /// Attempts to offer a delivered row to another history of the server.
    pub(crate) offer_attempts: HashMap<DecisionId, u32>,
    /// A history of the server that has not been offered everything.
    pub(crate) has_offers: bool,
    /// The credential that the server does not take.
    pub(crate) refused: Option<(AccessToken, Refusal)>,
    /// When the access log is shipped again after trouble, by the forward clock.
    pub(crate) log_due_ms: Option<i64>,
    pub(crate) log_failures: u32,
}

/// Why the server does not take a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotKnown,
    Revoked,
}

struct Shared {
    nudged: Notify,
    look_again: AtomicBool,
    events: broadcast::Sender<SyncEvent>,
    state: watch::Sender<CourierState>,
}

/// What others need of a courier: its ear, its state, its events.
#[derive(Clone)]
pub struct CourierLink(Arc<Shared>);

impl fmt::Debug for CourierLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CourierLink").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl CourierLink {
    /// A link to nobody, for an engine without a courier.
    #[must_use]
    pub fn detached() -> Self {
        let (events, _) = broadcast::channel(EVENTS);
        let (state, _) = watch::channel(CourierState::Idle);
        Self(Arc::new(Shared { nudged: Notify::new(), look_again: AtomicBool::new(false), events, state }))
    }

    /// There is something to do at once: a decision was made or its undo window ended, a credential came.
    pub fn nudge(&self) {
        self.0.nudged.notify_one();
    }

    /// The server said something new of itself: ask it, too.
    pub fn look_again(&self) {
        self.0.look_again.store(true, Ordering::Relaxed);
        self.nudge();
    }

    /// How it stands with delivery.
    #[must_use]
    pub fn state(&self) -> CourierState {
        self.0.state.borrow().clone()
    }

    /// Events from now on. A listener that lags misses some and should ask for everything again.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<SyncEvent> {
        self.0.events.subscribe()
    }

    fn emit(&self, event: SyncEvent) {
        // Nobody listening is fine.
        drop(self.0.events.send(event));
    }

    fn put_state(&self, state: CourierState) {
        let is_news = self.0.state.send_if_modified(|current| {
            let is_news = *current != state;
            if is_news {
                *current = state.clone();
            }
            is_news
        });
        if is_news {
            self.emit(SyncEvent::Courier(state));
        }
    }
}

/// Delivery for one vault.
pub struct Courier {
    pub(crate) api: Api,
    pub(crate) store: Store<dyn OutboxLedger>,
    pub(crate) settings: CourierSettings,
    jitter: Arc<dyn Jitter>,
    link: CourierLink,
    memory: Mutex<CourierMemory>,
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Courier {
    /// Prepares a courier; nothing happens before [`Courier::run`] or [`Courier::step`].
    #[must_use]
    pub fn new(api: Api, ledger: Arc<dyn OutboxLedger>, jitter: Arc<dyn Jitter>, settings: CourierSettings) -> Self {
        let store = Store::new(ledger, settings.calls);
        Self { api, store, settings, jitter, link: CourierLink::detached(), memory: Mutex::default() }
    }

    /// What others need of it.
    #[must_use]
    pub fn link(&self) -> CourierLink {
        self.link.clone()
    }

    /// See [`CourierLink::nudge`].
    pub fn nudge(&self) {
        self.link.nudge();
    }

    /// See [`CourierLink::state`].
    #[must_use]
    pub fn state(&self) -> CourierState {
        self.link.state()
    }

    /// See [`CourierLink::subscribe`].
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<SyncEvent> {
        self.link.subscribe()
    }

    /// The server's time.
    #[must_use]
    pub fn clock(&self) -> ServerTime {
        self.api.clock().now()
    }

    /// The calls to the server.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Delivers until `stop` becomes true or its sender is dropped. Waits for nothing but a running call of the store then.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let stop = Stop::by(stop);
        self.memory.lock().await.is_settled = false;
        while let Some(rest) = self.step_until(&stop).await {
            tokio::select! {
                biased;
                () = stop.wished() => return,
                () = self.link.0.nudged.notified() => {}
                () = rest.over() => {}
            }
        }
    }

    /// One look at everything that there is to deliver; gives what [`Courier::run`] would wait for after it.
    pub async fn step(&self) -> Rest {
        // Nobody wishes it to stop.
        self.step_until(&Stop::never()).await.unwrap_or(Rest::UntilNudged)
    }

    async fn step_until(&self, stop: &Stop) -> Option<Rest> {
        let memory = &mut *self.memory.lock().await;
        let ended = self.cycle(memory, stop).await;
        memory.is_settled = !matches!(ended, Err(End::Storage(_)));
        Some(match ended {
            Ok(()) => {
                memory.failures = 0;
                Rest::For(self.until_due(memory, self.settings.poll, true).await)
            }
            Err(End::Stopping) => return None,
            Err(End::Offline(problem)) => {
                memory.is_reachable = false;
                let wait = self.backoff(memory, problem.retry_after);
                self.link.put_state(CourierState::Offline(problem));
                Rest::For(self.until_due(memory, wait, false).await)
            }
            Err(End::SignIn) => {
                memory.is_reachable = false;
                self.link.put_state(CourierState::NeedsSignIn);
                Rest::For(self.settings.poll)
            }
            Err(End::Revoked) => {
                memory.is_reachable = false;
                self.link.put_state(CourierState::Revoked);
                Rest::For(self.settings.poll)
            }
            Err(End::Halted(problem)) => {
                memory.is_reachable = false;
                self.link.put_state(CourierState::Stopped(problem));
                Rest::For(LOOK_AGAIN)
            }
            Err(End::Storage(error)) => {
                memory.is_reachable = false;
                self.link.put_state(CourierState::Offline(error.into()));
                tracing::error!(%error, "delivery stopped: the local store failed");
                self.emit(SyncEvent::StorageTrouble(error.into()));
                Rest::For(self.backoff(memory, None))
            }
        })
    }

    async fn cycle(&self, memory: &mut CourierMemory, stop: &Stop) -> Result<(), End> {
        let start_ms = self.api.clock().mono_ms();
        if !memory.is_settled {
            self.store.call(|ledger| ledger.outbox_requeue_interrupted()).await?;
        }
        memory.is_settled = false;
        self.mark_stuck().await?;
        let credential = self.credential(memory).await?;
        if self.link.0.look_again.swap(false, Ordering::Relaxed) {
            memory.server_checked_ms = None;
        }
        if self.has_work(memory).await? {
            // Before the credential is sent: is it still the same server?
            let server = self.check_server(memory, stop).await?;
            self.offer(memory, stop, &credential, &server).await?;
            self.deliver(memory, stop, &credential, &server).await?;
            self.ship_access_log(memory, stop, &credential).await?;
            // What was due and is still noted belongs to rows that are gone.
            memory.waits.retain(|_, due_ms| *due_ms > start_ms);
        }
        let waits = self.store.call(|ledger| ledger.outbox_next_due()).await?.is_some();
        self.link.put_state(if waits { CourierState::Waiting } else { CourierState::Idle });
        Ok(())
    }

    async fn mark_stuck(&self) -> Result<(), End> {
        let now_ms = self.clock().ms;
        let stuck = self.store.call(move |ledger| ledger.stuck(now_ms)).await?;
        if let Ok(count @ 1..) = u32::try_from(stuck.len()) {
            tracing::warn!(count, "decisions are undelivered for over an hour");
            self.emit(SyncEvent::Stuck(count));
            self.emit(SyncEvent::OutboxChanged);
        }
        Ok(())
    }

    async fn credential(&self, memory: &CourierMemory) -> Result<AccessToken, End> {
        let Some(kept) = self.store.call(|ledger| ledger.delivery_credential()).await? else {
            return Err(End::SignIn);
        };
        let credential = AccessToken::new(kept.to_string());
        match &memory.refused {
            Some((refused, Refusal::Revoked)) if *refused == credential => Err(End::Revoked),
            Some((refused, Refusal::NotKnown)) if *refused == credential => Err(End::SignIn),
            _ => Ok(credential),
        }
    }

    /// The server does not take the credential: it is not sent again. One that the server does not know at all is forgotten.
    pub(crate) async fn refuse(
        &self,
        memory: &mut CourierMemory,
        credential: &AccessToken,
        refusal: Refusal,
        is_unknown: bool,
    ) -> Result<End, End> {
        memory.refused = Some((credential.clone(), refusal));
        if is_unknown {
            self.store.call(|ledger| ledger.forget_delivery_credential()).await?;
        }
        Ok(match refusal {
            Refusal::NotKnown => End::SignIn,
            Refusal::Revoked => End::Revoked,
        })
    }

    async fn has_work(&self, memory: &mut CourierMemory) -> Result<bool, End> {
        let has_any = memory.has_offers || self.is_check_due(memory) || !self.due(memory, 1).await?.is_empty();
        if has_any || !self.is_log_due(memory) {
            return Ok(has_any);
        }
        Ok(!self.store.call(|ledger| ledger.access_log_unshipped(1)).await?.is_empty())
    }

    fn is_check_due(&self, memory: &CourierMemory) -> bool {
        let now_ms = self.api.clock().mono_ms();
        memory.server_checked_ms.is_none_or(|checked| now_ms.saturating_sub(checked) >= CHECK_SERVER_EVERY_MS)
    }

    async fn check_server(&self, memory: &mut CourierMemory, stop: &Stop) -> Result<ServerInfo, End> {
        if let (true, false, Some(server)) = (memory.is_reachable, self.is_check_due(memory), &memory.server) {
            return Ok(server.clone());
        }
        let server = stop.or(self.api.server_info()).await?.map_err(SyncError::from)?;
        match check_server(&server, Some(self.settings.server_id)) {
            // No new work is done with such a server, but perhaps it still takes what is here.
            Err(error) if error.kind == SyncErrorKind::DesktopTooOld => {}
            other => other?,
        }
        let kept = server.clone();
        let known = memory.server.take();
        // Also of a history that was offered everything: what a wrong clock took for too old then may be offered now.
        memory.has_offers = true;
        if known.as_ref() != Some(&server) {
            self.store
                .call(move |ledger| {
                    if ledger.server_info()?.as_ref() == Some(&kept) { Ok(()) } else { ledger.put_server_info(&kept) }
                })
                .await?;
        }
        memory.server = Some(server.clone());
        memory.server_checked_ms = Some(self.api.clock().mono_ms());
        memory.is_reachable = true;
        Ok(server)
    }

    fn backoff(&self, memory: &mut CourierMemory, retry_after: Option<Duration>) -> Duration {
        memory.failures = memory.failures.saturating_add(1);
        delay(memory.failures, self.jitter.next(), retry_after)
    }

    /// The wait until the next waiting decision is due, `at_most` this long. Offline, what is overdue already does not shorten the wait:
    /// it was tried just now.
    async fn until_due(&self, memory: &CourierMemory, at_most: Duration, is_online: bool) -> Duration {
        let Ok(due_ms) = self.store.call(|ledger| ledger.outbox_next_due()).await else {
            return at_most;
        };
        let by_server = due_ms.map(|due| due.saturating_sub(self.clock().ms));
        let by_waits = memory.waits.values().min().map(|due| due.saturating_sub(self.api.clock().mono_ms()));
        let Some(left_ms) = by_server.into_iter().chain(by_waits).min() else {
            return at_most;
        };
        match u64::try_from(left_ms) {
            Ok(left_ms) if left_ms > 0 => Duration::from_millis(left_ms).clamp(SHORTEST_WAIT.min(at_most), at_most),
            _ if is_online => SHORTEST_WAIT.min(at_most),
            _ => at_most,
        }
    }

    pub(crate) fn jitter(&self) -> f64 {
        self.jitter.next()
    }

    pub(crate) fn emit(&self, event: SyncEvent) {
        self.link.emit(event);
    }
}
