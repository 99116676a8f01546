//! Leases: my next cases by deadline, or one case on request. Declared data and photo hashes come with them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::case::CaseDetail;

/// Answer of `POST /v1/leases`: all my leases, renewed and filled up to the limit that the server sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeasesAnswer {
    /// How many cases the server leases to a person ahead.
    pub limit: u32,
    /// All that I hold, most urgent first.
    pub leases: Vec<LeaseAnswer>,
}

/// Answer of `POST /v1/cases/{id}/lease`, and one entry of [`LeasesAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaseAnswer {
    /// Rises when the case goes to another holder.
    pub fence: u32,
    /// When others may take the case.
    pub expires_at_ms: i64,
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
