//! Wrong clocks on both sides: they change neither the order nor whether a decision is delivered.

use std::time::Duration;

use contract::problem::ProblemCode;

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, code, json, with_header};
use crate::stage::{Stage, WALL_AT_START};

const YEAR_MS: i64 = 365 * 86_400_000;

/// CLK
#[tokio::test(start_paused = true)]
async fn an_attempt_planned_by_a_wrong_clock_far_ahead_is_due_now() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), WALL_AT_START + 10 * 365 * 86_400_000);
    stage.courier.step().await;
    assert_eq!(stage.book.row(1), Row::Delivered);
}

/// CLK
#[tokio::test(start_paused = true)]
async fn an_attempt_planned_by_a_wrong_clock_does_not_wait_behind_one_that_is_due_and_troubled() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), WALL_AT_START + 86_400_000);
    stage.server.script("decisions", [code(ProblemCode::Internal)]);
    stage.courier.step().await;
    assert_eq!(stage.book.row(2), Row::Delivered);
    assert!(matches!(stage.book.row(1), Row::Queued { .. }));
}

/// CLK
#[tokio::test(start_paused = true)]
async fn a_server_whose_clock_stands_still_gets_the_decision_all_the_same() {
    let stage = Stage::new();
    stage.server.freeze();
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", (0..9).map(|_| code(ProblemCode::Internal)));
    stage.deliver(stage.until_delivered(1)).await;
    assert_eq!(stage.server.sent_decisions().len(), 10);
}

/// CLK
#[tokio::test(start_paused = true)]
async fn an_undo_window_ends_by_the_forward_clock_where_the_servers_stands_still() {
    let stage = Stage::new();
    stage.server.freeze();
    stage.book.queue(sample::decision(1), WALL_AT_START + 10_000);
    let begun = tokio::time::Instant::now();
    stage.deliver(stage.until_delivered(1)).await;
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(10) && took < Duration::from_secs(12), "{took:?}");
}

/// CLK
#[tokio::test(start_paused = true)]
async fn a_decision_within_its_undo_window_is_not_sent_because_another_one_waited_enough() {
    let stage = Stage::new();
    stage.server.freeze();
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), WALL_AT_START + 10_000);
    stage.server.script("decisions", [code(ProblemCode::Internal)]);
    stage.deliver(stage.until_delivered(1)).await;
    assert!(!stage.server.sent_decisions().contains(&2));
}

/// CLK: the wall clock −10 y, +1 day, ±8 h, to 2038 and beyond, in the middle of a run.
#[tokio::test(start_paused = true)]
async fn clk_a_wall_clock_that_jumps_changes_neither_order_nor_delivery() {
    for jump in [-10 * YEAR_MS, -8 * 3_600_000, 8 * 3_600_000, 86_400_000, 3 * 86_400_000, 12 * YEAR_MS, -60 * YEAR_MS]
    {
        let stage = Stage::new();
        stage.courier.step().await;
        assert!(!stage.courier.clock().is_estimate);
        stage.clock.move_wall(jump);
        assert!(stage.courier.clock().is_estimate);
        for n in 1..=3 {
            stage.book.queue(sample::decision(n), 0);
        }
        stage.courier.step().await;
        assert_eq!(stage.server.sent_decisions(), [1, 2, 3], "{jump}");
        assert!(!stage.courier.clock().is_estimate, "the answers set it right");
    }
}

/// CLK: the server's clock says −10 y, 1970, 2038 and later, 9999.
#[tokio::test(start_paused = true)]
async fn clk_a_server_with_a_wrong_clock_gets_every_decision() {
    for server_ms in [0, WALL_AT_START - 10 * YEAR_MS, 2_147_483_648_000, 4_102_444_800_000, 253_402_300_000_000] {
        let stage = Stage::new();
        stage.server.set_server_ms(Some(server_ms));
        // One is planned by the right clock, for a moment that this server's clock has long passed or not yet reached.
        stage.book.queue(sample::decision(1), WALL_AT_START);
        stage.book.queue(sample::decision(2), 0);
        stage.server.script("decisions", [code(ProblemCode::Internal)]);
        stage.deliver(async { tokio::join!(stage.until_delivered(1), stage.until_delivered(2)) }).await;
        let mut accepted = stage.server.accepted();
        accepted.sort_unstable();
        assert_eq!(accepted.len(), 2, "{server_ms}");
    }
}

/// CLK: an NTP step of the server in the middle of a delivery.
#[tokio::test(start_paused = true)]
async fn clk_a_server_whose_clock_is_set_back_keeps_no_decision_waiting() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    let back = (WALL_AT_START - 3_600_000).to_string();
    let busy = with_header(json(500, &sample::problem(ProblemCode::Internal)), "x-server-time-ms", &back);
    stage.server.set_server_ms(None);
    stage.server.script("decisions", [Step::Answer(Ok(busy))]);
    let before = tokio::time::Instant::now();
    stage.deliver(stage.until_delivered(1)).await;
    assert!(before.elapsed() < Duration::from_secs(30), "{:?}", before.elapsed());
    assert_eq!(stage.book.row(1), Row::Delivered);
}
