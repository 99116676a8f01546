//! The rules of a manual review: case, applicant, evidence, decision, reason, lease, attempts.
//!
//! Pure: no clock, no randomness, no I/O, no serialisation. Time, ids and the facts of a case are arguments; every refusal is a small
//! typed error. Desktop and server call the same rules; only the server's word counts.

mod access;
mod applicant;
mod attempt;
mod document;
mod evidence;
mod id;
mod lease;
mod opinion;
mod reason;
mod role;
mod state;

pub use access::{AccessEvent, CHAIN_START, ChainEntry, chain_hash};
pub use applicant::{Declared, NameError, PersonName, Validity};
pub use attempt::{Consequence, Period, REVIEWS_PER_PERIOD, Round, RoundError, consequence_of_rejection, reviews_left};
pub use document::{DocumentNumber, DocumentNumberError, DocumentType};
pub use evidence::{Evidence, EvidenceError, EvidenceKind, check_sides};
pub use id::{AccountId, CaseId, CaseNo, CaseVersion, DecisionId, Fence, IdError, OfficeId, Sha256};
pub use lease::{Lease, LeaseStanding};
pub use opinion::{Opinion, OpinionError, OpinionKind};
pub use reason::{Language, Reason, ReasonCatalogue, ReasonCode, ReasonKind};
pub use role::Role;
pub use state::{CaseState, Conclusion, DecideError, Next, decide, may_reject, repair, report_technical, void};
