//! The paths of the contract, each in one place for both sides.

use casework::{CaseId, Sha256};

/// Who the server is; no sign-in needed.
pub const SERVER: &str = "/v1/server";
/// Sign in (POST), sign out (DELETE).
pub const SESSION: &str = "/v1/session";
/// Exchange a refresh token.
pub const SESSION_REFRESH: &str = "/v1/session/refresh";
/// The change feed.
pub const CHANGES: &str = "/v1/changes";
/// Register the device's keys, get its delivery credential.
pub const DEVICE: &str = "/v1/device";
/// Open a sealed work.db key of an own device.
pub const DEVICE_UNSEAL: &str = "/v1/device/unseal";
/// Ship the access log of a device.
pub const AUDIT: &str = "/v1/audit";
/// Decisions that desktops cannot deliver; for supervisors.
pub const STUCK: &str = "/v1/stuck";
/// The event stream.
pub const EVENTS: &str = "/v1/events";
/// The same as a long poll.
pub const EVENTS_WAIT: &str = "/v1/events/wait";
/// Fill up my leases.
pub const LEASES: &str = "/v1/leases";
/// The reasons catalogue.
pub const REASONS: &str = "/v1/reasons";
/// The calendar pack in force; no sign-in needed.
pub const CALENDAR: &str = "/v1/calendar";
/// The portal's intake.
pub const INTAKE: &str = "/v1/intake/applications";
/// The description of all this.
pub const OPENAPI: &str = "/v1/openapi.json";

/// Lease a case (POST) or give it back (DELETE).
#[must_use]
pub fn lease(case_id: CaseId) -> String {
    format!("/v1/cases/{case_id}/lease")
}

/// Draft, note and hold of a case.
#[must_use]
pub fn case_work(case_id: CaseId) -> String {
    format!("/v1/cases/{case_id}/work")
}

/// Stand back from a case.
#[must_use]
pub fn recuse(case_id: CaseId) -> String {
    format!("/v1/cases/{case_id}/recuse")
}

/// A supervisor ends the holder's lease.
#[must_use]
pub fn revoke(case_id: CaseId) -> String {
    format!("/v1/cases/{case_id}/revoke")
}

/// Post a decision on a case.
#[must_use]
pub fn decisions(case_id: CaseId) -> String {
    format!("/v1/cases/{case_id}/decisions")
}

/// Report that a photo cannot be seen.
#[must_use]
pub fn technical(case_id: CaseId) -> String {
    format!("/v1/cases/{case_id}/technical")
}

/// A supervisor says that a technical case can be reviewed again.
#[must_use]
pub fn repaired(case_id: CaseId) -> String {
    format!("/v1/cases/{case_id}/repaired")
}

/// A supervisor ends a round that failed by our fault.
#[must_use]
pub fn void(case_id: CaseId) -> String {
    format!("/v1/cases/{case_id}/void")
}

/// The original bytes of a photo.
#[must_use]
pub fn photo(sha256: Sha256) -> String {
    format!("/v1/photos/{sha256}")
}
