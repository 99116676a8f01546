//! Each failure has its own clear sentence in both languages (Shows 6), and nothing decided is lost.

use testkit::office::PASSWORD;
use testkit::strange_server::{captive_portal, nobody};
use testkit::window::Window;

use crate::accessibility::no_violation;
use crate::stage::{Stage, approve, picture_of, sign_in, speak, until_ready};

/// What the page says at this place, in Chinese and in English.
async fn in_both_languages(window: &Window, id: &str) -> [String; 2] {
    let mut said = Vec::new();
    for language in ["zh", "en"] {
        speak(window, language).await;
        said.push(window.text(id).await.unwrap());
    }
    speak(window, "zh").await;
    said.try_into().unwrap()
}

async fn failed_sign_in(window: &Window, server: &str, password: &str, code: &str) -> [String; 2] {
    window.fill("session-server", server).await.unwrap();
    window.fill("session-account", "li").await.unwrap();
    window.fill("session-password", password).await.unwrap();
    window.click("session-submit").await.unwrap();
    window.wait_css(&format!("[data-testid=\"session-error\"][data-code=\"{code}\"]")).await.unwrap();
    let said = in_both_languages(window, "session-error").await;
    assert_ne!(said[0], said[1]);
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_password_dead_server_wrong_address_and_a_web_page_each_have_their_own_sentence() {
    let stage = Stage::new(1, |_| {}).await;
    let computer = stage.computer();
    let window = computer.start().await;
    let dead = nobody().unwrap();
    let mut said = Vec::new();
    for (server, password, code) in [
        (stage.url().as_str(), "wrong", "wrong_password"),
        (dead.as_str(), PASSWORD, "server_unreachable"),
        ("review desk", PASSWORD, "bad_server_address"),
        ("http://review.example.cn", PASSWORD, "insecure_server_address"),
        (captive_portal().unwrap().as_str(), PASSWORD, "not_a_review_server"),
    ] {
        said.push(failed_sign_in(&window, server, password, code).await);
        picture_of(&window, &format!("sign-in-{code}-zh")).await;
    }
    let different: std::collections::BTreeSet<_> = said.iter().flatten().collect();
    assert_eq!(different.len(), 10, "every sentence is its own: {said:#?}");
    assert!(said[0][0].contains("密码不正确") && said[1][0].contains("连接不到服务器"));
    sign_in(&window, &stage.url(), "li").await;
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_says_so_keeps_the_decision_and_delivers_it_after_the_password() {
    let mut stage = Stage::new(12, |_| {}).await;
    let computer = stage.computer();
    let window = computer.start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    stage.stop_server();
    window.open_most_urgent_ready_case().await.unwrap();
    approve(&window).await;
    // Nine days later by the server's clock.
    stage.office.options.now = stage.office.options.now.map(|now| now + chrono::TimeDelta::days(9));
    stage.start_server();
    window.wait_css("[data-testid=\"strip\"][data-connection=\"sign_in_needed\"]").await.unwrap();
    let said = in_both_languages(&window, "strip").await;
    assert!(said[0].contains("需要再次登录") && said[0].contains("未送达 1"), "{said:?}");
    picture_of(&window, "session-ended-zh").await;
    window.click("strip-password").await.unwrap();
    window.fill("renew-password", PASSWORD).await.unwrap();
    picture_of(&window, "renew-zh").await;
    window.click("renew-submit").await.unwrap();
    window.wait_css("[data-testid=\"strip\"][data-connection=\"online\"]").await.unwrap();
    window.click("nav-outbox").await.unwrap();
    window.wait_css("[data-testid=\"outbox-row\"][data-state=\"delivered\"]").await.unwrap();
    assert_eq!(stage.office.database().decisions().unwrap().len(), 1);
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_of_a_newer_program_and_a_second_instance_say_so_and_touch_nothing() {
    let stage = Stage::new(1, |_| {}).await;
    let computer = stage.computer();
    let window = computer.start().await;
    sign_in(&window, &stage.url(), "li").await;

    // A second instance on the same folder, while the first one runs.
    let second = computer.start_in_system_language().await;
    second.wait("unavailable").await.unwrap();
    let said = in_both_languages_of_unavailable(&second).await;
    assert!(said[0].contains("已在本机运行"), "{said:?}");
    assert_ne!(said[0], said[1]);
    no_violation(&second, "second-instance").await;
    second.close().await.unwrap();
    window.click("nav-lock").await.unwrap();
    window.wait("session-unlock-password").await.unwrap();
    window.close().await.unwrap();

    let vault = std::fs::read_dir(computer.data().join("vaults")).unwrap().next().unwrap().unwrap().path();
    let header = vault.join("vault.json");
    let original = std::fs::read_to_string(&header).unwrap();
    let mut newer: serde_json::Value = serde_json::from_str(&original).unwrap();
    newer["format"] = 999.into();
    std::fs::write(&header, newer.to_string()).unwrap();
    let window = computer.start().await;
    window.wait_css("[data-testid=\"session-problem\"][data-code=\"vault_too_new\"]").await.unwrap();
    let said = [page(&window, "zh").await, page(&window, "en").await];
    assert!(said[0].contains("更新版本的程序"), "{said:?}");
    assert!(said[1].contains("newer version"), "{said:?}");
    no_violation(&window, "newer-vault").await;
    window.close().await.unwrap();
    assert_eq!(std::fs::read_to_string(&header).unwrap(), newer.to_string(), "nothing was written");
    std::fs::write(&header, original).unwrap();
    let window = computer.start().await;
    window.unlock(PASSWORD).await.unwrap();
    window.close().await.unwrap();
}

async fn page(window: &Window, language: &str) -> String {
    speak(window, language).await;
    crate::stage::page_text(window).await
}

async fn in_both_languages_of_unavailable(window: &Window) -> [String; 2] {
    in_both_languages(window, "unavailable").await
}
