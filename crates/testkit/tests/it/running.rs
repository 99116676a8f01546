//! The real server as a child, filled by the real seeder.

use casework::Role;
use testkit::cases::DEMONSTRATION_NOW;
use testkit::seed::{SeedError, Seeding, idempotency_key, seed};
use testkit::server::{
    NewAccount, ServerOptions, ServerProcess, ServerProcessError, binary, create_account, portal_credential,
};
use uuid::Uuid;

#[test]
fn a_program_that_is_not_built_is_named_with_the_command_that_builds_it() {
    let error = binary("no-such-program").unwrap_err();
    assert!(matches!(error, ServerProcessError::NotBuilt { .. }));
    assert!(error.to_string().contains("cargo xtask test"));
}

#[test]
fn idempotency_keys_differ_by_seed_index_and_office_only() {
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert_eq!(idempotency_key(1, 2, one), idempotency_key(1, 2, one));
    assert_ne!(idempotency_key(1, 2, one), idempotency_key(1, 2, two));
    assert_ne!(idempotency_key(1, 2, one), idempotency_key(1, 3, one));
    assert_ne!(idempotency_key(1, 2, one), idempotency_key(2, 2, one));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_in_one_sentence() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let seeding = Seeding {
        server: format!("http://127.0.0.1:{port}").parse().unwrap(),
        credential: "none".to_owned(),
        office_id: Uuid::nil(),
        count: 1,
        seed: 1,
        now: DEMONSTRATION_NOW.parse().unwrap(),
    };
    let error = seed(&seeding, |_, _| {}).await.unwrap_err();
    assert!(matches!(error, SeedError::Unreachable { index: 0, .. }));
    let wrong = Seeding { credential: "two words".to_owned(), ..seeding };
    assert!(matches!(seed(&wrong, |_, _| {}).await, Err(SeedError::BadCredential)));
}

#[tokio::test]
async fn seeding_twice_adds_nothing_and_the_server_comes_back_with_its_cases() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("server");
    create_account(
        &data,
        &NewAccount {
            account: "reviewer1".to_owned(),
            password: "correct horse 1".to_owned(),
            role: Role::Reviewer,
            office: "样例市教育局".to_owned(),
            display_name: "审核员一".to_owned(),
        },
    )
    .unwrap();
    let credential = portal_credential(&data).unwrap();
    let mut options = ServerOptions::new(&data);
    options.now = Some(DEMONSTRATION_NOW.parse().unwrap());
    let server = ServerProcess::start(&options).unwrap();
    let session = server.sign_in("reviewer1", "correct horse 1").await.unwrap();
    assert!(matches!(server.sign_in("reviewer1", "wrong").await, Err(ServerProcessError::SignIn(401))));

    let seeding = Seeding {
        server: server.url().clone(),
        credential,
        office_id: session.person.office_id,
        count: 8,
        seed: 1,
        now: DEMONSTRATION_NOW.parse().unwrap(),
    };
    let mut told = Vec::new();
    let first = seed(&seeding, |done, total| told.push((done, total))).await.unwrap();
    assert_eq!(told.last(), Some(&(8, 8)));
    assert_eq!(first.answers.len(), 8);
    let second = seed(&seeding, |_, _| {}).await.unwrap();
    assert_eq!(first.answers, second.answers);

    let port = server.port();
    assert!(server.stop().unwrap().success());
    options.port = Some(port);
    let server = ServerProcess::start(&options).unwrap();
    let seeding = Seeding { server: server.url().clone(), ..seeding };
    assert_eq!(seed(&seeding, |_, _| {}).await.unwrap().answers, first.answers);
    let wrong = Seeding { credential: "wrong".to_owned(), ..seeding };
    assert!(matches!(seed(&wrong, |_, _| {}).await, Err(SeedError::Refused { status: 401, .. })));
    server.kill().unwrap();
}
