//! The written reasons of persons for the office's records: one form for all of them.

use contract::problem::ProblemCode;

use crate::refusal::ServerError;

/// The longest reason, in characters.
const MAX_CHARS: usize = 500;

/// The reason without white space around it: 1 to 500 characters of plain text.
pub(crate) fn checked(reason: &str) -> Result<&str, ServerError> {
    let reason = reason.trim();
    if reason.is_empty() || !is_plain_text(reason, MAX_CHARS) {
        return Err(ServerError::at_field(ProblemCode::BadRequest, "reason"));
    }
    Ok(reason)
}

/// Whether a text has at most so many characters, and no control characters besides line breaks.
pub(crate) fn is_plain_text(text: &str, max_chars: usize) -> bool {
    text.chars().count() <= max_chars && !text.chars().any(|c| c.is_control() && c != '\n')
}
