//! The access log on its way to the server: in order, after the decisions, and never in their way.

use std::time::Duration;

use contract::access_log::{AccessLogAnswer, AccessLogRequest};
use contract::problem::ProblemCode;
use sync::{CourierState, TransportError};

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, code, json, raw};
use crate::stage::Stage;

fn write(stage: &Stage, entries: std::ops::RangeInclusive<u64>) {
    stage.book.with(|state| state.access_log.extend(entries.map(sample::entry)));
}

fn sizes(stage: &Stage) -> Vec<(u64, usize)> {
    let requests = stage.server.seen("audit").into_iter();
    requests
        .map(|request| {
            let log: AccessLogRequest = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
            (log.entries[0].seq, log.entries.len())
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_log_goes_in_batches_after_the_decisions() {
    let stage = Stage::new();
    write(&stage, 1..=450);
    stage.book.queue(sample::decision(1), 0);
    stage.courier.step().await;
    assert_eq!(stage.server.calls(), ["server", "decisions", "audit", "audit", "audit"]);
    assert_eq!(sizes(&stage), [(1, 200), (201, 200), (401, 50)]);
    assert_eq!((stage.server.log_len(), stage.book.with(|state| state.shipped_up_to)), (450, 450));
    stage.courier.step().await;
    assert_eq!(sizes(&stage).len(), 3, "nothing new, nothing sent");
    write(&stage, 451..=451);
    stage.deliver(stage.server.until_asked("audit", 4)).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_has_less_than_it_said_gets_the_log_again_from_there() {
    let stage = Stage::new();
    write(&stage, 1..=300);
    stage.courier.step().await;
    stage.server.cut_log(120);
    write(&stage, 301..=301);
    stage.courier.step().await;
    assert_eq!(sizes(&stage)[2..], [(301, 1), (121, 181)]);
    assert_eq!(stage.server.log_len(), 301);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_wants_what_it_will_not_take_is_not_asked_for_ever() {
    let broken = |field: Option<&str>| {
        let mut problem = sample::problem(ProblemCode::AuditChainBroken);
        problem.field = field.map(str::to_owned);
        Step::Answer(Ok(json(409, &problem)))
    };
    for field in [None, Some("0"), Some("3"), Some("999"), Some("-1"), Some("seq"), Some("99999999999999999999999")] {
        let stage = Stage::new();
        write(&stage, 1..=10);
        stage.book.with(|state| state.shipped_up_to = 2);
        stage.book.queue(sample::decision(1), 0);
        stage.server.script("audit", (0..100).map(|_| broken(field)));
        stage.courier.step().await;
        assert_eq!(stage.book.row(1), Row::Delivered);
        assert!(stage.server.seen("audit").len() <= 2, "{field:?}");
        assert_eq!(stage.courier.state(), CourierState::Idle, "it is no trouble of the decisions");
    }
}

#[tokio::test(start_paused = true)]
async fn no_failure_of_the_log_holds_up_a_decision_and_it_is_tried_again() {
    for step in [
        Step::Answer(Err(TransportError::Unreachable)),
        Step::DoneButLost(TransportError::Timeout),
        code(ProblemCode::Internal),
        code(ProblemCode::BadRequest),
        Step::Answer(Ok(raw(200, "text/html", b"<html>"))),
        Step::Answer(Ok(json(200, &AccessLogAnswer { up_to_seq: 0 }))),
    ] {
        let stage = Stage::new();
        write(&stage, 1..=3);
        stage.server.script("audit", [step]);
        stage.courier.step().await;
        stage.book.queue(sample::decision(1), 0);
        stage.courier.step().await;
        assert_eq!(stage.book.row(1), Row::Delivered);
        assert_eq!(stage.server.seen("audit").len(), 1, "not at once again");
        stage.deliver(tokio::time::sleep(Duration::from_secs(300))).await;
        assert_eq!((stage.server.log_len(), stage.book.with(|state| state.shipped_up_to)), (3, 3));
    }
}

/// EVIL: a server that says that it has more than was ever sent.
#[tokio::test(start_paused = true)]
async fn evil_what_was_never_sent_is_not_shipped() {
    let stage = Stage::new();
    write(&stage, 1..=3);
    stage.server.script("audit", [Step::Answer(Ok(json(200, &AccessLogAnswer { up_to_seq: u64::MAX })))]);
    stage.courier.step().await;
    assert_eq!(stage.book.with(|state| state.shipped_up_to), 3);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_device_ships_nothing_more() {
    let stage = Stage::new();
    write(&stage, 1..=3);
    stage.server.script("audit", [code(ProblemCode::DeviceRevoked)]);
    stage.courier.step().await;
    assert_eq!(stage.courier.state(), CourierState::Revoked);
    stage.book.queue(sample::decision(1), 0);
    stage.deliver(tokio::time::sleep(Duration::from_secs(7200))).await;
    assert!(stage.server.sent_decisions().is_empty());
    assert_eq!(stage.server.seen("audit").len(), 1);
    assert_eq!(stage.book.row(1), Row::Queued { next_ms: 0 });
}
