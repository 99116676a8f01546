//! Calls across the boundary, as the page would make them.

use std::sync::Arc;

use desk::commands::COMMANDS;
use desk::{Desk, DeskOptions, KdfCost, NoKeychain, SystemClock};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;

struct Shell {
    app: App<MockRuntime>,
    data: TempDir,
}

fn shell() -> Shell {
    let data = tempfile::tempdir().unwrap();
    let app = review_desk::wire(mock_builder()).build(review_desk::context()).unwrap();
    app.manage(Desk::start(DeskOptions {
        data: data.path().to_owned(),
        worker: data.path().join("no-worker"),
        server_url: Some("https://review.example.cn".into()),
        exports: data.path().join("exports"),
        keychain: Arc::new(NoKeychain),
        announce: Arc::new(|_| {}),
        notify: Arc::new(|_| {}),
        clock: Arc::new(SystemClock::new()),
        runtime: tauri::async_runtime::handle().inner().clone(),
        kdf_cost: KdfCost::for_tests(),
    }));
    Shell { app, data }
}

impl Shell {
    fn window(&self, label: &str) -> WebviewWindow<MockRuntime> {
        WebviewWindowBuilder::new(&self.app, label, WebviewUrl::default()).build().unwrap()
    }
}

fn call(window: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost".parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().unwrap())
}

/// A request of the right shape for each command.
fn arguments(command: &str) -> Value {
    let opinion = json!({ "kind": "approve", "reasons": [], "text": "" });
    let request = match command {
        "session_sign_in" => json!({ "server_url": "nonsense", "account": "a", "password": "b", "vault": null }),
        "session_unlock" | "session_renew" => json!({ "vault_id": "none", "password": "b" }),
        "session_sign_out" => json!({ "with_undelivered": false }),
        "queue_page" => json!({ "offset": 0, "limit": 50, "only_mine": false }),
        "queue_next" => Value::Null,
        "decision_preview" => json!({ "case_id": "x", "opinion": opinion }),
        "decision_record" => {
            json!({ "case_id": "x", "case_token": "t", "opinion": opinion, "note": "", "reviews_left_shown": null })
        }
        "case_keep_work" => {
            json!({ "case_id": "x", "case_token": "t", "draft": null, "note": "", "hold": { "note": "", "remind_at_ms": 1.0 } })
        }
        "case_recuse" | "case_revoke" => json!({ "case_id": "x", "reason": "r" }),
        "lease_take_offline" => json!({ "until_ms": 1.0, "count": 3 }),
        "outbox_export" => json!(["x"]),
        "settings_set_language" => json!("zh"),
        "calendar_import" => json!({ "file": "{}" }),
        "case_open"
        | "case_report_technical"
        | "case_give_back"
        | "outbox_redo"
        | "calendar_explain"
        | "decision_undo"
        | "outbox_retry"
        | "outbox_dismiss" => json!("x"),
        _ => return json!({}),
    };
    json!({ "request": request })
}

#[test]
fn every_listed_command_answers_the_main_window_and_no_other() {
    let shell = shell();
    let (main, other) = (shell.window("main"), shell.window("other"));
    for command in COMMANDS {
        match call(&main, command.name, arguments(command.name)) {
            Ok(_) => {}
            Err(error) => assert!(error["code"].is_string(), "{}: {error}", command.name),
        }
        let denied = call(&other, command.name, arguments(command.name)).unwrap_err();
        assert!(denied.as_str().is_some_and(|text| text.contains("not allowed")), "{}: {denied}", command.name);
    }
}

#[test]
fn an_error_is_a_code_with_parameters_and_never_a_sentence() {
    let shell = shell();
    let main = shell.window("main");
    let error = call(&main, "queue_page", arguments("queue_page")).unwrap_err();
    assert_eq!(error, json!({ "code": "locked", "params": {}, "incident": "" }));
    let error = call(&main, "session_sign_in", arguments("session_sign_in")).unwrap_err();
    assert_eq!(error["code"], "bad_server_address");
    let insecure = json!({ "request": { "server_url": "http://review.example.cn", "account": "a", "password": "b", "vault": null } });
    assert_eq!(call(&main, "session_sign_in", insecure).unwrap_err()["code"], "insecure_server_address");
}

#[test]
fn a_closed_desk_offers_the_server_of_the_command_line() {
    let shell = shell();
    let view = call(&shell.window("main"), "session_view", json!({})).unwrap();
    assert_eq!(
        view,
        json!({ "kind": "closed", "vaults": [], "waiting": [], "server_url": "https://review.example.cn", "problem": null })
    );
}

#[test]
fn a_request_with_a_field_too_many_or_of_another_type_is_refused() {
    let shell = shell();
    let main = shell.window("main");
    for request in [
        json!({ "offset": 0, "limit": 50, "only_mine": false, "path": "/etc/passwd" }),
        json!({ "offset": -1, "limit": 50, "only_mine": false }),
        json!({ "offset": 0, "limit": "50", "only_mine": false }),
        json!([]),
    ] {
        let refused = call(&main, "queue_page", json!({ "request": request })).unwrap_err();
        assert!(refused.is_string(), "{refused}");
    }
}

#[test]
fn the_page_can_call_nothing_of_tauri_but_hearing_events() {
    let shell = shell();
    let main = shell.window("main");
    for command in [
        "plugin:window|create",
        "plugin:webview|create_webview_window",
        "plugin:path|resolve_directory",
        "plugin:app|version",
    ] {
        assert!(call(&main, command, json!({})).is_err(), "{command}");
    }
}

#[test]
fn a_second_desk_on_the_same_folder_only_says_so() {
    let shell = shell();
    let second = Desk::start(DeskOptions {
        data: shell.data.path().to_owned(),
        worker: shell.data.path().join("no-worker"),
        server_url: None,
        exports: shell.data.path().join("exports"),
        keychain: Arc::new(NoKeychain),
        announce: Arc::new(|_| {}),
        notify: Arc::new(|_| {}),
        clock: Arc::new(SystemClock::new()),
        runtime: tauri::async_runtime::handle().inner().clone(),
        kdf_cost: KdfCost::for_tests(),
    });
    let view = tauri::async_runtime::block_on(second.session_view()).unwrap();
    let view = serde_json::to_value(view).unwrap();
    assert_eq!(view["kind"], "unavailable");
    assert_eq!(view["error"]["code"], "second_instance");
}
