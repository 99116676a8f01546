//! Photos come in the store's order, beside everything else, and one that cannot be had holds up no other.

use std::time::Duration;

use casework::Sha256;
use contract::problem::ProblemCode;
use sha2::Digest;
use sync::{LedgerError, PhotoWanted, SyncEvent, TransportError};

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, code, raw};
use crate::stage::{Stage, heard, until};

/// Makes a photo wanted and, unless it is missing there, known to the server.
fn want(stage: &Stage, n: u8, is_at_server: bool) -> Sha256 {
    let bytes = vec![n; 1000];
    let sha256 = Sha256(sha2::Sha256::digest(&bytes).into());
    stage.book.with(|state| {
        state.photos.push(PhotoWanted { sha256, max_bytes: 1000 });
    });
    if is_at_server {
        stage.server.put_photo(&sha256.to_string(), bytes);
    }
    sha256
}

fn asked(stage: &Stage) -> Vec<String> {
    let requests = stage.server.seen("photos").into_iter();
    requests.map(|request| request.path.rsplit('/').next().unwrap().to_owned()).collect()
}

async fn until_all(stage: &Stage, events: &mut tokio::sync::broadcast::Receiver<SyncEvent>, left: usize) {
    while stage.book.with(|state| state.photos.len()) > left {
        until(events, |event| matches!(event, SyncEvent::PhotoChanged(_))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn photos_come_in_the_stores_order_and_progress_is_told() {
    let stage = Stage::with(|settings| settings.photo_parallel = 1);
    let wanted: Vec<String> = (0..40).map(|n| want(&stage, n, true).to_string()).collect();
    let mut events = stage.engine.subscribe();
    let mut progress = stage.engine.subscribe();
    stage
        .run(async {
            until_all(&stage, &mut events, 0).await;
            until(&mut progress, |event| *event == SyncEvent::PhotosProgress { done: 0, total: 40 }).await;
            until(&mut progress, |event| *event == SyncEvent::PhotosProgress { done: 40, total: 40 }).await;
        })
        .await;
    assert_eq!(asked(&stage), wanted);
    assert_eq!(stage.server.seen("photos")[0].body_cap, 65_536);
}

#[tokio::test(start_paused = true)]
async fn a_photo_that_cannot_be_had_holds_up_no_other_and_is_tried_again_later() {
    let stage = Stage::new();
    let missing = want(&stage, 1, false);
    let other_bytes = want(&stage, 2, false);
    stage.server.put_photo(&other_bytes.to_string(), b"somebody else".to_vec());
    for n in 3..=12 {
        want(&stage, n, true);
    }
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            until_all(&stage, &mut events, 2).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert_eq!(asked(&stage).len(), 12, "each once");
            stage.server.put_photo(&missing.to_string(), vec![1; 1000]);
            stage.server.put_photo(&other_bytes.to_string(), vec![2; 1000]);
            until_all(&stage, &mut events, 0).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn no_decision_waits_for_a_photo() {
    let stage = Stage::new();
    for n in 0..8 {
        want(&stage, n, true);
    }
    stage.server.script("photos", (0..8).map(|_| Step::Hang));
    let mut events = stage.engine.subscribe();
    stage
        .run_both(async {
            heard(&mut events).await;
            stage.book.queue(sample::decision(1), 0);
            stage.courier.nudge();
            stage.until_delivered(1).await;
            assert_eq!(stage.book.row(1), Row::Delivered);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn lost_connections_and_lost_leases_do_not_end_the_fetch_for_good() {
    for step in [
        Step::Answer(Err(TransportError::Unreachable)),
        Step::Answer(Err(TransportError::Timeout)),
        code(ProblemCode::Unavailable),
        code(ProblemCode::LeaseRequired),
        code(ProblemCode::TokenExpired),
        Step::Answer(Ok(raw(200, "text/html", b"<html>"))),
    ] {
        let stage = Stage::new();
        want(&stage, 1, true);
        want(&stage, 2, true);
        stage.server.script("photos", [step]);
        let mut events = stage.engine.subscribe();
        stage.run(until_all(&stage, &mut events, 0)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_the_fetch_and_is_told() {
    let stage = Stage::new();
    want(&stage, 1, true);
    stage.book.fail_next("put_photo", LedgerError::Full);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            until(&mut events, |event| matches!(event, SyncEvent::StorageTrouble(_))).await;
            until_all(&stage, &mut events, 0).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_photo_that_the_store_cannot_take_lets_the_others_go_first() {
    let stage = Stage::with(|settings| settings.photo_parallel = 1);
    for n in 1..=5 {
        want(&stage, n, true);
    }
    let first = stage.book.with(|state| state.photos[0].sha256);
    stage.book.fail_next("put_photo", LedgerError::Storage);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            until_all(&stage, &mut events, 1).await;
            assert_eq!(stage.book.with(|state| state.photos[0].sha256), first);
            until_all(&stage, &mut events, 0).await;
        })
        .await;
}
