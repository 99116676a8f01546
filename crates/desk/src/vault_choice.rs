//! Which vault a person gets who signed in at the server: the own one with the password that was typed, the own one with the password from
//! before, or a new one. And how a vault is given up: its cache goes, what was decided in it is still delivered.

use std::path::Path;
use std::sync::Arc;

use casework::{AccessEvent, AccountId};
use sync::ServerAddress;
use uuid::Uuid;
use vault::{NewVault, Vault, VaultError, VaultHeader, WorkStore};
use zeroize::Zeroizing;

use crate::access;
use crate::desk::{Desk, Inner};
use crate::error::DeskError;
use crate::view::{OtherVaultPassword, TopicView};

impl Desk {
    /// The vault of this account at this address that can be unlocked, if there is one here.
    pub(crate) async fn vault_of(
        &self,
        address: &ServerAddress,
        account: &str,
    ) -> Result<Option<VaultHeader>, DeskError> {
        let data = self.inner.data.clone();
        let (headers, _) = self.vault_call(move || vault::list(&data)).await?;
        let address = address.to_string();
        Ok(headers.into_iter().find(|header| {
            header.retired_at_ms.is_none() && header.sign_in_name == account && header.server_url == address
        }))
    }

    /// The vault of this account at this server, wherever that is, that can be unlocked.
    pub(crate) async fn vault_at(
        &self,
        server_id: Uuid,
        account_id: AccountId,
    ) -> Result<Option<VaultHeader>, DeskError> {
        let data = self.inner.data.clone();
        let (headers, _) = self.vault_call(move || vault::list(&data)).await?;
        Ok(headers.into_iter().find(|header| is_usable(header, server_id, account_id)))
    }

    /// Makes the vault, or unlocks the one that this account has here already for this server. `new` names the device that the server was told
    /// of. With `NewCache` a vault that is here is given up first; nobody may sit at it then.
    pub(crate) async fn vault_for(
        &self,
        new: NewVault,
        password: Zeroizing<String>,
        other: Option<OtherVaultPassword>,
        now_ms: i64,
    ) -> Result<Vault, DeskError> {
        let desk = self.clone();
        self.blocking_call(move || {
            let inner = &desk.inner;
            let (headers, _) = vault::list(&inner.data)?;
            let known = headers.iter().find(|header| is_usable(header, new.server_id, new.account_id));
            let create = |new| Vault::create(&inner.data, new, &password, &*inner.keychain, inner.kdf_cost, now_ms);
            let Some(known) = known else { return Ok(create(new)?) };
            let vault = match other {
                None => desk.unlock_known(known.vault_id, &password).map_err(|error| match error {
                    // The server took the password, so it was changed since the vault was made.
                    DeskError::UnlockFailed(_) => DeskError::VaultPasswordDiffers,
                    other => other,
                })?,
                Some(OtherVaultPassword::Before { password: before }) => {
                    let before = Zeroizing::new(before);
                    let changed = vault::change_password(
                        &inner.data,
                        known.vault_id,
                        &before,
                        &password,
                        &*inner.keychain,
                        wall_ms(inner),
                    );
                    changed.map_err(|error| desk.unlock_error(known.vault_id, error))?;
                    desk.unlock_known(known.vault_id, &password)?
                }
                Some(OtherVaultPassword::NewCache) => {
                    give_up(&desk, known.vault_id, "password_forgotten")?;
                    return Ok(create(new)?);
                }
            };
            if vault.header().server_url != new.server_url {
                vault.change_server_url(&new.server_url)?;
            }
            Ok(vault)
        })
        .await
    }

    pub(crate) async fn unlock_vault(&self, vault_id: Uuid, password: Zeroizing<String>) -> Result<Vault, DeskError> {
        let desk = self.clone();
        self.blocking_call(move || desk.unlock_known(vault_id, &password)).await
    }

    /// Blocks.
    fn unlock_known(&self, vault_id: Uuid, password: &str) -> Result<Vault, DeskError> {
        let inner = &self.inner;
        let work = self.work_of(vault_id);
        Vault::unlock_sharing(&inner.data, vault_id, password, &*inner.keychain, wall_ms(inner), work)
            .map_err(|error| self.unlock_error(vault_id, error))
    }

    /// A password that did not open goes into the access log of its vault, where that can be written without one.
    fn unlock_error(&self, vault_id: Uuid, error: VaultError) -> DeskError {
        let is_guess =
            matches!(error, VaultError::WrongPassword | VaultError::Retired | VaultError::TooManyGuesses { .. });
        if is_guess {
            self.note_failed_unlock(vault_id);
        }
        match error {
            VaultError::WrongPassword => DeskError::UnlockFailed(vault::tries_left(&self.inner.data, vault_id)),
            other => DeskError::Vault(other),
        }
    }

    fn note_failed_unlock(&self, vault_id: Uuid) {
        let now_ms = wall_ms(&self.inner);
        if let Some(delivery) = self.delivery_of(vault_id) {
            access::note(&delivery.work, delivery.now_ms(), AccessEvent::UnlockFailed);
            delivery.courier.nudge();
            return;
        }
        match WorkStore::open(&self.inner.data, vault_id, &*self.inner.keychain, now_ms) {
            Ok(Some(work)) => {
                let now_ms = server_ms(&work, now_ms);
                access::note(&work, now_ms, AccessEvent::UnlockFailed);
                if let Err(error) = work.close() {
                    tracing::error!(%error, "the work of a vault did not close cleanly; what was committed is kept");
                }
            }
            // Without a keychain nothing can be written before the right password comes.
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "a failed unlock is not in the access log"),
        }
    }

    /// The server says that the office revoked this device: the cache goes, decisions stay for the office to decide on.
    pub(crate) async fn give_up_revoked(&self, vault_id: Uuid) {
        let _changing = self.inner.changing_seat.lock().await;
        let is_here = self.seat().is_ok_and(|seat| seat.vault.header().vault_id == vault_id);
        if is_here {
            self.leave_seat().await;
        }
        let desk = self.clone();
        if let Err(error) = self.blocking_call(move || Ok(give_up(&desk, vault_id, "device_revoked")?)).await {
            tracing::error!(%error, "the cache of a revoked device is still here");
        }
        for topic in [TopicView::Session, TopicView::Status] {
            self.inner.announcer.changed(topic);
        }
    }
}

fn is_usable(header: &VaultHeader, server_id: Uuid, account_id: AccountId) -> bool {
    header.retired_at_ms.is_none() && (header.server_id, header.account_id) == (server_id, account_id)
}

/// Destroys the key of the cache and the cache. Blocks.
fn give_up(desk: &Desk, vault_id: Uuid, why: &str) -> Result<(), VaultError> {
    let header = list_one(&desk.inner.data, vault_id)?;
    if header.retired_at_ms.is_some() {
        return Ok(());
    }
    vault::retire(&desk.inner.data, vault_id, wall_ms(&desk.inner))?;
    if let Some(delivery) = desk.delivery_of(vault_id) {
        access::note_detail(&delivery.work, delivery.now_ms(), AccessEvent::CacheRenewed, why);
    }
    Ok(())
}

fn list_one(data: &Path, vault_id: Uuid) -> Result<VaultHeader, VaultError> {
    let (headers, _) = vault::list(data)?;
    headers.into_iter().find(|header| header.vault_id == vault_id).ok_or(VaultError::NotFound)
}

fn wall_ms(inner: &Arc<Inner>) -> i64 {
    inner.clock.wall_ms()
}

/// Server time as a closed vault remembers it.
fn server_ms(work: &WorkStore, wall_ms: i64) -> i64 {
    wall_ms.saturating_add(work.clock_offset().ok().flatten().unwrap_or(0))
}
