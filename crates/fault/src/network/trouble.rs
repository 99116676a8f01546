//! How a row of the network runs fails: a promise was broken, or the run did not get so far as to know. The two are never mixed up.

use std::fmt::Display;

use thiserror::Error;

use crate::verdict::Verdict;

/// Why a row did not pass.
#[derive(Debug, Error)]
pub enum Trouble {
    /// A promise was broken.
    #[error("{0}")]
    Broken(String),
    /// Something of the harness failed, so that nothing is known.
    #[error("{0}")]
    Unknown(String),
}

impl From<Trouble> for Verdict {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Broken(what) => Self::Fail(what),
            Trouble::Unknown(what) => Self::Unknown(what),
        }
    }
}

/// A promise was broken.
pub fn broken<T>(what: impl Display) -> Result<T, Trouble> {
    Err(Trouble::Broken(what.to_string()))
}

/// Whatever the harness itself meets leaves the row unknown.
pub fn unknown<E: Display>(what: &'static str) -> impl FnOnce(E) -> Trouble {
    move |error| Trouble::Unknown(format!("{what}: {error}"))
}

/// A promise, checked.
pub fn must(holds: bool, what: impl Display) -> Result<(), Trouble> {
    if holds { Ok(()) } else { broken(what) }
}
