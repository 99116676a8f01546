//! Puts engine, courier, scripted server, store in memory and paused time together. Time moves only when everything waits.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sync::{
    Api, ConnectionState, Courier, CourierSettings, CourierState, Engine, Jitter, Ledger, LocalClock, OutboxLedger,
    Settings, SyncEvent,
};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use crate::book::{Book, Row};
use crate::sample;
use crate::scripted::Scripted;

pub(crate) const WALL_AT_START: i64 = 1_798_500_000_000;

/// Follows the paused time of the test.
pub(crate) struct PausedClock {
    start: Instant,
    wall_ms: AtomicI64,
}

impl PausedClock {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), wall_ms: AtomicI64::new(WALL_AT_START) }
    }

    pub(crate) fn move_wall(&self, by_ms: i64) {
        self.wall_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl LocalClock for PausedClock {
    fn mono_ms(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    fn wall_ms(&self) -> i64 {
        self.wall_ms.load(Ordering::Relaxed) + self.mono_ms()
    }
}

pub(crate) struct HalfJitter;

impl Jitter for HalfJitter {
    fn next(&self) -> f64 {
        0.5
    }
}

pub(crate) struct Stage {
    pub(crate) server: Arc<Scripted>,
    pub(crate) book: Arc<Book>,
    pub(crate) clock: Arc<PausedClock>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) courier: Arc<Courier>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(Arc::new(Scripted::default()), Arc::new(Book::default()), change)
    }

    /// The program started anew, with the same server and store.
    pub(crate) fn over(server: Arc<Scripted>, book: Arc<Book>) -> Self {
        Self::of(server, book, |_| {})
    }

    fn of(server: Arc<Scripted>, book: Arc<Book>, change: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(PausedClock::new());
        let api = Api::new(server.clone(), clock.clone(), None);
        let mut settings = Settings::new(sample::SERVER, sample::ACCOUNT, true);
        change(&mut settings);
        let ledger: Arc<dyn Ledger> = book.clone();
        let outbox: Arc<dyn OutboxLedger> = book.clone();
        let mut of_courier = CourierSettings::new(sample::SERVER, sample::ACCOUNT, sample::DEVICE);
        of_courier.calls = settings.calls;
        let courier = Arc::new(Courier::new(api.clone(), outbox, Arc::new(HalfJitter), of_courier));
        let engine = Arc::new(Engine::new(api, ledger, Arc::new(HalfJitter), settings, courier.link()));
        Self { server, book, clock, engine, courier }
    }

    /// Runs the engine while `play` goes on, then stops it and waits for its end.
    pub(crate) async fn run<T>(&self, play: impl Future<Output = T>) -> T {
        self.run_while(play, |wish| self.engine.clone().run(wish)).await
    }

    /// Runs the courier alone: nobody is signed in, the vault is locked.
    pub(crate) async fn deliver<T>(&self, play: impl Future<Output = T>) -> T {
        self.run_while(play, |wish| self.courier.clone().run(wish)).await
    }

    /// Runs both.
    pub(crate) async fn run_both<T>(&self, play: impl Future<Output = T>) -> T {
        self.run_while(play, |wish| async {
            tokio::join!(self.courier.clone().run(wish.clone()), self.engine.clone().run(wish));
        })
        .await
    }

    async fn run_while<T, Running: Future<Output = ()>>(
        &self,
        play: impl Future<Output = T>,
        run: impl FnOnce(watch::Receiver<bool>) -> Running,
    ) -> T {
        let (stop, wish) = watch::channel(false);
        let play = async {
            let outcome =
                tokio::time::timeout(Duration::from_secs(48 * 3600), play).await.expect("nothing more happens");
            stop.send(true).unwrap();
            outcome
        };
        let ((), outcome) = tokio::join!(run(wish), play);
        outcome
    }

    /// Runs the courier until this row is as it should be.
    pub(crate) async fn until_row(&self, n: u128, is_it: impl Fn(&Row) -> bool) {
        let mut events = self.courier.subscribe();
        while !is_it(&self.book.row(n)) {
            until(&mut events, |event| *event == SyncEvent::OutboxChanged).await;
        }
    }

    pub(crate) async fn until_delivered(&self, n: u128) {
        self.until_row(n, |row| *row == Row::Delivered).await;
    }

    /// Runs until a whole cycle has succeeded.
    pub(crate) async fn run_a_cycle(&self) {
        let mut events = self.engine.subscribe();
        self.run(heard(&mut events)).await;
    }
}

/// Waits for an event.
pub(crate) async fn until(
    events: &mut broadcast::Receiver<SyncEvent>,
    is_it: impl Fn(&SyncEvent) -> bool,
) -> SyncEvent {
    loop {
        match events.recv().await {
            Ok(event) if is_it(&event) => return event,
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Waits for the end of a cycle that succeeded.
pub(crate) async fn heard(events: &mut broadcast::Receiver<SyncEvent>) {
    until(events, |event| *event == SyncEvent::ServerHeard).await;
}

/// Waits for a connection state.
pub(crate) async fn connection(
    events: &mut broadcast::Receiver<SyncEvent>,
    is_it: impl Fn(&ConnectionState) -> bool,
) -> ConnectionState {
    let event = until(events, |event| matches!(event, SyncEvent::Connection(state) if is_it(state))).await;
    match event {
        SyncEvent::Connection(state) => state,
        other => panic!("{other:?}"),
    }
}

/// Waits for a state of the courier.
pub(crate) async fn courier(
    events: &mut broadcast::Receiver<SyncEvent>,
    is_it: impl Fn(&CourierState) -> bool,
) -> CourierState {
    let event = until(events, |event| matches!(event, SyncEvent::Courier(state) if is_it(state))).await;
    match event {
        SyncEvent::Courier(state) => state,
        other => panic!("{other:?}"),
    }
}
