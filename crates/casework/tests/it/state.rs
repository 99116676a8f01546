//! Every arrow of the picture in `domain.md`, and that there is no other.

use casework::{
    AccountId, CaseState, Conclusion, DecideError, Next, Opinion, ReasonCode, Role, Round, decide, repair,
    report_technical, void,
};
use uuid::Uuid;

const FIRST: AccountId = AccountId(Uuid::from_u128(1));
const SECOND: AccountId = AccountId(Uuid::from_u128(2));

fn reasons() -> Vec<ReasonCode> {
    vec![ReasonCode("blurred".into())]
}

fn reject() -> Opinion {
    Opinion::Reject { reasons: reasons(), text: None }
}

fn escalate() -> Opinion {
    Opinion::Escalate { reasons: reasons(), text: None }
}

fn second_opinion(first: Opinion) -> CaseState {
    CaseState::SecondOpinion { first_by: FIRST, first }
}

fn all_states() -> Vec<CaseState> {
    vec![
        CaseState::Pending,
        second_opinion(reject()),
        CaseState::SupervisorDecides { opinions_by: [FIRST, SECOND] },
        CaseState::Technical,
        CaseState::Concluded(Conclusion::Approved),
        CaseState::Void,
    ]
}

fn at(round: u8) -> Round {
    Round::new(round).unwrap()
}

#[test]
fn one_person_concludes_approvals_and_the_first_two_rejections() {
    let pending = |round, opinion: &Opinion| decide(&CaseState::Pending, at(round), FIRST, Role::Reviewer, opinion);
    for round in 1..=3 {
        assert_eq!(pending(round, &Opinion::Approve), Ok(Next::Concluded(Conclusion::Approved)));
        assert_eq!(pending(round, &escalate()), Ok(Next::SecondOpinion));
    }
    assert_eq!(pending(1, &reject()), Ok(Next::Concluded(Conclusion::Rejected)));
    assert_eq!(pending(2, &reject()), Ok(Next::Concluded(Conclusion::Rejected)));
    assert_eq!(pending(3, &reject()), Ok(Next::SecondOpinion));
}

#[test]
fn a_second_person_agrees_or_the_supervisor_decides() {
    let second = |first, opinion: &Opinion| decide(&second_opinion(first), at(3), SECOND, Role::Reviewer, opinion);
    assert_eq!(second(reject(), &reject()), Ok(Next::Concluded(Conclusion::Rejected)));
    assert_eq!(second(escalate(), &reject()), Ok(Next::Concluded(Conclusion::Rejected)));
    assert_eq!(second(escalate(), &escalate()), Ok(Next::Concluded(Conclusion::Rejected)));
    assert_eq!(second(reject(), &Opinion::Approve), Ok(Next::SupervisorDecides));
    assert_eq!(second(Opinion::Approve, &reject()), Ok(Next::SupervisorDecides));
    let differ = CaseState::SupervisorDecides { opinions_by: [FIRST, SECOND] };
    assert_eq!(decide(&differ, at(3), SECOND, Role::Reviewer, &reject()), Err(DecideError::RoleMayNot));
    let settle = |opinion| decide(&differ, at(3), SECOND, Role::Supervisor, opinion);
    assert_eq!(settle(&Opinion::Approve), Ok(Next::Concluded(Conclusion::Approved)));
    assert_eq!(settle(&escalate()), Ok(Next::Concluded(Conclusion::Rejected)));
}

#[test]
fn nobody_seconds_the_own_first_opinion() {
    for role in [Role::Reviewer, Role::Supervisor] {
        let own = decide(&second_opinion(reject()), at(3), FIRST, role, &reject());
        assert_eq!(own, Err(DecideError::OwnFirstOpinion));
    }
    assert!(!second_opinion(reject()).may_be_worked_by(FIRST, Role::Reviewer));
    assert!(second_opinion(reject()).may_be_worked_by(SECOND, Role::Reviewer));
}

#[test]
fn an_auditor_moves_nothing() {
    for state in all_states() {
        assert_eq!(decide(&state, at(1), SECOND, Role::Auditor, &Opinion::Approve), Err(DecideError::RoleMayNot));
        assert!(report_technical(&state, Role::Auditor).is_err());
        assert!(repair(&state, Role::Auditor).is_err());
        assert!(void(&state, Role::Auditor).is_err());
        assert!(!state.may_be_worked_by(SECOND, Role::Auditor));
    }
}

#[test]
fn a_photo_that_cannot_be_seen_goes_to_the_technical_desk_and_back() {
    assert_eq!(report_technical(&CaseState::Pending, Role::Reviewer), Ok(CaseState::Technical));
    assert_eq!(decide(&CaseState::Technical, at(1), FIRST, Role::Supervisor, &reject()), Err(DecideError::InTechnical));
    assert_eq!(repair(&CaseState::Technical, Role::Reviewer), Err(DecideError::RoleMayNot));
    assert_eq!(repair(&CaseState::Technical, Role::Supervisor), Ok(CaseState::Pending));
    assert_eq!(repair(&CaseState::Pending, Role::Supervisor), Err(DecideError::NotInTechnical));
}

#[test]
fn a_supervisor_voids_open_rounds_only_and_a_closed_case_never_moves() {
    for state in all_states() {
        assert_eq!(void(&state, Role::Reviewer), Err(DecideError::RoleMayNot));
        let voided = void(&state, Role::Supervisor);
        if state.is_open() {
            assert_eq!(voided, Ok(CaseState::Void));
        } else {
            assert_eq!(voided, Err(DecideError::NotOpen));
            assert_eq!(decide(&state, at(1), FIRST, Role::Supervisor, &reject()), Err(DecideError::NotOpen));
            assert_eq!(report_technical(&state, Role::Supervisor), Err(DecideError::NotOpen));
            assert_eq!(repair(&state, Role::Supervisor), Err(DecideError::NotOpen));
        }
    }
}

#[test]
fn only_a_first_escalation_costs_the_applicant_nothing_yet() {
    use casework::may_reject;
    assert!(!may_reject(true, &Opinion::Approve) && !may_reject(false, &Opinion::Approve));
    assert!(may_reject(true, &reject()) && may_reject(false, &reject()));
    assert!(!may_reject(true, &escalate()) && may_reject(false, &escalate()));
}
