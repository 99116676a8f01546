//! JSON of the wire types.

use contract::access_log::AuditPosition;
use contract::case::{
    CaseDetail, CaseRow, DeadlineOutcome, DeadlineWire, DeclaredWire, DueWire, EvidenceWire, LeaseSummary,
};
use contract::case_work::{CaseWork, DraftWire, HoldWire};
use contract::decision::{ClockClaim, DecisionPayload, DecisionRequest, Receipt, Standing};
use contract::feed::{Change, ChangesAnswer, GoneWhy};
use contract::intake::IntakeApplication;
use contract::lease::{LeaseAnswer, LeasesAnswer};
use contract::problem::{Problem, ProblemCode};
use contract::session::SignInRequest;
use insta::assert_json_snapshot;
use uuid::Uuid;

fn row(outcome: DeadlineOutcome) -> CaseRow {
    CaseRow {
        case_id: Uuid::from_u128(1),
        case_no: "20261229-000123".into(),
        version: 3,
        state: "pending".into(),
        name: "样例".into(),
        last_four: "002X".into(),
        document_type: "resident_id_card".into(),
        round: 1,
        deadline: deadline(outcome),
        lease: Some(LeaseSummary {
            holder: Uuid::from_u128(2),
            holder_name: "李".into(),
            expires_at_ms: 1_798_500_000_000,
        }),
    }
}

fn deadline(outcome: DeadlineOutcome) -> DeadlineWire {
    let first_due_date = outcome.due().map(|due| due.due_date.clone());
    DeadlineWire {
        outcome,
        submitted_at_ms: 1_797_991_200_000,
        policy: "P0".into(),
        policy_version: 1,
        region: None,
        pack_serial: 2_026_112_401,
        pack_sha256: "ab".repeat(32),
        reason: "initial".into(),
        computed_at_ms: 1_797_991_200_500,
        first_due_date,
    }
}

fn due() -> DueWire {
    DueWire { due_date: "2027-01-04".into(), target_ms: 1_799_053_200_000, breach_ms: 1_799_078_400_000 }
}

fn work() -> CaseWork {
    CaseWork {
        draft: Some(DraftWire {
            opinion: Some("reject".into()),
            reasons: vec!["glare".into()],
            applicant_text: String::new(),
            internal_note: "note".into(),
        }),
        note: Some("看一下国徽面".into()),
        hold: Some(HoldWire { note: "等电话".into(), remind_at_ms: Some(1_798_600_000_000) }),
        updated_at_ms: 1_798_500_000_000,
        by_name: Some("李".into()),
    }
}

fn declared() -> DeclaredWire {
    DeclaredWire {
        name: "样例".into(),
        former_name: None,
        document_type: "resident_id_card".into(),
        document_number: "11010519491231002X".into(),
        valid_from: "2016-01-01".into(),
        valid_until: None,
    }
}

#[test]
fn the_feed() {
    let provisional =
        DeadlineOutcome::Provisional { due: due(), earliest: "2026-12-30".into(), latest: "2027-01-06".into() };
    assert_json_snapshot!(ChangesAnswer {
        epoch: "e1:0".into(),
        cursor: 42,
        has_more: false,
        changes: vec![
            Change::Case { row: row(DeadlineOutcome::Final { due: due() }) },
            Change::Case { row: row(provisional) },
            Change::Case { row: row(DeadlineOutcome::OutOfRange) },
            Change::Gone { case_id: Uuid::from_u128(9), why: GoneWhy::Moved },
        ],
    });
}

#[test]
fn leases_with_their_cases() {
    assert_json_snapshot!(LeasesAnswer {
        limit: 10,
        offline_until_ms: Some(1_798_700_000_000),
        leases: vec![LeaseAnswer {
            fence: 2,
            expires_at_ms: 1_798_500_000_000,
            is_opened: true,
            work: Some(work()),
            case: CaseDetail {
                row: row(DeadlineOutcome::Final { due: due() }),
                submitted_at_ms: 1_797_900_000_000,
                declared: declared(),
                evidence: vec![EvidenceWire {
                    sha256: "00".repeat(32),
                    kind: "portrait_side".into(),
                    photo_type: "jpeg".into(),
                    bytes: 1234,
                    width: 1600,
                    height: 1000,
                }],
                earlier_rounds: vec![],
            },
        }],
    });
}

#[test]
fn a_decision_its_payload_and_its_receipt() {
    let id = Uuid::from_u128(5);
    assert_json_snapshot!(
        "decision_request",
        DecisionRequest {
            decision_id: id,
            payload_sha256: "00".repeat(32),
            key_id: "k1".into(),
            envelope: "AAAA".into(),
            author_signature: "BBBB".into(),
            device_signature: "CCCC".into(),
            receipt: None,
        }
    );
    assert_json_snapshot!(
        "decision_payload",
        DecisionPayload {
            decision_id: id,
            case_id: Uuid::from_u128(1),
            author: Uuid::from_u128(2),
            device_id: Uuid::from_u128(3),
            round: 1,
            case_version: 3,
            fence: 2,
            opinion: "reject".into(),
            reasons: vec!["blurred".into()],
            reasons_version: 1,
            applicant_text: None,
            internal_note: Some("note".into()),
            evidence: vec!["00".repeat(32)],
            reviews_left_shown: Some(2),
            decided_at_ms: 1_798_500_000_000,
            clock: Some(ClockClaim { offset_ms: -3, error_ms: 8 }),
        }
    );
    assert_json_snapshot!(
        "receipt",
        Receipt {
            decision_id: id,
            payload_sha256: "00".repeat(32),
            case_version: 4,
            state: "concluded".into(),
            outcome: Some("rejected".into()),
            received_at_ms: 1_798_500_000_001,
            audit: AuditPosition { seq: 812, hash: "ab".repeat(32) },
            signature: "DDDD".into(),
        }
    );
}

#[test]
fn a_conflict_says_what_stands() {
    assert_json_snapshot!(Problem {
        kind: "about:blank#already_decided".into(),
        title: "Already decided".into(),
        status: ProblemCode::AlreadyDecided.status(),
        code: ProblemCode::AlreadyDecided,
        incident: "i1".into(),
        field: None,
        retry_after_s: None,
        standing: Some(Standing {
            state: "concluded".into(),
            version: 4,
            outcome: Some("approved".into()),
            decision_id: Some(Uuid::from_u128(5)),
            by_name: Some("王".into()),
            at_ms: Some(1_798_500_000_001),
            reasons: vec![],
        }),
    });
}

#[test]
fn requests_refuse_unknown_fields_and_answers_tolerate_them() {
    let intake = IntakeApplication {
        applicant_ref: "a".into(),
        office_id: Uuid::nil(),
        submitted_at_ms: 0,
        declared: declared(),
    };
    let mut json = serde_json::to_value(&intake).unwrap();
    json["surprise"] = 1.into();
    assert!(serde_json::from_value::<IntakeApplication>(json).is_err());
    let mut json = serde_json::to_value(row(DeadlineOutcome::Final { due: due() })).unwrap();
    json["surprise"] = 1.into();
    assert_eq!(serde_json::from_value::<CaseRow>(json).unwrap(), row(DeadlineOutcome::Final { due: due() }));
}

#[test]
fn debug_output_of_secrets_and_declared_data_is_empty() {
    let request =
        SignInRequest { account: "li".into(), password: "hunter2".into(), device_id: Uuid::nil(), contract_version: 1 };
    assert!(!format!("{request:?}").contains("hunter2"));
    assert!(!format!("{:?}", declared()).contains("样例"));
}
