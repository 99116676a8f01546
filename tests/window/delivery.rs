//! What a person sees of a decision on its way: the time to take it back, the two sides of a conflict, what waits after a sign-out.

use testkit::office::PASSWORD;
use testkit::window::{CONTROL, RELEASE, Window};

use crate::accessibility::no_violation;
use crate::stage::{Stage, approve, page_text, picture_of, reject, sign_in, speak, until_ready};

const WORDS: &str = "我写的话要留着";

async fn shown_case(window: &Window) -> String {
    window.wait("case-view").await.unwrap();
    window.attribute("[data-testid=\"case-view\"]", "data-case-id").await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_taken_back_by_its_key_and_its_case_opens_with_what_was_written() {
    let stage = Stage::new(12, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    window.open_most_urgent_ready_case().await.unwrap();
    let first = shown_case(&window).await;
    reject(&window, "other", WORDS).await;

    // The desk is at the next case already; the way back is one key.
    assert_ne!(shown_case(&window).await, first);
    window.wait("undo").await.unwrap();
    picture_of(&window, "undo-zh").await;
    window.press(&format!("{CONTROL}z{RELEASE}")).await.unwrap();
    window.wait_css(&format!("[data-testid=\"case-view\"][data-case-id=\"{first}\"]")).await.unwrap();
    window.wait_css("[data-testid=\"decision-panel\"][data-kind=\"reject\"]").await.unwrap();
    let written = format!("return document.querySelector('[data-testid=\"decision-text\"]').value === {WORDS:?}");
    window.wait_until("what was written", &written).await.unwrap();
    window.wait_gone("[data-testid=\"undo-bar\"]").await.unwrap();
    picture_of(&window, "undone-zh").await;
    window.click("nav-outbox").await.unwrap();
    window.wait("outbox-empty").await.unwrap();
    assert_eq!(stage.office.database().decisions().unwrap(), []);
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn when_its_time_is_over_a_decision_goes_and_its_way_back_with_it() {
    let stage = Stage::new(12, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    window.open_most_urgent_ready_case().await.unwrap();
    approve(&window).await;
    window.wait("undo").await.unwrap();
    window.wait_gone("[data-testid=\"undo-bar\"]").await.unwrap();
    window.press(&format!("{CONTROL}z{RELEASE}")).await.unwrap();
    window.click("nav-outbox").await.unwrap();
    window.wait_css("[data-testid=\"outbox-row\"][data-state=\"delivered\"]").await.unwrap();
    assert_eq!(stage.office.database().decisions().unwrap().len(), 1);
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_shows_both_sides_keeps_my_words_and_can_be_exported_and_put_away() {
    // Leases last a minute, and the server starts again three minutes later.
    let mut stage = Stage::new(12, |options| options.lease_minutes = Some(1)).await;
    let computer = stage.computer();
    let window = computer.start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    stage.stop_server();
    window.open_most_urgent_ready_case().await.unwrap();
    let case_id = shown_case(&window).await;
    reject(&window, "other", WORDS).await;
    window.close().await.unwrap();
    stage.office.options.now = stage.office.options.now.map(|now| now + chrono::TimeDelta::minutes(3));
    stage.start_server();
    stage.approve_as("wang", &case_id).await;

    let window = computer.start().await;
    window.unlock(PASSWORD).await.unwrap();
    window.click("nav-outbox").await.unwrap();
    window.wait_css("[data-testid=\"outbox-row\"][data-state=\"conflict\"]").await.unwrap();
    no_violation(&window, "outbox-two-sides").await;
    let mine = window.text("outbox-mine").await.unwrap();
    assert!(mine.contains("不通过") && mine.contains("其他") && mine.contains(WORDS), "{mine}");
    let stands = window.text("outbox-standing").await.unwrap();
    assert!(stands.contains("通过") && stands.contains("王审核"), "{stands}");
    window.wait_css("[data-testid=\"outbox-changed\"][data-change=\"concluded\"]").await.unwrap();

    window.click("outbox-export-all").await.unwrap();
    window.wait_css("[data-testid=\"exported-path\"][data-count=\"1\"]").await.unwrap();
    picture_of(&window, "exported-zh").await;
    let path = window.text("exported-path").await.unwrap();
    let file = std::fs::read_to_string(path.trim()).unwrap();
    assert!(!file.contains(WORDS), "a recovery copy is sealed");
    window.press(testkit::window::ESCAPE).await.unwrap();
    window.click("outbox-dismiss").await.unwrap();
    window.click("outbox-dismiss-confirm").await.unwrap();
    window.wait("outbox-empty").await.unwrap();
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_names_what_is_undelivered_and_the_next_screen_tells_whose_it_is_and_nothing_else() {
    let mut stage = Stage::new(12, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    stage.stop_server();
    window.open_most_urgent_ready_case().await.unwrap();
    let case_id = shown_case(&window).await;
    reject(&window, "other", WORDS).await;
    window.click("nav-sign-out").await.unwrap();
    window.click("sign-out-confirm").await.unwrap();
    window.wait_css("[data-testid=\"sign-out-left\"][data-count=\"1\"]").await.unwrap();
    assert!(window.text("sign-out-nearest").await.unwrap().contains("办结时限"));
    picture_of(&window, "sign-out-left-zh").await;
    window.click("sign-out-confirm").await.unwrap();
    window.wait_css("[data-testid=\"waiting\"][data-account=\"li\"][data-count=\"1\"]").await.unwrap();
    no_violation(&window, "signed-out-waiting").await;
    let said = page_text(&window).await;
    assert!(!said.contains(WORDS) && !said.contains(&stage.office.database().case_no(&case_id).unwrap()), "{said}");

    // The server comes back: it is delivered though nobody is signed in, and credited to its author.
    stage.start_server();
    window.wait_gone("[data-testid=\"session-waiting\"]").await.unwrap();
    let stored = stage.office.database().decisions().unwrap();
    assert_eq!((stored.len(), stored[0].account.as_str()), (1, "li"));
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_sees_that_decisions_of_others_wait_on_this_computer_and_not_what_they_are() {
    let mut stage = Stage::new(12, |_| {}).await;
    let computer = stage.computer();
    let window = computer.start().await;
    sign_in(&window, &stage.url(), "wang").await;
    until_ready(&window, 10).await;
    window.click("nav-lock").await.unwrap();
    window.click("session-other-account").await.unwrap();
    sign_in(&window, &stage.url(), "li").await;
    window.click("nav-lock").await.unwrap();
    stage.stop_server();
    unlock(&window, "wang").await;
    window.open_most_urgent_ready_case().await.unwrap();
    reject(&window, "other", WORDS).await;
    window.click("nav-lock").await.unwrap();
    unlock(&window, "li").await;
    window.wait_css("[data-testid=\"strip-others\"][data-count=\"1\"]").await.unwrap();
    window.click("strip-others-open").await.unwrap();
    window.wait_css("[data-testid=\"waiting\"][data-account=\"wang\"]").await.unwrap();
    picture_of(&window, "others-zh").await;
    speak(&window, "en").await;
    picture_of(&window, "others-en").await;
    window.click("nav-outbox").await.unwrap();
    window.wait("outbox-empty").await.unwrap();
    window.close().await.unwrap();
}

/// Unlocks the vault of this account.
async fn unlock(window: &Window, account: &str) {
    window.wait("session-unlock-password").await.unwrap();
    let pick = format!(
        "const vault = [...document.querySelectorAll('label.vault')].find((one) => one.querySelector('.who').textContent === {account:?});
         vault.click(); return true"
    );
    window.script(&pick, vec![]).await.unwrap();
    window.unlock(PASSWORD).await.unwrap();
}
