//! Offline work (Shows 3), in the window.

use testkit::office::PASSWORD;
use testkit::window::ESCAPE;

use crate::stage::{Stage, approve, page_text, picture_of, reject, sign_in, speak, until_ready};

const ROWS: &str = "[data-testid=\"outbox-row\"]";

#[tokio::test(flavor = "multi_thread")]
async fn ten_cases_reviewed_without_the_server_arrive_once_each_and_nothing_says_delivered_before() {
    let mut stage = Stage::new(50, |options| options.lease_limit = Some(10)).await;
    let computer = stage.computer();
    let window = computer.start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    window
        .wait_until(
            "50 cases",
            "return document.querySelector('[data-testid=\"queue-grid\"]').getAttribute('aria-rowcount') >= 50",
        )
        .await
        .unwrap();
    window.close().await.unwrap();
    stage.stop_server();

    let window = computer.start().await;
    window.unlock(PASSWORD).await.unwrap();
    window.wait_css("[data-testid=\"strip\"][data-connection=\"offline\"]").await.unwrap();
    assert!(page_text(&window).await.contains("离线可办 10 件"));
    picture_of(&window, "queue-offline-zh").await;
    window.open_most_urgent_ready_case().await.unwrap();
    for index in 0..10 {
        window.wait_css("[data-testid=\"photo-canvas\"][data-state=\"painted\"]").await.unwrap();
        if index % 3 == 2 {
            reject(&window, "glare", "").await;
        } else {
            approve(&window).await;
        }
        never_says_delivered(&window).await;
    }
    window.press(ESCAPE).await.unwrap();
    window.click("nav-outbox").await.unwrap();
    window.wait_until("ten rows", &format!("return document.querySelectorAll('{ROWS}').length === 10")).await.unwrap();
    never_says_delivered(&window).await;
    picture_of(&window, "outbox-offline-zh").await;
    let strip = window.text("strip").await.unwrap();
    assert!(strip.contains("未送达 10") && strip.contains("前联网") && strip.contains("离线可办 0 件"), "{strip}");
    speak(&window, "en").await;
    picture_of(&window, "outbox-offline-en").await;
    speak(&window, "zh").await;
    window.close().await.unwrap();

    let window = computer.start().await;
    window.unlock(PASSWORD).await.unwrap();
    window.wait_css("[data-testid=\"strip\"][data-connection=\"offline\"]").await.unwrap();
    window.click("nav-outbox").await.unwrap();
    window.wait_until("ten rows", &format!("return document.querySelectorAll('{ROWS}').length === 10")).await.unwrap();
    never_says_delivered(&window).await;
    assert_eq!(stage.office.database().decisions().unwrap(), []);
    stage.start_server();
    window.click("strip-reconnect").await.unwrap();
    let delivered = format!(
        "const rows = [...document.querySelectorAll('{ROWS}')];
         return rows.length === 10 && rows.every((row) => row.dataset.state === 'delivered')"
    );
    window.wait_until("ten delivered", &delivered).await.unwrap();
    let stored = stage.office.database().decisions().unwrap();
    let cases: std::collections::BTreeSet<_> = stored.iter().map(|decision| decision.case_no.clone()).collect();
    assert_eq!((stored.len(), cases.len()), (10, 10), "once each");
    window.wait_until(
        "an empty outbox",
        "const strip = document.querySelector('[data-testid=\"strip-undelivered\"]'); return strip === null || strip.dataset.count === '0'",
    )
    .await
    .unwrap();
    window.close().await.unwrap();
}

async fn never_says_delivered(window: &testkit::window::Window) {
    assert!(!page_text(window).await.contains("已送达"));
    let states = window.attributes(ROWS, "data-state").await.unwrap();
    assert!(states.iter().all(|state| state != "delivered"), "{states:?}");
}
