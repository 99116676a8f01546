//! Identifiers and the two counters of a case, each a type of its own so that they cannot be mixed.
//! Ids are made by the caller (UUIDv7) and only carried here.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use uuid::Uuid;

/// A text that is not the identifier it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a valid {what}")]
pub struct IdError {
    /// Which kind of identifier was expected.
    pub what: &'static str,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError { what: $what })
            }
        }
    };
}

uuid_id!(
    /// One application for manual review (审核件).
    CaseId,
    "case id"
);
uuid_id!(
    /// One decision, made once and sent as the idempotency key on every attempt.
    DecisionId,
    "decision id"
);
uuid_id!(
    /// A reviewer, supervisor or auditor.
    AccountId,
    "account id"
);
uuid_id!(
    /// The organisation whose cases a person may see (审核机构).
    OfficeId,
    "office id"
);

/// What people say on the phone: the case number printed everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseNo(pub String);

impl fmt::Display for CaseNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Rises by one with every change of the case on the server; a decision names the version that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseVersion(pub u32);

/// The fencing number of a lease: rises when the case goes to another holder, so that a stale holder is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fence(pub u32);

/// The SHA-256 of an original photo or of a decision's payload.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256(pub [u8; 32]);

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl FromStr for Sha256 {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut bytes = [0u8; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError { what: "SHA-256" })?;
        Ok(Self(bytes))
    }
}
