//! Sign-in, refresh, sign-out.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// `POST /v1/session`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The account's sign-in name.
    pub account: String,
    /// Its password.
    pub password: String,
    /// Made once per vault; names the device in the server's records.
    pub device_id: Uuid,
    /// The contract version of the desktop.
    pub contract_version: u32,
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRequest").field("device_id", &self.device_id).finish_non_exhaustive()
    }
}

/// `POST /v1/session/refresh`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token of the last answer.
    pub refresh_token: String,
}

impl fmt::Debug for RefreshRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshRequest(…)")
    }
}

/// Answer of sign-in and refresh.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionAnswer {
    /// Sent as `Authorization: Bearer`.
    pub access_token: String,
    /// When it ends, server time.
    pub access_expires_at_ms: i64,
    /// Good for one refresh; the one before it stays good until this one is used.
    pub refresh_token: String,
    /// When it ends, server time.
    pub refresh_expires_at_ms: i64,
    /// Who is signed in.
    pub person: Person,
}

impl fmt::Debug for SessionAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionAnswer")
            .field("access_expires_at_ms", &self.access_expires_at_ms)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// The account.
    pub account_id: Uuid,
    /// Its sign-in name.
    pub account: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// `reviewer`, `supervisor` or `auditor`.
    pub role: String,
    /// The office whose cases this person sees.
    pub office_id: Uuid,
    /// Its name.
    pub office_name: String,
    /// Code of the region whose extra days off the office has, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office_region: Option<String>,
}
