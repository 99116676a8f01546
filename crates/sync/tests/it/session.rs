//! The session: whose it is, when it is renewed, and that the token in the store is never older than the one in use.

use contract::problem::ProblemCode;
use futures::future::join_all;
use sync::{ConnectionState, LedgerError, SyncErrorKind, SyncEvent, TransportError};
use uuid::Uuid;

use casework::CaseId;

use crate::sample;
use crate::scripted::{Step, code, json};
use crate::stage::{Stage, connection, heard, until};

fn is_stopped(state: &ConnectionState) -> bool {
    matches!(state, ConnectionState::Stopped(_))
}

#[tokio::test(start_paused = true)]
async fn the_refresh_token_is_kept_before_the_access_token_is_used() {
    let stage = Stage::new();
    stage.book.fail_next("put_refresh_token", LedgerError::Full);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            until(&mut events, |event| matches!(event, SyncEvent::StorageTrouble(_))).await;
            assert_eq!(stage.server.calls(), ["server", "refresh"], "the new token was not used");
            // In this script the server has rotated; the real one keeps the old token good until the new one is used.
            stage.book.with(|state| state.refresh = Some("refresh-1".to_owned()));
            heard(&mut events).await;
        })
        .await;
    assert_eq!(stage.book.with(|state| state.refresh.clone()).as_deref(), Some("refresh-2"));
    assert_eq!(stage.book.with(|state| state.persons.clone()), [sample::person(sample::ACCOUNT)]);
}

#[tokio::test(start_paused = true)]
async fn many_calls_with_a_stale_token_refresh_it_once() {
    let stage = Stage::new();
    stage.run_a_cycle().await;
    stage.server.expire();
    let refreshes = stage.server.seen("refresh").len();
    let case = CaseId(Uuid::from_u128(1001));
    let outcomes = join_all((0..8).map(|_| stage.engine.lease_case(case))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(stage.server.seen("refresh").len(), refreshes + 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_refresh_token_the_password_is_asked_for_and_nothing_is_sent() {
    let stage = Stage::new();
    stage.book.with(|state| state.refresh = None);
    let mut events = stage.engine.subscribe();
    stage.run(connection(&mut events, |state| *state == ConnectionState::SignInNeeded)).await;
    assert_eq!(stage.server.calls(), ["server"]);
}

#[tokio::test(start_paused = true)]
async fn another_server_at_the_same_address_gets_no_token() {
    let stage = Stage::new();
    stage.server.set_info(|info| info.server_id = Uuid::from_u128(0xBAD));
    stage.book.queue(sample::decision(1), 0);
    let mut events = stage.engine.subscribe();
    let state = stage.run(connection(&mut events, is_stopped)).await;
    assert!(matches!(state, ConnectionState::Stopped(problem) if problem.kind == SyncErrorKind::OtherServer));
    assert_eq!(stage.server.calls(), ["server"]);
    assert!(stage.book.with(|state| state.servers.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn version_gate_stops_and_looks_again_later() {
    let stage = Stage::new();
    stage.server.set_info(|info| info.oldest_desktop = 99);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            let state = connection(&mut events, is_stopped).await;
            assert!(matches!(state, ConnectionState::Stopped(problem) if problem.kind == SyncErrorKind::DesktopTooOld));
            stage.server.set_info(|info| info.oldest_desktop = 1);
            connection(&mut events, |state| *state == ConnectionState::Online).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn auth_switch_a_session_of_another_account_is_neither_used_nor_kept() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    let mut theirs = sample::session(9);
    theirs.person = sample::person(Uuid::from_u128(0xB0B));
    let error = stage.engine.adopt(theirs.clone()).await.unwrap_err();
    assert_eq!(error.kind, SyncErrorKind::OtherAccount);
    stage.server.script("refresh", [Step::Answer(Ok(json(200, &theirs)))]);
    let mut events = stage.engine.subscribe();
    stage.run(connection(&mut events, is_stopped)).await;
    assert!(stage.server.sent_decisions().is_empty());
    assert_eq!(stage.book.with(|state| state.refresh.clone()).as_deref(), Some("refresh-0"));
    assert!(stage.book.with(|state| state.persons.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_refresh_is_offline_and_not_the_end_of_the_session() {
    let stage = Stage::new();
    stage.server.script("refresh", [Step::Answer(Err(TransportError::Timeout)), code(ProblemCode::Unavailable)]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            let state = connection(&mut events, |_| true).await;
            assert!(matches!(state, ConnectionState::Offline(problem) if problem.kind == SyncErrorKind::Timeout));
            heard(&mut events).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn sign_out_is_told_and_does_not_wait_for_a_dead_server() {
    let stage = Stage::new();
    stage.run_a_cycle().await;
    stage.server.set_dead(true);
    assert_eq!(stage.engine.sign_out().await.unwrap_err().kind, SyncErrorKind::Unreachable);
    assert_eq!(
        stage.engine.sign_out().await.unwrap_err().kind,
        SyncErrorKind::SessionExpired,
        "the token is forgotten in any case"
    );
    let request = stage.server.seen("session").remove(0);
    assert!(request.timeout <= std::time::Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_somebody_else_has_tells_who() {
    let stage = Stage::new();
    stage.run_a_cycle().await;
    let mut problem = sample::problem(ProblemCode::LeaseHeld);
    problem.standing = Some(sample::standing(None));
    stage.server.script("lease", [crate::scripted::refuse(&problem)]);
    let error = stage.engine.lease_case(CaseId(Uuid::from_u128(1001))).await.unwrap_err();
    assert_eq!(error.kind, SyncErrorKind::Problem(ProblemCode::LeaseHeld));
    assert_eq!(error.standing.unwrap().by_name.as_deref(), Some("王小明"));
    // A lease of another case than the one that was asked for is not kept.
    let error = stage.engine.lease_case(CaseId(Uuid::from_u128(1002))).await.unwrap_err();
    assert_eq!(error.kind, SyncErrorKind::Unreadable);
    assert!(!stage.book.with(|state| state.log.contains(&"put_lease".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn what_is_given_back_or_reported_is_not_held_any_more() {
    let stage = Stage::new();
    let case = CaseId(Uuid::from_u128(1001));
    stage.engine.report_technical(case, 3).await.unwrap();
    stage.engine.give_back(case, 3).await.unwrap();
    assert_eq!(stage.book.with(|state| state.lost.clone()), [case, case]);
    stage.server.script("technical", [code(ProblemCode::LeaseLost)]);
    assert!(stage.engine.report_technical(case, 3).await.is_err());
    assert_eq!(stage.book.with(|state| state.lost.len()), 2);
}

/// AUTH-MID: the access token ends in the middle of a pull.
#[tokio::test(start_paused = true)]
async fn auth_mid_a_token_that_ends_mid_pull_is_refreshed_once_and_the_same_page_resumes() {
    let stage = Stage::new();
    stage.server.put_page(0, sample::page("e1", 10, true, &[1]));
    stage.server.put_page(10, sample::page("e1", 20, false, &[2]));
    stage.server.script("changes", [Step::Behave, code(ProblemCode::TokenExpired)]);
    stage.engine.step().await;
    assert_eq!(stage.server.seen("refresh").len(), 2, "one at the start, one in the middle");
    let asked: Vec<_> = stage.server.seen("changes").into_iter().map(|request| request.path).collect();
    let after = |n: i64| format!("/v1/changes?after={n}&limit=200");
    assert_eq!(asked, [after(0), after(10), after(10)]);
}

/// AUTH-MID: the refresh answers 500, later 401.
#[tokio::test(start_paused = true)]
async fn auth_mid_trouble_while_refreshing_is_offline_and_only_a_refusal_asks_for_the_password() {
    let stage = Stage::new();
    stage.server.script("leases", [code(ProblemCode::TokenExpired)]);
    stage.server.script("refresh", [Step::Behave, code(ProblemCode::Internal)]);
    stage.engine.step().await;
    let state = stage.engine.connection();
    assert!(
        matches!(&state, ConnectionState::Offline(problem) if problem.kind == SyncErrorKind::ServerFault(500)),
        "{state:?}"
    );
    stage.server.script("refresh", [code(ProblemCode::SessionExpired)]);
    stage.engine.step().await;
    assert_eq!(stage.engine.connection(), ConnectionState::SignInNeeded);
    assert_eq!(stage.book.with(|state| state.refresh.clone()).as_deref(), Some("refresh-1"), "kept");
}

/// AUTH-MID: nobody asks again and again, and a sign-in goes on at once.
#[tokio::test(start_paused = true)]
async fn auth_mid_an_ended_session_waits_for_the_password_and_goes_on_after_it() {
    let stage = Stage::new();
    stage.server.script("changes", [code(ProblemCode::TokenExpired)]);
    stage.server.script("refresh", [Step::Behave, code(ProblemCode::SessionExpired)]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            connection(&mut events, |state| *state == ConnectionState::SignInNeeded).await;
            let calls = stage.server.calls().len();
            tokio::time::sleep(std::time::Duration::from_secs(24 * 3600)).await;
            assert_eq!(stage.server.calls().len(), calls, "nobody is asked again and again");
            let session = stage.engine.api().sign_in("li", "p", Uuid::nil()).await.unwrap();
            stage.engine.adopt(session).await.unwrap();
            heard(&mut events).await;
        })
        .await;
}

/// AUTH-MID: a server that refuses even a fresh token; and a local clock by which every token is past its time: it is the server that says so.
#[tokio::test(start_paused = true)]
async fn auth_mid_a_fresh_token_that_is_refused_asks_for_the_password_and_no_clock_does() {
    let stage = Stage::new();
    stage.clock.move_wall(20 * 365 * 86_400_000);
    stage.engine.step().await;
    assert_eq!(stage.engine.connection(), ConnectionState::Online);
    stage.server.script("changes", [code(ProblemCode::TokenExpired), code(ProblemCode::SignInRequired)]);
    stage.engine.step().await;
    assert_eq!(stage.engine.connection(), ConnectionState::SignInNeeded);
    assert_eq!(stage.server.seen("refresh").len(), 2);
}
