//! A password that was changed elsewhere or forgotten: the second step of the sign-in, in the window.

use testkit::office::PASSWORD;
use testkit::window::Window;

use crate::accessibility::no_violation;
use crate::stage::{Stage, choose, picture_of, sign_in, until_ready};

const NEW_PASSWORD: &str = "Specimen-2027";

async fn sign_in_with_the_new_password(window: &Window, stage: &Stage) {
    window.click("session-other-account").await.unwrap();
    window.fill("session-server", &stage.url()).await.unwrap();
    window.fill("session-account", "li").await.unwrap();
    window.fill("session-password", NEW_PASSWORD).await.unwrap();
    window.click("session-submit").await.unwrap();
    window.wait("other-password").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_changed_elsewhere_asks_for_the_one_from_before_and_keeps_the_draft() {
    let stage = Stage::new(12, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    window.open_most_urgent_ready_case().await.unwrap();
    choose(&window, "reject").await;
    window.click("reason-blurred").await.unwrap();
    window.click("nav-lock").await.unwrap();
    window.wait("session-unlock-password").await.unwrap();
    stage.reset_password("li", NEW_PASSWORD);

    sign_in_with_the_new_password(&window, &stage).await;
    no_violation(&window, "other-password").await;
    window.fill("other-password-field", "wrong").await.unwrap();
    window.click("other-password-submit").await.unwrap();
    window.wait_css("[data-testid=\"session-error\"][data-code=\"unlock_failed\"]").await.unwrap();
    picture_of(&window, "other-password-wrong-zh").await;
    window.fill("other-password-field", PASSWORD).await.unwrap();
    window.click("other-password-submit").await.unwrap();
    window.wait("queue-grid").await.unwrap();
    window.wait("queue-draft").await.unwrap();
    window.click("nav-lock").await.unwrap();
    window.unlock(NEW_PASSWORD).await.unwrap();
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_starts_a_new_cache_after_saying_what_that_costs() {
    let stage = Stage::new(12, |_| {}).await;
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    window.click("nav-lock").await.unwrap();
    window.wait("session-unlock-password").await.unwrap();
    stage.reset_password("li", NEW_PASSWORD);
    sign_in_with_the_new_password(&window, &stage).await;
    window.click("other-password-new").await.unwrap();
    picture_of(&window, "other-password-new-zh").await;
    window.click("other-password-submit").await.unwrap();
    window.wait("queue-grid").await.unwrap();
    until_ready(&window, 10).await;
    window.close().await.unwrap();
}
