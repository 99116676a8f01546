//! The portal's intake: one application for manual review, as multipart: a part `application` (JSON, [`IntakeApplication`]) and one file
//! part per photo, named by its kind (`portrait_side`, `emblem_side`, `holding`, `supporting`; the last may repeat).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::case::{DeadlineWire, DeclaredWire};

/// The part `application`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntakeApplication {
    /// The portal's name for the applicant; rounds are counted by it.
    pub applicant_ref: String,
    /// The office that reviews it.
    pub office_id: Uuid,
    /// When the applicant submitted, milliseconds since the Unix epoch; bounded by the server's clock.
    pub submitted_at_ms: i64,
    /// What the applicant declared.
    pub declared: DeclaredWire,
}

/// Answer of `POST /v1/intake/applications`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntakeAnswer {
    /// The new case; the same one for the same idempotency key.
    pub case_id: Uuid,
    /// Its number, for the applicant.
    pub case_no: String,
    /// 1, 2 or 3.
    pub round: u8,
    /// The promise made to the applicant.
    pub deadline: DeadlineWire,
}
