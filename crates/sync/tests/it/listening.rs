//! The server's events: a change elsewhere is here within seconds, by the stream, by long polls where a network breaks streams, and by the
//! engine's own poll where neither works.

use std::time::Duration;

use contract::events::WaitAnswer;
use contract::problem::ProblemCode;
use futures::StreamExt;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use sync::{TransportError, WireStream};
use tokio::time::{Instant, sleep};

use crate::sample::page;
use crate::scripted::{Answered, Step, json};
use crate::stage::{Stage, heard};

type Line = Result<String, TransportError>;

fn stream_of(status: u16, media_type: &str) -> (UnboundedSender<Line>, Answered) {
    let (lines, ear) = unbounded();
    let headers = [("content-type", media_type), ("x-contract-version", "1")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    (lines, Ok(WireStream { status, headers, lines: ear.boxed() }))
}

fn stream() -> (UnboundedSender<Line>, Answered) {
    stream_of(200, "text/event-stream; charset=utf-8")
}

fn say(lines: &UnboundedSender<Line>, text: &[&str]) {
    text.iter().for_each(|line| lines.unbounded_send(Ok((*line).to_owned())).unwrap());
}

fn cursors(stage: &Stage) -> Vec<i64> {
    let waits = stage.server.seen("wait").into_iter();
    waits.map(|request| request.path.split("after=").nth(1).unwrap().parse().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_change_elsewhere_is_pulled_within_five_seconds() {
    let stage = Stage::new();
    stage.server.put_page(0, page("e1", 10, false, &[1]));
    stage.engine.step().await;
    let (lines, opened) = stream();
    stage.server.put_streams([opened]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            heard(&mut events).await;
            for _ in 0..3 {
                sleep(Duration::from_secs(14)).await;
                say(&lines, &[": still here", ""]);
            }
            assert!(
                stage.server.seen("changes").len() <= 2,
                "heartbeats begin nothing, and the poll is slow meanwhile"
            );
            let asked = stage.server.seen("changes").len();
            stage.server.put_page(10, page("e1", 20, false, &[2]));
            let before = Instant::now();
            say(&lines, &["event: changed", "id: 20", "data: {}", ""]);
            stage.server.until_asked("changes", asked + 1).await;
            assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
        })
        .await;
    assert_eq!(stage.server.listened_after(), ["10"]);
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_events_begins_one_cycle_a_second_at_most() {
    let stage = Stage::new();
    let (lines, opened) = stream();
    stage.server.put_streams([opened]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            heard(&mut events).await;
            for _ in 0..1000 {
                say(&lines, &["event:changed", "id:5", "data:{}", ""]);
            }
            sleep(Duration::from_secs(10)).await;
        })
        .await;
    let asked = stage.server.seen("changes").len();
    assert!((5..=13).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_silent_for_three_heartbeats_is_opened_again_where_it_was() {
    let stage = Stage::new();
    let ((first, opened), (_second, reopened)) = (stream(), stream());
    stage.server.put_streams([opened, reopened]);
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            heard(&mut events).await;
            let before = Instant::now();
            say(&first, &["id: 7", "event: changed", "data: {}", ""]);
            while stage.server.listened_after().len() < 2 {
                sleep(Duration::from_millis(100)).await;
            }
            assert!((45..=50).contains(&before.elapsed().as_secs()), "{:?}", before.elapsed());
        })
        .await;
    assert!(stage.server.seen("wait").is_empty(), "once is no habit");
}

#[tokio::test(start_paused = true)]
async fn a_network_that_breaks_streams_gets_long_polls_for_ten_minutes() {
    let stage = Stage::new();
    stage.server.put_page(0, page("e1", 10, false, &[1]));
    for _ in 0..2 {
        let (lines, opened) = stream();
        stage.server.put_streams([opened]);
        drop(lines);
    }
    let (_lines, later) = stream();
    stage.server.put_streams([later]);
    // The first change comes during the second wait.
    let still = || json(200, &WaitAnswer { cursor: 10 });
    let mut holds = vec![stage.server.hold("wait"), stage.server.hold("wait")];
    stage.server.script("wait", (0..1000).map(|_| Step::Hang));
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            heard(&mut events).await;
            let (answered, is_asked) = holds.remove(0);
            is_asked.await.unwrap();
            sleep(Duration::from_secs(25)).await;
            answered.send(still()).unwrap();
            let (answered, is_asked) = holds.remove(0);
            is_asked.await.unwrap();
            sleep(Duration::from_secs(3)).await;
            let asked = stage.server.seen("changes").len();
            let before = Instant::now();
            answered.send(json(200, &WaitAnswer { cursor: 12 })).unwrap();
            stage.server.until_asked("changes", asked + 1).await;
            assert!(before.elapsed() < Duration::from_secs(5));
            stage.server.until_asked("wait", 3).await;
        })
        .await;
    assert_eq!(cursors(&stage), [10, 10, 12]);
    assert!(stage.server.seen("wait").iter().all(|request| request.is_patient && request.timeout.as_secs() > 25));
}

#[tokio::test(start_paused = true)]
async fn after_ten_minutes_of_long_polls_the_stream_is_tried_again() {
    let stage = Stage::new();
    let (_nobody, page_of_html) = stream_of(200, "text/html");
    let (_lines, later) = stream();
    stage.server.put_streams([page_of_html, later]);
    let still = |_| {
        let (answered, is_asked) = stage.server.hold("wait");
        async move {
            is_asked.await.unwrap();
            sleep(Duration::from_secs(25)).await;
            answered.send(json(200, &WaitAnswer { cursor: 0 })).unwrap();
        }
    };
    let answers: Vec<_> = (0..40).map(still).collect();
    let before = Instant::now();
    stage
        .run(async {
            let wait_for_stream = async {
                while stage.server.listened_after().len() < 2 {
                    sleep(Duration::from_secs(1)).await;
                }
            };
            let answering = async {
                for answer in answers {
                    answer.await;
                }
            };
            futures::pin_mut!(wait_for_stream, answering);
            futures::future::select(wait_for_stream, answering).await;
        })
        .await;
    let waited = before.elapsed().as_secs();
    assert!((600..=640).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn where_neither_works_the_engine_polls_and_nobody_is_asked_as_fast_as_possible() {
    for step in [
        || Step::Answer(Err(TransportError::Timeout)),
        || crate::scripted::code(ProblemCode::NotFound),
        || crate::scripted::code(ProblemCode::Internal),
        // A proxy that answers at once what it should have waited with.
        || Step::Answer(Ok(json(200, &WaitAnswer { cursor: 0 }))),
    ] {
        let stage = Stage::new();
        stage.server.put_streams((0..1000).map(|_| Err(TransportError::Incomplete)));
        stage.server.script("wait", (0..10_000).map(|_| step()));
        stage.run(sleep(Duration::from_secs(580))).await;
        let polls = stage.server.seen("changes").len();
        assert!(polls >= 37, "every 15 s: {polls}");
        let asked = stage.server.seen("wait").len() + stage.server.listened_after().len();
        assert!(asked <= 20, "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_another_kind_or_of_no_review_server_is_none() {
    let foreign = |status, media_type: &str| {
        let (_, opened) = stream_of(status, media_type);
        opened
    };
    let mut no_header = foreign(200, "text/event-stream").unwrap();
    no_header.headers.retain(|(name, _)| name != "x-contract-version");
    for answer in [
        foreign(200, "text/html"),
        foreign(200, "application/json"),
        foreign(404, "text/html"),
        foreign(302, "text/html"),
        foreign(404, "application/problem+json"),
        Ok(no_header),
    ] {
        let stage = Stage::new();
        stage.server.put_streams([answer]);
        stage.server.script("wait", [Step::Hang]);
        stage.run(stage.server.until_asked("wait", 1)).await;
        assert_eq!(stage.server.listened_after().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ended_is_renewed_for_the_stream_as_well() {
    let stage = Stage::new();
    let (_, refused) = stream_of(401, "application/problem+json");
    let (_lines, opened) = stream();
    stage.server.put_streams([refused, opened]);
    stage
        .run(async {
            while stage.server.listened_after().len() < 2 {
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
    assert_eq!(stage.server.seen("refresh").len(), 2);
}
