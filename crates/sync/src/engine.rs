//! The loop that keeps this computer and the server in step while somebody is signed in: check the server, register the device, push, pull,
//! lease, wait, again. Photos come in a loop beside it, events of the server in another. It delivers nothing: that is the courier's. One
//! engine serves one vault, that is one account at one server; it starts no task of its own: the desk runs [`Engine::run`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract::problem::ProblemCode;
use contract::session::SessionAnswer;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Mutex, Notify, broadcast, watch};
use uuid::Uuid;

use crate::api::Api;
use crate::backoff::{Jitter, delay};
use crate::calls::{Calls, Store};
use crate::courier::CourierLink;
use crate::cycle::{End, Memory, Stop};
use crate::error::{SyncError, SyncErrorKind};
use crate::event::{ConnectionState, CourierState, SyncEvent};
use crate::ledger::{Ledger, LedgerError};
use crate::prefetch::Refused;
use crate::rest::Rest;
use crate::server_clock::ServerTime;
use crate::session::{Session, check_server};

/// How long a stopped engine waits before it looks whether things have changed.
const LOOK_AGAIN: Duration = Duration::from_secs(5 * 60);
/// How often the server is asked who it is while online.
const CHECK_SERVER_EVERY_MS: i64 = 10 * 60 * 1000;
/// A changed offset smaller than this is not worth a write.
const OFFSET_STEP_MS: i64 = 500;
const EVENTS: usize = 256;

/// What an engine is set to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server that the vault belongs to.
    pub server_id: Uuid,
    /// The account that the vault belongs to.
    pub account_id: Uuid,
    /// Whether this person works on cases and gets them leased.
    pub wants_leases: bool,
    /// How long an online engine rests between two cycles while the server's events cannot be heard.
    pub poll: Duration,
    /// How long it rests while they can.
    pub poll_while_listening: Duration,
    /// How many photos are fetched at once.
    pub photo_parallel: usize,
    /// How many changes a page may have.
    pub page: u32,
    /// Where the store is called.
    pub calls: Calls,
}

impl Settings {
    /// The usual settings for this server and account.
    #[must_use]
    pub fn new(server_id: Uuid, account_id: Uuid, wants_leases: bool) -> Self {
        Self {
            server_id,
            account_id,
            wants_leases,
            poll: Duration::from_secs(15),
            poll_while_listening: Duration::from_secs(60),
            photo_parallel: 4,
            page: 200,
            calls: Calls::Blocking,
        }
    }
}

/// Sync for one vault.
pub struct Engine {
    pub(crate) api: Api,
    pub(crate) store: Store<dyn Ledger>,
    pub(crate) session: Session,
    pub(crate) settings: Settings,
    pub(crate) photos: Notify,
    pub(crate) courier: CourierLink,
    /// Rises whenever a lease begins or ends outside of a full list: a list that was asked for before is out of date.
    pub(crate) lease_changes: Mutex<u64>,
    /// Leases are asked for in the next cycle, whatever the time.
    pub(crate) ask_leases: AtomicBool,
    pub(crate) refused_photos: Mutex<Refused>,
    pub(crate) listens: AtomicBool,
    memory: Mutex<Memory>,
    told: Mutex<broadcast::Receiver<SyncEvent>>,
    jitter: Arc<dyn Jitter>,
    wants_leases: AtomicBool,
    nudged: Notify,
    events: broadcast::Sender<SyncEvent>,
    connection: watch::Sender<ConnectionState>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Engine {
    /// Prepares an engine; nothing happens before [`Engine::run`] or a direct call. `courier` delivers from the same vault.
    #[must_use]
    pub fn new(
        api: Api,
        ledger: Arc<dyn Ledger>,
        jitter: Arc<dyn Jitter>,
        settings: Settings,
        courier: CourierLink,
    ) -> Self {
        let store = Store::new(ledger, settings.calls);
        let (events, _) = broadcast::channel(EVENTS);
        let (connection, _) = watch::channel(ConnectionState::Connecting);
        let tell = events.clone();
        let session = Session::new(
            api.clone(),
            store.clone(),
            settings.account_id,
            // Nobody listening is fine.
            Box::new(move || drop(tell.send(SyncEvent::PersonChanged))),
        );
        Self {
            wants_leases: AtomicBool::new(settings.wants_leases),
            api,
            store,
            session,
            settings,
            jitter,
            photos: Notify::new(),
            told: Mutex::new(courier.subscribe()),
            courier,
            lease_changes: Mutex::default(),
            ask_leases: AtomicBool::new(false),
            refused_photos: Mutex::default(),
            listens: AtomicBool::new(false),
            memory: Mutex::default(),
            nudged: Notify::new(),
            events,
            connection,
        }
    }

    /// Events from now on. A listener that lags misses some and should ask for everything again.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<SyncEvent> {
        self.events.subscribe()
    }

    /// How it stands with the server.
    #[must_use]
    pub fn connection(&self) -> ConnectionState {
        self.connection.borrow().clone()
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

    /// There is something to do at once: case work changed, or a person asks to connect now.
    pub fn nudge(&self) {
        self.nudged.notify_one();
    }

    /// Whether cases are leased from now on (a role may change).
    pub fn set_wants_leases(&self, wants: bool) {
        self.wants_leases.store(wants, Ordering::Relaxed);
    }

    pub(crate) fn wants_leases(&self) -> bool {
        self.wants_leases.load(Ordering::Relaxed)
    }

    /// Takes over a session that a sign-in gave: keeps its refresh token, then goes on at once.
    ///
    /// # Errors
    /// [`SyncErrorKind::OtherAccount`] when it is another account's, or when the store fails; nothing of it is used then.
    pub async fn adopt(&self, session: SessionAnswer) -> Result<(), SyncError> {
        self.session.adopt(session).await?;
        self.nudge();
        Ok(())
    }

    /// Ends the session at the server as far as that is possible within seconds, and forgets the access token in any case. The refresh
    /// token in the store is for the desk to remove. Stop [`Engine::run`] first.
    ///
    /// # Errors
    /// When the server did not hear of it; that need not keep anybody from signing out here.
    pub async fn sign_out(&self) -> Result<(), SyncError> {
        match self.session.forget().await {
            Some(token) => Ok(self.api.sign_out(&token).await?),
            None => Err(SyncErrorKind::SessionExpired.into()),
        }
    }

    /// Keeps in step until `stop` becomes true or its sender is dropped. Waits for nothing but a running call of the store then.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let stop = Stop::by(stop);
        tokio::join!(self.keep_in_step(&stop), self.keep_photos_coming(&stop), self.keep_listening(&stop));
    }

    /// One cycle; gives what [`Engine::run`] would wait for after it.
    pub async fn step(&self) -> Rest {
        // Nobody wishes it to stop.
        self.step_until(&Stop::never()).await.unwrap_or(Rest::UntilNudged)
    }

    async fn keep_in_step(&self, stop: &Stop) {
        let mut courier = self.courier.subscribe();
        while let Some(rest) = self.step_until(stop).await {
            let over = rest.over();
            tokio::pin!(over);
            loop {
                tokio::select! {
                    biased;
                    () = stop.wished() => return,
                    () = self.nudged.notified() => break,
                    told = courier.recv() => if self.is_work(told) { break },
                    () = &mut over => break,
                }
            }
        }
    }

    /// Whether what the courier tells is something to do here.
    fn is_work(&self, told: Result<SyncEvent, RecvError>) -> bool {
        match told {
            Ok(SyncEvent::CaseChanged(_)) => {
                // A case less to hold: perhaps there is another.
                self.ask_leases.store(true, Ordering::Relaxed);
                true
            }
            Ok(SyncEvent::LeaseLost(_) | SyncEvent::Courier(CourierState::NeedsSignIn)) => true,
            Ok(_) => false,
            Err(RecvError::Lagged(_)) => true,
            // The link that is kept here holds the sender.
            Err(RecvError::Closed) => false,
        }
    }

    async fn step_until(&self, stop: &Stop) -> Option<Rest> {
        let memory = &mut *self.memory.lock().await;
        Some(match self.cycle(memory, stop).await {
            Ok(()) => {
                memory.failures = 0;
                Rest::For(if self.is_listening() { self.settings.poll_while_listening } else { self.settings.poll })
            }
            Err(End::Stopping) => return None,
            Err(End::Offline(problem)) => {
                memory.is_online = false;
                let wait = self.backoff(memory, problem.retry_after);
                self.connected(ConnectionState::Offline(problem));
                Rest::For(wait)
            }
            Err(End::SignIn) => {
                memory.is_online = false;
                self.connected(ConnectionState::SignInNeeded);
                Rest::UntilNudged
            }
            Err(End::Revoked) => {
                memory.is_online = false;
                self.connected(ConnectionState::Stopped(SyncErrorKind::Problem(ProblemCode::DeviceRevoked).into()));
                Rest::For(LOOK_AGAIN)
            }
            Err(End::Halted(problem)) => {
                memory.is_online = false;
                self.connected(ConnectionState::Stopped(problem));
                Rest::For(LOOK_AGAIN)
            }
            Err(End::Storage(error)) => {
                memory.is_online = false;
                self.connected(ConnectionState::Offline(error.into()));
                tracing::error!(%error, "sync stopped applying: the local store failed");
                self.emit(SyncEvent::StorageTrouble(error.into()));
                Rest::For(self.backoff(memory, None))
            }
        })
    }

    async fn cycle(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        self.drop_lost_leases().await?;
        // Before any token is sent: is it still the same server?
        self.check_server(memory, stop).await?;
        stop.or(self.session.grant()).await??;
        memory.is_online = true;
        self.connected(ConnectionState::Online);

        self.register_device(memory, stop).await?;
        self.push_case_work(stop).await?;
        self.pull(memory, stop).await?;
        self.keep_offset(memory).await?;
        self.emit(SyncEvent::ServerHeard);
        Ok(())
    }

    async fn check_server(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        let now = self.api.clock().mono_ms();
        let is_fresh = memory.server_checked_ms.is_some_and(|checked| now - checked < CHECK_SERVER_EVERY_MS);
        if memory.is_online && is_fresh {
            return Ok(());
        }
        let server = stop.or(self.api.server_info()).await?.map_err(SyncError::from)?;
        check_server(&server, Some(self.settings.server_id))?;
        if memory.server.as_ref() != Some(&server) {
            let kept = server.clone();
            self.on_ledger(move |ledger| ledger.put_server_info(&kept)).await?;
            let known = memory.server.replace(server);
            if known.is_some_and(|known| memory.server.as_ref().is_some_and(|now| now.history != known.history)) {
                self.courier.look_again();
            }
        }
        memory.server_checked_ms = Some(now);
        if !memory.is_online {
            // A new contact: ask for everything again.
            memory.reasons_ms = None;
            memory.calendar.asked_ms = None;
            memory.leases_ms = None;
        }
        Ok(())
    }

    async fn keep_offset(&self, memory: &mut Memory) -> Result<(), End> {
        let offset_ms = self.clock().offset_ms;
        let is_news =
            memory.kept_offset_ms.is_none_or(|kept| kept.saturating_sub(offset_ms).saturating_abs() >= OFFSET_STEP_MS);
        if is_news {
            self.on_ledger(move |ledger| ledger.put_clock_offset(offset_ms)).await?;
            memory.kept_offset_ms = Some(offset_ms);
        }
        Ok(())
    }

    fn is_listening(&self) -> bool {
        self.listens.load(Ordering::Relaxed)
    }

    fn backoff(&self, memory: &mut Memory, retry_after: Option<Duration>) -> Duration {
        memory.failures = memory.failures.saturating_add(1);
        delay(memory.failures, self.jitter.next(), retry_after)
    }

    pub(crate) async fn on_ledger<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.store.call(call).await
    }

    pub(crate) fn jitter(&self) -> f64 {
        self.jitter.next()
    }

    pub(crate) fn emit(&self, event: SyncEvent) {
        // Nobody listening is fine.
        drop(self.events.send(event));
    }

    /// What the courier was told of lost leases since the last cycle.
    async fn drop_lost_leases(&self) -> Result<(), End> {
        let mut told = self.told.lock().await;
        loop {
            match told.try_recv() {
                Ok(SyncEvent::LeaseLost(case_id)) => self.drop_lease(case_id).await?,
                // What was missed, the next list of leases tells.
                Err(TryRecvError::Lagged(_)) => self.ask_leases.store(true, Ordering::Relaxed),
                Ok(SyncEvent::CaseChanged(_)) => self.ask_leases.store(true, Ordering::Relaxed),
                Ok(_) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
            }
        }
    }

    pub(crate) fn connection_changes(&self) -> watch::Receiver<ConnectionState> {
        self.connection.subscribe()
    }

    pub(crate) fn is_online(&self) -> bool {
        *self.connection.borrow() == ConnectionState::Online
    }

    fn connected(&self, state: ConnectionState) {
        let is_news = self.connection.send_if_modified(|current| {
            let is_news = *current != state;
            if is_news {
                *current = state.clone();
            }
            is_news
        });
        if is_news {
            self.emit(SyncEvent::Connection(state));
        }
    }
}
