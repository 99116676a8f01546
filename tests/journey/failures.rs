//! What goes wrong has its own code, and nothing decided is lost (Shows 6). The sentences are tested in the window.

use desk::view::{ConnectionView, ErrorCode, SessionView};
use testkit::office::{Office, PASSWORD};
use testkit::strange_server::{captive_portal, nobody};

use crate::bench::{Computer, folder, path};

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_of_signing_in_has_its_own_code() {
    let folder = folder();
    let (_office, server) = Office::open(path(&folder), 1, |_| {}).await.unwrap();
    let url = server.url().as_str();
    let program = Computer::new().start_kept();
    let code = async |server: &str, account: &str, password: &str| {
        program.try_sign_in(server, account, password).await.unwrap_err().code
    };
    assert_eq!(code(url, "li", "wrong").await, ErrorCode::WrongPassword);
    assert_eq!(code(url, "nobody", PASSWORD).await, ErrorCode::WrongPassword);
    assert_eq!(code("review desk", "li", PASSWORD).await, ErrorCode::BadServerAddress);
    assert_eq!(code("http://review.example.cn", "li", PASSWORD).await, ErrorCode::InsecureServerAddress);
    assert_eq!(code(&nobody().unwrap(), "li", PASSWORD).await, ErrorCode::ServerUnreachable);
    assert_eq!(code(&captive_portal().unwrap(), "li", PASSWORD).await, ErrorCode::NotAReviewServer);
    for _ in 0..5 {
        let _ = code(url, "wang", "wrong").await;
    }
    let locked = program.try_sign_in(url, "wang", PASSWORD).await.unwrap_err();
    assert_eq!(locked.code, ErrorCode::AccountLocked);
    assert!(locked.params.retry_after_s.is_some());
    assert!(
        matches!(program.desk.session_view().await.unwrap(), SessionView::Closed { vaults, .. } if vaults.is_empty())
    );
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_asks_for_the_password_and_keeps_what_was_decided() {
    let folder = folder();
    let (mut office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(10).await;
    let ready = program.ready_cases().await;
    server.stop().unwrap();
    program.approve(&ready[0]).await;
    // Nine days later by the server's clock the refresh token has ended as well.
    office.options.now = office.options.now.map(|now| now + chrono::TimeDelta::days(9));
    let server = office.start_again().unwrap();
    program.desk.connect_now().await.unwrap();
    let status = program
        .until("the password being asked for", async |desk| {
            desk.status_view().await.ok().filter(|status| status.connection == ConnectionView::SignInNeeded)
        })
        .await;
    assert_eq!(status.problem.unwrap().code, ErrorCode::SessionExpired);
    assert_eq!(status.undelivered, 1);
    program.renew().await;
    program.until_delivered(1).await;
    assert_eq!(office.database().decisions().unwrap().len(), 1);
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_newer_schema_unlock_nothing_and_change_nothing() {
    let folder = folder();
    let (_office, server) = Office::open(path(&folder), 2, |_| {}).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(2).await;
    program.quit().await;
    let program = computer.start();
    assert_eq!(program.try_unlock("wrong").await.unwrap_err().code, ErrorCode::UnlockFailed);
    program.quit().await;

    let vault = std::fs::read_dir(computer.data().join("vaults")).unwrap().next().unwrap().unwrap().path();
    let header = vault.join("vault.json");
    let original = std::fs::read_to_string(&header).unwrap();
    let mut newer: serde_json::Value = serde_json::from_str(&original).unwrap();
    newer["format"] = 999.into();
    std::fs::write(&header, newer.to_string()).unwrap();
    let program = computer.start();
    let SessionView::Closed { vaults, problem, .. } = program.desk.session_view().await.unwrap() else {
        panic!("not closed")
    };
    assert!(vaults.is_empty(), "it cannot be unlocked");
    assert_eq!(problem.unwrap().code, ErrorCode::VaultTooNew);
    program.quit().await;
    std::fs::write(&header, original).unwrap();
    let program = computer.start();
    program.unlock().await;
    program.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_program_on_the_same_folder_only_says_so() {
    let computer = Computer::new();
    let first = computer.start();
    let second = computer.start();
    let SessionView::Unavailable { error } = second.desk.session_view().await.unwrap() else { panic!("it works") };
    assert_eq!(error.code, ErrorCode::SecondInstance);
    assert!(matches!(first.desk.session_view().await.unwrap(), SessionView::Closed { .. }));
}
