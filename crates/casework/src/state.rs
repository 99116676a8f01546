//! The states of a case and every arrow between them, as `domain.md` draws them. Nothing else moves a case: no timer, no import, no
//! passed deadline. Lease, hold and draft are facts beside the state, not states.

use thiserror::Error;

use crate::{AccountId, Opinion, OpinionKind, Role, Round};

/// Where a case stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseState {
    /// 待审核: waits for the lease holder's opinion.
    Pending,
    /// 待复核: a first opinion is given; a second person, blind to it, gives theirs. The clock runs.
    SecondOpinion {
        /// Who gave the first opinion; never the second.
        first_by: AccountId,
        /// The first opinion; known to the server only.
        first: Opinion,
    },
    /// 待主管决定: the two opinions differ.
    SupervisorDecides {
        /// Who gave the two opinions.
        opinions_by: [AccountId; 2],
    },
    /// 待技术处理: a photo cannot be seen; never a rejection. The clock runs.
    Technical,
    /// 已办结: the server accepted the final decision.
    Concluded(Conclusion),
    /// 作废: the round failed by our fault and uses no attempt.
    Void,
}

/// How a case was concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conclusion {
    /// 通过
    Approved,
    /// 不通过
    Rejected,
}

impl Conclusion {
    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// The conclusion of a stored or received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Approved, Self::Rejected].into_iter().find(|kind| kind.word() == word)
    }
}

impl CaseState {
    /// The word used on the wire and in the databases.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::SecondOpinion { .. } => "second_opinion",
            Self::SupervisorDecides { .. } => "supervisor_decides",
            Self::Technical => "technical",
            Self::Concluded(_) => "concluded",
            Self::Void => "void",
        }
    }

    /// Whether somebody still has to do something.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Concluded(_) | Self::Void)
    }

    /// Whether this person may work on the case in this state: lease it, see it in the queue, give an opinion.
    #[must_use]
    pub fn may_be_worked_by(&self, account: AccountId, role: Role) -> bool {
        match self {
            Self::Pending => role.may_review(),
            Self::SecondOpinion { first_by, .. } => role.may_review() && *first_by != account,
            Self::SupervisorDecides { .. } | Self::Technical => role == Role::Supervisor,
            Self::Concluded(_) | Self::Void => false,
        }
    }
}

/// Where an accepted opinion leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The case is concluded.
    Concluded(Conclusion),
    /// A second person must look.
    SecondOpinion,
    /// The two opinions differ; the supervisor decides.
    SupervisorDecides,
}

/// Why an opinion is refused in the state that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecideError {
    /// The case is concluded or void.
    #[error("the case is not open")]
    NotOpen,
    /// The case waits for a technical repair.
    #[error("the case waits for a technical repair")]
    InTechnical,
    /// The case does not wait for a technical repair.
    #[error("the case does not wait for a technical repair")]
    NotInTechnical,
    /// This role gives no opinions, or not in this state.
    #[error("this role may not decide here")]
    RoleMayNot,
    /// The own first opinion may not be seconded.
    #[error("the first opinion was given by the same person")]
    OwnFirstOpinion,
}

/// Where `opinion`, given by `account`, moves a case.
///
/// A rejection of the third attempt and every escalation need a second person. The second person agrees when both would end alike:
/// an approval with an approval, a rejection or escalation with a rejection or escalation.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(
    state: &CaseState,
    round: Round,
    account: AccountId,
    role: Role,
    opinion: &Opinion,
) -> Result<Next, DecideError> {
    if !role.may_review() {
        return Err(DecideError::RoleMayNot);
    }
    match state {
        CaseState::Pending => Ok(match opinion.kind() {
            OpinionKind::Approve => Next::Concluded(Conclusion::Approved),
            OpinionKind::Reject if !round.is_last() => Next::Concluded(Conclusion::Rejected),
            OpinionKind::Reject | OpinionKind::Escalate => Next::SecondOpinion,
        }),
        CaseState::SecondOpinion { first_by, first } => {
            if *first_by == account {
                return Err(DecideError::OwnFirstOpinion);
            }
            let (one, two) = (ends_as(first), ends_as(opinion));
            Ok(if one == two { Next::Concluded(two) } else { Next::SupervisorDecides })
        }
        CaseState::SupervisorDecides { .. } if role != Role::Supervisor => Err(DecideError::RoleMayNot),
        CaseState::SupervisorDecides { .. } => Ok(Next::Concluded(ends_as(opinion))),
        CaseState::Technical => Err(DecideError::InTechnical),
        CaseState::Concluded(_) | CaseState::Void => Err(DecideError::NotOpen),
    }
}

/// Whether an opinion in this state may conclude the case as rejected, so that its cost for the applicant must be shown before.
#[must_use]
pub fn may_reject(is_first_opinion: bool, opinion: &Opinion) -> bool {
    match opinion.kind() {
        OpinionKind::Approve => false,
        OpinionKind::Reject => true,
        OpinionKind::Escalate => !is_first_opinion,
    }
}

fn ends_as(opinion: &Opinion) -> Conclusion {
    match opinion.kind() {
        OpinionKind::Approve => Conclusion::Approved,
        OpinionKind::Reject | OpinionKind::Escalate => Conclusion::Rejected,
    }
}

/// Anyone who cannot see a photo sends a pending case to the technical desk.
///
/// # Errors
/// The case is not pending.
pub fn report_technical(state: &CaseState, role: Role) -> Result<CaseState, DecideError> {
    match state {
        CaseState::Pending if role.may_review() => Ok(CaseState::Technical),
        CaseState::Pending => Err(DecideError::RoleMayNot),
        CaseState::Technical => Err(DecideError::InTechnical),
        CaseState::SecondOpinion { .. } | CaseState::SupervisorDecides { .. } => Err(DecideError::RoleMayNot),
        CaseState::Concluded(_) | CaseState::Void => Err(DecideError::NotOpen),
    }
}

/// A supervisor says that a technical case can be reviewed again.
///
/// # Errors
/// The case does not wait for a repair, or the role may not.
pub fn repair(state: &CaseState, role: Role) -> Result<CaseState, DecideError> {
    match state {
        _ if role != Role::Supervisor => Err(DecideError::RoleMayNot),
        CaseState::Technical => Ok(CaseState::Pending),
        CaseState::Concluded(_) | CaseState::Void => Err(DecideError::NotOpen),
        CaseState::Pending | CaseState::SecondOpinion { .. } | CaseState::SupervisorDecides { .. } => {
            Err(DecideError::NotInTechnical)
        }
    }
}

/// A supervisor ends a round that failed by our fault. It uses no attempt.
///
/// # Errors
/// The case is not open, or the role may not.
pub fn void(state: &CaseState, role: Role) -> Result<CaseState, DecideError> {
    if role != Role::Supervisor {
        Err(DecideError::RoleMayNot)
    } else if state.is_open() {
        Ok(CaseState::Void)
    } else {
        Err(DecideError::NotOpen)
    }
}
