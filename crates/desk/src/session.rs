//! Who sits at the desk, as a person decides it: first sign-in makes the vault, later starts unlock it without the network, lock closes it,
//! sign-out forgets what came from the server. What was decided stays in every case, and is delivered in every case.

use casework::{AccessEvent, AccountId};
use sync::ServerAddress;
use vault::{KeyProtection, NewVault, OutboxState, SecretName, VaultError};
use zeroize::Zeroizing;

use crate::courier::is_under_way;
use crate::deadline::js_ms;
use crate::desk::Desk;
use crate::error::{DeskError, command_error};
use crate::ids;
use crate::seat::{Reviewer, held};
use crate::sitting::{NewSession, remembered};
use crate::view::{
    CommandError, KeyProtectionView, OtherVaultPassword, RoleView, SessionView, SignInRequest, SignOutRequest,
    TopicView, UnlockRequest, VaultView,
};

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
            let expected = known.as_ref().map(|header| header.server_id);
            let is_new_cache = matches!(request.vault, Some(OtherVaultPassword::NewCache));
            // The keys of a device never change, so a new cache is a new device.
            let mut device_id = match known.as_ref().filter(|_| !is_new_cache) {
                Some(header) => header.device_id,
                None => ids::random_id()?,
            };
            let mut signed_in = sync::sign_in(&api, &account, &password, device_id, expected).await?;
            let (server_id, account_id) = (signed_in.server.server_id, signed_in.session.person.account_id);
            if let Some(here) = desk.vault_at(server_id, AccountId(account_id)).await?
                && here.device_id != device_id
                && !is_new_cache
            {
                // The same server at another address: the session must be this vault's.
                device_id = here.device_id;
                signed_in = sync::sign_in(&api, &account, &password, device_id, Some(server_id)).await?;
            }
            let person = &signed_in.session.person;
            let new = NewVault {
                vault_id: ids::random_id()?,
                sign_in_name: person.account.clone(),
                account_id: AccountId(person.account_id),
                server_id: signed_in.server.server_id,
                server_url: address.to_string(),
                device_id,
            };
            let sitting = desk.seat().ok().map(|seat| seat.vault.header());
            if sitting.is_some_and(|sitting| (sitting.server_id, sitting.account_id) == (new.server_id, new.account_id))
            {
                // One vault is open once.
                desk.leave_seat().await;
            }
            let reviewer = Reviewer::from(person);
            let vault = desk.vault_for(new, password, request.vault.clone(), api.clock().now().ms).await?;
            desk.leave_seat().await;
            let session = NewSession { answer: signed_in.session, time: api.clock().now() };
            desk.sit_down(vault, &signed_in.server, reviewer, Some(session)).await?;
            desk.remember_server(address.to_string());
            desk.recover_given_up(&desk.seat()?).await;
            desk.session_now().await
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
            if desk.seat().is_ok_and(|seat| seat.vault.header().vault_id == vault_id) {
                // One vault is open once.
                desk.leave_seat().await;
            }
            let vault = desk.unlock_vault(vault_id, password).await?;
            let (reviewer, server) = remembered(&vault)?;
            desk.leave_seat().await;
            desk.sit_down(vault, &server, reviewer, None).await?;
            desk.session_now().await
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
            desk.put_sign_in(&seat).await?;
            desk.note_leaving(&seat, AccessEvent::SignedIn).await;
            desk.inner.announcer.changed(TopicView::Status);
            desk.session_now().await
        })
        .await
    }

    /// Closes the vault; its keys leave the memory. What was decided is delivered all the same.
    ///
    /// # Errors
    /// The data folder cannot be read.
    pub async fn lock(&self) -> Result<SessionView, CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let _changing = desk.inner.changing_seat.lock().await;
            desk.leave_seat().await;
            desk.inner.announcer.changed(TopicView::Session);
            desk.session_now().await
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
            let work = seat.delivery.work.clone();
            let (undelivered, rows) = desk.vault_call(move || Ok((work.outbox_counts()?, work.outbox_list()?))).await?;
            let count = undelivered.undelivered();
            if count > 0 && !request.with_undelivered {
                let under_way = rows.iter().filter(|row| is_under_way(row)).filter_map(|row| row.breach_ms).min();
                let waiting = rows.iter().filter(|row| row.state != OutboxState::Delivered && !row.is_dismissed);
                let at_ms = under_way.or_else(|| waiting.filter_map(|row| row.breach_ms).min());
                return Err(DeskError::UndeliveredLeft { count, at_ms });
            }
            desk.push_case_work(&seat).await;
            // From here on nothing may reach the seat any more: a lease that arrives now would put declared data back.
            desk.take_seat();
            desk.end_undo_windows(&seat).await;
            desk.stop(&seat).await;
            if let Err(error) = seat.engine.sign_out().await {
                tracing::info!(%error, "the server did not hear of the sign-out");
            }
            desk.note_leaving(&seat, AccessEvent::SignedOut).await;
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
            desk.session_now().await
        })
        .await
    }

    async fn session_now(&self) -> Result<SessionView, DeskError> {
        let desk = self.clone();
        self.blocking_call(move || desk.view_of_session()).await
    }

    pub(crate) fn usable(&self) -> Result<(), DeskError> {
        match &self.inner.lock {
            Ok(_) => Ok(()),
            Err(error) => Err(DeskError::Unavailable(Box::new(error.clone()))),
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
                is_demonstration: seat.server().is_demonstration,
            });
        }
        let (headers, damaged) = vault::list(&self.inner.data)?;
        for vault in &damaged {
            tracing::error!(error = %vault.error, "a vault cannot be listed; nothing in it was touched");
        }
        let problem = damaged.into_iter().next().map(|vault| command_error(&DeskError::Vault(vault.error)));
        let usable = headers.into_iter().filter(|header| header.retired_at_ms.is_none());
        let vaults = usable.map(|header| VaultView {
            vault_id: header.vault_id.to_string(),
            account: header.sign_in_name,
            server_url: header.server_url,
            last_opened_ms: js_ms(header.last_opened_at_ms),
        });
        let remembered = held(&self.inner.settings).server_url.clone();
        Ok(SessionView::Closed {
            vaults: vaults.collect(),
            waiting: self.waiting(None)?,
            server_url: self.inner.offered_server.clone().or(remembered).unwrap_or_default(),
            problem,
        })
    }
}
