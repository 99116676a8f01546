//! Reject reasons (不通过原因) as data: the server serves a catalogue with a version; the fixed text is what the applicant gets.
//! The internal note of a reviewer is never part of it.

use crate::Opinion;

/// The code of a reason, such as `blurred`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReasonCode(pub String);

/// What a reason leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonKind {
    /// The applicant can mend it and apply again.
    Retry,
    /// Suspicion: never a rejection by one person, always a second opinion.
    Escalate,
}

impl ReasonKind {
    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Escalate => "escalate",
        }
    }

    /// The kind of a stored or received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Retry, Self::Escalate].into_iter().find(|kind| kind.word() == word)
    }
}

/// The two languages of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

/// One reason of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Stable code.
    pub code: ReasonCode,
    /// What it leads to.
    pub kind: ReasonKind,
    /// Whether the reviewer must add a text (其他).
    pub needs_text: bool,
    /// The short name for reviewers, Chinese and English.
    pub label: [String; 2],
    /// The fixed text for the applicant, Chinese and English.
    pub applicant_text: [String; 2],
}

impl Reason {
    /// The reviewer's label.
    #[must_use]
    pub fn label(&self, language: Language) -> &str {
        &self.label[language as usize]
    }

    /// The applicant's text.
    #[must_use]
    pub fn applicant_text(&self, language: Language) -> &str {
        &self.applicant_text[language as usize]
    }
}

/// All reasons that may be given, with the version under which a decision was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonCatalogue {
    /// Rises with each change.
    pub version: u32,
    /// In the order in which they are offered.
    pub reasons: Vec<Reason>,
}

impl ReasonCatalogue {
    /// The reason of a code.
    #[must_use]
    pub fn find(&self, code: &ReasonCode) -> Option<&Reason> {
        self.reasons.iter().find(|reason| &reason.code == code)
    }

    /// The whole text that the applicant gets with an opinion: the fixed text of each reason on a line of its own, in the order of the
    /// catalogue, and the reviewer's own words after them. Empty for an approval.
    #[must_use]
    pub fn applicant_text(&self, opinion: &Opinion, language: Language) -> String {
        let mut lines = Vec::new();
        for reason in self.reasons.iter().filter(|reason| opinion.reasons().contains(&reason.code)) {
            lines.push(reason.applicant_text(language));
        }
        lines.extend(opinion.text().map(str::trim).filter(|text| !text.is_empty()));
        lines.join("\n")
    }
}
