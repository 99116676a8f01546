//! What a run of a harness may end with. Unknown is not a pass: whoever could not read the final state has proved nothing.

use std::fmt;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that was promised held.
    Pass,
    /// A promise was broken; the text says which, and about which decision.
    Fail(String),
    /// The final state could not be read or the run did not get so far.
    Unknown(String),
}

impl Verdict {
    /// Whether everything held.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        *self == Self::Pass
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => f.write_str("pass"),
            Self::Fail(what) => write!(f, "FAIL: {what}"),
            Self::Unknown(what) => write!(f, "UNKNOWN: {what}"),
        }
    }
}
