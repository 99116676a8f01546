//! The four accepted document types, which sides each shows, and the document number as declared.
//! Rules about check characters are findings and live elsewhere; here a number is only normalised and bounded.

use thiserror::Error;

use crate::EvidenceKind;

/// The accepted document types, and no others (rule 8 of `domain.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentType {
    /// 居民身份证
    ResidentIdCard,
    /// 港澳台居民居住证
    HmtResidencePermit,
    /// 港澳居民来往内地通行证
    HmTravelPermit,
    /// 台湾居民来往大陆通行证 (five-year card only)
    TwTravelPermit5y,
}

impl DocumentType {
    /// All four, in the order in which a person is offered them.
    pub const ALL: [Self; 4] =
        [Self::ResidentIdCard, Self::HmtResidencePermit, Self::HmTravelPermit, Self::TwTravelPermit5y];

    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ResidentIdCard => "resident_id_card",
            Self::HmtResidencePermit => "hmt_residence_permit",
            Self::HmTravelPermit => "hm_travel_permit",
            Self::TwTravelPermit5y => "tw_travel_permit_5y",
        }
    }

    /// The type of a stored or received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The sides without which an application of this type is incomplete.
    #[must_use]
    pub fn required_sides(self) -> &'static [EvidenceKind] {
        &[EvidenceKind::PortraitSide, EvidenceKind::EmblemSide]
    }

    /// The side on which the validity is printed: the emblem side of the two GB 11643 cards, the portrait side of the permits.
    #[must_use]
    pub fn validity_side(self) -> EvidenceKind {
        match self {
            Self::ResidentIdCard | Self::HmtResidencePermit => EvidenceKind::EmblemSide,
            Self::HmTravelPermit | Self::TwTravelPermit5y => EvidenceKind::PortraitSide,
        }
    }

    /// Whether the side without the portrait bears the national emblem (国徽面); else it is called 另一面.
    #[must_use]
    pub fn has_emblem_side(self) -> bool {
        matches!(self, Self::ResidentIdCard | Self::HmtResidencePermit)
    }
}

/// A document number as declared: full-width letters and digits made ASCII, lower case made upper, spaces cut off the ends.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DocumentNumber(String);

/// Why a text cannot be a document number of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DocumentNumberError {
    /// Nothing was typed.
    #[error("the document number is empty")]
    Empty,
    /// Longer than any known number.
    #[error("the document number is longer than {max} characters", max = DocumentNumber::MAX_CHARS)]
    TooLong,
    /// A control character or line break.
    #[error("the document number holds a control character")]
    Control,
}

impl DocumentNumber {
    /// Generous: the longest accepted number has 18 characters; what applicants type around it must still be shown to a person.
    pub const MAX_CHARS: usize = 32;

    /// Normalises what was typed. Letters that only look right (Cyrillic, Greek) stay as they are: they are a finding, not an error.
    ///
    /// # Errors
    /// Empty, over-long, or with control characters.
    pub fn parse(typed: &str) -> Result<Self, DocumentNumberError> {
        let normal: String = typed.trim().chars().map(ascii_of_full_width).map(|c| c.to_ascii_uppercase()).collect();
        let normal = normal.trim().to_owned();
        match normal.chars().count() {
            0 => Err(DocumentNumberError::Empty),
            n if n > Self::MAX_CHARS => Err(DocumentNumberError::TooLong),
            _ if normal.chars().any(char::is_control) => Err(DocumentNumberError::Control),
            _ => Ok(Self(normal)),
        }
    }

    /// The normalised number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four characters: all that a row of a case which I do not hold may show.
    #[must_use]
    pub fn last_four(&self) -> String {
        let count = self.0.chars().count();
        // A number of four characters or fewer would be shown whole: then half of it at most.
        let shown = if count > 4 { 4 } else { count / 2 };
        self.0.chars().skip(count - shown).collect()
    }
}

impl std::fmt::Debug for DocumentNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DocumentNumber(…)")
    }
}

fn ascii_of_full_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}
