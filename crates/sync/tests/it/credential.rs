//! What decisions are delivered with: a credential of the device, whoever is signed in. How it is got, lost and got again, and that no row
//! ever suffers from it.

use std::time::Duration;

use contract::device::DeviceRequest;
use contract::problem::ProblemCode;
use sync::{ConnectionState, CourierState, LedgerError, Method, SyncErrorKind, SyncEvent};
use uuid::Uuid;

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, code, raw};
use crate::stage::{Stage, connection, courier, heard, until};

fn queued(count: u128) -> Stage {
    let stage = Stage::new();
    for n in 1..=count {
        stage.book.queue(sample::decision(n), 0);
    }
    stage
}

#[tokio::test(start_paused = true)]
async fn decisions_go_with_the_credential_while_nobody_is_signed_in() {
    let stage = queued(2);
    stage.book.with(|state| state.refresh = None);
    stage.courier.step().await;
    assert_eq!(stage.server.calls(), ["server", "decisions", "decisions"]);
    for request in stage.server.seen("decisions") {
        let token = request.headers.iter().find(|(name, _)| *name == "authorization");
        assert_eq!(token.unwrap().1.as_str(), "Bearer rdd_1");
    }
    assert!(stage.server.seen("server")[0].headers.iter().all(|(name, _)| *name != "authorization"));
    assert_eq!(stage.courier.state(), CourierState::Idle);
}

#[tokio::test(start_paused = true)]
async fn the_first_session_registers_the_device_and_what_waited_goes_out_at_once() {
    let stage = queued(1);
    stage.book.with(|state| state.credential = None);
    stage.courier.step().await;
    assert_eq!(stage.courier.state(), CourierState::NeedsSignIn);
    assert!(stage.server.calls().is_empty(), "without a credential nobody is asked anything");
    let before = tokio::time::Instant::now();
    stage.run_both(stage.until_delivered(1)).await;
    assert!(before.elapsed() < Duration::from_secs(1));
    let request = &stage.server.seen("device")[0];
    assert_eq!(request.method, Method::Put);
    let keys: DeviceRequest = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
    assert_eq!((keys.device_key.as_str(), keys.author_key.as_str()), ("device-key", "author-key"));
    assert_eq!(stage.server.seen("device").len(), 1);
}

/// AUTH-MID: the server does not know the credential any more (restored), in the middle of a batch.
#[tokio::test(start_paused = true)]
async fn device_unknown_keeps_every_row_waits_for_the_author_and_resumes_at_the_same_row() {
    let stage = queued(3);
    stage.server.script("decisions", [Step::Behave, code(ProblemCode::DeviceUnknown)]);
    let mut events = stage.courier.subscribe();
    stage
        .deliver(async {
            courier(&mut events, |state| *state == CourierState::NeedsSignIn).await;
            assert_eq!(stage.book.row(1), Row::Delivered);
            assert!(matches!(stage.book.row(2), Row::Queued { .. }));
            assert_eq!(stage.book.problem_word(2).as_deref(), Some("device_unknown"));
            assert_eq!(stage.book.row(3), Row::Queued { next_ms: 0 });
            assert_eq!(stage.book.with(|state| state.credential.clone()), None, "forgotten");
            let calls = stage.server.calls().len();
            tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
            assert_eq!(stage.server.calls().len(), calls, "nobody is asked again and again");
        })
        .await;
    stage.run_both(stage.until_delivered(3)).await;
    assert_eq!(stage.server.sent_decisions(), [1, 2, 2, 3]);
}

/// AUTH-MID: 401 with any other code: the credential is not sent again, but not forgotten either.
#[tokio::test(start_paused = true)]
async fn a_credential_that_is_refused_for_another_reason_is_kept_and_replaced_by_the_next_sign_in() {
    for given in [ProblemCode::SignInRequired, ProblemCode::TokenExpired, ProblemCode::BadCredential] {
        let stage = queued(2);
        stage.server.script("decisions", [code(given)]);
        stage.courier.step().await;
        stage.courier.step().await;
        assert_eq!(stage.courier.state(), CourierState::NeedsSignIn);
        assert_eq!(stage.server.sent_decisions(), [1]);
        assert_eq!(stage.book.with(|state| state.credential.clone()).as_deref(), Some("rdd_1"));
        stage.run_both(stage.until_delivered(2)).await;
        assert_eq!(stage.server.seen("device").len(), 1, "{given:?}");
    }
}

/// AUTH-MID: a server that gives credentials and takes none of them is not asked as fast as it answers.
#[tokio::test(start_paused = true)]
async fn a_server_that_never_takes_its_own_credential_is_asked_once_a_minute_at_most() {
    let stage = queued(1);
    stage.server.script("decisions", (0..10_000).map(|_| code(ProblemCode::DeviceUnknown)));
    stage.run_both(tokio::time::sleep(Duration::from_secs(600))).await;
    let asked = stage.server.seen("device").len();
    assert!((2..=11).contains(&asked), "{asked}");
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
}

/// AUTH-MID: a page of a captive portal instead of a 401 says nothing about the credential.
#[tokio::test(start_paused = true)]
async fn a_proxys_refusal_is_not_the_servers() {
    for status in [401, 403, 407] {
        let stage = queued(1);
        stage.server.script("decisions", [Step::Answer(Ok(raw(status, "text/html", b"<html>")))]);
        stage.courier.step().await;
        assert_eq!(stage.book.with(|state| state.credential.clone()).as_deref(), Some("rdd_1"));
        stage.deliver(stage.until_delivered(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_the_device_is_revoked_and_every_row_stays() {
    let stage = queued(2);
    stage.server.script("decisions", [code(ProblemCode::DeviceRevoked)]);
    let mut events = stage.courier.subscribe();
    stage
        .deliver(async {
            courier(&mut events, |state| *state == CourierState::Revoked).await;
            for _ in 0..100 {
                stage.courier.nudge();
                tokio::time::sleep(Duration::from_secs(600)).await;
            }
        })
        .await;
    assert_eq!(stage.server.sent_decisions(), [1]);
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
    assert_eq!(stage.book.problem_word(1).as_deref(), Some("device_revoked"));
    assert_eq!(stage.book.row(2), Row::Queued { next_ms: 0 }, "not touched");
    // The program started anew asks once more, no more.
    let again = Stage::over(stage.server.clone(), stage.book.clone());
    stage.server.script("decisions", [code(ProblemCode::DeviceRevoked)]);
    again.deliver(tokio::time::sleep(Duration::from_secs(7200))).await;
    assert_eq!(stage.server.sent_decisions().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_closed_account_stops_delivery_and_keeps_every_row() {
    let stage = queued(2);
    stage.server.script("decisions", [code(ProblemCode::AccountDisabled)]);
    let mut events = stage.courier.subscribe();
    let state = stage.deliver(courier(&mut events, |state| matches!(state, CourierState::Stopped(_)))).await;
    assert!(matches!(state, CourierState::Stopped(problem) if problem.kind == SyncErrorKind::AccountDisabled));
    assert_eq!(stage.server.sent_decisions(), [1]);
    assert!((1..=2).all(|n| matches!(stage.book.row(n), Row::Queued { .. })));
}

/// AUTH-SWITCH: another server at the address gets neither credential nor decision.
#[tokio::test(start_paused = true)]
async fn another_server_at_the_same_address_gets_neither_credential_nor_decision() {
    let stage = queued(1);
    stage.server.set_info(|info| info.server_id = Uuid::from_u128(0xBAD));
    stage.courier.step().await;
    assert!(
        matches!(stage.courier.state(), CourierState::Stopped(problem) if problem.kind == SyncErrorKind::OtherServer)
    );
    assert_eq!(stage.server.calls(), ["server"]);
    assert!(stage.book.with(|state| state.servers.is_empty()));
    assert_eq!(stage.book.row(1), Row::Queued { next_ms: 0 });
}

/// AUTH-SWITCH: a session of another account registers nothing and is not used.
#[tokio::test(start_paused = true)]
async fn auth_switch_rows_of_one_account_are_never_sent_with_the_session_of_another() {
    let stage = queued(1);
    stage.book.with(|state| state.credential = None);
    let mut theirs = sample::session(9);
    theirs.person = sample::person(Uuid::from_u128(0xB0B));
    stage.server.script("refresh", [Step::Answer(Ok(crate::scripted::json(200, &theirs)))]);
    let mut events = stage.engine.subscribe();
    stage.run_both(connection(&mut events, |state| matches!(state, ConnectionState::Stopped(_)))).await;
    assert!(stage.server.seen("device").is_empty() && stage.server.sent_decisions().is_empty());
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
}

/// VERSION-GATE: the server wants a newer desktop. New work stops, but what is here still goes, as long as the server takes it.
#[tokio::test(start_paused = true)]
async fn version_gate_blocks_new_work_and_still_drains_the_outbox() {
    let stage = queued(3);
    stage.server.set_info(|info| info.oldest_desktop = 99);
    let mut events = stage.engine.subscribe();
    stage
        .run_both(async {
            let state = connection(&mut events, |state| matches!(state, ConnectionState::Stopped(_))).await;
            assert!(matches!(state, ConnectionState::Stopped(problem) if problem.kind == SyncErrorKind::DesktopTooOld));
            stage.until_delivered(3).await;
        })
        .await;
    assert!(stage.server.seen("leases").is_empty() && stage.server.seen("changes").is_empty());
}

/// VERSION-GATE: a server that does not take it either: the rows wait for a newer program, with the reason beside them, to be exported.
#[tokio::test(start_paused = true)]
async fn version_gate_rows_that_the_server_refuses_wait_with_their_reason() {
    for step in [
        code(ProblemCode::DesktopTooOld),
        Step::Answer(Ok(raw(426, "application/problem+json", b"{\"code\":\"use_tls_2\"}"))),
    ] {
        let stage = queued(2);
        stage.server.script("decisions", [step]);
        stage.courier.step().await;
        let state = stage.courier.state();
        assert!(matches!(state, CourierState::Stopped(problem) if problem.kind == SyncErrorKind::DesktopTooOld));
        assert!(matches!(stage.book.row(1), Row::Queued { .. }));
        assert!(stage.book.problem_word(1).is_some());
        assert_eq!(stage.server.sent_decisions(), [1]);
    }
}

/// VERSION-GATE: a server that is older than this desktop can work with.
#[tokio::test(start_paused = true)]
async fn version_gate_a_server_that_is_too_old_gets_nothing() {
    let stage = queued(1);
    stage.server.set_info(|info| (info.oldest_desktop, info.contract_version) = (0, 0));
    stage.courier.step().await;
    assert!(
        matches!(stage.courier.state(), CourierState::Stopped(problem) if problem.kind == SyncErrorKind::ServerTooOld)
    );
    assert!(stage.server.sent_decisions().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_device_that_the_server_does_not_register_is_told_and_keeps_nobody_from_work() {
    for given in [ProblemCode::DeviceKeyDiffers, ProblemCode::DeviceRevoked] {
        let stage = Stage::new();
        stage.book.with(|state| state.credential = None);
        stage.server.script("device", [code(given)]);
        let mut events = stage.engine.subscribe();
        stage
            .run(async {
                let event = until(&mut events, |event| matches!(event, SyncEvent::DeviceRefused(_))).await;
                assert!(
                    matches!(event, SyncEvent::DeviceRefused(problem) if problem.kind == SyncErrorKind::Problem(given))
                );
                heard(&mut events).await;
            })
            .await;
        assert_eq!(stage.server.seen("changes").len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_while_the_credential_is_kept_costs_a_second_registration() {
    let stage = queued(1);
    stage.book.with(|state| state.credential = None);
    stage.book.fail_next("put_delivery_credential", LedgerError::Full);
    stage.run_both(stage.until_delivered(1)).await;
    assert_eq!(stage.server.seen("device").len(), 2);
}
