//! Leases: my next cases by deadline, or one case on request. Declared data and photo hashes come with them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use uuid::Uuid;

use crate::case::CaseDetail;
use crate::case_work::CaseWork;

/// `POST /v1/leases`: what happened here since the last time, and whether more is wanted for a time without a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeasesRequest {
    /// Cases that were opened since the last time that this was told: their leases last until their end.
    #[serde(default)]
    pub opened: Vec<OpenedCase>,
    /// Take offline (带离线): lease more, until a stated time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<TakeOffline>,
}

/// A case that was opened under a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenedCase {
    /// The case.
    pub case_id: Uuid,
    /// The fence of the lease.
    pub fence: u32,
}

/// How much to take offline. The server grants at most what its limits allow, and says in its answer what it granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeOffline {
    /// Until when; a time that is past ends it.
    pub until_ms: i64,
    /// How many cases in all.
    pub count: u32,
}

/// Answer of `POST /v1/leases`: all my leases, renewed and filled up to the limit that the server sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeasesAnswer {
    /// How many cases the server leases to a person ahead.
    pub limit: u32,
    /// All that I hold, most urgent first.
    pub leases: Vec<LeaseAnswer>,
    /// Until when cases are taken offline, while they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline_until_ms: Option<i64>,
}

/// Answer of `POST /v1/cases/{id}/lease`, and one entry of [`LeasesAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaseAnswer {
    /// Rises when the case goes to another holder.
    pub fence: u32,
    /// When others may take the case.
    pub expires_at_ms: i64,
    /// Whether the server knows that it was opened; until then the lease lapses earlier.
    pub is_opened: bool,
    /// Draft, note and hold of the last holder, this person or one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<CaseWork>,
    /// Everything about the case.
    pub case: CaseDetail,
}

/// `DELETE /v1/cases/{id}/lease` and `POST /v1/cases/{id}/technical`: which grant is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FenceRequest {
    /// The fence of the lease.
    pub fence: u32,
}

/// `POST /v1/cases/{id}/recuse` (回避): the person stands back from the case for good and gives it back if it was held. Also `POST
/// /v1/cases/{id}/revoke`, by a supervisor: the holder's lease ends. For the office's records; the applicant never gets it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyRequest {
    /// 1 to 500 characters.
    pub reason: String,
}

impl std::fmt::Debug for WhyRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WhyRequest(…)")
    }
}
