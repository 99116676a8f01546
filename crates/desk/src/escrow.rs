//! The way back to undelivered decisions for a person who forgot the password of a vault without a keychain: the device's key, sealed to the
//! server, kept beside the vault. The server opens it for the signed-in account of that device only. It gives nobody the cache or a decision's
//! words, only what was to be delivered anyway.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::device::UnsealRequest;
use contract::envelope;
use contract::server_info::EnvelopeKey;
use serde::{Deserialize, Serialize};
use sync::Engine;
use vault::{KeyProtection, VaultError, VaultHeader, WorkStore};
use zeroize::Zeroizing;

use crate::desk::Desk;
use crate::error::DeskError;
use crate::seat::Seat;

/// What is kept beside the vault.
#[derive(Serialize, Deserialize)]
struct Escrow {
    /// Which of the server's keys it is sealed to.
    key_id: String,
    /// Standard base64.
    sealed: String,
}

/// Seals the device's key to the server, unless that was done for this key of the server already, or a keychain makes it needless.
pub(crate) fn keep(data: &Path, work: &WorkStore, key: &EnvelopeKey) -> Result<(), DeskError> {
    let header = work.header();
    if header.key_protection == KeyProtection::Keychain {
        return Ok(());
    }
    let known = read(data, &header)?;
    if known.is_some_and(|known| known.key_id == key.key_id) {
        return Ok(());
    }
    let device_key = work.device_key_for_escrow()?;
    let sealed = envelope::seal_device_key(&public_key(key)?, header.device_id, &device_key)?;
    let escrow = Escrow { key_id: key.key_id.clone(), sealed: STANDARD.encode(sealed) };
    vault::put_escrow(data, header.vault_id, &serde_json::to_vec(&escrow)?)?;
    tracing::info!("the device's key is sealed to the server, in case the password is forgotten");
    Ok(())
}

/// What was kept; one that cannot be read is none.
fn read(data: &Path, header: &VaultHeader) -> Result<Option<Escrow>, VaultError> {
    let blob = vault::escrow(data, header.vault_id)?;
    Ok(blob.and_then(|blob| serde_json::from_slice(&blob).ok()))
}

/// The server's public key for envelopes.
pub(crate) fn public_key(key: &EnvelopeKey) -> Result<Vec<u8>, DeskError> {
    STANDARD.decode(&key.public_key).map_err(|_| DeskError::Envelope(envelope::EnvelopeError::BadKey))
}

impl Desk {
    /// Couriers for the given up vaults of whoever just signed in. What fails is logged and tried again at the next sign-in.
    pub(crate) async fn recover_given_up(&self, seat: &Arc<Seat>) {
        let own = seat.vault.header();
        let data = self.inner.data.clone();
        let Ok((headers, _)) = self.vault_call(move || vault::list(&data)).await else { return };
        let given_up = headers.into_iter().filter(|header| {
            header.retired_at_ms.is_some()
                && (header.server_id, header.account_id) == (own.server_id, own.account_id)
                && self.delivery_of(header.vault_id).is_none()
        });
        for header in given_up {
            match self.open_given_up(&seat.engine, &header).await {
                Ok(Some(work)) => {
                    if let Err(error) = self.deliver_from(work).await {
                        tracing::error!(%error, "a given up vault's decisions cannot be delivered");
                    }
                }
                Ok(None) => tracing::error!("a given up vault has neither keychain nor sealed key"),
                Err(error) => tracing::error!(%error, "the work of a given up vault cannot be opened"),
            }
        }
        self.announce_waiting();
    }

    async fn open_given_up(&self, engine: &Engine, header: &VaultHeader) -> Result<Option<Arc<WorkStore>>, DeskError> {
        let (desk, of) = (self.clone(), header.clone());
        let (opened, escrow) = self
            .vault_call(move || {
                let (data, now_ms) = (&desk.inner.data, desk.inner.clock.wall_ms());
                match WorkStore::open(data, of.vault_id, &*desk.inner.keychain, now_ms)? {
                    Some(work) => Ok((Some(work), None)),
                    None => Ok((None, read(data, &of)?)),
                }
            })
            .await?;
        let Some(escrow) = escrow else { return Ok(opened) };
        let request = UnsealRequest { device_id: header.device_id, key_id: escrow.key_id, sealed: escrow.sealed };
        let key = engine.unseal(&request).await?;
        let bytes = Zeroizing::new(STANDARD.decode(key.as_bytes()).map_err(|_| VaultError::WrongKey)?);
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(bytes.as_slice().try_into().map_err(|_| VaultError::WrongKey)?);
        let (desk, vault_id) = (self.clone(), header.vault_id);
        let work = self
            .vault_call(move || WorkStore::open_with_key(&desk.inner.data, vault_id, &key, desk.inner.clock.wall_ms()))
            .await?;
        Ok(Some(work))
    }
}
