//! A server that went back in time: what was delivered is offered to its new history, in order, before anything new.

use casework::DecisionId;
use contract::decision::Receipt;
use contract::problem::ProblemCode;
use sync::{CourierState, SyncEvent, TransportError};
use uuid::Uuid;

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, code, refuse};
use crate::stage::{Stage, courier};

/// Rows that an earlier history has; the later the number, the earlier it was received.
async fn delivered(count: u128) -> Stage {
    let stage = Stage::new();
    for n in 1..=count {
        stage.book.queue(sample::decision(n), 0);
    }
    stage.courier.step().await;
    stage.book.with(|state| {
        for (id, (_, receipt)) in &mut state.receipts {
            let received_at_ms = 1_000 - i64::try_from(id.0.as_u128()).unwrap();
            *receipt = sample::signed(Receipt { received_at_ms, ..receipt.clone() });
        }
    });
    stage
}

fn history_of(stage: &Stage, n: u128) -> String {
    stage.book.with(|state| state.receipts[&DecisionId(Uuid::from_u128(n))].0.clone())
}

fn restart(stage: &Stage, history: &str) {
    stage.server.restore(history);
    stage.courier.link().look_again();
}

#[tokio::test(start_paused = true)]
async fn restore_delivered_decisions_are_offered_in_the_order_in_which_they_were_received_and_before_new_ones() {
    let stage = delivered(3).await;
    assert_eq!(history_of(&stage, 1), "h1");
    stage.book.queue(sample::decision(9), 0);
    restart(&stage, "h2");
    stage.courier.step().await;
    assert_eq!(stage.server.sent_decisions()[3..], [3, 2, 1, 9]);
    let sent = stage.server.sent();
    assert_eq!(sent[3].receipt.as_ref().unwrap().received_at_ms, 997, "with the receipt of the history before");
    assert!(sent[6].receipt.is_none());
    assert!((1..=3).all(|n| history_of(&stage, n) == "h2" && stage.book.row(n) == Row::Delivered));
    stage.courier.step().await;
    assert_eq!(stage.server.sent_decisions().len(), 7, "each once");
}

#[tokio::test(start_paused = true)]
async fn restore_a_restored_server_is_noticed_by_itself_within_ten_minutes() {
    let stage = delivered(1).await;
    stage.server.restore("h2");
    let before = tokio::time::Instant::now();
    stage.deliver(stage.server.until_asked("decisions", 2)).await;
    assert!(before.elapsed().as_secs() <= 660, "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn restore_a_courier_that_was_not_running_meanwhile_finds_out_when_it_starts() {
    let stage = delivered(1).await;
    stage.server.restore("h2");
    let other = Stage::over(stage.server.clone(), stage.book.clone());
    other.courier.step().await;
    assert_eq!(history_of(&stage, 1), "h2");
}

#[tokio::test(start_paused = true)]
async fn restore_what_something_else_stands_against_becomes_a_conflict_that_a_person_sees() {
    let stage = delivered(3).await;
    restart(&stage, "h2");
    let mut problem = sample::problem(ProblemCode::AlreadyDecided);
    problem.standing = Some(sample::standing(Some(Uuid::from_u128(77))));
    stage.server.script("decisions", [refuse(&problem), code(ProblemCode::NotFound)]);
    stage.courier.step().await;
    assert_eq!(stage.book.row(3), Row::Conflict(problem.standing));
    assert_eq!(stage.book.row(2), Row::Conflict(None));
    assert_eq!(stage.book.problem_word(2).as_deref(), Some("not_found"));
    assert_eq!(stage.book.row(1), Row::Delivered, "nobody is held up");
    let refused = stage.book.with(|state| state.offers_refused.clone());
    assert!(refused.iter().all(|(_, history)| history == "h2"));
}

#[tokio::test(start_paused = true)]
async fn restore_a_second_opinion_whose_first_is_not_there_yet_is_offered_again() {
    let stage = delivered(2).await;
    restart(&stage, "h2");
    stage.server.script("decisions", [code(ProblemCode::DecisionInProgress)]);
    stage.deliver(stage.server.until_asked("decisions", 5)).await;
    assert_eq!(stage.server.sent_decisions()[2..], [2, 1, 2]);
    stage.courier.step().await;
    assert_eq!(history_of(&stage, 2), "h2");
}

#[tokio::test(start_paused = true)]
async fn restore_trouble_while_offering_loses_no_row_and_ends_when_the_trouble_does() {
    for step in [
        Step::Answer(Err(TransportError::Unreachable)),
        Step::DoneButLost(TransportError::Timeout),
        code(ProblemCode::Internal),
        code(ProblemCode::TooManyRequests),
    ] {
        let stage = delivered(3).await;
        stage.book.queue(sample::decision(9), 0);
        restart(&stage, "h2");
        stage.server.script("decisions", [step]);
        stage
            .deliver(async {
                stage.until_delivered(9).await;
                while (1..=3).any(|n| history_of(&stage, n) != "h2") {
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            })
            .await;
        assert_eq!(stage.server.accepted().len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn restore_a_credential_that_is_gone_as_well_waits_for_the_author_and_then_goes_on() {
    let stage = delivered(2).await;
    stage.server.restore("h2");
    stage.server.forget_credential();
    stage.courier.link().look_again();
    let mut events = stage.courier.subscribe();
    stage
        .deliver(async {
            courier(&mut events, |state| *state == CourierState::NeedsSignIn).await;
            assert!((1..=2).all(|n| stage.book.row(n) == Row::Delivered && history_of(&stage, n) == "h1"));
        })
        .await;
    let mut heard = stage.engine.subscribe();
    stage
        .run_both(async {
            crate::stage::until(&mut heard, |event| *event == SyncEvent::ServerHeard).await;
            while history_of(&stage, 1) != "h2" || history_of(&stage, 2) != "h2" {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        })
        .await;
}
