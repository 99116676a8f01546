//! Devices: registering the two keys of one, opening the key of its `work.db` for its account, and revoking it. A device that is revoked
//! stays revoked; a new vault is a new device.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use contract::device::{DeviceAnswer, DeviceRequest, UnsealAnswer, UnsealRequest};
use contract::envelope::SEALED_DEVICE_KEY;
use contract::problem::ProblemCode;
use contract::signature;
use rusqlite::Connection;
use uuid::Uuid;

use crate::refusal::ServerError;
use crate::rules::viewer::Viewer;
use crate::secret::Token;
use crate::state::AppState;
use crate::store::device::{self, DeviceRecord};
use crate::store::{audit, ms, session};

/// How often keys are opened for one account within [`UNSEAL_SPAN`].
const UNSEALS: u32 = 5;
const UNSEAL_SPAN: Duration = Duration::hours(24);

/// Registers the device of this session and gives a new delivery credential. The ones before stay good, since their answers may have been
/// what the desktop kept.
pub(crate) fn register(
    db: &Connection,
    viewer: &Viewer,
    request: &DeviceRequest,
    now: DateTime<Utc>,
) -> Result<DeviceAnswer, ServerError> {
    let id = session::device(db, viewer.session)?;
    for (field, key) in [("device_key", &request.device_key), ("author_key", &request.author_key)] {
        // Also refuses the other ways to write a key in base64, which would be other texts of the same key.
        if !signature::is_public_key(key) {
            return Err(ServerError::at_field(ProblemCode::BadRequest, field));
        }
    }
    if request.device_key == request.author_key {
        return Err(ServerError::at_field(ProblemCode::BadRequest, "author_key"));
    }
    match device::load(db, id, viewer.id())? {
        Some(known) if known.revoked_at_ms.is_some() => return Err(ProblemCode::DeviceRevoked.into()),
        Some(known) if known.device_key != request.device_key => {
            return Err(ServerError::at_field(ProblemCode::DeviceKeyDiffers, "device_key"));
        }
        Some(known) if known.author_key != request.author_key => {
            return Err(ServerError::at_field(ProblemCode::DeviceKeyDiffers, "author_key"));
        }
        Some(_) => {}
        None => {
            let new = DeviceRecord {
                id,
                account: viewer.id(),
                device_key: request.device_key.clone(),
                author_key: request.author_key.clone(),
                registered_at_ms: ms(now),
                revoked_at_ms: None,
            };
            device::insert(db, &new)?;
            audit::write(db, ms(now), Some(viewer.id()), "device_registered", None, Some(&id.to_string()))?;
        }
    }
    let credential = Token::credential()?;
    device::add_credential(db, id, viewer.id(), &credential.sha256(), ms(now))?;
    Ok(DeviceAnswer { delivery_credential: credential.text().to_owned() })
}

/// Opens the key of a device's `work.db` for the account that registered the device. Every success is in the audit.
pub(crate) fn unseal(
    db: &Connection,
    state: &AppState,
    viewer: &Viewer,
    request: &UnsealRequest,
    now: DateTime<Utc>,
) -> Result<UnsealAnswer, ServerError> {
    let known = device::load(db, request.device_id, viewer.id())?.ok_or(ProblemCode::NotFound)?;
    if known.revoked_at_ms.is_some() {
        return Err(ProblemCode::DeviceRevoked.into());
    }
    if device::unseals_since(db, viewer.id(), ms(now - UNSEAL_SPAN))? >= UNSEALS {
        return Err(ServerError::retry_after(ProblemCode::TooManyRequests, 3600));
    }
    let bad = |field: &str| ServerError::at_field(ProblemCode::BadEnvelope, field);
    let pair = state.envelope_key(&request.key_id).ok_or_else(|| bad("key_id"))?;
    let sealed = STANDARD.decode(&request.sealed).map_err(|_| bad("sealed"))?;
    if sealed.len() != SEALED_DEVICE_KEY {
        return Err(bad("sealed"));
    }
    let key = pair.open_device_key(known.id, &sealed).map_err(|_| bad("sealed"))?;
    device::note_unseal(db, viewer.id(), ms(now))?;
    audit::write(db, ms(now), Some(viewer.id()), "device_key_opened", None, Some(&known.id.to_string()))?;
    Ok(UnsealAnswer { key: STANDARD.encode(&key[..]) })
}

/// Revokes a device of an account and ends its sessions. Returns whether there is such a device; one that is revoked already stays so.
pub(crate) fn revoke(
    db: &Connection,
    id: Uuid,
    account: casework::AccountId,
    now: DateTime<Utc>,
) -> Result<bool, ServerError> {
    let Some(known) = device::load(db, id, account)? else {
        return Ok(false);
    };
    if known.revoked_at_ms.is_none() {
        device::revoke(db, id, account, ms(now))?;
        session::end_of_device(db, id, account, "device_revoked", ms(now))?;
        audit::write(db, ms(now), Some(account), "device_revoked", None, Some(&id.to_string()))?;
    }
    Ok(true)
}
