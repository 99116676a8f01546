//! The loop that keeps this computer and the server in step: check the server, deliver, pull, lease, wait, again. Photos come in a loop
//! beside it, so that no decision waits for them. One engine serves one vault, that is one account at one server; it starts no task of
//! its own: the desk runs [`Engine::run`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use casework::CaseId;
use contract::lease::LeaseAnswer;
use contract::session::SessionAnswer;
use tokio::sync::{Notify, broadcast, watch};
use uuid::Uuid;

use crate::api::Api;
use crate::backoff::{Jitter, delay};
use crate::cycle::{End, Memory, Stop};
use crate::error::{SyncError, SyncErrorKind};
use crate::event::{ConnectionState, SyncEvent};
use crate::ledger::{Ledger, LedgerError};
use crate::server_clock::ServerTime;
use crate::session::{Session, check_server};

/// How long a stopped engine waits before it looks whether things have changed.
const LOOK_AGAIN: Duration = Duration::from_secs(5 * 60);
/// How often the server is asked who it is while online.
const CHECK_SERVER_EVERY_MS: i64 = 10 * 60 * 1000;
/// The shortest wait between two cycles.
const SHORTEST_WAIT: Duration = Duration::from_millis(250);
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
    /// How long an online engine rests between two cycles.
    pub poll: Duration,
    /// How many photos are fetched at once.
    pub photo_parallel: usize,
    /// How many changes a page may have.
    pub page: u32,
}

impl Settings {
    /// The usual settings for this server and account.
    #[must_use]
    pub fn new(server_id: Uuid, account_id: Uuid, wants_leases: bool) -> Self {
        Self { server_id, account_id, wants_leases, poll: Duration::from_secs(15), photo_parallel: 4, page: 200 }
    }
}

/// Sync for one vault.
pub struct Engine {
    pub(crate) api: Api,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) session: Session,
    pub(crate) settings: Settings,
    pub(crate) photos: Notify,
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

/// Runs a blocking call of the store where it may block.
pub(crate) async fn on_ledger<T: Send + 'static>(
    ledger: &Arc<dyn Ledger>,
    call: impl FnOnce(&dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    let ledger = Arc::clone(ledger);
    // A store that panics has failed.
    tokio::task::spawn_blocking(move || call(ledger.as_ref())).await.unwrap_or(Err(LedgerError::Storage))
}

impl Engine {
    /// Prepares an engine; nothing happens before [`Engine::run`] or a direct call.
    #[must_use]
    pub fn new(api: Api, ledger: Arc<dyn Ledger>, jitter: Arc<dyn Jitter>, settings: Settings) -> Self {
        let (events, _) = broadcast::channel(EVENTS);
        let (connection, _) = watch::channel(ConnectionState::Connecting);
        let tell = events.clone();
        let session = Session::new(
            api.clone(),
            Arc::clone(&ledger),
            settings.account_id,
            // Nobody listening is fine.
            Box::new(move || drop(tell.send(SyncEvent::PersonChanged))),
        );
        Self {
            wants_leases: AtomicBool::new(settings.wants_leases),
            api,
            ledger,
            session,
            settings,
            jitter,
            photos: Notify::new(),
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

    /// There is something to do at once: a decision was made, or a person asks to connect now.
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

    /// Leases one case and keeps what comes with it.
    ///
    /// # Errors
    /// [`contract::problem::ProblemCode::LeaseHeld`] (with what stands), `NotLeasable`, or that the server or the store fails.
    pub async fn lease_case(&self, case_id: CaseId) -> Result<LeaseAnswer, SyncError> {
        let api = &self.api;
        let lease = self.session.call(|token| async move { api.lease_case(&token, case_id).await }).await?;
        if lease.case.row.case_id != case_id.0 {
            return Err(SyncErrorKind::Unreadable.into());
        }
        let kept = lease.clone();
        on_ledger(&self.ledger, move |ledger| ledger.put_lease(&kept)).await?;
        self.emit(SyncEvent::CaseChanged(case_id));
        self.emit(SyncEvent::QueueChanged);
        self.photos.notify_one();
        Ok(lease)
    }

    /// Gives a case back; afterwards it is not held here.
    ///
    /// # Errors
    /// When the server refuses or fails, or the store.
    pub async fn give_back(&self, case_id: CaseId, fence: u32) -> Result<(), SyncError> {
        let api = &self.api;
        self.session.call(|token| async move { api.give_back(&token, case_id, fence).await }).await?;
        self.not_held(case_id).await
    }

    /// Reports that a photo of a held case cannot be seen (待技术处理); afterwards it is not held here.
    ///
    /// # Errors
    /// When the server refuses or fails, or the store.
    pub async fn report_technical(&self, case_id: CaseId, fence: u32) -> Result<(), SyncError> {
        let api = &self.api;
        self.session.call(|token| async move { api.report_technical(&token, case_id, fence).await }).await?;
        self.not_held(case_id).await
    }

    async fn not_held(&self, case_id: CaseId) -> Result<(), SyncError> {
        on_ledger(&self.ledger, move |ledger| ledger.lease_lost(case_id)).await?;
        self.emit(SyncEvent::CaseChanged(case_id));
        self.emit(SyncEvent::QueueChanged);
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
        let stop = Stop(stop);
        tokio::join!(self.keep_in_step(&stop), self.keep_photos_coming(&stop));
    }

    async fn keep_in_step(&self, stop: &Stop) {
        let mut memory = Memory::default();
        loop {
            let wait = match self.cycle(&mut memory, stop).await {
                Ok(()) => {
                    memory.failures = 0;
                    Some(self.until_due(&memory, self.settings.poll, true).await)
                }
                Err(End::Stopping) => return,
                Err(End::Offline(problem)) => {
                    memory.is_online = false;
                    let wait = self.backoff(&mut memory, problem.retry_after);
                    self.connected(ConnectionState::Offline(problem));
                    Some(self.until_due(&memory, wait, false).await)
                }
                Err(End::SignIn) => {
                    memory.is_online = false;
                    self.connected(ConnectionState::SignInNeeded);
                    None
                }
                Err(End::Halted(problem)) => {
                    memory.is_online = false;
                    self.connected(ConnectionState::Stopped(problem));
                    Some(LOOK_AGAIN)
                }
                Err(End::Storage(error)) => {
                    memory.requeued = false;
                    memory.is_online = false;
                    self.connected(ConnectionState::Offline(error.into()));
                    tracing::error!(%error, "sync stopped applying: the local store failed");
                    self.emit(SyncEvent::StorageTrouble(error.into()));
                    Some(self.backoff(&mut memory, None))
                }
            };
            let rest = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.wished() => return,
                () = self.nudged.notified() => {}
                () = rest => {}
            }
        }
    }

    async fn cycle(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        if !memory.requeued {
            self.on_ledger(|ledger| ledger.outbox_requeue_interrupted()).await?;
            memory.requeued = true;
        }
        // Before any token is sent: is it still the same server?
        self.check_server(memory, stop).await?;
        stop.or(self.session.grant()).await??;
        memory.is_online = true;
        self.connected(ConnectionState::Online);

        self.deliver(memory, stop).await?;
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
            memory.server = Some(server);
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

    fn backoff(&self, memory: &mut Memory, retry_after: Option<Duration>) -> Duration {
        memory.failures = memory.failures.saturating_add(1);
        delay(memory.failures, self.jitter.next(), retry_after)
    }

    /// The wait until the next waiting decision is due, `at_most` this long. Offline, what is overdue already does not shorten the wait:
    /// it was tried just now.
    async fn until_due(&self, memory: &Memory, at_most: Duration, is_online: bool) -> Duration {
        let Ok(Some(due_ms)) = self.on_ledger(|ledger| ledger.outbox_next_due()).await else {
            return at_most;
        };
        let by_server = due_ms.saturating_sub(self.clock().ms);
        let by_waits = memory.waits.values().min().map(|due| due.saturating_sub(self.api.clock().mono_ms()));
        let left_ms = by_waits.map_or(by_server, |wait| wait.min(by_server));
        match u64::try_from(left_ms) {
            Ok(left_ms) if left_ms > 0 => Duration::from_millis(left_ms).clamp(SHORTEST_WAIT, at_most),
            _ if is_online => SHORTEST_WAIT.min(at_most),
            _ => at_most,
        }
    }

    pub(crate) async fn on_ledger<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        on_ledger(&self.ledger, call).await
    }

    pub(crate) fn jitter(&self) -> f64 {
        self.jitter.next()
    }

    pub(crate) fn emit(&self, event: SyncEvent) {
        // Nobody listening is fine.
        drop(self.events.send(event));
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
