//! Devices: their keys, the credential that only delivers, the key of `work.db` sealed to the server, and revoking.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use contract::decision::Receipt;
use contract::device::{DeviceAnswer, DeviceRequest, UnsealAnswer, UnsealRequest};
use contract::problem::ProblemCode;
use contract::{envelope, paths, signature};
use review_server::admin::{self, AdminError};
use uuid::Uuid;

use crate::enrolling::{author_seed, device_seed};
use crate::office::{Desk, Draft, Office};

async fn drafted(office: &Office, desk: &Desk, applicant: &str) -> Draft {
    let case = office.new_case(applicant).await.case_id;
    let lease = office.lease(desk, case).await;
    office.draft(desk, &lease, "approve", &[])
}

#[tokio::test]
async fn the_keys_of_a_device_never_change() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let keys = |device_key: &[u8; 32], author_key: &[u8; 32]| DeviceRequest {
        device_key: signature::public_key(device_key),
        author_key: signature::public_key(author_key),
    };
    let (device, author) = (device_seed(wang.device), author_seed(wang.device));
    for (request, field) in [(keys(&[9; 32], &author), "device_key"), (keys(&device, &[9; 32]), "author_key")] {
        let problem = office.put(paths::DEVICE, Some(&wang.token), &request).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::DeviceKeyDiffers, Some(field)));
    }
    let weak = STANDARD.encode([0u8; 32]);
    for (request, field) in [
        (DeviceRequest { device_key: weak.clone(), ..keys(&device, &author) }, "device_key"),
        (DeviceRequest { author_key: "x".to_owned(), ..keys(&device, &author) }, "author_key"),
        (keys(&device, &device), "author_key"),
    ] {
        let problem = office.put(paths::DEVICE, Some(&wang.token), &request).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadRequest, Some(field)));
    }
    assert_eq!(office.count("SELECT count(*) FROM devices"), 1);
    for change in ["UPDATE devices SET author_key = device_key", "DELETE FROM devices"] {
        assert!(office.database().execute(change, []).unwrap_err().to_string().contains("is never"), "{change}");
    }
}

#[tokio::test]
async fn a_lost_answer_locks_nobody_out_and_old_credentials_make_room() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let mut credentials = vec![wang.delivery.clone()];
    for _ in 0..7 {
        office.clock.advance(Duration::seconds(1));
        let again: DeviceAnswer = office.register(&wang.token, wang.device).await.json();
        credentials.push(again.delivery_credential);
    }
    assert!(credentials.iter().all(|credential| credential.starts_with("rdd_") && credential.len() == 47));
    let draft = drafted(&office, &wang, "a-1").await;
    for credential in &credentials {
        assert!(office.deliver_with(credential, &draft, &office.seal(&draft)).await.status.is_success());
    }
    office.clock.advance(Duration::minutes(2));
    // The one in use is not the one that goes.
    assert!(office.deliver_with(&credentials[0], &draft, &office.seal(&draft)).await.status.is_success());
    let _: DeviceAnswer = office.register(&wang.token, wang.device).await.json();
    assert_eq!(office.count("SELECT count(*) FROM delivery_credentials"), 8);
    assert!(office.deliver_with(&credentials[0], &draft, &office.seal(&draft)).await.status.is_success());
    let found = office.count(&format!(
        "SELECT count(*) FROM delivery_credentials WHERE credential_sha256 LIKE '%{}%'",
        &credentials[0][4..12]
    ));
    assert_eq!(found, 0, "credentials are kept as hashes");
}

/// AUTH-SWITCH, AUTH-MID: delivery needs neither a session nor the person.
#[tokio::test]
async fn a_credential_delivers_for_its_author_without_a_session_and_does_nothing_else() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let draft = drafted(&office, &wang, "a-1").await;
    office.delete(paths::SESSION, Some(&wang.token), None).await;
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::SignInRequired);
    for path in [paths::CHANGES, paths::REASONS, paths::STUCK, paths::EVENTS_WAIT] {
        let answer = office.get(&format!("{path}?after=0&limit=1"), Some(&wang.delivery)).await;
        assert_eq!(answer.code(), ProblemCode::SignInRequired, "{path}");
    }
    for path in [paths::LEASES.to_owned(), paths::lease(casework::CaseId(draft.path_case))] {
        let answer = office.post(&path, Some(&wang.delivery), &serde_json::json!({})).await;
        assert_eq!(answer.code(), ProblemCode::SignInRequired, "{path}");
    }
    assert_eq!(office.register(&wang.delivery, wang.device).await.code(), ProblemCode::SignInRequired);

    office.clock.advance(Duration::days(30));
    let receipt: Receipt = office.deliver_with(&wang.delivery, &draft, &office.seal(&draft)).await.json();
    assert_eq!(receipt.outcome.as_deref(), Some("approved"));
    assert_eq!(
        office.count(&format!("SELECT count(*) FROM conclusions WHERE account_id = '{}'", wang.account)),
        1,
        "the author is credited"
    );
}

#[tokio::test]
async fn a_credential_delivers_for_its_own_author_and_device_only() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let other = office.sign_in("wang").await;
    let draft = drafted(&office, &wang, "a-1").await;
    let problem = office.deliver_with(&li.delivery, &draft, &office.seal(&draft)).await.problem();
    assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadEnvelope, Some("author")));
    let problem = office.deliver_with(&other.delivery, &draft, &office.seal(&draft)).await.problem();
    assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadEnvelope, Some("device_id")));
    let made_up = "rdd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(office.deliver_with(made_up, &draft, &office.seal(&draft)).await.code(), ProblemCode::DeviceUnknown);
}

#[tokio::test]
async fn both_signatures_must_fit_and_come_before_the_decision_is_looked_up() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let mut draft = drafted(&office, &wang, "a-1").await;
    let good = office.seal(&draft);
    let mut swapped = good.clone();
    std::mem::swap(&mut swapped.author_signature, &mut swapped.device_signature);
    let mut no_device = good.clone();
    no_device.device_signature = String::new();
    for (request, field) in [(swapped, "author_signature"), (no_device, "device_signature")] {
        let problem = office.deliver_with(&wang.delivery, &draft, &request).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadSignature, Some(field)));
    }
    // A payload altered after it was signed, sealed well.
    draft.payload.internal_note = Some("another".to_owned());
    let mut altered = office.seal(&draft);
    altered.author_signature = good.author_signature.clone();
    altered.device_signature = good.device_signature.clone();
    draft.if_match = None;
    assert_eq!(office.deliver_with(&wang.delivery, &draft, &altered).await.code(), ProblemCode::BadSignature);
    assert_eq!(office.count("SELECT count(*) FROM opinions"), 0);
    // A device that never registered.
    draft.payload.device_id = Uuid::new_v4();
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::DeviceUnknown);
}

#[tokio::test]
async fn nothing_comes_in_from_a_revoked_device_and_its_sessions_end() {
    let office = Office::open();
    let (wang, elsewhere) = (office.sign_in("wang").await, office.sign_in("wang").await);
    let draft = drafted(&office, &wang, "a-1").await;
    assert!(matches!(admin::revoke_device(&office.state, "li", wang.device), Err(AdminError::UnknownDevice)));
    admin::revoke_device(&office.state, "wang", wang.device).unwrap();
    admin::revoke_device(&office.state, "wang", wang.device).unwrap();
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'device_revoked'"), 1);
    let sealed = office.seal(&draft);
    assert_eq!(office.deliver_with(&wang.delivery, &draft, &sealed).await.code(), ProblemCode::DeviceRevoked);
    assert_eq!(office.deliver_with(&elsewhere.token, &draft, &sealed).await.code(), ProblemCode::DeviceRevoked);
    assert_eq!(office.get(paths::REASONS, Some(&wang.token)).await.code(), ProblemCode::SignInRequired);
    let again = office.try_sign_in_on("wang", crate::office::PASSWORD, wang.device).await;
    assert_eq!(again.code(), ProblemCode::DeviceRevoked);
    assert!(office.get(paths::REASONS, Some(&elsewhere.token)).await.status.is_success());
    let listed = admin::devices(&office.state, "wang").unwrap();
    assert_eq!(listed.iter().filter(|device| device.revoked_at_ms.is_some()).count(), 1);
    // The database itself keeps it so.
    assert!(office.database().execute("UPDATE devices SET revoked_at_ms = NULL WHERE revoked_at_ms > 0", []).is_err());
}

#[tokio::test]
async fn a_closed_account_delivers_nothing() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let draft = drafted(&office, &wang, "a-1").await;
    admin::disable_account(&office.state, "wang").unwrap();
    let answer = office.deliver_with(&wang.delivery, &draft, &office.seal(&draft)).await;
    assert_eq!(answer.code(), ProblemCode::AccountDisabled);
}

#[tokio::test]
async fn the_key_of_work_db_is_opened_for_its_own_account_five_times_a_day() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let server = office.state.offered_envelope_key();
    let public = STANDARD.decode(&server.public_key).unwrap();
    let sealed = |device: Uuid| STANDARD.encode(envelope::seal_device_key(&public, device, &[7; 32]).unwrap());
    let request = UnsealRequest { device_id: wang.device, key_id: server.key_id.clone(), sealed: sealed(wang.device) };
    // From another device of the same account: the vault with the key is the one that does not open.
    let elsewhere = office.sign_in("wang").await;
    let answer: UnsealAnswer = office.post(paths::DEVICE_UNSEAL, Some(&elsewhere.token), &request).await.json();
    assert_eq!(STANDARD.decode(answer.key).unwrap(), [7; 32]);
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'device_key_opened'"), 1);

    let unseal = |desk: &Desk, request: UnsealRequest| {
        let token = desk.token.clone();
        let office = &office;
        async move { office.post(paths::DEVICE_UNSEAL, Some(&token), &request).await }
    };
    assert_eq!(unseal(&li, request.clone()).await.code(), ProblemCode::NotFound, "another account's device");
    let others = UnsealRequest { sealed: sealed(li.device), ..request.clone() };
    assert_eq!(unseal(&wang, others).await.code(), ProblemCode::BadEnvelope, "sealed for another device");
    let long = UnsealRequest { sealed: STANDARD.encode([0; 2000]), ..request.clone() };
    assert_eq!(unseal(&wang, long).await.code(), ProblemCode::BadEnvelope);
    let decision = envelope::seal(&public, casework::DecisionId(wang.device), casework::CaseId(wang.device), &[7; 32]);
    let decision = UnsealRequest { sealed: STANDARD.encode(decision.unwrap()), ..request.clone() };
    assert_eq!(unseal(&wang, decision).await.code(), ProblemCode::BadEnvelope, "a decision's envelope is no key");
    for _ in 0..4 {
        assert!(unseal(&wang, request.clone()).await.status.is_success());
    }
    let problem = unseal(&wang, request.clone()).await.problem();
    assert_eq!((problem.code, problem.retry_after_s), (ProblemCode::TooManyRequests, Some(3600)));
    office.clock.advance(Duration::hours(25));
    let wang = office.sign_in_on("wang", wang.device).await;
    assert!(unseal(&wang, request).await.status.is_success());
}
