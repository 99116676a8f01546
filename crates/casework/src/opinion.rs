//! An opinion: what one person says of a case. Only after the rules of `state` does it become a conclusion.

use thiserror::Error;

use crate::{ReasonCatalogue, ReasonCode, ReasonKind};

/// Which of the three an opinion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpinionKind {
    /// 通过
    Approve,
    /// 不通过
    Reject,
    /// 提请复核
    Escalate,
}

impl OpinionKind {
    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Escalate => "escalate",
        }
    }

    /// The kind of a stored or received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Approve, Self::Reject, Self::Escalate].into_iter().find(|kind| kind.word() == word)
    }
}

/// What one person says of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// The document is the applicant's and says what was declared.
    Approve,
    /// It does not, for these reasons. `text` is what the applicant reads where a reason needs a text.
    Reject {
        /// At least one, each of the `Retry` kind.
        reasons: Vec<ReasonCode>,
        /// The free text for the applicant.
        text: Option<String>,
    },
    /// A second person must look, for these reasons.
    Escalate {
        /// At least one, of which at least one is of the `Escalate` kind.
        reasons: Vec<ReasonCode>,
        /// The free text for the applicant, where a reason needs one.
        text: Option<String>,
    },
}

/// Why an opinion cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpinionError {
    /// A rejection or an escalation without any reason.
    #[error("a reason is required")]
    ReasonRequired,
    /// A code that the catalogue does not hold.
    #[error("unknown reason {}", .0.0)]
    UnknownReason(ReasonCode),
    /// The same reason twice.
    #[error("reason {} is given twice", .0.0)]
    ReasonTwice(ReasonCode),
    /// A suspicion among the reasons of a rejection.
    #[error("reason {} leads to a second opinion, not to a rejection", .0.0)]
    EscalateReason(ReasonCode),
    /// An escalation without any suspicion.
    #[error("an escalation needs at least one reason that calls for a second opinion")]
    NoEscalateReason,
    /// A reason that needs a text came without one.
    #[error("reason {} needs a text", .0.0)]
    TextRequired(ReasonCode),
    /// The text is too long or holds control characters other than line breaks.
    #[error("the text is longer than {max} characters or not plain text", max = Opinion::MAX_TEXT_CHARS)]
    BadText,
}

impl Opinion {
    /// The longest free text for an applicant.
    pub const MAX_TEXT_CHARS: usize = 500;

    /// Which of the three it is.
    #[must_use]
    pub fn kind(&self) -> OpinionKind {
        match self {
            Self::Approve => OpinionKind::Approve,
            Self::Reject { .. } => OpinionKind::Reject,
            Self::Escalate { .. } => OpinionKind::Escalate,
        }
    }

    /// Its reasons; none for an approval.
    #[must_use]
    pub fn reasons(&self) -> &[ReasonCode] {
        match self {
            Self::Approve => &[],
            Self::Reject { reasons, .. } | Self::Escalate { reasons, .. } => reasons,
        }
    }

    /// Its free text for the applicant.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Approve => None,
            Self::Reject { text, .. } | Self::Escalate { text, .. } => text.as_deref(),
        }
    }

    /// Checks the reasons and the text against the catalogue.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self, catalogue: &ReasonCatalogue) -> Result<(), OpinionError> {
        let reasons = self.reasons();
        if self.kind() == OpinionKind::Approve {
            return Ok(());
        }
        if reasons.is_empty() {
            return Err(OpinionError::ReasonRequired);
        }
        let text = self.text().map(str::trim).filter(|text| !text.is_empty());
        let plain = |text: &str| {
            text.chars().count() <= Self::MAX_TEXT_CHARS && !text.chars().any(|c| c.is_control() && c != '\n')
        };
        if text.is_some_and(|text| !plain(text)) {
            return Err(OpinionError::BadText);
        }
        let mut any_escalates = false;
        for (index, code) in reasons.iter().enumerate() {
            let reason = catalogue.find(code).ok_or_else(|| OpinionError::UnknownReason(code.clone()))?;
            if reasons[..index].contains(code) {
                return Err(OpinionError::ReasonTwice(code.clone()));
            }
            match (reason.kind, self.kind()) {
                (ReasonKind::Escalate, OpinionKind::Reject) => return Err(OpinionError::EscalateReason(code.clone())),
                (ReasonKind::Escalate, _) => any_escalates = true,
                (ReasonKind::Retry, _) => {}
            }
            if reason.needs_text && text.is_none() {
                return Err(OpinionError::TextRequired(code.clone()));
            }
        }
        if self.kind() == OpinionKind::Escalate && !any_escalates {
            return Err(OpinionError::NoEscalateReason);
        }
        Ok(())
    }
}
