//! Why a call to the server gave no result: no answer, an answer of something else, or a refusal of the contract.

use std::fmt;
use std::time::Duration;

use contract::problem::Problem;
use thiserror::Error;

use crate::transport::TransportError;

/// Why a call gave no result.
#[derive(Clone, PartialEq, Eq, Error)]
pub enum ApiError {
    /// No whole answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An answer, but not of a review server: a page of HTML, a redirect, a proxy's refusal.
    #[error("the answer is not a review server's")]
    NotAReviewServer,
    /// An answer that claims to be of the contract and is not.
    #[error("the answer is not of the contract's form")]
    Unreadable,
    /// The bytes are not the photo that was asked for.
    #[error("the photo is not the one that was asked for")]
    PhotoDiffers,
    /// A refusal of the contract.
    #[error("the server refuses: {}", crate::error::problem_word(.problem.code))]
    Problem {
        /// The problem document.
        problem: Box<Problem>,
        /// When to try again, from the header or the document.
        retry_after: Option<Duration>,
    },
    /// A refusal without a known code, or whose code does not go with its status: only the status counts.
    #[error("the server refuses with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Names the request in the server's log.
        incident: Option<String>,
        /// When to try again.
        retry_after: Option<Duration>,
    },
}

// By hand: a problem may tell who holds a case.
impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiError({self})")
    }
}
