//! How a seat begins and ends: the engine over an open vault, what listens and watches beside it, and the way back to a closed one. Delivery is
//! only borrowed from the vault's courier: it was there before, and goes on after.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use casework::AccessEvent;
use contract::server_info::ServerInfo;
use contract::session::SessionAnswer;
use contract::signature::decision_message;
use sync::{Api, Engine, HttpTransport, ServerAddress, ServerTime, Settings, SystemJitter};
use tokio::sync::watch;
use vault::{UnsignedRow, Vault, VaultError};

use crate::access;
use crate::calendar::Calendars;
use crate::desk::{Desk, SharedVault};
use crate::error::DeskError;
use crate::ledger::VaultLedger;
use crate::seat::{Common, Reviewer, Seat, Seating, held};
use crate::view::TopicView;

/// How long getting up waits for background work to end; it was told to stop, and nothing is lost when it is cut off.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

/// A session that the server just gave, and its time at that moment.
pub(crate) struct NewSession {
    pub(crate) answer: SessionAnswer,
    pub(crate) time: ServerTime,
}

impl Desk {
    pub(crate) fn api(&self, address: ServerAddress, clock_offset_ms: Option<i64>) -> Result<Api, DeskError> {
        let transport = HttpTransport::new(address).map_err(|error| {
            tracing::error!(%error, "the HTTP client cannot be set up");
            DeskError::Sync(sync::SyncErrorKind::ClientSetup.into())
        })?;
        Ok(Api::new(Arc::new(transport), self.inner.clock.clone(), clock_offset_ms))
    }

    /// Sits down at an open vault; with a session when the server was just asked, without when it was unlocked.
    pub(crate) async fn sit_down(
        &self,
        vault: Vault,
        server: &ServerInfo,
        reviewer: Reviewer,
        session: Option<NewSession>,
    ) -> Result<(), DeskError> {
        let vault = Arc::new(vault);
        let header = vault.header();
        let role = casework::Role::from_word(&reviewer.role);
        let to_keep = vault.clone();
        let (person, info) = (serde_json::to_string(&reviewer)?, serde_json::to_string(server)?);
        let time = session.as_ref().map(|session| session.time);
        let (told, offline_until_ms) = self
            .vault_call(move || {
                to_keep.put_person(&person)?;
                to_keep.put_server(&info)?;
                if let Some(time) = time {
                    // What starts now goes by the time that was just heard, and the days without a sign-in are counted anew.
                    to_keep.put_clock_offset(time.offset_ms)?;
                    to_keep.put_last_sign_in_ms(time.ms)?;
                }
                sign_missing(&to_keep)?;
                Ok((to_keep.due_told()?, to_keep.offline_until_ms()?))
            })
            .await?;
        let delivery = self.deliver_from(vault.work_store()).await?;
        let api = delivery.api.clone();
        let calendars = {
            let (vault, clock, announcer) = (vault.clone(), api.clock().clone(), self.inner.announcer.clone());
            let (region, keys) = (reviewer.office_region.clone(), server.calendar_keys.clone());
            let is_new_contact = session.is_some();
            self.blocking_call(move || {
                let calendars = Calendars::open(vault, clock, announcer, region)?;
                if is_new_contact {
                    calendars.hear_keys(&keys)?;
                }
                Ok(Arc::new(calendars))
            })
            .await?
        };
        let common = Arc::new(Common {
            server: Mutex::new(server.clone()),
            offline_until_ms: Mutex::new(offline_until_ms),
            on_screen: Mutex::new(None),
        });
        let ledger = VaultLedger {
            vault: vault.clone(),
            data: self.inner.data.clone(),
            worker: self.inner.worker.clone(),
            calendars: calendars.clone(),
            common: common.clone(),
            clock: api.clock().clone(),
        };
        let settings =
            Settings::new(header.server_id, header.account_id.0, role.is_some_and(casework::Role::may_review));
        let link = delivery.courier.link();
        let engine = Arc::new(Engine::new(api, Arc::new(ledger), Arc::new(SystemJitter), settings, link));
        let (stop, stopped) = watch::channel(false);
        let events = engine.subscribe();
        let recovered = vault.recovered().to_vec();
        let seat = Arc::new(Seat::new(Seating {
            vault,
            engine: engine.clone(),
            delivery,
            deliveries: self.inner.deliveries.clone(),
            stop,
            reviewer,
            common,
            calendars,
            told,
            recovered,
        }));
        let how = if session.is_some() { AccessEvent::SignedIn } else { AccessEvent::Unlocked };
        if let Some(session) = session {
            engine.adopt(session.answer).await?;
        }
        self.note_sitting_down(&seat, how).await?;
        *self.inner.seat.write().unwrap_or_else(PoisonError::into_inner) = Some(seat.clone());
        let listening = self.inner.runtime.spawn(self.clone().listen(seat.clone(), events));
        let running = self.inner.runtime.spawn(engine.run(stopped));
        *held(&seat.running) = Some(running);
        let watching = self.inner.runtime.spawn(self.clone().watch_the_clock(seat.clone()));
        held(&seat.tasks).extend([listening, watching]);
        seat.delivery.courier.nudge();
        for topic in [TopicView::Session, TopicView::Status, TopicView::Queue, TopicView::Outbox, TopicView::Calendar] {
            self.inner.announcer.changed(topic);
        }
        Ok(())
    }

    /// From now the days without a sign-in are counted anew.
    pub(crate) async fn put_sign_in(&self, seat: &Seat) -> Result<(), DeskError> {
        let (vault, now_ms) = (seat.vault.clone(), seat.engine.clock().ms);
        self.vault_call(move || vault.put_last_sign_in_ms(now_ms)).await
    }

    async fn note_sitting_down(&self, seat: &Arc<Seat>, how: AccessEvent) -> Result<(), DeskError> {
        let seat = seat.clone();
        self.blocking_call(move || {
            let (work, now_ms) = (&seat.delivery.work, seat.engine.clock().ms);
            access::note(work, now_ms, how);
            for recovered in seat.vault.recovered() {
                tracing::error!(file = %recovered.file, "a cache file was made anew; it is fetched again");
                access::note_detail(work, now_ms, AccessEvent::CacheRenewed, recovered.file.file_name());
            }
            Ok(())
        })
        .await
    }

    /// Ends what works for the seat alone.
    pub(crate) async fn stop(&self, seat: &Seat) {
        // An error means that nobody listens any more, which is what is wanted.
        let _ = seat.stop.send(true);
        let running = held(&seat.running).take();
        if let Some(mut running) = running
            && tokio::time::timeout(STOP_PATIENCE, &mut running).await.is_err()
        {
            running.abort();
        }
        let tasks = std::mem::take(&mut *held(&seat.tasks));
        for task in tasks {
            task.abort();
            // Ended or aborted, both are what is wanted; waiting makes sure that it writes nothing any more.
            let _ = task.await;
        }
    }

    /// Gets up: background work of the seat ends, the vault is closed, the keys leave the memory with the seat. Delivery goes on.
    pub(crate) async fn leave_seat(&self) {
        let Some(seat) = self.take_seat() else { return };
        self.end_undo_windows(&seat).await;
        self.stop(&seat).await;
        self.note_leaving(&seat, AccessEvent::Locked).await;
        self.close_vault(&seat).await;
    }

    /// What was confirmed goes out now: whoever confirmed it leaves.
    pub(crate) async fn end_undo_windows(&self, seat: &Seat) {
        let (work, now_ms) = (seat.delivery.work.clone(), seat.engine.clock().ms);
        if let Err(error) = self.vault_call(move || work.end_undo_windows(now_ms, None)).await {
            tracing::error!(%error, "undo windows go on");
        }
        seat.delivery.courier.nudge();
    }

    pub(crate) async fn note_leaving(&self, seat: &Seat, what: AccessEvent) {
        let (work, now_ms) = (seat.delivery.work.clone(), seat.engine.clock().ms);
        let noted = self.blocking_call(move || {
            access::note(&work, now_ms, what);
            Ok(())
        });
        if let Err(error) = noted.await {
            tracing::error!(%error, "leaving is not in the access log");
        }
        seat.delivery.courier.nudge();
    }

    /// From now on no use case reaches the seat, and its photo tokens are dead.
    pub(crate) fn take_seat(&self) -> Option<Arc<Seat>> {
        let seat = self.inner.seat.write().unwrap_or_else(PoisonError::into_inner).take()?;
        seat.open().case = None;
        Some(seat)
    }

    pub(crate) async fn close_vault(&self, seat: &Seat) {
        let vault = seat.vault.clone();
        if let Err(error) = self.vault_call(move || vault.close()).await {
            tracing::error!(%error, "the vault did not close cleanly; what was committed is kept");
        }
    }

    /// Runs blocking work of sitting down off the event loop.
    pub(crate) async fn blocking_call<T, F>(&self, call: F) -> Result<T, DeskError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, DeskError> + Send + 'static,
    {
        self.inner.runtime.spawn_blocking(call).await.map_err(|_| DeskError::Panicked)?
    }

    /// Runs a blocking call of the vault off the event loop.
    pub(crate) async fn vault_call<T, F>(&self, call: F) -> Result<T, DeskError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, VaultError> + Send + 'static,
    {
        self.inner.runtime.spawn_blocking(call).await.map_err(|_| DeskError::Panicked)?.map_err(DeskError::from)
    }
}

/// Signs what was decided before decisions were signed.
fn sign_missing(vault: &SharedVault) -> Result<(), VaultError> {
    let signed = vault.outbox_sign_missing(|row: &UnsignedRow| {
        let message = decision_message(row.decision_id, row.case_id, row.payload_sha256);
        Ok((vault.sign_as_author(&message)?, vault.sign_as_device(&message)?))
    })?;
    if signed > 0 {
        tracing::info!(signed, "decisions of an older program are signed now");
    }
    Ok(())
}

/// Who sat here last and at which server, for a start without the network. Nobody did where the program ended in the middle of the first
/// sign-in: then the server has to be asked.
pub(crate) fn remembered(vault: &Vault) -> Result<(Reviewer, ServerInfo), DeskError> {
    let person = vault.person()?.ok_or(DeskError::NeverSignedIn)?;
    let server = vault.server()?.ok_or(DeskError::NeverSignedIn)?;
    Ok((serde_json::from_str(&person)?, serde_json::from_str(&server)?))
}
