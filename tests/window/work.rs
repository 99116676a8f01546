//! What a person does with a case besides deciding it: a draft that stays, a hold, giving back, taking offline, a supervisor's revoke.

use testkit::office::PASSWORD;
use testkit::window::{ENTER, ESCAPE, RELEASE, Window};

use crate::accessibility::no_violation;
use crate::stage::{Stage, choose, picture_of, sign_in, until_ready};

/// Holds Shift for the keys after it.
const SHIFT: &str = "\u{E008}";
const WORDS: &str = "请重新拍摄人像面";

async fn back_to_the_queue(window: &Window) {
    window.click("case-back").await.unwrap();
    window.wait("queue-grid").await.unwrap();
}

async fn until_written(window: &Window, id: &str, words: &str) {
    let written = format!("return document.querySelector('[data-testid=\"{id}\"]')?.value === {words:?}");
    window.wait_until("what was written", &written).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_is_there_again_after_leaving_the_case_and_after_the_lock() {
    let stage = Stage::new(12, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    window.open_most_urgent_ready_case().await.unwrap();
    choose(&window, "reject").await;
    window.click("reason-blurred").await.unwrap();
    window.fill("decision-text", WORDS).await.unwrap();
    window.fill("case-note", "等回电").await.unwrap();
    picture_of(&window, "case-draft-zh").await;
    back_to_the_queue(&window).await;
    window.wait("queue-draft").await.unwrap();
    window.press(ENTER).await.unwrap();
    until_written(&window, "decision-text", WORDS).await;
    // Locked at once after a key: what was typed is on the disk.
    window.fill("decision-text", "还有一句").await.unwrap();
    window.click("nav-lock").await.unwrap();
    window.unlock(PASSWORD).await.unwrap();
    window.wait("queue-draft").await.unwrap();
    window.open_most_urgent_ready_case().await.unwrap();
    until_written(&window, "decision-text", "还有一句").await;
    until_written(&window, "case-note", "等回电").await;
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_laid_aside_with_a_reason_and_given_back_with_its_note() {
    let stage = Stage::new(12, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    window.open_most_urgent_ready_case().await.unwrap();
    window.press(&format!("{SHIFT}h{RELEASE}")).await.unwrap();
    window.fill("hold-dialog-why", "等申请人回电").await.unwrap();
    picture_of(&window, "hold-zh").await;
    window.click("hold-dialog-confirm").await.unwrap();
    window.wait("queue-hold").await.unwrap();
    picture_of(&window, "queue-hold-zh").await;
    window.press(ENTER).await.unwrap();
    assert!(window.text("case-hold").await.unwrap().contains("等申请人回电"));
    no_violation(&window, "case-on-hold").await;
    window.click("case-give-back").await.unwrap();
    window.wait("give-back-dialog").await.unwrap();
    picture_of(&window, "give-back-zh").await;
    window.click("give-back-confirm").await.unwrap();
    window.wait("queue-grid").await.unwrap();
    window.wait_gone("[data-testid=\"queue-hold\"]").await.unwrap();
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_taken_offline_until_a_stated_time_and_that_can_be_ended() {
    let stage = Stage::new(30, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    window.click("strip-take-offline").await.unwrap();
    window.wait("offline-until").await.unwrap();
    no_violation_of_dialog(&window).await;
    window.click("offline-take").await.unwrap();
    window.wait_css("[data-testid=\"strip-take-offline\"][data-until]").await.unwrap();
    until_ready(&window, 20).await;
    picture_of(&window, "taken-offline-zh").await;
    window.click("strip-take-offline").await.unwrap();
    window.wait("offline-now").await.unwrap();
    picture_of(&window, "offline-now-zh").await;
    window.click("offline-end").await.unwrap();
    window.wait_css("[data-testid=\"strip-take-offline\"]:not([data-until])").await.unwrap();
    window.close().await.unwrap();
}

async fn no_violation_of_dialog(window: &Window) {
    crate::accessibility::no_violation_now(window, "offline-dialog", "zh").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_ends_a_colleagues_lease_with_a_reason() {
    let stage = Stage::new(12, |_| {}).await;
    assert_eq!(stage.post_as("wang", contract::paths::LEASES).await, 200);
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "zhao").await;
    window.wait_css("[data-testid=\"queue-row\"][data-lease=\"other\"]").await.unwrap().click().await.unwrap();
    window.press(ENTER).await.unwrap();
    window.click("case-revoke").await.unwrap();
    window.click("revoke-dialog-confirm").await.unwrap();
    assert!(window.text("revoke-dialog").await.unwrap().contains("请填写"), "a reason is needed");
    window.fill("revoke-dialog-why", "王审核病假").await.unwrap();
    picture_of(&window, "revoke-zh").await;
    window.click("revoke-dialog-confirm").await.unwrap();
    window.wait_css("[data-testid=\"case-view\"][data-kind=\"held\"]").await.unwrap();
    window.press(ESCAPE).await.unwrap();
    window.close().await.unwrap();
}
