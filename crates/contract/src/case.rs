//! A case as it travels: the row that everybody of the office may see, and the detail that comes with a lease only.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A row of the queue. Of the applicant it carries only name, last four, document type and deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseRow {
    /// The case.
    pub case_id: Uuid,
    /// Its number.
    pub case_no: String,
    /// Rises with every change.
    pub version: u32,
    /// `pending`, `second_opinion`, `supervisor_decides` or `technical`.
    pub state: String,
    /// The applicant's name.
    pub name: String,
    /// The last four characters of the document number.
    pub last_four: String,
    /// One of the four document types.
    pub document_type: String,
    /// 1, 2 or 3.
    pub round: u8,
    /// The server's deadline: the one that counts.
    pub deadline: DeadlineWire,
    /// Who holds it, if anybody.
    pub lease: Option<LeaseSummary>,
}

/// A deadline as the server computed it last, with all that is needed to compute and explain it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeadlineWire {
    /// What came of it.
    pub outcome: DeadlineOutcome,
    /// The instant of the submission, from which it is counted.
    pub submitted_at_ms: i64,
    /// `P0`, `P1` or `P2`.
    pub policy: String,
    /// Version of the policy.
    pub policy_version: u32,
    /// Code of the region whose extra days off were counted, if the office has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Serial of the calendar pack by which it was computed.
    pub pack_serial: u32,
    /// SHA-256 of that pack's canonical bytes, hex.
    pub pack_sha256: String,
    /// Why it was computed last: `initial`, `calendar` (a new pack) or `region` (the office got other regional days off).
    pub reason: String,
    /// When it was computed, server time: of two answers about one version of a case, the one computed later holds.
    pub computed_at_ms: i64,
    /// Beijing date that was promised first; absent when there was none to promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_due_date: Option<String>,
}

/// What came of a computation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum DeadlineOutcome {
    /// All days up to it are published.
    Final {
        /// The due date and its two instants.
        #[serde(flatten)]
        due: DueWire,
    },
    /// 暂定: the next year's notice is not out.
    Provisional {
        /// The due date and its two instants, by statutory holidays only.
        #[serde(flatten)]
        due: DueWire,
        /// Earliest Beijing date that it may become.
        earliest: String,
        /// Latest Beijing date that it may become.
        latest: String,
    },
    /// Beyond the calendar; never a guess.
    OutOfRange,
}

impl DeadlineOutcome {
    /// The due date with its instants, final or provisional.
    #[must_use]
    pub fn due(&self) -> Option<&DueWire> {
        match self {
            Self::Final { due } | Self::Provisional { due, .. } => Some(due),
            Self::OutOfRange => None,
        }
    }
}

/// The due date and its two instants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DueWire {
    /// Beijing date of the 7th working day.
    pub due_date: String,
    /// Close of business of that day.
    pub target_ms: i64,
    /// 24:00 of that day.
    pub breach_ms: i64,
}

/// Who holds a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaseSummary {
    /// The holder's account.
    pub holder: Uuid,
    /// The holder's name.
    pub holder_name: String,
    /// When others may take the case.
    pub expires_at_ms: i64,
}

/// Everything about a case; comes with the lease only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseDetail {
    /// The row, as of the same moment.
    pub row: CaseRow,
    /// When the applicant submitted.
    pub submitted_at_ms: i64,
    /// What the applicant declared.
    pub declared: DeclaredWire,
    /// The photos.
    pub evidence: Vec<EvidenceWire>,
    /// The applicant's earlier rounds in the same period, oldest first.
    pub earlier_rounds: Vec<EarlierRound>,
}

/// What the applicant declared.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredWire {
    /// Name.
    pub name: String,
    /// The name before, when the review is about a change of name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_name: Option<String>,
    /// One of the four document types.
    pub document_type: String,
    /// The number as declared, normalised.
    pub document_number: String,
    /// Start of validity, `YYYY-MM-DD`.
    pub valid_from: String,
    /// End of validity, `YYYY-MM-DD`; absent for 长期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

impl std::fmt::Debug for DeclaredWire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeclaredWire(…)")
    }
}

/// One photo of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceWire {
    /// SHA-256 of the original bytes, hex.
    pub sha256: String,
    /// `portrait_side`, `emblem_side`, `holding` or `supporting`.
    pub kind: String,
    /// `jpeg`, `png` or `webp`, by magic bytes.
    pub photo_type: String,
    /// Size of the original in bytes.
    pub bytes: u32,
    /// Width in pixels as stored, before EXIF orientation.
    pub width: u32,
    /// Height in pixels as stored, before EXIF orientation.
    pub height: u32,
}

/// An earlier round of the same applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EarlierRound {
    /// 1 or 2.
    pub round: u8,
    /// Its number.
    pub case_no: String,
    /// Beijing date of submission.
    pub submitted_on: String,
    /// `approved`, `rejected` or `void`.
    pub outcome: String,
    /// Why it was rejected.
    pub reasons: Vec<String>,
}

/// `POST /v1/cases/{id}/void`: why the round failed by our fault. For the office's records; the applicant never gets it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidRequest {
    /// 1 to 500 characters.
    pub reason: String,
}

impl std::fmt::Debug for VoidRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VoidRequest(…)")
    }
}
