//! Delivery by the courier: order, marks, waits, and that no row holds up another.

use std::time::Duration;

use casework::{CaseId, DecisionId};
use contract::problem::ProblemCode;
use sync::{CourierState, LedgerError, SyncErrorKind, SyncEvent, TransportError};
use uuid::Uuid;

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, code, raw, refuse};
use crate::stage::{Stage, WALL_AT_START, courier, until};

#[tokio::test(start_paused = true)]
async fn decisions_go_out_in_deadline_order_and_are_marked_before_they_are_sent() {
    let stage = Stage::new();
    for n in [3, 1, 2] {
        stage.book.queue(sample::decision(n), 0);
    }
    stage.courier.step().await;
    assert_eq!(stage.server.sent_decisions(), [3, 1, 2]);
    assert_eq!(stage.server.accepted().len(), 3);
    let log: Vec<String> = stage.book.with(|state| {
        let outbox = state.log.iter().filter(|call| call.starts_with("outbox"));
        outbox.cloned().collect()
    });
    assert_eq!(
        log,
        [
            "outbox_requeue_interrupted",
            "outbox_sending",
            "outbox_delivered",
            "outbox_sending",
            "outbox_delivered",
            "outbox_sending",
            "outbox_delivered"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_decision_is_sent_when_its_time_comes_and_not_before() {
    let stage = Stage::new();
    stage.server.set_server_ms(None);
    stage.book.queue(sample::decision(1), WALL_AT_START + 10_000);
    stage.deliver(stage.until_delivered(1)).await;
    let waited = stage.courier.clock().ms - WALL_AT_START;
    assert!((10_000..10_300).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_nudge_delivers_at_once() {
    let stage = Stage::new();
    stage
        .deliver(async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            let before = tokio::time::Instant::now();
            stage.book.queue(sample::decision(1), 0);
            stage.courier.nudge();
            stage.until_delivered(1).await;
            assert!(before.elapsed() < Duration::from_millis(10));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn conflicts_go_back_to_a_person_with_what_stands_and_hold_up_nobody() {
    for given in [
        ProblemCode::AlreadyDecided,
        ProblemCode::LeaseLost,
        ProblemCode::EvidenceChanged,
        ProblemCode::ConsequenceChanged,
        ProblemCode::StateChanged,
        ProblemCode::VersionChanged,
    ] {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        stage.book.queue(sample::decision(2), 0);
        let mut problem = sample::problem(given);
        problem.standing = Some(sample::standing(Some(Uuid::from_u128(77))));
        stage.server.script("decisions", [refuse(&problem)]);
        let mut events = stage.courier.subscribe();
        stage.courier.step().await;
        assert_eq!(stage.book.row(1), Row::Conflict(problem.standing.clone()), "{given:?}");
        assert_eq!(stage.book.row(2), Row::Delivered);
        let mut told = Vec::new();
        while let Ok(event) = events.try_recv() {
            told.push(event);
        }
        let case = CaseId(Uuid::from_u128(1001));
        assert!(told.contains(&SyncEvent::CaseChanged(case)));
        assert_eq!(told.contains(&SyncEvent::LeaseLost(case)), given == ProblemCode::LeaseLost);
    }
}

#[tokio::test(start_paused = true)]
async fn in_progress_is_asked_again_soon() {
    let stage = Stage::new();
    stage.server.set_server_ms(None);
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", (0..5).map(|_| code(ProblemCode::DecisionInProgress)));
    stage.deliver(stage.until_delivered(1)).await;
    let waited = stage.courier.clock().ms - WALL_AT_START;
    assert!(waited <= 11_500, "{waited}");
}

#[tokio::test(start_paused = true)]
async fn one_row_that_always_fails_never_holds_up_the_others() {
    let bad = |answer: Step| {
        let stage = Stage::new();
        for n in 1..=4 {
            stage.book.queue(sample::decision(n), 0);
        }
        (stage, answer)
    };
    for (stage, step) in [
        bad(code(ProblemCode::Internal)),
        bad(Step::Answer(Err(TransportError::Timeout))),
        bad(Step::Answer(Ok(raw(200, "text/html", b"<html>")))),
    ] {
        stage.server.script("decisions", [step]);
        stage.courier.step().await;
        assert_eq!(stage.server.sent_decisions(), [1, 2, 3, 4]);
        assert!((2..=4).all(|n| stage.book.row(n) == Row::Delivered));
        assert!(matches!(stage.book.row(1), Row::Queued { .. }));
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_met_trouble_go_last_in_the_next_round() {
    let stage = Stage::new();
    for n in 1..=4 {
        stage.book.queue(sample::decision(n), 0);
    }
    // Two troubled answers in a row end the round.
    stage.server.script(
        "decisions",
        [TransportError::Timeout, TransportError::Incomplete].map(|error| Step::Answer(Err(error))),
    );
    let mut events = stage.courier.subscribe();
    stage
        .deliver(async {
            courier(&mut events, |state| matches!(state, CourierState::Offline(_))).await;
            assert_eq!(stage.server.sent_decisions(), [1, 2]);
            stage.until_delivered(1).await;
            stage.until_delivered(2).await;
        })
        .await;
    assert_eq!(stage.server.sent_decisions(), [1, 2, 3, 4, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn no_connection_ends_the_round_at_once_and_offline_says_why() {
    let stage = Stage::new();
    for n in 1..=3 {
        stage.book.queue(sample::decision(n), 0);
    }
    stage.server.script("decisions", [Step::Answer(Err(TransportError::Unreachable))]);
    let mut events = stage.courier.subscribe();
    stage
        .deliver(async {
            let state = courier(&mut events, |_| true).await;
            let CourierState::Offline(problem) = state else {
                panic!("{state:?}");
            };
            assert_eq!(problem.kind, SyncErrorKind::Unreachable);
            assert_eq!(stage.server.sent_decisions(), [1]);
            assert_eq!(stage.book.row(2), Row::Queued { next_ms: 0 }, "not touched");
            stage.until_delivered(1).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_stops_asking_until_the_time_that_was_asked_for() {
    let stage = Stage::new();
    stage.server.set_server_ms(None);
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), 0);
    let mut problem = sample::problem(ProblemCode::TooManyRequests);
    problem.retry_after_s = Some(40);
    stage.server.script("decisions", [refuse(&problem)]);
    stage.deliver(stage.until_delivered(2)).await;
    assert_eq!(stage.server.sent_decisions()[..2], [1, 2]);
    assert!(stage.courier.clock().ms - WALL_AT_START >= 40_000);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_after_the_server_accepted_costs_a_repetition_and_nothing_else() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.fail_next("outbox_delivered", LedgerError::Full);
    let mut events = stage.courier.subscribe();
    stage
        .deliver(async {
            let event = until(&mut events, |event| matches!(event, SyncEvent::StorageTrouble(_))).await;
            assert!(matches!(event, SyncEvent::StorageTrouble(problem) if problem.kind == SyncErrorKind::StorageFull));
            stage.until_delivered(1).await;
        })
        .await;
    let log = stage.book.with(|state| state.log.clone());
    let outbox: Vec<_> = log.iter().filter(|call| call.starts_with("outbox")).map(String::as_str).collect();
    assert_eq!(
        outbox,
        [
            "outbox_requeue_interrupted",
            "outbox_sending",
            "outbox_delivered failed",
            "outbox_requeue_interrupted",
            "outbox_sending",
            "outbox_delivered"
        ]
    );
    assert_eq!(stage.server.sent_decisions(), [1, 1]);
    assert_eq!(stage.server.accepted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_that_could_not_be_marked_as_being_sent() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.fail_next("outbox_sending", LedgerError::Storage);
    let mut events = stage.courier.subscribe();
    stage
        .deliver(async {
            until(&mut events, |event| matches!(event, SyncEvent::StorageTrouble(_))).await;
            assert!(stage.server.sent_decisions().is_empty());
            stage.until_delivered(1).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn stopping_in_the_middle_of_a_delivery_leaves_the_row_waiting() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", [Step::Hang]);
    stage.deliver(stage.server.until_asked("decisions", 1)).await;
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
    assert_eq!(stage.book.problem_word(1).as_deref(), Some("interrupted"));
    // And a row that a crash left as being sent waits again as soon as a run begins.
    stage.book.with(|state| state.outbox[0].1 = Row::Sending);
    Stage::over(stage.server.clone(), stage.book.clone()).courier.step().await;
    assert_eq!(stage.book.row(1), Row::Delivered);
}

#[tokio::test(start_paused = true)]
async fn while_the_server_is_away_it_is_asked_ever_more_seldom_and_everything_goes_out_when_it_is_back() {
    let stage = Stage::new();
    stage.server.set_dead(true);
    for n in 1..=10 {
        stage.book.queue(sample::decision(n), 0);
    }
    stage
        .deliver(async {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            let tries = stage.server.calls().len();
            assert!((15..=30).contains(&tries), "{tries}");
            assert!(stage.server.sent_decisions().is_empty());
            stage.server.set_dead(false);
            stage.courier.nudge();
            stage.until_delivered(10).await;
        })
        .await;
    assert_eq!(stage.server.sent_decisions(), (1..=10).collect::<Vec<u128>>());
    assert!(stage.server.accepted().contains(&DecisionId(Uuid::from_u128(10)).0));
}

/// A cycle that was dropped in the middle, as a runtime that ends drops it, leaves no row behind as being sent.
#[tokio::test(start_paused = true)]
async fn a_delivery_that_was_cut_off_in_the_middle_is_made_again() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", [Step::Hang]);
    let cut_off = tokio::time::timeout(Duration::from_secs(1), stage.courier.step()).await;
    assert!(cut_off.is_err());
    assert_eq!(stage.book.row(1), Row::Sending);
    stage.courier.step().await;
    assert_eq!(stage.book.row(1), Row::Delivered);
}
