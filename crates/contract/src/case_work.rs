//! What a holder has on the desk of a case besides a decision: a draft, a note, a hold. Kept by the server under the lease, so that a case
//! that goes to another holder brings it along; cleared when an opinion is given, so that a second opinion stays blind.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `PUT /v1/cases/{id}/work`: replaces what the server has. Everything absent clears it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseWorkRequest {
    /// The fence of the lease under which it was made.
    pub fence: u32,
    /// The new contents.
    pub work: CaseWork,
}

/// Draft, note and hold of a case.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseWork {
    /// A decision that is half filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftWire>,
    /// A note for whoever works on the case; never for the applicant. At most 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Laid aside. The clock goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldWire>,
    /// When it was changed last, by the author's idea of server time.
    pub updated_at_ms: i64,
    /// Who made it; set by the server in its answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
}

/// A decision that is half filled in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftWire {
    /// `approve`, `reject` or `escalate`; absent while nothing is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// Codes of the catalogue.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// The free text for the applicant.
    #[serde(default)]
    pub applicant_text: String,
    /// The internal note of the decision.
    #[serde(default)]
    pub internal_note: String,
}

/// Laid aside, with a word why and perhaps a reminder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldWire {
    /// Why; at most 500 characters.
    pub note: String,
    /// When to be reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at_ms: Option<i64>,
}

macro_rules! hidden {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

hidden!(CaseWorkRequest, CaseWork, DraftWire, HoldWire);
