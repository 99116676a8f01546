//! A device: one vault of one account on one computer. It registers two public keys and gets a credential that can only deliver.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `PUT /v1/device`, with the access token of a session of this device. The keys of a device never change; repeating the request gives a
/// new credential, and the ones before it stay good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// Ed25519 public key of the device, 32 bytes in standard base64.
    pub device_key: String,
    /// Ed25519 public key of the author on this device, 32 bytes in standard base64.
    pub author_key: String,
}

/// Answer of `PUT /v1/device`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct DeviceAnswer {
    /// Sent as `Authorization: Bearer` when a decision is delivered or the access log shipped; good for nothing else.
    pub delivery_credential: String,
}

impl fmt::Debug for DeviceAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceAnswer(…)")
    }
}

/// `POST /v1/device/unseal`, with the access token of any session of the account: the key of `work.db` on one of its devices, which that
/// device had sealed to the server. For a person who forgot the password of a vault that has no keychain.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnsealRequest {
    /// The device whose key it is.
    pub device_id: uuid::Uuid,
    /// Which of the server's keys it is sealed to.
    pub key_id: String,
    /// What that device sealed, standard base64.
    pub sealed: String,
}

impl fmt::Debug for UnsealRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsealRequest").field("device_id", &self.device_id).finish_non_exhaustive()
    }
}

/// Answer of `POST /v1/device/unseal`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct UnsealAnswer {
    /// 32 bytes in standard base64.
    pub key: String,
}

impl fmt::Debug for UnsealAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnsealAnswer(…)")
    }
}
