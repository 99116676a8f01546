//! One step at a time, for a simulation: with the store called inline and the time of the test, the same script gives the same run.

use std::time::Duration;

use contract::problem::ProblemCode;
use sync::{Calls, Rest, TransportError};

use crate::book::Row;
use crate::sample::{self, page};
use crate::scripted::{Step, code};
use crate::stage::{Stage, WALL_AT_START};

async fn play() -> (Vec<String>, Vec<&'static str>, Vec<Rest>) {
    let stage = Stage::with(|settings| settings.calls = Calls::Inline);
    stage.server.put_page(0, page("e1", 10, false, &[1, 2, 3]));
    for n in 1..=20 {
        stage.book.queue(sample::decision(n), 0);
    }
    let faults = [TransportError::Timeout, TransportError::Incomplete, TransportError::Unreachable];
    let steps = (0..9).map(|n| if n % 2 == 0 { Step::DoneButLost(faults[n % 3]) } else { Step::Behave });
    stage.server.script("decisions", steps);
    stage.server.script("changes", [code(ProblemCode::Internal)]);
    let mut rests = Vec::new();
    for _ in 0..12 {
        let rest = stage.courier.step().await;
        rests.push(rest);
        rests.push(stage.engine.step().await);
        stage.engine.step_photos().await;
        if let Rest::For(wait) = rest {
            tokio::time::sleep(wait).await;
        }
    }
    assert!((1..=20).all(|n| stage.book.row(n) == Row::Delivered));
    (stage.book.with(|state| state.log.clone()), stage.server.calls(), rests)
}

#[tokio::test(start_paused = true)]
async fn the_same_script_gives_the_same_run() {
    let first = play().await;
    assert_eq!(first, play().await);
    assert_eq!(first, play().await);
}

#[tokio::test(start_paused = true)]
async fn a_step_says_what_the_loop_would_wait_for() {
    let stage = Stage::with(|settings| settings.calls = Calls::Inline);
    stage.server.set_server_ms(None);
    assert_eq!(stage.courier.step().await, Rest::For(Duration::from_secs(60)));
    stage.book.queue(sample::decision(1), WALL_AT_START + 10_000);
    assert_eq!(stage.courier.step().await, Rest::For(Duration::from_secs(10)));
    assert_eq!(stage.engine.step().await, Rest::For(Duration::from_secs(15)));
    stage.book.with(|state| state.refresh = None);
    stage.server.expire();
    assert_eq!(stage.engine.step().await, Rest::UntilNudged);
}
