//! The pull: pages with their cursor, epochs, and that nothing is dropped because a server says little.

use std::time::Duration;

use contract::problem::ProblemCode;
use sync::{ConnectionState, FeedPosition, LedgerError, SyncErrorKind, SyncEvent, TransportError};

use crate::sample::{self, page};
use crate::scripted::{Step, code, json, raw};
use crate::stage::{Stage, WALL_AT_START, connection, heard, until};

fn asked(stage: &Stage) -> Vec<i64> {
    let paths = stage.server.seen("changes").into_iter().map(|request| request.path);
    paths.map(|path| path.split("after=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap()).collect()
}

fn flags(stage: &Stage) -> Vec<(i64, bool, bool)> {
    stage.book.with(|state| state.pages.iter().map(|(page, first, last)| (page.cursor, *first, *last)).collect())
}

fn cases(stage: &Stage) -> Vec<u128> {
    stage.book.with(|state| state.cases.keys().copied().collect())
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_applied_each_with_its_cursor() {
    let stage = Stage::new();
    stage.server.put_page(0, page("e1", 10, true, &[1, 2]));
    stage.server.put_page(10, page("e1", 20, true, &[3]));
    stage.server.put_page(20, page("e1", 25, false, &[4]));
    stage.run_a_cycle().await;
    assert_eq!(asked(&stage), [0, 10, 20]);
    assert_eq!(flags(&stage), [(10, true, false), (20, false, false), (25, false, true)]);
    assert_eq!(cases(&stage), [1, 2, 3, 4]);
    stage.run_a_cycle().await;
    assert_eq!(asked(&stage), [0, 10, 20, 25], "goes on where it was");
}

#[tokio::test(start_paused = true)]
async fn sync_cancel_a_store_that_fails_in_the_middle_is_given_the_same_page_again() {
    for error in [LedgerError::Storage, LedgerError::Full] {
        let stage = Stage::new();
        stage.server.put_page(0, page("e1", 10, true, &[1]));
        stage.server.put_page(10, page("e1", 20, false, &[2]));
        let mut events = stage.engine.subscribe();
        stage
            .run(async {
                stage.book.fail_after("apply_changes", 1, error);
                until(&mut events, |event| matches!(event, SyncEvent::StorageTrouble(_))).await;
                heard(&mut events).await;
            })
            .await;
        assert_eq!(asked(&stage), [0, 10, 10]);
        assert_eq!(cases(&stage), [1, 2]);
    }
}

#[tokio::test(start_paused = true)]
async fn sync_cancel_stopped_between_two_pages_it_resumes_without_gap_or_double() {
    let stage = Stage::new();
    stage.server.put_page(0, page("e1", 10, true, &[1]));
    stage.server.put_page(10, page("e1", 20, false, &[2]));
    stage.server.script("changes", [Step::Behave, Step::Hang]);
    stage.run(stage.server.until_asked("changes", 2)).await;
    assert_eq!(cases(&stage), [1]);
    stage.run_a_cycle().await;
    assert_eq!(flags(&stage), [(10, true, false), (20, false, true)]);
}

#[tokio::test(start_paused = true)]
async fn sync_empty_an_empty_answer_wipes_nothing() {
    let stage = Stage::new();
    stage.server.put_page(0, page("e1", 10, false, &[1, 2, 3]));
    stage.run_a_cycle().await;
    stage.book.queue(sample::decision(9), i64::MAX);
    for emptiness in [
        Step::Answer(Ok(json(200, &page("e1", 10, false, &[])))),
        Step::Answer(Ok(json(200, &page("e1", 3, false, &[])))),
        code(ProblemCode::NotFound),
        Step::Answer(Ok(raw(200, "application/json", b"{}"))),
        Step::Answer(Ok(raw(200, "application/json", b"[]"))),
        Step::Answer(Ok(raw(404, "text/html", b""))),
    ] {
        stage.server.script("changes", [emptiness]);
        let mut events = stage.engine.subscribe();
        stage
            .run(until(&mut events, |event| {
                matches!(event, SyncEvent::ServerHeard | SyncEvent::Connection(ConnectionState::Offline(_)))
            }))
            .await;
        assert_eq!(cases(&stage), [1, 2, 3]);
    }
}

#[tokio::test(start_paused = true)]
async fn another_epoch_starts_from_nothing_and_only_its_last_page_may_drop_rows() {
    let stage = Stage::new();
    stage.server.put_page(0, page("e1", 100, false, &[1, 2]));
    stage.run_a_cycle().await;
    stage.server.clear_pages();
    stage.server.put_page(0, page("e2", 5, true, &[1]));
    stage.server.put_page(100, page("e2", 100, false, &[]));
    stage.server.put_page(5, page("e2", 8, false, &[7]));
    stage.server.script("changes", [Step::Behave, Step::Behave, Step::Hang]);
    stage.run(stage.server.until_asked("changes", 4)).await;
    assert_eq!(asked(&stage)[1..], [100, 0, 5]);
    assert_eq!(
        stage.book.with(|state| state.position.clone()),
        FeedPosition { epoch: Some("e2".to_owned()), cursor: 5 }
    );
    // Stopped in the middle; the last page of the epoch comes in the next run and is told as such.
    stage.run_a_cycle().await;
    assert_eq!(flags(&stage), [(100, true, true), (5, true, false), (8, false, true)]);
}

#[tokio::test(start_paused = true)]
async fn an_epoch_that_never_settles_is_unreadable_and_not_an_endless_loop() {
    let stage = Stage::new();
    let restless = (0..20).map(|n| Step::Answer(Ok(json(200, &page(&format!("e{n}"), 10, true, &[])))));
    stage.server.script("changes", restless);
    let mut events = stage.engine.subscribe();
    let state = stage.run(connection(&mut events, |state| matches!(state, ConnectionState::Offline(_)))).await;
    assert!(matches!(state, ConnectionState::Offline(problem) if problem.kind == SyncErrorKind::Unreadable));
}

#[tokio::test(start_paused = true)]
async fn the_catalogue_is_kept_when_its_version_is_new_and_asked_for_seldom() {
    let stage = Stage::new();
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            for _ in 0..10 {
                heard(&mut events).await;
            }
        })
        .await;
    assert_eq!(stage.server.seen("reasons").len(), 1);
    assert_eq!(stage.book.with(|state| state.reasons.clone()), [1]);
    stage.run_a_cycle().await;
    assert_eq!(stage.book.with(|state| state.reasons.clone()), [1], "the same version again is not written");
}

#[tokio::test(start_paused = true)]
async fn leases_are_asked_for_at_contact_after_a_delivery_and_when_more_could_be_held() {
    let stage = Stage::new();
    stage.server.put_page(0, page("e1", 10, false, &[1]));
    stage.server.put_leases(1, vec![sample::lease(1)]);
    let mut events = stage.engine.subscribe();
    stage
        .run_both(async {
            heard(&mut events).await;
            assert_eq!(stage.server.seen("leases").len(), 1);
            heard(&mut events).await;
            assert_eq!(stage.server.seen("leases").len(), 1, "full, nothing changed");
            stage.server.put_page(10, page("e1", 20, false, &[2]));
            heard(&mut events).await;
            assert_eq!(stage.server.seen("leases").len(), 1, "full, the queue changed");

            stage.server.put_leases(5, vec![sample::lease(1)]);
            stage.book.queue(sample::decision(1), 0);
            stage.courier.nudge();
            heard(&mut events).await;
            assert_eq!(stage.server.seen("leases").len(), 2, "after a delivery");
            stage.server.put_page(20, page("e1", 30, false, &[3]));
            heard(&mut events).await;
            assert_eq!(stage.server.seen("leases").len(), 3, "not full, the queue changed");
            tokio::time::sleep(Duration::from_secs(320)).await;
            assert_eq!(stage.server.seen("leases").len(), 4, "renewed now and then");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_person_who_works_on_no_cases_gets_none_leased() {
    let stage = Stage::with(|settings| settings.wants_leases = false);
    stage.run_a_cycle().await;
    assert!(stage.server.seen("leases").is_empty());
    stage.engine.set_wants_leases(true);
    stage.server.script("leases", [code(ProblemCode::RoleMayNot)]);
    stage.run_a_cycle().await;
    assert_eq!(stage.server.seen("leases").len(), 1);
    assert!(stage.book.with(|state| state.leases.is_empty()), "a refusal changes nothing and stops nothing");
}

#[tokio::test(start_paused = true)]
async fn offline_says_why_and_online_comes_back_by_itself() {
    for (error, kind) in [
        (TransportError::Unreachable, SyncErrorKind::Unreachable),
        (TransportError::Timeout, SyncErrorKind::Timeout),
        (TransportError::NotTrusted, SyncErrorKind::NotTrusted),
        (TransportError::Incomplete, SyncErrorKind::Incomplete),
        (TransportError::TooLarge, SyncErrorKind::AnswerTooLarge),
    ] {
        let stage = Stage::new();
        assert_eq!(stage.engine.connection(), ConnectionState::Connecting);
        stage.server.script("server", [Step::Answer(Err(error))]);
        let mut events = stage.engine.subscribe();
        stage
            .run(async {
                let state = connection(&mut events, |_| true).await;
                assert!(matches!(&state, ConnectionState::Offline(problem) if problem.kind == kind), "{state:?}");
                assert_eq!(stage.engine.connection(), state);
                connection(&mut events, |state| *state == ConnectionState::Online).await;
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_html_instead_of_the_server_is_told_as_such() {
    let stage = Stage::new();
    stage.server.script("server", [Step::Answer(Ok(raw(200, "text/html", b"<html>")))]);
    let mut events = stage.engine.subscribe();
    let state = stage.run(connection(&mut events, |_| true)).await;
    assert!(matches!(state, ConnectionState::Offline(problem) if problem.kind == SyncErrorKind::NotAReviewServer));
}

#[tokio::test(start_paused = true)]
async fn the_offset_of_the_clock_is_kept_for_the_next_start() {
    let stage = Stage::new();
    stage.server.set_server_ms(Some(WALL_AT_START - 7_000));
    stage.run_a_cycle().await;
    assert_eq!(stage.book.with(|state| state.offsets.clone()), [-7_000]);
    let time = stage.engine.clock();
    assert_eq!(time.ms, WALL_AT_START - 7_000);
    assert!(!time.is_estimate);
}

#[tokio::test(start_paused = true)]
async fn an_engine_whose_owner_is_gone_ends() {
    let stage = Stage::new();
    let (stop, wish) = tokio::sync::watch::channel(false);
    drop(stop);
    tokio::time::timeout(Duration::from_secs(1), stage.engine.clone().run(wish)).await.unwrap();
}

#[test]
fn the_run_of_an_engine_can_be_spawned() {
    fn is_send(_: &impl Send) {}
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let stage = runtime.block_on(async { Stage::new() });
    let (_stop, wish) = tokio::sync::watch::channel(false);
    is_send(&stage.engine.clone().run(wish));
    is_send(&stage.engine.lease_case(casework::CaseId(uuid::Uuid::nil())));
}
