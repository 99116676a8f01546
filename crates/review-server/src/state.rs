//! What every request shares: the database, the clock, the settings, the server's keys. Made once by opening the data.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use contract::CONTRACT_VERSION;
use contract::envelope::EnvelopeKeyPair;
use contract::server_info::{EnvelopeKey, PRODUCT, ServerInfo};
use rusqlite::{Connection, Transaction};
use thiserror::Error;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::audit_heads::{self, LastDay};
use crate::calendar::{InForce, PackInForce};
use crate::catalogue;
use crate::config::{Config, Data};
use crate::events::Waiting;
use crate::refusal::ServerError;
use crate::secret;
use crate::store::signing_key::{self, SigningKey};
use crate::store::{Store, StoreError, calendar_key, ms, run_blocking, server};

/// The oldest contract version of a desktop that is accepted.
pub(crate) const OLDEST_DESKTOP: u32 = 1;

/// Password hashes at one time: each takes its memory and a core.
const HASHES_AT_ONCE: usize = 2;
/// Intake requests at one time: each may hold its photos in memory.
const INTAKES_AT_ONCE: usize = 4;

/// Why a server cannot start.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The reasons catalogue that comes with the program is broken.
    #[error("the built-in reasons catalogue is not valid")]
    Catalogue,
    /// Something else inside.
    #[error("{0}")]
    Fault(&'static str),
}

impl From<ServerError> for OpenError {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Store(error) => Self::Store(error),
            ServerError::Fault(what) => Self::Fault(what),
            ServerError::Refused(_) => Self::Fault("opening was refused"),
        }
    }
}

/// What every request shares. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

struct Inner {
    store: Store,
    config: Config,
    in_force: InForce,
    server_id: Uuid,
    feed_epoch: String,
    restored_at_ms: Option<i64>,
    envelope_keys: Vec<EnvelopeKeyPair>,
    /// The newest first; never empty.
    signing_keys: Vec<SigningKey>,
    portal_sha256: Option<String>,
    hashing: Semaphore,
    intake: Semaphore,
    waiting: Waiting,
    last_head_day: LastDay,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("server_id", &self.0.server_id).finish_non_exhaustive()
    }
}

impl AppState {
    /// The same for data that must be there: nothing is made. Blocks.
    ///
    /// # Errors
    /// There is no database in the folder; else as for [`Self::open`].
    pub fn open_existing(config: Config) -> Result<Self, OpenError> {
        if let Data::Folder(folder) = &config.data {
            Store::must_be_in(folder)?;
        }
        Self::open(config)
    }

    /// Opens the data, brings its schema up to date, and makes the server's id and keys when they are missing. Blocks.
    ///
    /// # Errors
    /// When the data is not ours, newer than this program, or cannot be used.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let store = match &config.data {
            Data::Folder(folder) => Store::open_folder(folder)?,
            Data::Memory => Store::open_memory()?,
        };
        let now_ms = ms(config.clock.now());
        let (record, envelope_keys, signing_keys) = store.write_blocking(|tx| {
            if server::load(tx)?.is_none() {
                let server_id = Uuid::new_v4();
                let feed_epoch = hex::encode(&secret::random()?[..6]);
                server::insert(tx, &server::ServerRecord { server_id, feed_epoch, restored_at_ms: None }, now_ms)?;
            }
            if server::envelope_keys(tx)?.is_empty() {
                server::insert_envelope_key(tx, &secret::random()?, now_ms)?;
            }
            if signing_key::all(tx)?.is_empty() {
                signing_key::insert(tx, &secret::random()?, now_ms)?;
            }
            let record = server::load(tx)?.ok_or(ServerError::Fault("the server has no id"))?;
            Ok((record, server::envelope_keys(tx)?, signing_key::all(tx)?))
        })?;
        let built_in = catalogue::built_in().ok_or(OpenError::Catalogue)?;
        store.write_blocking(|tx| catalogue::keep(tx, &built_in, now_ms))?;
        let portal_sha256 =
            config.portal_credential.as_ref().map(|credential| secret::sha256_hex(credential.trim().as_bytes()));
        let in_force = InForce::new(Arc::clone(&config.embedded_pack))?;
        Ok(Self(Arc::new(Inner {
            store,
            config,
            in_force,
            server_id: record.server_id,
            feed_epoch: record.feed_epoch,
            restored_at_ms: record.restored_at_ms,
            envelope_keys,
            signing_keys,
            portal_sha256,
            hashing: Semaphore::new(HASHES_AT_ONCE),
            intake: Semaphore::new(INTAKES_AT_ONCE),
            waiting: Waiting::new(),
            last_head_day: LastDay::default(),
        })))
    }

    /// What the server says of itself before anybody signs in, with the calendar keys of this moment.
    pub(crate) fn info(&self, db: &Connection) -> Result<ServerInfo, ServerError> {
        let keys = calendar_key::load(db)?;
        Ok(ServerInfo {
            product: PRODUCT.to_owned(),
            server_id: self.0.server_id,
            contract_version: CONTRACT_VERSION,
            oldest_desktop: OLDEST_DESKTOP,
            envelope_key: self.offered_envelope_key(),
            calendar_keys: keys.slots.iter().flatten().map(|key| key.text().to_owned()).collect(),
            receipt_key: self.signing_key()?.public().to_owned(),
            history: self.0.feed_epoch.clone(),
            limits: self.0.config.limits,
            is_demonstration: self.0.config.is_demonstration,
        })
    }

    /// The key that decision envelopes are sealed to.
    #[must_use]
    pub fn offered_envelope_key(&self) -> EnvelopeKey {
        // `open` makes a key when there is none.
        let (key_id, public_key) = match self.0.envelope_keys.first() {
            Some(pair) => (pair.key_id(), STANDARD.encode(pair.public())),
            None => (String::new(), String::new()),
        };
        EnvelopeKey { key_id, public_key }
    }

    /// The server's time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.config.clock.now()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn feed_epoch(&self) -> &str {
        &self.0.feed_epoch
    }

    pub(crate) fn hashing(&self) -> &Semaphore {
        &self.0.hashing
    }

    pub(crate) fn intake(&self) -> &Semaphore {
        &self.0.intake
    }

    pub(crate) fn last_head_day(&self) -> &LastDay {
        &self.0.last_head_day
    }

    pub(crate) fn waiting(&self) -> &Waiting {
        &self.0.waiting
    }

    /// Ends every event stream and long poll, now and later, so that a server that stops waits for none of them.
    pub fn end_streams(&self) {
        self.0.waiting.stop();
    }

    pub(crate) fn portal_sha256(&self) -> Option<&str> {
        self.0.portal_sha256.as_deref()
    }

    pub(crate) fn envelope_key(&self, key_id: &str) -> Option<&EnvelopeKeyPair> {
        self.0.envelope_keys.iter().find(|pair| pair.key_id() == key_id)
    }

    /// The key that signs receipts and heads of the audit now.
    pub(crate) fn signing_key(&self) -> Result<&SigningKey, ServerError> {
        // `open` makes a key when there is none.
        self.0.signing_keys.first().ok_or(ServerError::Fault("the server has no signing key"))
    }

    /// Whether this server, now or before, signed that.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &str) -> bool {
        self.0.signing_keys.iter().any(|key| key.made(message, signature))
    }

    /// The server's id.
    #[must_use]
    pub fn server_id(&self) -> Uuid {
        self.0.server_id
    }

    /// When a backup was put in the place of this server's data last, if ever.
    pub(crate) fn restored_at_ms(&self) -> Option<i64> {
        self.0.restored_at_ms
    }

    /// The calendar pack in force as this transaction sees it.
    pub(crate) fn calendar(&self, db: &Connection) -> Result<Arc<PackInForce>, ServerError> {
        self.0.in_force.find(db)
    }

    /// The calendar pack that the program was built with.
    pub(crate) fn embedded_pack(&self) -> &PackInForce {
        self.0.in_force.embedded()
    }

    /// Runs a rule in one write transaction.
    pub(crate) async fn write<T, F>(&self, rule: F) -> Result<T, ServerError>
    where
        F: FnOnce(&Transaction<'_>, &Self) -> Result<T, ServerError> + Send + 'static,
        T: Send + 'static,
    {
        let state = self.clone();
        run_blocking(move || {
            let done = state.0.store.write_blocking(|tx| rule(tx, &state))?;
            audit_heads::write_on_new_day(&state);
            Ok(done)
        })
        .await
    }

    /// Runs a rule that changes nothing in one read transaction.
    pub(crate) async fn read<T, F>(&self, rule: F) -> Result<T, ServerError>
    where
        F: FnOnce(&Transaction<'_>, &Self) -> Result<T, ServerError> + Send + 'static,
        T: Send + 'static,
    {
        let state = self.clone();
        self.0.store.read(move |tx| rule(tx, &state)).await
    }

    /// Makes an id that sorts by the server's time.
    pub(crate) fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos()))
    }
}
