//! Small wire values for tests.

use casework::{CaseId, CaseVersion, DecisionId, Sha256};
use contract::CONTRACT_VERSION;
use contract::access_log::{AccessEntry, AuditPosition};
use contract::case::{CaseDetail, CaseRow, DeadlineOutcome, DeadlineWire, DeclaredWire};
use contract::decision::{Receipt, Standing};
use contract::feed::{Change, ChangesAnswer};
use contract::lease::LeaseAnswer;
use contract::problem::{Problem, ProblemCode};
use contract::server_info::{DeskLimits, EnvelopeKey, PRODUCT, ServerInfo};
use contract::session::{Person, SessionAnswer};
use contract::signature;
use sync::Outgoing;
use uuid::Uuid;

pub(crate) const SERVER: Uuid = Uuid::from_u128(0x5E);
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xAC);
pub(crate) const DEVICE: Uuid = Uuid::from_u128(0xDE);
/// What the server signs with.
pub(crate) const SERVER_SEED: [u8; 32] = [7; 32];

pub(crate) fn server_info() -> ServerInfo {
    ServerInfo {
        product: PRODUCT.to_owned(),
        server_id: SERVER,
        contract_version: CONTRACT_VERSION,
        oldest_desktop: 1,
        envelope_key: EnvelopeKey { key_id: "k1".to_owned(), public_key: "AAAA".to_owned() },
        calendar_keys: Vec::new(),
        receipt_key: signature::public_key(&SERVER_SEED),
        history: "h1".to_owned(),
        limits: DeskLimits { offline_working_days: 3, undelivered: 200, taken_offline: 60 },
        is_demonstration: false,
    }
}

pub(crate) fn person(account_id: Uuid) -> Person {
    Person {
        account_id,
        account: "li".to_owned(),
        display_name: "李".to_owned(),
        role: "reviewer".to_owned(),
        office_id: Uuid::from_u128(0x0F),
        office_name: "office".to_owned(),
        office_region: None,
    }
}

pub(crate) fn session(n: u32) -> SessionAnswer {
    SessionAnswer {
        access_token: format!("access-{n}"),
        access_expires_at_ms: 0,
        refresh_token: format!("refresh-{n}"),
        refresh_expires_at_ms: 0,
        person: person(ACCOUNT),
    }
}

pub(crate) fn decision(n: u128) -> Outgoing {
    Outgoing {
        decision_id: DecisionId(Uuid::from_u128(n)),
        case_id: CaseId(Uuid::from_u128(1000 + n)),
        case_version: CaseVersion(7),
        payload_sha256: Sha256([u8::try_from(n).unwrap(); 32]),
        key_id: "k1".to_owned(),
        envelope: vec![1, 2, 3],
        author_signature: "author".to_owned(),
        device_signature: "device".to_owned(),
        receipt: None,
        attempts: 0,
        next_attempt_ms: 0,
    }
}

pub(crate) fn receipt(of: &Outgoing) -> Receipt {
    receipt_for(of.decision_id.0, &of.payload_sha256.to_string())
}

/// A receipt that the server signed.
pub(crate) fn receipt_for(decision_id: Uuid, payload_sha256: &str) -> Receipt {
    signed(Receipt {
        decision_id,
        payload_sha256: payload_sha256.to_owned(),
        case_version: 8,
        state: "concluded".to_owned(),
        outcome: Some("approved".to_owned()),
        received_at_ms: 1,
        audit: AuditPosition { seq: 5, hash: "00".repeat(32) },
        signature: String::new(),
    })
}

pub(crate) fn signed(receipt: Receipt) -> Receipt {
    let signature = signature::sign(&SERVER_SEED, &signature::receipt_message(SERVER, &receipt));
    Receipt { signature, ..receipt }
}

/// An entry of the access log.
pub(crate) fn entry(seq: u64) -> AccessEntry {
    AccessEntry {
        seq,
        at_ms: 1,
        what: "unlocked".to_owned(),
        case_id: None,
        decision_id: None,
        detail: None,
        previous: String::new(),
        hash: String::new(),
    }
}

pub(crate) fn problem(code: ProblemCode) -> Problem {
    Problem {
        kind: "about:blank#x".to_owned(),
        title: "x".to_owned(),
        status: code.status(),
        code,
        incident: "inc-1".to_owned(),
        field: None,
        retry_after_s: None,
        standing: None,
    }
}

pub(crate) fn standing(decision_id: Option<Uuid>) -> Standing {
    Standing {
        state: "concluded".to_owned(),
        version: 9,
        outcome: Some("rejected".to_owned()),
        decision_id,
        by_name: Some("王小明".to_owned()),
        at_ms: Some(5),
        reasons: vec!["blurred".to_owned()],
    }
}

pub(crate) fn case_row(n: u128) -> CaseRow {
    CaseRow {
        case_id: Uuid::from_u128(1000 + n),
        case_no: format!("2026-{n}"),
        version: 7,
        state: "pending".to_owned(),
        name: "样例".to_owned(),
        last_four: "002X".to_owned(),
        document_type: "resident_id_card".to_owned(),
        round: 1,
        deadline: deadline_by("pack"),
        lease: None,
    }
}

/// A deadline that was computed by the pack with these bytes.
pub(crate) fn deadline_by(pack: &str) -> DeadlineWire {
    DeadlineWire {
        outcome: DeadlineOutcome::OutOfRange,
        submitted_at_ms: 1,
        policy: "P0".to_owned(),
        policy_version: 1,
        region: None,
        pack_serial: 1,
        pack_sha256: sha256_hex(pack),
        reason: "initial".to_owned(),
        computed_at_ms: 1,
        first_due_date: None,
    }
}

pub(crate) fn sha256_hex(text: &str) -> String {
    sha256_of(text.as_bytes()).to_string()
}

pub(crate) fn sha256_of(bytes: &[u8]) -> Sha256 {
    use sha2::Digest;
    Sha256(sha2::Sha256::digest(bytes).into())
}

pub(crate) fn lease(n: u128) -> LeaseAnswer {
    LeaseAnswer {
        fence: 3,
        expires_at_ms: 99,
        is_opened: false,
        work: None,
        case: CaseDetail {
            row: case_row(n),
            submitted_at_ms: 1,
            declared: DeclaredWire {
                name: "样例".to_owned(),
                former_name: None,
                document_type: "resident_id_card".to_owned(),
                document_number: "11010519491231002X".to_owned(),
                valid_from: "2020-01-01".to_owned(),
                valid_until: None,
            },
            evidence: Vec::new(),
            earlier_rounds: Vec::new(),
        },
    }
}

pub(crate) fn page(epoch: &str, cursor: i64, has_more: bool, cases: &[u128]) -> ChangesAnswer {
    ChangesAnswer {
        epoch: epoch.to_owned(),
        cursor,
        has_more,
        changes: cases.iter().map(|&n| Change::Case { row: case_row(n) }).collect(),
    }
}
