//! Everything by keyboard: from the queue to two saved decisions without a mouse.

use testkit::window::{CONTROL, ENTER, ESCAPE, RELEASE, Window};

use crate::stage::{Stage, picture_of, sign_in, speak, until_ready};

async fn until_kind(window: &Window, kind: &str) {
    window.wait_css(&format!("[data-testid=\"decision-panel\"][data-kind=\"{kind}\"]")).await.unwrap();
}

async fn shown_case(window: &Window) -> String {
    window.wait("case-view").await.unwrap();
    window.attribute("[data-testid=\"case-view\"]", "data-case-id").await.unwrap().unwrap()
}

async fn until_other_case(window: &Window, case_id: &str) {
    let gone = format!("[data-testid=\"case-view\"][data-case-id=\"{case_id}\"]");
    window.wait_gone(&gone).await.unwrap();
    window.wait("case-view").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_decides_by_keyboard_alone_and_the_first_moments_of_a_case_ignore_decision_keys() {
    let stage = Stage::new(12, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;

    window.press("?").await.unwrap();
    window.wait("keys-dialog").await.unwrap();
    picture_of(&window, "keys-zh").await;
    window.press(ESCAPE).await.unwrap();
    window.wait_gone("[data-testid=\"keys-dialog\"]").await.unwrap();

    // The list has the focus from the start; down and up again, then open.
    window.wait_css("[data-testid=\"queue-row\"][data-offline-ready=\"true\"]").await.unwrap();
    window.press("j").await.unwrap();
    window.press("k").await.unwrap();
    window.press(ENTER).await.unwrap();
    let first = shown_case(&window).await;
    window.wait_css("[data-testid=\"photo-canvas\"][data-state=\"painted\"]").await.unwrap();
    window.press("t").await.unwrap();
    window.press("f").await.unwrap();
    window.press("]").await.unwrap();
    window.wait_css("[data-testid=\"photo-canvas\"][data-photo-index=\"1\"]").await.unwrap();

    press_until_kind(&window, "a", "approve").await;
    window.press(ESCAPE).await.unwrap();
    until_kind(&window, "none").await;
    press_until_kind(&window, "a", "approve").await;
    window.wait_css("[data-testid=\"decision-confirm\"]:enabled:focus").await.unwrap();
    // Enter confirms; the same key again, at once, must do nothing to the next case.
    window.press(&format!("{ENTER}aar")).await.unwrap();
    until_other_case(&window, &first).await;
    let second = shown_case(&window).await;
    until_kind(&window, "none").await;

    press_until_kind(&window, "r", "reject").await;
    window.press("1").await.unwrap();
    window.wait_css("[data-testid=\"decision-confirm\"]:enabled").await.unwrap();
    picture_of(&window, "reject-zh").await;
    speak(&window, "en").await;
    picture_of(&window, "reject-en").await;
    speak(&window, "zh").await;
    window.press(&format!("{CONTROL}{ENTER}{RELEASE}")).await.unwrap();
    until_other_case(&window, &second).await;

    window.press(&format!("{CONTROL}2{RELEASE}")).await.unwrap();
    window
        .wait_until("two rows", "return document.querySelectorAll('[data-testid=\"outbox-row\"]').length === 2")
        .await
        .unwrap();
    window.press(&format!("{CONTROL}3{RELEASE}")).await.unwrap();
    window.wait("settings-screen").await.unwrap();
    picture_of(&window, "settings-zh").await;
    window.press(&format!("{CONTROL}1{RELEASE}")).await.unwrap();
    window.wait("queue-grid").await.unwrap();
    window.press(&format!("{CONTROL}l{RELEASE}")).await.unwrap();
    window.wait("session-unlock-password").await.unwrap();
    window.close().await.unwrap();
}

/// Presses a decision key until it counts: in the first 300 ms after a change of case it rightly does not.
async fn press_until_kind(window: &Window, key: &str, kind: &str) {
    let is = format!("return document.querySelector('[data-testid=\"decision-panel\"]').dataset.kind === {kind:?}");
    for _ in 0..40 {
        window.press(key).await.unwrap();
        if window.script(&is, vec![]).await.unwrap() == true {
            return;
        }
    }
    panic!("the key {key} does nothing");
}
