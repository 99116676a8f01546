//! axe-core finds no violation on any screen, in either language (Shows 8). Dialogs are opened anew in each language, since the page behind
//! an open one cannot be reached.

use serde_json::Value;
use testkit::office::PASSWORD;
use testkit::window::{ENTER, ESCAPE, Window};

use crate::stage::{Stage, approve, choose, picture_of, sign_in, speak, until_ready};

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");

/// Runs axe on a screen, in both languages.
pub(crate) async fn no_violation(window: &Window, screen: &str) {
    for language in ["en", "zh"] {
        speak(window, language).await;
        no_violation_now(window, screen, language).await;
    }
}

/// Runs axe on a dialog, opened in both languages; Escape closes it.
async fn no_violation_in_dialog(window: &Window, id: &str, open: impl AsyncFn()) {
    for language in ["en", "zh"] {
        speak(window, language).await;
        open().await;
        window.wait(id).await.unwrap();
        no_violation_now(window, id, language).await;
        window.press(ESCAPE).await.unwrap();
        window.wait_gone(&format!("[data-testid=\"{id}\"]")).await.unwrap();
    }
}

pub(crate) async fn no_violation_now(window: &Window, screen: &str, language: &str) {
    let axe = std::fs::read_to_string(AXE).unwrap();
    // A colour half-way through a transition is nobody's colour.
    window
        .wait_until("transitions to end", "return document.getAnimations().every((a) => a.playState !== 'running')")
        .await
        .unwrap();
    window.script(&format!("if (!window.axe) {{ {axe} }}"), vec![]).await.unwrap();
    let run = "const done = arguments[arguments.length - 1];
               window.axe.run(document, { resultTypes: ['violations'] })
                 .then((r) => done(r.violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => n.html.slice(0, 200)) }))))
                 .catch((e) => done(String(e)))";
    let found = window.script_async(run, vec![]).await.unwrap();
    assert_eq!(found, Value::Array(vec![]), "{screen} in {language}");
    picture_of(window, &format!("axe-{screen}-{language}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_any_screen_in_either_language() {
    let mut stage = Stage::new(14, |options| options.lease_limit = Some(10)).await;
    // A colleague holds the most urgent ten, so that there is a case that I cannot see.
    assert_eq!(stage.post_as("wang", contract::paths::LEASES).await, 200);
    let computer = stage.computer();
    let window = computer.start().await;
    no_violation(&window, "sign-in").await;
    sign_in(&window, &stage.url(), "li").await;
    // Mine are what is left, shared among the two of us.
    until_ready(&window, 2).await;
    no_violation(&window, "queue").await;
    no_violation_in_dialog(&window, "keys-dialog", async || window.press("?").await.unwrap()).await;

    window.wait_css("[data-testid=\"queue-row\"][data-lease=\"other\"]").await.unwrap().click().await.unwrap();
    window.press(ENTER).await.unwrap();
    window.wait_css("[data-testid=\"case-not-held\"][data-reason=\"held_by_other\"]").await.unwrap();
    no_violation(&window, "case-not-held").await;
    window.click("case-not-held-back").await.unwrap();

    window.open_most_urgent_ready_case().await.unwrap();
    window.wait_css("[data-testid=\"photo-canvas\"][data-state=\"painted\"]").await.unwrap();
    no_violation(&window, "case").await;
    choose(&window, "approve").await;
    window.wait_css("[data-testid=\"decision-confirm\"]:enabled").await.unwrap();
    no_violation(&window, "case-approve").await;
    window.click("decision-cancel").await.unwrap();
    choose(&window, "reject").await;
    window.click("reason-blurred").await.unwrap();
    window.wait_css("[data-testid=\"decision-confirm\"]:enabled").await.unwrap();
    no_violation(&window, "case-reject").await;
    window.click("decision-cancel").await.unwrap();
    choose(&window, "escalate").await;
    no_violation(&window, "case-escalate").await;
    window.click("decision-cancel").await.unwrap();
    no_violation_in_dialog(&window, "technical-dialog", async || window.click("case-technical").await.unwrap()).await;

    stage.stop_server();
    window.wait_css("[data-testid=\"decision-approve\"]:enabled").await.unwrap();
    approve(&window).await;
    window.press(ESCAPE).await.unwrap();
    window.click("nav-outbox").await.unwrap();
    window.wait("outbox-row").await.unwrap();
    window.wait_css("[data-testid=\"strip\"][data-connection=\"offline\"]").await.unwrap();
    no_violation(&window, "outbox-offline").await;
    window.click("nav-settings").await.unwrap();
    no_violation(&window, "settings").await;
    no_violation_in_dialog(&window, "sign-out-dialog", async || window.click("nav-sign-out").await.unwrap()).await;
    window.click("nav-lock").await.unwrap();
    window.wait("session-unlock-password").await.unwrap();
    no_violation(&window, "unlock").await;
    window.close().await.unwrap();

    // Nine days later the session has ended, every lease has lapsed, and the colleague has taken them all.
    stage.office.options.now = stage.office.options.now.map(|now| now + chrono::TimeDelta::days(9));
    stage.office.options.lease_limit = Some(20);
    stage.start_server();
    assert_eq!(stage.post_as("wang", contract::paths::LEASES).await, 200);
    let window = computer.start().await;
    window.unlock(PASSWORD).await.unwrap();
    window.wait_css("[data-testid=\"strip\"][data-connection=\"sign_in_needed\"]").await.unwrap();
    no_violation_in_dialog(&window, "renew-dialog", async || window.click("strip-password").await.unwrap()).await;
    window.click("strip-password").await.unwrap();
    window.fill("renew-password", PASSWORD).await.unwrap();
    window.click("renew-submit").await.unwrap();
    window.wait_gone("[data-testid=\"renew-dialog\"]").await.unwrap();
    window.click("nav-outbox").await.unwrap();
    window.wait_css("[data-testid=\"outbox-row\"][data-state=\"conflict\"]").await.unwrap();
    no_violation(&window, "outbox-conflict").await;
    no_violation_in_dialog(&window, "outbox-dismiss-dialog", async || window.click("outbox-dismiss").await.unwrap())
        .await;
    window.close().await.unwrap();
}
