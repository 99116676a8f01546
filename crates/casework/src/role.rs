//! Who a person is to the office, and what that lets them do.

/// The three roles of `domain.md`: 审核员, 主管, 审计员.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Decides leased cases.
    Reviewer,
    /// Decides, settles differing opinions, repairs and voids.
    Supervisor,
    /// Reads; decides nothing.
    Auditor,
}

impl Role {
    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a stored or received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Reviewer, Self::Supervisor, Self::Auditor].into_iter().find(|role| role.word() == word)
    }

    /// Whether this role may lease cases and give opinions at all.
    #[must_use]
    pub fn may_review(self) -> bool {
        matches!(self, Self::Reviewer | Self::Supervisor)
    }
}
