//! The send-queue behaviours that matrix-rust-sdk tests (security.md 1.1), each for decisions, as far as the courier has a part in them.
//! What needs the real store stands with the desk's journeys.

use std::time::Duration;

use contract::problem::ProblemCode;
use sync::{CourierState, PhotoWanted, SyncEvent, TransportError};
use tokio::sync::watch;

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, code, raw};
use crate::stage::{Stage, courier, until};

/// `test_reloading_rooms_with_unsent_events`
#[tokio::test(start_paused = true)]
async fn reloading_with_undelivered_decisions_sends_each_of_them_once() {
    let stage = Stage::new();
    stage.server.set_dead(true);
    for n in 1..=4 {
        stage.book.queue(sample::decision(n), 0);
    }
    stage.courier.step().await;
    // A crash in the middle of an attempt that reached the server, and a new start.
    stage.book.with(|state| state.outbox[1].1 = Row::Sending);
    stage.server.set_dead(false);
    let again = Stage::over(stage.server.clone(), stage.book.clone());
    again.deliver(async { tokio::join!(again.until_delivered(1), again.until_delivered(4)) }).await;
    assert!((1..=4).all(|n| stage.book.row(n) == Row::Delivered));
    assert_eq!(stage.server.accepted().len(), 4);
}

/// `test_unrecoverable_errors`
#[tokio::test(start_paused = true)]
async fn unrecoverable_errors_park_with_their_reason_and_the_next_goes_on() {
    for given in [
        ProblemCode::BadRequest,
        ProblemCode::NotFound,
        ProblemCode::BadEnvelope,
        ProblemCode::BadSignature,
        ProblemCode::DecisionIdReused,
        ProblemCode::BadOpinion,
        ProblemCode::OwnFirstOpinion,
        ProblemCode::Recused,
        ProblemCode::VersionRequired,
    ] {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        stage.book.queue(sample::decision(2), 0);
        stage.server.script("decisions", [code(given)]);
        stage.courier.step().await;
        assert_eq!((stage.book.row(1), stage.book.row(2)), (Row::Parked, Row::Delivered), "{given:?}");
        stage.deliver(tokio::time::sleep(Duration::from_secs(3600))).await;
        assert_eq!(stage.server.sent_decisions(), [1, 2], "a parked row is not sent again");
    }
}

/// `test_unwedge_unrecoverable_errors`
#[tokio::test(start_paused = true)]
async fn unparking_sends_again_with_the_same_key() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", [code(ProblemCode::NotFound)]);
    stage.courier.step().await;
    assert_eq!(stage.book.row(1), Row::Parked);
    stage
        .deliver(async {
            stage.book.with(|state| state.outbox[0].1 = Row::Queued { next_ms: 0 });
            stage.courier.nudge();
            stage.until_delivered(1).await;
        })
        .await;
    let keys: Vec<_> = stage.server.seen("decisions").iter().map(|request| request.headers[0].clone()).collect();
    assert_eq!(keys[0], keys[1]);
}

/// `test_no_network_access_error_is_recoverable`
#[tokio::test(start_paused = true)]
async fn no_network_is_recoverable() {
    for error in [
        TransportError::Unreachable,
        TransportError::Timeout,
        TransportError::NotTrusted,
        TransportError::Incomplete,
        TransportError::TooLarge,
    ] {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        stage.server.script("decisions", [Step::Answer(Err(error)), Step::Answer(Err(error))]);
        stage.deliver(stage.until_delivered(1)).await;
        assert_eq!(stage.server.sent_decisions(), [1, 1, 1], "{error:?}");
    }
}

/// `test_media_upload_retry_with_520_http_status_code`: here what is large is fetched, and what is sent is small.
#[tokio::test(start_paused = true)]
async fn decisions_and_photos_are_tried_again_after_520() {
    let strange = || Step::Answer(Ok(raw(520, "text/html", b"<h1>Web server returns an unknown error</h1>")));
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", [strange(), strange()]);
    stage.deliver(stage.until_delivered(1)).await;
    assert_eq!(stage.server.sent_decisions(), [1, 1, 1]);

    let bytes = vec![7; 1000];
    let sha256 = sample::sha256_of(&bytes);
    stage.server.put_photo(&sha256.to_string(), bytes);
    stage.book.with(|state| state.photos.push(PhotoWanted { sha256, max_bytes: 1000 }));
    stage.server.script("photos", [strange(), strange()]);
    let mut events = stage.engine.subscribe();
    stage.run(until(&mut events, |event| *event == SyncEvent::PhotoChanged(sha256))).await;
    while stage.book.with(|state| !state.photos.is_empty()) {
        stage.engine.step().await;
        stage.engine.step_photos().await;
    }
}

/// `test_cancellation`: taken back after it was read for sending and before it was marked.
#[tokio::test(start_paused = true)]
async fn a_decision_that_is_taken_back_before_sending_is_not_sent() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), 0);
    stage.book.with(|state| state.take_back = Some((1, 2)));
    stage.courier.step().await;
    assert_eq!(stage.server.sent_decisions(), [1]);
}

/// `test_nothing_sent_when_disabled`
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_stopped() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    let (stop, wish) = watch::channel(true);
    stage.courier.clone().run(wish).await;
    assert!(stage.server.sent_decisions().is_empty());
    drop(stop);
    // An owner that is gone is a wish to stop as well.
    let (stop, wish) = watch::channel(false);
    drop(stop);
    stage.courier.clone().run(wish).await;
    assert!(stage.server.sent_decisions().is_empty());
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_within_the_undo_window() {
    let stage = Stage::new();
    stage.server.set_server_ms(None);
    stage.book.queue(sample::decision(1), crate::stage::WALL_AT_START + 10_000);
    stage.deliver(tokio::time::sleep(Duration::from_millis(9_900))).await;
    assert!(stage.server.sent_decisions().is_empty());
    assert_eq!(stage.courier.state(), CourierState::Waiting);
    stage.deliver(stage.until_delivered(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_stuck_decision_is_told_once_also_without_a_network_and_without_a_credential() {
    let stage = Stage::new();
    stage.server.set_dead(true);
    stage.book.with(|state| {
        state.credential = None;
        state.stuck = vec![sample::decision(1).decision_id, sample::decision(2).decision_id];
    });
    let mut events = stage.courier.subscribe();
    stage
        .deliver(async {
            let event = until(&mut events, |event| matches!(event, SyncEvent::Stuck(_))).await;
            assert_eq!(event, SyncEvent::Stuck(2));
            courier(&mut events, |state| *state == CourierState::NeedsSignIn).await;
            stage.book.with(|state| state.stuck = vec![sample::decision(3).decision_id]);
            let before = tokio::time::Instant::now();
            until(&mut events, |event| matches!(event, SyncEvent::Stuck(1))).await;
            assert!(before.elapsed() <= Duration::from_secs(61));
        })
        .await;
}
