//! JSON of the wire types by which a desktop works without the server, and by which the server tells what it is.

use contract::access_log::{AccessEntry, AccessLogAnswer, AccessLogRequest, StuckAnswer, StuckDecision};
use contract::case_work::{CaseWork, CaseWorkRequest};
use contract::decision::DecisionRequest;
use contract::device::{DeviceAnswer, DeviceRequest, UnsealAnswer, UnsealRequest};
use contract::events::WaitAnswer;
use contract::lease::{LeasesRequest, OpenedCase, TakeOffline, WhyRequest};
use contract::problem::ProblemCode;
use contract::recovery::{FORMAT, RecoveryCopy, RecoveryFile};
use contract::server_info::{DeskLimits, EnvelopeKey, PRODUCT, ServerInfo};
use insta::assert_json_snapshot;
use uuid::Uuid;

#[test]
fn a_device_and_its_credential() {
    assert_json_snapshot!("device_request", DeviceRequest { device_key: "AAAA".into(), author_key: "BBBB".into() });
    assert_json_snapshot!("device_answer", DeviceAnswer { delivery_credential: "rdd_x".into() });
    let unseal = UnsealRequest { device_id: Uuid::from_u128(3), key_id: "k1".into(), sealed: "AAAA".into() };
    assert_json_snapshot!("unseal_request", unseal);
    assert_json_snapshot!("unseal_answer", UnsealAnswer { key: "AAAA".into() });
    let secrets =
        format!("{:?} {:?}", DeviceAnswer { delivery_credential: "rdd_x".into() }, UnsealAnswer { key: "key".into() });
    assert!(!secrets.contains("rdd_x") && !secrets.contains("key"), "{secrets}");
}

#[test]
fn the_access_log() {
    let entry = AccessEntry {
        seq: 2,
        at_ms: 1_798_500_000_000,
        what: "revealed".into(),
        case_id: Some(Uuid::from_u128(1)),
        decision_id: None,
        detail: Some("document_number".into()),
        previous: "00".repeat(32),
        hash: "ab".repeat(32),
    };
    let request = AccessLogRequest { device_id: Uuid::from_u128(3), entries: vec![entry] };
    assert_json_snapshot!("access_log_request", request);
    assert_json_snapshot!("access_log_answer", AccessLogAnswer { up_to_seq: 2 });
    let stuck = StuckDecision {
        decision_id: Uuid::from_u128(5),
        case_id: Uuid::from_u128(1),
        case_no: "2026-1229-0001".into(),
        author_name: "李".into(),
        since_ms: 1_798_500_000_000,
        problem: "unavailable".into(),
        breach_ms: Some(1_799_078_400_000),
    };
    assert_json_snapshot!("stuck_answer", StuckAnswer { stuck: vec![stuck] });
}

#[test]
fn what_is_asked_of_leases() {
    let request = LeasesRequest {
        opened: vec![OpenedCase { case_id: Uuid::from_u128(1), fence: 2 }],
        offline: Some(TakeOffline { until_ms: 1_798_700_000_000, count: 40 }),
    };
    assert_json_snapshot!("leases_request", request);
    assert_eq!(serde_json::from_str::<LeasesRequest>("{}").unwrap(), LeasesRequest::default());
    assert_json_snapshot!("why_request", WhyRequest { reason: "亲属".into() });
    let cleared = CaseWork { updated_at_ms: 1_798_500_000_000, ..CaseWork::default() };
    assert_json_snapshot!("case_work_request", CaseWorkRequest { fence: 2, work: cleared });
    assert_json_snapshot!("wait_answer", WaitAnswer { cursor: 42 });
}

#[test]
fn who_the_server_is() {
    assert_json_snapshot!(ServerInfo {
        product: PRODUCT.into(),
        server_id: Uuid::from_u128(9),
        contract_version: 1,
        oldest_desktop: 1,
        envelope_key: EnvelopeKey { key_id: "k1".into(), public_key: "AAAA".into() },
        calendar_keys: vec![],
        receipt_key: "BBBB".into(),
        history: "0f0f0f0f0f0f".into(),
        limits: DeskLimits { offline_working_days: 3, undelivered: 200, taken_offline: 60 },
        is_demonstration: false,
    });
}

#[test]
fn a_recovery_file() {
    let request = DecisionRequest {
        decision_id: Uuid::from_u128(5),
        payload_sha256: "00".repeat(32),
        key_id: "k1".into(),
        envelope: "AAAA".into(),
        author_signature: "BBBB".into(),
        device_signature: "CCCC".into(),
        receipt: None,
    };
    assert_json_snapshot!(RecoveryFile {
        format: FORMAT.into(),
        server_id: Uuid::from_u128(9),
        made_at_ms: 1_798_500_000_000,
        decisions: vec![RecoveryCopy {
            case_id: Uuid::from_u128(1),
            case_no: "2026-1229-0001".into(),
            case_version: 3,
            request
        }],
    });
}

#[test]
fn codes_of_devices_signatures_and_logs() {
    let codes = [
        (ProblemCode::DeviceUnknown, "device_unknown", 401),
        (ProblemCode::DeviceRevoked, "device_revoked", 403),
        (ProblemCode::DeviceKeyDiffers, "device_key_differs", 409),
        (ProblemCode::BadSignature, "bad_signature", 422),
        (ProblemCode::AuditChainBroken, "audit_chain_broken", 409),
        (ProblemCode::Recused, "recused", 403),
        (ProblemCode::DecisionInProgress, "decision_in_progress", 409),
    ];
    for (code, word, status) in codes {
        assert_eq!((serde_json::to_value(code).unwrap(), code.status()), (word.into(), status));
    }
}
