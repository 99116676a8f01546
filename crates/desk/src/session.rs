//! Sitting down and getting up: first sign-in makes the vault, later starts unlock it without the network, lock closes it, sign-out
//! forgets what came from the server. What was decided stays in every case.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use casework::AccountId;
use contract::server_info::{EnvelopeKey, ServerInfo};
use sync::{Api, Engine, HttpTransport, ServerAddress, Settings, SystemJitter};
use tokio::sync::watch;
use vault::{KeyProtection, NewVault, SecretName, Vault, VaultError, VaultHeader};
use zeroize::Zeroizing;

use crate::calendar::Calendars;
use crate::deadline::js_ms;
use crate::desk::Desk;
use crate::error::{DeskError, command_error};
use crate::ids;
use crate::ledger::VaultLedger;
use crate::seat::{Reviewer, Seat, held};
use crate::view::{
    CommandError, KeyProtectionView, RoleView, SessionView, SignInRequest, SignOutRequest, TopicView, UnlockRequest,
    VaultView,
};

/// How long getting up waits for background work to end; it was told to stop, and nothing is lost when it is cut off.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

impl Desk {
    /// Who sits at the desk, or which vaults can be unlocked.
    ///
    /// # Errors
    /// The data folder cannot be read.
    pub async fn session_view(&self) -> Result<SessionView, CommandError> {
        let desk = self.clone();
        self.blocking(move || desk.view_of_session()).await
    }

    /// Signs in at a server. The first time, a vault is made for this account; later its own vault is unlocked.
    ///
    /// # Errors
    /// Whatever is wrong with address, server, account, password or vault.
    pub async fn sign_in(&self, request: SignInRequest) -> Result<SessionView, CommandError> {
        let password = Zeroizing::new(request.password.clone());
        let desk = self.clone();
        self.answering(async move {
            let _changing = desk.inner.changing_seat.lock().await;
            desk.usable()?;
            let address = ServerAddress::parse(&request.server_url)?;
            let api = desk.api(address.clone(), None)?;
            let account = request.account.trim().to_owned();
            let known = desk.vault_of(&address, &account).await?;
            let device_id = match &known {
                Some(header) => header.device_id,
                None => ids::random_id()?,
            };
            let expected = known.as_ref().map(|header| header.server_id);
            let signed_in = sync::sign_in(&api, &account, &password, device_id, expected).await?;
            let person = &signed_in.session.person;
            let new = NewVault {
                vault_id: ids::random_id()?,
                sign_in_name: person.account.clone(),
                account_id: AccountId(person.account_id),
                server_id: signed_in.server.server_id,
                server_url: address.to_string(),
                device_id,
            };
            let vault = desk.vault_for(new, password, api.clock().now().ms).await?;
            desk.leave_seat().await;
            desk.sit_down(vault, &signed_in.server, Reviewer::from(person), Some(signed_in.session)).await?;
            desk.remember_server(address.to_string());
            desk.view_of_session()
        })
        .await
    }

    /// Unlocks a vault; needs no server.
    ///
    /// # Errors
    /// Wrong password, or the vault cannot be opened.
    pub async fn unlock(&self, request: UnlockRequest) -> Result<SessionView, CommandError> {
        let password = Zeroizing::new(request.password.clone());
        let desk = self.clone();
        self.answering(async move {
            let _changing = desk.inner.changing_seat.lock().await;
            desk.usable()?;
            let vault_id = request.vault_id.parse().map_err(|_| VaultError::NotFound)?;
            let vault = desk.unlock_vault(vault_id, password).await?;
            let (reviewer, server) = remembered(&vault)?;
            desk.leave_seat().await;
            desk.sit_down(vault, &server, reviewer, None).await?;
            desk.view_of_session()
        })
        .await
    }

    /// Gives the server the password again, after the session ended there. The seat stays as it is.
    ///
    /// # Errors
    /// Locked, or what the server says.
    pub async fn renew(&self, request: UnlockRequest) -> Result<SessionView, CommandError> {
        let password = Zeroizing::new(request.password.clone());
        let desk = self.clone();
        self.answering(async move {
            let seat = desk.seat()?;
            let header = seat.vault.header();
            if header.vault_id.to_string() != request.vault_id {
                return Err(DeskError::Locked);
            }
            let api = seat.engine.api();
            let signed_in =
                sync::sign_in(api, &header.sign_in_name, &password, header.device_id, Some(header.server_id)).await?;
            seat.engine.adopt(signed_in.session).await?;
            desk.view_of_session()
        })
        .await
    }

    /// Closes the vault; keys leave the memory. What was decided is delivered after the next unlock.
    ///
    /// # Errors
    /// The data folder cannot be read.
    pub async fn lock(&self) -> Result<SessionView, CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let _changing = desk.inner.changing_seat.lock().await;
            desk.leave_seat().await;
            desk.inner.announcer.changed(TopicView::Session);
            desk.view_of_session()
        })
        .await
    }

    /// Signs out: ends the session at the server, and everything that came from it leaves this computer. Undelivered decisions stay.
    ///
    /// # Errors
    /// Locked; decisions are undelivered and the person did not say that this is known; or the files cannot be removed.
    pub async fn sign_out(&self, request: SignOutRequest) -> Result<SessionView, CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let _changing = desk.inner.changing_seat.lock().await;
            let seat = desk.seat()?;
            let vault = seat.vault.clone();
            let undelivered = desk.vault_call(move || vault.outbox_counts()).await?.undelivered();
            if undelivered > 0 && !request.with_undelivered {
                return Err(DeskError::UndeliveredLeft(undelivered));
            }
            // First of all nothing may reach the seat any more: a lease that arrives now would put declared data back.
            desk.take_seat();
            desk.stop(&seat).await;
            if let Err(error) = seat.engine.sign_out().await {
                tracing::info!(%error, "the server did not hear of the sign-out");
            }
            let now_ms = seat.engine.clock().ms;
            let vault = seat.vault.clone();
            let forgotten = desk
                .vault_call(move || {
                    vault.forget_cases(now_ms)?;
                    vault.forget_secret(SecretName::RefreshToken)
                })
                .await;
            desk.close_vault(&seat).await;
            desk.inner.announcer.changed(TopicView::Session);
            forgotten?;
            desk.view_of_session()
        })
        .await
    }

    pub(crate) fn usable(&self) -> Result<(), DeskError> {
        match &self.inner.lock {
            Ok(_) => Ok(()),
            Err(error) => Err(DeskError::Unavailable(error.clone())),
        }
    }

    fn view_of_session(&self) -> Result<SessionView, DeskError> {
        if let Err(error) = &self.inner.lock {
            return Ok(SessionView::Unavailable { error: error.clone() });
        }
        if let Ok(seat) = self.seat() {
            let header = seat.vault.header();
            let reviewer = held(&seat.reviewer).clone();
            return Ok(SessionView::Open {
                vault_id: header.vault_id.to_string(),
                account: reviewer.account,
                display_name: reviewer.display_name,
                role: match reviewer.role.as_str() {
                    "reviewer" => RoleView::Reviewer,
                    "supervisor" => RoleView::Supervisor,
                    _ => RoleView::Auditor,
                },
                office_name: reviewer.office_name,
                server_url: header.server_url,
                key_protection: match header.key_protection {
                    KeyProtection::Keychain => KeyProtectionView::Keychain,
                    KeyProtection::PasswordOnly => KeyProtectionView::PasswordOnly,
                },
                is_demonstration: held(&seat.server).is_demonstration,
            });
        }
        let (headers, damaged) = vault::list(&self.inner.data)?;
        for vault in &damaged {
            tracing::error!(error = %vault.error, "a vault cannot be listed; nothing in it was touched");
        }
        let problem = damaged.into_iter().next().map(|vault| command_error(&DeskError::Vault(vault.error)));
        let vaults = headers.into_iter().map(|header| VaultView {
            vault_id: header.vault_id.to_string(),
            account: header.sign_in_name,
            server_url: header.server_url,
            last_opened_ms: js_ms(header.last_opened_at_ms),
        });
        let remembered = held(&self.inner.settings).server_url.clone();
        Ok(SessionView::Closed {
            vaults: vaults.collect(),
            server_url: self.inner.offered_server.clone().or(remembered).unwrap_or_default(),
            problem,
        })
    }

    fn api(&self, address: ServerAddress, clock_offset_ms: Option<i64>) -> Result<Api, DeskError> {
        let transport = HttpTransport::new(address).map_err(|error| {
            tracing::error!(%error, "the HTTP client cannot be set up");
            DeskError::Sync(sync::SyncErrorKind::ClientSetup.into())
        })?;
        Ok(Api::new(Arc::new(transport), self.inner.clock.clone(), clock_offset_ms))
    }

    /// The vault of this account at this address, if there is one here.
    async fn vault_of(&self, address: &ServerAddress, account: &str) -> Result<Option<VaultHeader>, DeskError> {
        let data = self.inner.data.clone();
        let (headers, _) = self.vault_call(move || vault::list(&data)).await?;
        let address = address.to_string();
        Ok(headers.into_iter().find(|header| header.sign_in_name == account && header.server_url == address))
    }

    /// Makes the vault, or unlocks the one that this account has here already for this server.
    async fn vault_for(&self, new: NewVault, password: Zeroizing<String>, now_ms: i64) -> Result<Vault, DeskError> {
        let inner = self.inner.clone();
        let made = self
            .vault_call(move || {
                let (headers, _) = vault::list(&inner.data)?;
                let known = headers
                    .iter()
                    .find(|header| header.server_id == new.server_id && header.account_id == new.account_id);
                match known {
                    None => Vault::create(&inner.data, new, &password, &*inner.keychain, inner.kdf_cost, now_ms),
                    Some(known) => {
                        let vault = Vault::unlock(&inner.data, known.vault_id, &password, &*inner.keychain, now_ms)?;
                        if vault.header().server_url != new.server_url {
                            vault.change_server_url(&new.server_url)?;
                        }
                        Ok(vault)
                    }
                }
            })
            .await;
        match made {
            // The server took the password, so it was changed since the vault was made.
            Err(DeskError::Vault(VaultError::WrongPassword)) => Err(DeskError::VaultPasswordDiffers),
            other => other,
        }
    }

    async fn unlock_vault(&self, vault_id: uuid::Uuid, password: Zeroizing<String>) -> Result<Vault, DeskError> {
        let inner = self.inner.clone();
        let now_ms = inner.clock.wall_ms();
        self.vault_call(move || Vault::unlock(&inner.data, vault_id, &password, &*inner.keychain, now_ms)).await
    }

    async fn sit_down(
        &self,
        vault: Vault,
        server: &ServerInfo,
        reviewer: Reviewer,
        session: Option<contract::session::SessionAnswer>,
    ) -> Result<(), DeskError> {
        for recovered in vault.recovered() {
            tracing::error!(file = %recovered.file, "a cache file was made anew; it is fetched again");
        }
        let vault = Arc::new(vault);
        let header = vault.header();
        let role = casework::Role::from_word(&reviewer.role);
        let address = ServerAddress::parse(&header.server_url)?;
        let to_keep = vault.clone();
        let (person, info) = (serde_json::to_string(&reviewer)?, serde_json::to_string(server)?);
        let (offset, told) = self
            .vault_call(move || {
                to_keep.put_person(&person)?;
                to_keep.put_server(&info)?;
                Ok((to_keep.clock_offset()?, to_keep.due_told()?))
            })
            .await?;
        let api = self.api(address, offset)?;
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
        let ledger =
            VaultLedger { vault: vault.clone(), worker: self.inner.worker.clone(), calendars: calendars.clone() };
        let settings =
            Settings::new(header.server_id, header.account_id.0, role.is_some_and(casework::Role::may_review));
        let engine = Arc::new(Engine::new(api, Arc::new(ledger), Arc::new(SystemJitter), settings));
        let (stop, stopped) = watch::channel(false);
        let events = engine.subscribe();
        let seat = Arc::new(Seat::new(vault, engine.clone(), stop, reviewer, server.clone(), calendars, told));
        if let Some(session) = session {
            engine.adopt(session).await?;
        }
        *self.inner.seat.write().unwrap_or_else(PoisonError::into_inner) = Some(seat.clone());
        let listening = self.inner.runtime.spawn(self.clone().listen(seat.clone(), events));
        let running = self.inner.runtime.spawn(engine.run(stopped));
        *held(&seat.running) = Some(running);
        let watching = self.inner.runtime.spawn(self.clone().watch_the_clock(seat.clone()));
        held(&seat.tasks).extend([listening, watching]);
        for topic in [TopicView::Session, TopicView::Status, TopicView::Queue, TopicView::Outbox, TopicView::Calendar] {
            self.inner.announcer.changed(topic);
        }
        Ok(())
    }

    async fn stop(&self, seat: &Seat) {
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

    /// Gets up: background work ends, the vault is closed, the keys leave the memory with the seat.
    pub(crate) async fn leave_seat(&self) {
        let Some(seat) = self.take_seat() else { return };
        self.stop(&seat).await;
        self.close_vault(&seat).await;
    }

    /// From now on no use case reaches the seat, and its photo tokens are dead.
    fn take_seat(&self) -> Option<Arc<Seat>> {
        let seat = self.inner.seat.write().unwrap_or_else(PoisonError::into_inner).take()?;
        seat.open().case = None;
        Some(seat)
    }

    async fn close_vault(&self, seat: &Seat) {
        let vault = seat.vault.clone();
        if let Err(error) = self.vault_call(move || vault.close()).await {
            tracing::error!(%error, "the vault did not close cleanly; what was committed is kept");
        }
    }

    /// Runs blocking work of sitting down off the event loop.
    async fn blocking_call<T, F>(&self, call: F) -> Result<T, DeskError>
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

/// Who sat here last and at which server, for a start without the network.
pub(crate) fn remembered(vault: &Vault) -> Result<(Reviewer, ServerInfo), DeskError> {
    let person = vault.person()?.ok_or(VaultError::NotFound)?;
    let server = vault.server()?.ok_or(VaultError::NotFound)?;
    Ok((serde_json::from_str(&person)?, serde_json::from_str(&server)?))
}

/// The server's public key for envelopes.
pub(crate) fn envelope_public_key(key: &EnvelopeKey) -> Result<Vec<u8>, DeskError> {
    base64::engine::general_purpose::STANDARD
        .decode(&key.public_key)
        .map_err(|_| DeskError::Envelope(contract::envelope::EnvelopeError::BadKey))
}
