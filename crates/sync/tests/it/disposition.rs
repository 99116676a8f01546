//! The client's reaction table, row by row.

use std::time::Duration;

use contract::decision::Receipt;
use contract::problem::{Problem, ProblemCode};
use sync::{ApiError, Awaited, DeliveryProblem, Disposition, Outgoing, SyncErrorKind, TransportError, disposition};
use uuid::Uuid;

use crate::sample;

#[derive(Debug, PartialEq, Eq)]
enum Row {
    Delivered,
    Retry,
    Soon,
    Conflict,
    Park,
    SignIn,
    Unknown,
    Revoked,
    Stop,
}

fn mine() -> Outgoing {
    sample::decision(1)
}

fn decide(outcome: &Result<Receipt, ApiError>) -> Disposition {
    let receipt_key = sample::server_info().receipt_key;
    let awaited = Awaited {
        decision_id: mine().decision_id,
        payload_sha256: mine().payload_sha256,
        server_id: sample::SERVER,
        receipt_key: &receipt_key,
    };
    disposition(&awaited, outcome)
}

fn row(outcome: &Result<Receipt, ApiError>) -> Row {
    match decide(outcome) {
        Disposition::Delivered(_) => Row::Delivered,
        Disposition::Retry { soon: false, .. } => Row::Retry,
        Disposition::Retry { soon: true, .. } => Row::Soon,
        Disposition::Conflict { .. } => Row::Conflict,
        Disposition::Park { .. } => Row::Park,
        Disposition::SignIn { is_unknown: false, .. } => Row::SignIn,
        Disposition::SignIn { is_unknown: true, .. } => Row::Unknown,
        Disposition::Revoked { .. } => Row::Revoked,
        Disposition::Stop { .. } => Row::Stop,
    }
}

fn refused(problem: Problem) -> Result<Receipt, ApiError> {
    Err(ApiError::Problem { problem: Box::new(problem), retry_after: None })
}

fn status(status: u16) -> Result<Receipt, ApiError> {
    Err(ApiError::Refused { status, incident: None, retry_after: Some(Duration::from_secs(7)) })
}

#[test]
fn only_a_receipt_with_my_id_and_hash_and_the_servers_signature_is_a_delivery() {
    let right = sample::receipt(&mine());
    assert_eq!(decide(&Ok(right.clone())), Disposition::Delivered(right.clone()));
    let other_hash = sample::decision(2).payload_sha256.to_string();
    // Signed well, but of something else; and of mine, but not signed well.
    let other_id = sample::signed(Receipt { decision_id: Uuid::from_u128(2), ..right.clone() });
    let other_hash = sample::signed(Receipt { payload_sha256: other_hash, ..right.clone() });
    let no_hash = sample::signed(Receipt { payload_sha256: String::new(), ..right.clone() });
    let no_signature = Receipt { signature: String::new(), ..right.clone() };
    let later = Receipt { received_at_ms: 7, ..right };
    for wrong in [other_id, other_hash, no_hash, no_signature, later] {
        assert_eq!(
            decide(&Ok(wrong)),
            Disposition::Retry { after: None, soon: false, problem: DeliveryProblem::of("receipt_mismatch") }
        );
    }
}

#[test]
fn whatever_is_unknown_is_asked_again_with_the_same_key() {
    for error in [
        ApiError::Transport(TransportError::Unreachable),
        ApiError::Transport(TransportError::Timeout),
        ApiError::Transport(TransportError::NotTrusted),
        ApiError::Transport(TransportError::Incomplete),
        ApiError::Transport(TransportError::TooLarge),
        ApiError::NotAReviewServer,
        ApiError::Unreadable,
    ] {
        assert_eq!(row(&Err(error.clone())), Row::Retry, "{error:?}");
    }
    for later in [408, 425, 429, 500, 501, 502, 503, 504, 520, 599] {
        assert_eq!(
            decide(&status(later)),
            Disposition::Retry {
                after: Some(Duration::from_secs(7)),
                soon: false,
                problem: DeliveryProblem { code: "server_fault".to_owned(), status: Some(later), incident: None }
            }
        );
    }
}

/// Makes the table and a function that the compiler refuses when a code is missing.
macro_rules! table {
    ($($code:ident => $row:ident,)*) => {
        const TABLE: &[(ProblemCode, Row)] = &[$((ProblemCode::$code, Row::$row),)*];

        fn is_in_the_table(code: ProblemCode) -> bool {
            match code {
                $(ProblemCode::$code => true,)*
            }
        }
    };
}

table! {
    BadRequest => Park,
    NotFound => Park,
    MethodNotAllowed => Park,
    TooLarge => Park,
    UnsupportedMediaType => Park,
    DesktopTooOld => Stop,
    WrongPassword => SignIn,
    AccountLocked => Retry,
    AccountDisabled => Stop,
    SignInRequired => SignIn,
    TokenExpired => SignIn,
    SessionExpired => SignIn,
    RoleMayNot => Park,
    BadCredential => SignIn,
    LeaseHeld => Conflict,
    LeaseLost => Conflict,
    NotLeasable => Conflict,
    LeaseRequired => Park,
    DecisionIdReused => Park,
    DecisionInProgress => Soon,
    VersionRequired => Park,
    VersionChanged => Conflict,
    AlreadyDecided => Conflict,
    StateChanged => Conflict,
    EvidenceChanged => Conflict,
    ConsequenceChanged => Conflict,
    BadEnvelope => Park,
    BadOpinion => Park,
    OwnFirstOpinion => Park,
    BadApplication => Park,
    SideMissing => Park,
    BadPhoto => Park,
    SubmittedAtOutOfBounds => Park,
    ReviewPending => Conflict,
    NoReviewsLeft => Conflict,
    KeyReused => Park,
    TooManyRequests => Retry,
    Internal => Retry,
    Unavailable => Retry,
    DeviceUnknown => Unknown,
    DeviceRevoked => Revoked,
    DeviceKeyDiffers => Park,
    BadSignature => Park,
    AuditChainBroken => Park,
    Recused => Park,
}

#[test]
fn every_problem_code_has_its_row() {
    for (code, expected) in TABLE {
        assert!(is_in_the_table(*code));
        assert_eq!(row(&refused(sample::problem(*code))), *expected, "{code:?}");
    }
}

#[test]
fn unknown_codes_count_by_their_status() {
    for (given, expected) in [
        (400, Row::Park),
        (401, Row::SignIn),
        (403, Row::Park),
        (404, Row::Park),
        (409, Row::Conflict),
        (410, Row::Park),
        (412, Row::Conflict),
        (418, Row::Park),
        (422, Row::Park),
        (426, Row::Stop),
        (428, Row::Park),
        (300, Row::Retry),
        (600, Row::Retry),
    ] {
        assert_eq!(row(&status(given)), expected, "{given}");
    }
}

#[test]
fn a_conflict_tells_what_stands() {
    let what_stands = sample::standing(Some(Uuid::from_u128(77)));
    let mut problem = sample::problem(ProblemCode::AlreadyDecided);
    problem.standing = Some(what_stands.clone());
    assert_eq!(
        decide(&refused(problem)),
        Disposition::Conflict {
            problem: DeliveryProblem {
                code: "already_decided".to_owned(),
                status: Some(409),
                incident: Some("inc-1".to_owned())
            },
            standing: Some(what_stands)
        }
    );
}

#[test]
fn already_decided_by_this_very_decision_is_asked_again_for_its_receipt() {
    let mut problem = sample::problem(ProblemCode::AlreadyDecided);
    problem.standing = Some(sample::standing(Some(mine().decision_id.0)));
    assert_eq!(row(&refused(problem)), Row::Retry);
}

#[test]
fn a_closed_account_stops_everything_with_its_kind() {
    let Disposition::Stop { kind, problem } = decide(&refused(sample::problem(ProblemCode::AccountDisabled))) else {
        panic!("not stopped");
    };
    assert_eq!(kind, SyncErrorKind::AccountDisabled);
    assert_eq!((problem.code.as_str(), problem.status), ("account_disabled", Some(403)));
}

#[test]
fn no_debug_print_shows_a_name() {
    let mut problem = sample::problem(ProblemCode::LeaseHeld);
    problem.standing = Some(sample::standing(None));
    let error = ApiError::Problem { problem: Box::new(problem), retry_after: None };
    let printed = format!("{error:?} {error} {:?}", sync::SyncError::from(error.clone()));
    assert!(printed.contains("lease_held"), "{printed}");
    assert!(!printed.contains("王小明"), "{printed}");
}
