//! The photos of a case (材料): what each shows, and whether the set is complete.

use thiserror::Error;

use crate::{DocumentType, Sha256};

/// What a photo shows. Never called front or back: sources disagree which is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// 人像面
    PortraitSide,
    /// 国徽面, or 另一面 where the card bears no emblem
    EmblemSide,
    /// 手持
    Holding,
    /// 佐证, for example a page proving a change of name
    Supporting,
}

impl EvidenceKind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::PortraitSide, Self::EmblemSide, Self::Holding, Self::Supporting];

    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::PortraitSide => "portrait_side",
            Self::EmblemSide => "emblem_side",
            Self::Holding => "holding",
            Self::Supporting => "supporting",
        }
    }

    /// The kind of a stored or received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One uploaded photo, named by the hash of its original bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// SHA-256 of the original upload.
    pub sha256: Sha256,
    /// What it shows.
    pub kind: EvidenceKind,
}

/// Why a set of photos is not an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// A required side was not uploaded.
    #[error("the photo of the {} is missing", .0.word())]
    SideMissing(EvidenceKind),
    /// Two photos claim to be the same required side.
    #[error("there is more than one photo of the {}", .0.word())]
    SideTwice(EvidenceKind),
    /// More photos than one application may carry.
    #[error("more than {max} photos", max = Evidence::MAX_PER_CASE)]
    TooMany,
}

impl Evidence {
    /// Two sides, one holding photo and a few supporting pages.
    pub const MAX_PER_CASE: usize = 8;
}

/// Checks that each required side is there exactly once.
///
/// # Errors
/// The first side that is missing or doubled, or too many photos.
pub fn check_sides(document_type: DocumentType, kinds: &[EvidenceKind]) -> Result<(), EvidenceError> {
    if kinds.len() > Evidence::MAX_PER_CASE {
        return Err(EvidenceError::TooMany);
    }
    for &side in document_type.required_sides() {
        match kinds.iter().filter(|&&kind| kind == side).count() {
            0 => return Err(EvidenceError::SideMissing(side)),
            1 => {}
            _ => return Err(EvidenceError::SideTwice(side)),
        }
    }
    Ok(())
}
