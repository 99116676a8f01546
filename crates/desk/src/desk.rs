//! The desk itself: what it is started with, what it holds, and the way into a use case.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use sync::LocalClock;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use vault::{DataFolderLock, KdfCost, Keychain, Vault};

use crate::announce::{Announce, Announcer};
use crate::courier::Deliveries;
use crate::error::{DeskError, command_error};
use crate::notice::NoticePort;
use crate::seat::{Seat, held};
use crate::settings::{self, Settings};
use crate::view::CommandError;

/// How often it is looked whether a courier is still needed.
const HOUSEKEEPING: Duration = Duration::from_secs(10 * 60);

/// What a desk is started with.
pub struct DeskOptions {
    /// Folder for vaults, settings and the lock.
    pub data: PathBuf,
    /// The photo worker's program.
    pub worker: PathBuf,
    /// Server to offer at the first sign-in, before the remembered one.
    pub server_url: Option<String>,
    /// The OS keychain.
    pub keychain: Arc<dyn Keychain>,
    /// Pushes one event to the window.
    pub announce: Arc<Announce>,
    /// Folder for recovery copies that a person asks for.
    pub exports: PathBuf,
    /// Tells the person, outside the window, what must not be missed.
    pub notify: Arc<NoticePort>,
    /// This computer's clocks.
    pub clock: Arc<dyn LocalClock>,
    /// Where background work runs.
    pub runtime: Handle,
    /// What it costs to try a password on a new vault.
    pub kdf_cost: KdfCost,
}

impl fmt::Debug for DeskOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeskOptions").field("data", &self.data).finish_non_exhaustive()
    }
}

/// A reviewer's desk. Cheap to clone; all clones are the same desk.
#[derive(Clone)]
pub struct Desk {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk(…)")
    }
}

pub(crate) struct Inner {
    pub(crate) data: PathBuf,
    pub(crate) offered_server: Option<String>,
    pub(crate) keychain: Arc<dyn Keychain>,
    pub(crate) kdf_cost: KdfCost,
    pub(crate) worker: ::photo::Worker,
    pub(crate) clock: Arc<dyn LocalClock>,
    pub(crate) announcer: Arc<Announcer>,
    pub(crate) exports: PathBuf,
    pub(crate) notify: Arc<NoticePort>,
    pub(crate) runtime: Handle,
    pub(crate) settings: Mutex<Settings>,
    /// Who sits at the desk; `None` when closed.
    pub(crate) seat: RwLock<Option<Arc<Seat>>>,
    /// One for each vault whose decisions are delivered, whoever sits at the desk.
    pub(crate) deliveries: Deliveries,
    /// Finds what is left to deliver, at the start.
    resuming: Mutex<Option<JoinHandle<()>>>,
    /// One person at a time sits down or gets up.
    pub(crate) changing_seat: tokio::sync::Mutex<()>,
    /// Held while the program runs; without it nothing in the data folder is touched.
    pub(crate) lock: Result<DataFolderLock, CommandError>,
}

impl Desk {
    /// Starts a desk with nobody at it. A data folder that cannot be used makes a desk that only says why.
    #[must_use]
    pub fn start(options: DeskOptions) -> Self {
        sync::install_tls();
        let lock = DataFolderLock::take(&options.data).map_err(|error| command_error(&DeskError::from(error)));
        let announcer = Announcer::start(&options.runtime, options.announce);
        let desk = Self {
            inner: Arc::new(Inner {
                settings: Mutex::new(settings::read(&options.data)),
                data: options.data,
                offered_server: options.server_url,
                keychain: options.keychain,
                kdf_cost: options.kdf_cost,
                worker: ::photo::Worker::new(options.worker),
                clock: options.clock,
                notify: options.notify,
                announcer,
                exports: options.exports,
                runtime: options.runtime,
                seat: RwLock::new(None),
                deliveries: Deliveries::default(),
                resuming: Mutex::default(),
                changing_seat: tokio::sync::Mutex::new(()),
                lock,
            }),
        };
        let resuming = desk.inner.runtime.spawn(desk.clone().resume_deliveries());
        *held(&desk.inner.resuming) = Some(resuming);
        desk.keep_house();
        desk
    }

    /// Ends everything, for the program's end: whoever sits at the desk gets up, what is due goes out if the server answers at once, every file
    /// is closed. Everything decided is on the disk already.
    pub async fn quit(&self) {
        let resuming = held(&self.inner.resuming).take();
        if let Some(resuming) = resuming {
            resuming.abort();
            // Ended or aborted, both are what is wanted.
            let _ = resuming.await;
        }
        let _changing = self.inner.changing_seat.lock().await;
        self.leave_seat().await;
        self.end_deliveries().await;
    }

    /// Now and then closes what nobody needs any more; ends with the desk.
    fn keep_house(&self) {
        let (weak, clock) = (Arc::downgrade(&self.inner), self.inner.clock.clone());
        self.inner.runtime.spawn(async move {
            loop {
                clock.sleep(HOUSEKEEPING).await;
                let Some(inner) = weak.upgrade() else { return };
                Self { inner }.close_idle_deliveries().await;
            }
        });
    }

    /// The seat of whoever sits at the desk.
    pub(crate) fn seat(&self) -> Result<Arc<Seat>, DeskError> {
        self.inner.seat.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(DeskError::Locked)
    }

    /// Runs a use case that reads or writes the vault off the event loop, and maps its error for the window.
    pub(crate) async fn at_seat<T, F>(&self, work: F) -> Result<T, CommandError>
    where
        T: Send + 'static,
        F: FnOnce(&Self, &Seat) -> Result<T, DeskError> + Send + 'static,
    {
        let desk = self.clone();
        self.blocking(move || {
            let seat = desk.seat()?;
            work(&desk, &seat)
        })
        .await
    }

    /// Runs blocking work off the event loop, and maps its error for the window.
    pub(crate) async fn blocking<T, F>(&self, work: F) -> Result<T, CommandError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, DeskError> + Send + 'static,
    {
        let done = self.inner.runtime.spawn_blocking(work).await.unwrap_or(Err(DeskError::Panicked));
        done.map_err(|error| command_error(&error))
    }

    /// Maps the error of asynchronous work for the window.
    pub(crate) async fn answering<T>(
        &self,
        work: impl Future<Output = Result<T, DeskError>>,
    ) -> Result<T, CommandError> {
        work.await.map_err(|error| command_error(&error))
    }

    /// Server time as well as it is known, in milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self, seat: &Seat) -> i64 {
        seat.engine.clock().ms
    }
}

/// The vault's blocking calls belong off the event loop; this names the crate that has them once.
pub(crate) type SharedVault = Arc<Vault>;
