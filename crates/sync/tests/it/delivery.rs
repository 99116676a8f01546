//! Delivery by the engine: the reaction table in motion.

use std::time::Duration;

use casework::{CaseId, DecisionId};
use contract::decision::Receipt;
use contract::problem::ProblemCode;
use sync::{ConnectionState, LedgerError, SyncErrorKind, SyncEvent, TransportError};
use uuid::Uuid;

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, code, json, raw, refuse, with_header};
use crate::stage::{Stage, WALL_AT_START, connection, heard, until};

async fn until_row(stage: &Stage, n: u128, is_it: impl Fn(&Row) -> bool) {
    let mut events = stage.engine.subscribe();
    while !is_it(&stage.book.row(n)) {
        until(&mut events, |event| *event == SyncEvent::OutboxChanged).await;
    }
}

async fn until_delivered(stage: &Stage, n: u128) {
    until_row(stage, n, |row| *row == Row::Delivered).await;
}

#[tokio::test(start_paused = true)]
async fn decisions_go_out_in_deadline_order_and_are_marked_before_they_are_sent() {
    let stage = Stage::new();
    for n in [3, 1, 2] {
        stage.book.queue(sample::decision(n), 0);
    }
    stage.run_a_cycle().await;
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
async fn delivery_comes_before_the_pull() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.run_a_cycle().await;
    assert_eq!(stage.server.calls(), ["server", "refresh", "decisions", "calendar", "changes", "reasons", "leases"]);
}

#[tokio::test(start_paused = true)]
async fn a_decision_is_sent_when_its_time_comes_and_not_before() {
    let stage = Stage::new();
    stage.server.set_server_ms(None);
    stage.book.queue(sample::decision(1), WALL_AT_START + 10_000);
    stage.run(until_delivered(&stage, 1)).await;
    let waited = stage.engine.clock().ms - WALL_AT_START;
    assert!((10_000..10_300).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_nudge_delivers_at_once() {
    let stage = Stage::new();
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            heard(&mut events).await;
            let before = tokio::time::Instant::now();
            stage.book.queue(sample::decision(1), 0);
            stage.engine.nudge();
            until_delivered(&stage, 1).await;
            assert!(before.elapsed() < Duration::from_millis(10));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn http_ind_a_lost_answer_is_asked_again_and_the_decision_stands_once() {
    for repeats in [1, 5, 20] {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        let errors = [TransportError::Timeout, TransportError::Incomplete, TransportError::Unreachable];
        let lost = (0..repeats).map(|n| Step::DoneButLost(errors[n % 3]));
        stage.server.script("decisions", lost);
        stage.run(until_delivered(&stage, 1)).await;
        assert_eq!(stage.server.sent_decisions(), vec![1; repeats + 1]);
        assert_eq!(stage.server.accepted(), [Uuid::from_u128(1)]);
        let keys: Vec<_> = stage.server.seen("decisions").into_iter().map(|request| request.headers).collect();
        assert!(keys.windows(2).all(|pair| pair[0][0] == pair[1][0]), "the same key every time");
    }
}

#[tokio::test(start_paused = true)]
async fn http_half_no_half_answer_marks_a_decision_as_delivered() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    let answers = [
        raw(200, "text/html", b"<html>"),
        raw(200, "application/json", b"{\"decision_id\":"),
        raw(204, "", b""),
        raw(200, "application/json", b""),
        raw(302, "text/html", b""),
        raw(404, "text/html", b"<html>"),
    ];
    let count = answers.len();
    stage.server.script("decisions", answers.map(|answer| Step::Answer(Ok(answer))));
    stage.run(until_delivered(&stage, 1)).await;
    assert_eq!(stage.server.sent_decisions().len(), count + 1);
}

#[tokio::test(start_paused = true)]
async fn http_dup_a_receipt_for_another_decision_or_hash_removes_nothing() {
    let stage = Stage::new();
    let mine = sample::decision(1);
    stage.book.queue(mine.clone(), 0);
    let other_id = sample::receipt(&sample::decision(2));
    let other_hash = Receipt { payload_sha256: "00".repeat(32), ..sample::receipt(&mine) };
    stage.server.script("decisions", [other_id, other_hash].map(|receipt| Step::Answer(Ok(json(200, &receipt)))));
    stage.run(until_delivered(&stage, 1)).await;
    let log = stage.book.with(|state| state.log.clone());
    assert_eq!(log.iter().filter(|word| *word == "receipt_mismatch").count(), 2);
    assert_eq!(log.iter().filter(|word| *word == "outbox_delivered").count(), 1);
    assert_eq!(stage.server.sent_decisions(), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn server_trouble_keeps_the_row_and_waits_as_asked_but_never_longer_than_fifteen_minutes() {
    let stage = Stage::new();
    stage.server.set_server_ms(None);
    stage.book.queue(sample::decision(1), 0);
    let busy = |after: &str| {
        let answer = json(503, &sample::problem(ProblemCode::Unavailable));
        Step::Answer(Ok(with_header(answer, "retry-after", after)))
    };
    stage.server.script("decisions", [busy("60"), busy("999999999"), busy("-3")]);
    stage.run(until_delivered(&stage, 1)).await;
    let at = stage.server.seen_at("decisions");
    let waits: Vec<u64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(waits[0], 60);
    assert_eq!(waits[1], 900);
    assert!((2..=8).contains(&waits[2]), "{waits:?}");
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
        stage.run_a_cycle().await;
        assert_eq!(stage.book.row(1), Row::Conflict(problem.standing.clone()), "{given:?}");
        assert_eq!(stage.book.row(2), Row::Delivered);
        let lost = stage.book.with(|state| state.lost.clone());
        let expected: &[CaseId] = if given == ProblemCode::LeaseLost { &[CaseId(Uuid::from_u128(1001))] } else { &[] };
        assert_eq!(lost, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_is_parked_and_holds_up_nobody() {
    for given in [
        ProblemCode::BadRequest,
        ProblemCode::NotFound,
        ProblemCode::BadEnvelope,
        ProblemCode::DecisionIdReused,
        ProblemCode::BadOpinion,
        ProblemCode::OwnFirstOpinion,
    ] {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        stage.book.queue(sample::decision(2), 0);
        stage.server.script("decisions", [code(given)]);
        stage.run_a_cycle().await;
        assert_eq!((stage.book.row(1), stage.book.row(2)), (Row::Parked, Row::Delivered), "{given:?}");
        assert_eq!(stage.server.sent_decisions(), [1, 2], "a parked row is not sent again");
    }
}

#[tokio::test(start_paused = true)]
async fn in_progress_is_asked_again_soon() {
    let stage = Stage::new();
    stage.server.set_server_ms(None);
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", (0..5).map(|_| code(ProblemCode::DecisionInProgress)));
    stage.run(until_delivered(&stage, 1)).await;
    let waited = stage.engine.clock().ms - WALL_AT_START;
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
        stage.run_a_cycle().await;
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
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            connection(&mut events, |state| matches!(state, ConnectionState::Offline(_))).await;
            assert_eq!(stage.server.sent_decisions(), [1, 2]);
            until_delivered(&stage, 1).await;
            until_delivered(&stage, 2).await;
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
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            let state = connection(&mut events, |state| *state != ConnectionState::Online).await;
            let ConnectionState::Offline(problem) = state else {
                panic!("{state:?}");
            };
            assert_eq!(problem.kind, SyncErrorKind::Unreachable);
            assert_eq!(stage.server.sent_decisions(), [1]);
            assert_eq!(stage.book.row(2), Row::Queued { next_ms: 0 }, "not touched");
            connection(&mut events, |state| *state == ConnectionState::Online).await;
            until_delivered(&stage, 1).await;
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
    stage.run(until_delivered(&stage, 2)).await;
    assert_eq!(stage.server.sent_decisions()[..2], [1, 2]);
    assert!(stage.engine.clock().ms - WALL_AT_START >= 40_000);
}

#[tokio::test(start_paused = true)]
async fn auth_mid_a_token_that_ends_mid_batch_is_refreshed_once_and_the_same_item_resumes() {
    let stage = Stage::new();
    for n in 1..=4 {
        stage.book.queue(sample::decision(n), 0);
    }
    stage.server.script("decisions", [Step::Behave, code(ProblemCode::TokenExpired)]);
    stage.run_a_cycle().await;
    assert_eq!(stage.server.sent_decisions(), [1, 2, 2, 3, 4]);
    assert_eq!(stage.server.seen("refresh").len(), 2, "one at the start, one in the middle");
    let sendings = stage.book.with(|state| state.log.iter().filter(|call| *call == "outbox_sending").count());
    assert_eq!(sendings, 4);
    assert_eq!(stage.server.accepted().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn auth_mid_trouble_while_refreshing_is_offline_and_not_a_question_for_the_password() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", [code(ProblemCode::TokenExpired)]);
    stage.server.script("refresh", [Step::Behave, code(ProblemCode::Internal)]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            connection(&mut events, |state| *state == ConnectionState::Online).await;
            let state = connection(&mut events, |_| true).await;
            assert!(
                matches!(&state, ConnectionState::Offline(problem) if problem.kind == SyncErrorKind::ServerFault(500)),
                "{state:?}"
            );
            assert!(matches!(stage.book.row(1), Row::Queued { .. }));
            until_delivered(&stage, 1).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn auth_mid_an_ended_session_asks_for_the_password_keeps_every_row_and_goes_on_after_it() {
    let stage = Stage::new();
    for n in 1..=3 {
        stage.book.queue(sample::decision(n), 0);
    }
    stage.server.script("decisions", [Step::Behave, code(ProblemCode::TokenExpired)]);
    stage.server.script("refresh", [Step::Behave, code(ProblemCode::SessionExpired)]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            connection(&mut events, |state| *state == ConnectionState::SignInNeeded).await;
            assert_eq!(stage.book.row(1), Row::Delivered);
            assert!(matches!(stage.book.row(2), Row::Queued { .. }));
            assert_eq!(stage.book.row(3), Row::Queued { next_ms: 0 });
            let calls = stage.server.calls().len();
            tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
            assert_eq!(stage.server.calls().len(), calls, "nobody is asked again and again");

            let session = stage.engine.api().sign_in("li", "p", Uuid::nil()).await.unwrap();
            stage.engine.adopt(session).await.unwrap();
            until_delivered(&stage, 3).await;
        })
        .await;
    assert_eq!(stage.server.sent_decisions(), [1, 2, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_even_a_fresh_token_asks_for_the_password() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", [code(ProblemCode::TokenExpired), code(ProblemCode::SignInRequired)]);
    let mut events = stage.engine.subscribe();
    stage.run(connection(&mut events, |state| *state == ConnectionState::SignInNeeded)).await;
    assert_eq!(stage.server.sent_decisions(), [1, 1]);
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_closed_account_stops_and_keeps_every_row() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), 0);
    stage.server.script("decisions", [code(ProblemCode::AccountDisabled)]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            let state = connection(&mut events, |state| matches!(state, ConnectionState::Stopped(_))).await;
            assert!(
                matches!(state, ConnectionState::Stopped(problem) if problem.kind == SyncErrorKind::AccountDisabled)
            );
        })
        .await;
    assert_eq!(stage.server.sent_decisions(), [1]);
    assert!((1..=2).all(|n| matches!(stage.book.row(n), Row::Queued { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_row_that_was_taken_back_meanwhile_is_not_sent() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), 0);
    stage.book.with(|state| state.take_back = Some((1, 2)));
    stage.run_a_cycle().await;
    assert_eq!(stage.server.sent_decisions(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_after_the_server_accepted_costs_a_repetition_and_nothing_else() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.fail_next("outbox_delivered", LedgerError::Full);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            let event = until(&mut events, |event| matches!(event, SyncEvent::StorageTrouble(_))).await;
            assert!(matches!(event, SyncEvent::StorageTrouble(problem) if problem.kind == SyncErrorKind::StorageFull));
            until_delivered(&stage, 1).await;
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
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            until(&mut events, |event| matches!(event, SyncEvent::StorageTrouble(_))).await;
            assert!(stage.server.sent_decisions().is_empty());
            until_delivered(&stage, 1).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn stopping_in_the_middle_of_a_delivery_leaves_the_row_waiting() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", [Step::Hang]);
    stage.run(stage.server.until_asked("decisions", 1)).await;
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
    assert_eq!(stage.book.problem_word(1).as_deref(), Some("interrupted"));
    // And a row that a crash left as being sent waits again as soon as a run begins.
    stage.book.with(|state| state.outbox[0].1 = Row::Sending);
    stage.run_a_cycle().await;
    assert_eq!(stage.book.row(1), Row::Delivered);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_planned_by_a_wrong_clock_far_ahead_is_due_now() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), WALL_AT_START + 10 * 365 * 86_400_000);
    stage.run_a_cycle().await;
    assert_eq!(stage.book.row(1), Row::Delivered);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_planned_by_a_wrong_clock_does_not_wait_behind_one_that_is_due_and_troubled() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), WALL_AT_START + 86_400_000);
    stage.server.script("decisions", [code(ProblemCode::Internal)]);
    stage.run_a_cycle().await;
    assert_eq!(stage.book.row(2), Row::Delivered);
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_server_whose_clock_stands_still_gets_the_decision_all_the_same() {
    let stage = Stage::new();
    stage.server.freeze();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", (0..9).map(|_| code(ProblemCode::Internal)));
    stage.run(until_delivered(&stage, 1)).await;
    assert_eq!(stage.server.sent_decisions().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_decision_within_its_undo_window_is_not_sent_because_another_one_waited_enough() {
    let stage = Stage::new();
    stage.server.freeze();
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), WALL_AT_START + 10_000);
    stage.server.script("decisions", [code(ProblemCode::Internal)]);
    stage.run(until_delivered(&stage, 1)).await;
    assert!(!stage.server.sent_decisions().contains(&2));
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_jumps_changes_neither_order_nor_delivery() {
    for jump in [-10 * 365 * 86_400_000, 86_400_000, 12 * 365 * 86_400_000] {
        let stage = Stage::new();
        let mut events = stage.engine.subscribe();
        stage
            .run(async {
                heard(&mut events).await;
                stage.clock.move_wall(jump);
                assert!(stage.engine.clock().is_estimate);
                for n in 1..=3 {
                    stage.book.queue(sample::decision(n), 0);
                }
                stage.engine.nudge();
                until_delivered(&stage, 3).await;
                assert!(!stage.engine.clock().is_estimate, "the answers set it right");
            })
            .await;
        assert_eq!(stage.server.sent_decisions(), [1, 2, 3]);
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_server_is_away_it_is_asked_ever_more_seldom_and_everything_goes_out_when_it_is_back() {
    let stage = Stage::new();
    stage.server.set_dead(true);
    for n in 1..=10 {
        stage.book.queue(sample::decision(n), 0);
    }
    stage
        .run(async {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            let tries = stage.server.calls().len();
            assert!((15..=30).contains(&tries), "{tries}");
            assert!(stage.server.sent_decisions().is_empty());
            stage.server.set_dead(false);
            stage.engine.nudge();
            until_delivered(&stage, 10).await;
        })
        .await;
    assert_eq!(stage.server.sent_decisions(), (1..=10).collect::<Vec<u128>>());
    assert!(stage.server.accepted().contains(&DecisionId(Uuid::from_u128(10)).0));
}
