//! axe-core finds no violation on any screen, in either language (Shows 8).

use serde_json::Value;
use testkit::office::PASSWORD;
use testkit::window::{ESCAPE, Window};

use crate::stage::{Stage, approve, choose, picture_of, sign_in, speak, until_ready};

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");

/// Runs axe on the screen in both languages.
async fn no_violation(window: &Window, screen: &str) {
    let axe = std::fs::read_to_string(AXE).unwrap();
    for language in ["zh", "en"] {
        if window
            .script("return document.querySelector('dialog[open], [role=\"dialog\"]') === null", vec![])
            .await
            .unwrap()
            == true
        {
            speak(window, language).await;
        }
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
    }
    speak_if_possible(window).await;
    picture_of(window, &format!("axe-{screen}")).await;
}

async fn speak_if_possible(window: &Window) {
    if window.script("return document.querySelector('dialog[open], [role=\"dialog\"]') === null", vec![]).await.unwrap()
        == true
    {
        speak(window, "zh").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_any_screen_in_either_language() {
    let mut stage = Stage::new(14, |_| {}).await;
    let computer = stage.computer();
    let window = computer.start().await;
    no_violation(&window, "sign-in").await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;
    no_violation(&window, "queue").await;
    window.press("?").await.unwrap();
    window.wait("keys-dialog").await.unwrap();
    no_violation(&window, "keys").await;
    window.press(ESCAPE).await.unwrap();
    window.wait_gone("[data-testid=\"keys-dialog\"]").await.unwrap();
    window.open_most_urgent_ready_case().await.unwrap();
    window.wait_css("[data-testid=\"photo-canvas\"][data-state=\"painted\"]").await.unwrap();
    no_violation(&window, "case").await;
    choose(&window, "reject").await;
    window.click("reason-blurred").await.unwrap();
    window.wait_css("[data-testid=\"decision-confirm\"]:enabled").await.unwrap();
    no_violation(&window, "case-reject").await;
    window.click("decision-cancel").await.unwrap();
    choose(&window, "escalate").await;
    no_violation(&window, "case-escalate").await;
    window.click("decision-cancel").await.unwrap();
    window.click("case-technical").await.unwrap();
    window.wait("technical-dialog").await.unwrap();
    no_violation(&window, "technical").await;
    window.press(ESCAPE).await.unwrap();
    window.wait_gone("[data-testid=\"technical-dialog\"]").await.unwrap();
    stage.stop_server();
    window.wait_css("[data-testid=\"decision-approve\"]:enabled").await.unwrap();
    approve(&window).await;
    window.press(ESCAPE).await.unwrap();
    window.click("nav-outbox").await.unwrap();
    window.wait("outbox-row").await.unwrap();
    window.wait_css("[data-testid=\"strip\"][data-connection=\"offline\"]").await.unwrap();
    no_violation(&window, "outbox").await;
    window.click("nav-settings").await.unwrap();
    no_violation(&window, "settings").await;
    window.click("nav-sign-out").await.unwrap();
    window.wait("sign-out-dialog").await.unwrap();
    no_violation(&window, "sign-out").await;
    window.click("sign-out-cancel").await.unwrap();
    window.click("nav-lock").await.unwrap();
    window.wait("session-unlock-password").await.unwrap();
    no_violation(&window, "unlock").await;
    window.unlock(PASSWORD).await.unwrap();
    window.close().await.unwrap();
}
