//! What the applicant typed (填报信息): name, document, validity. Kept as typed after the bounds are checked; comparing is for people.

use chrono::NaiveDate;
use thiserror::Error;

use crate::{DocumentNumber, DocumentType};

/// A person's name: 1 to [`PersonName::MAX_CHARS`] characters of any script, without control characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

/// Why a text cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("the name is empty")]
    Empty,
    /// Longer than the bound.
    #[error("the name is longer than {max} characters", max = PersonName::MAX_CHARS)]
    TooLong,
    /// A control character or line break.
    #[error("the name holds a control character")]
    Control,
}

impl PersonName {
    /// At least 50 must be accepted (民委发〔2016〕33号); doubled, since a bound that is too small rejects a person.
    pub const MAX_CHARS: usize = 100;

    /// Takes a name as typed, cutting white space off its ends only.
    ///
    /// # Errors
    /// Empty, over-long, or with control characters.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        let name = typed.trim();
        match name.chars().count() {
            0 => Err(NameError::Empty),
            n if n > Self::MAX_CHARS => Err(NameError::TooLong),
            _ if name.chars().any(char::is_control) => Err(NameError::Control),
            _ => Ok(Self(name.to_owned())),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PersonName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonName(…)")
    }
}

/// Until when the document is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Through this day.
    Until(NaiveDate),
    /// 长期
    LongTerm,
}

/// What the applicant declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The name that is to be confirmed.
    pub name: PersonName,
    /// The name before, when the review is about a change of name (rule 7).
    pub former_name: Option<PersonName>,
    /// Type of the document.
    pub document_type: DocumentType,
    /// Its number.
    pub document_number: DocumentNumber,
    /// The start of validity as printed.
    pub valid_from: NaiveDate,
    /// The end of validity as printed.
    pub validity: Validity,
}
