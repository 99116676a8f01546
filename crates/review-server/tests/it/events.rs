//! The event stream and its long poll, over the real router.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, Response, header};
use contract::events::WaitAnswer;
use contract::paths;
use contract::problem::ProblemCode;
use futures::{FutureExt, StreamExt};
use review_server::{Config, EventTimes};
use tower::ServiceExt;

use crate::office::{Desk, Office};

const PATIENCE: Duration = Duration::from_secs(10);

/// A comment, which a client skips.
const HEARTBEAT: &str = ": \n\n";

/// Heartbeats so rare that none comes while a test runs.
fn silent(config: &mut Config) {
    let hour = Duration::from_secs(3600);
    config.events = EventTimes { heartbeat: hour, wait: PATIENCE, gather: Duration::from_millis(5) };
}

fn lively(config: &mut Config) {
    silent(config);
    config.events.heartbeat = Duration::from_millis(30);
}

struct Stream(BodyDataStream);

impl Stream {
    async fn open(office: &Office, desk: &Desk, last: Option<i64>) -> Self {
        Self(Self::ask(office, desk, last).await.into_body().into_data_stream())
    }

    async fn ask(office: &Office, desk: &Desk, last: Option<i64>) -> Response<Body> {
        let mut request = Request::get(paths::EVENTS).header(header::AUTHORIZATION, format!("Bearer {}", desk.token));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        office.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// The next piece as text; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let piece = tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap();
        piece.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    }

    /// Whether nothing is ready.
    fn is_silent(&mut self) -> bool {
        self.0.next().now_or_never().is_none()
    }
}

fn changed(cursor: i64) -> Option<String> {
    Some(format!("event: changed\nid: {cursor}\ndata: {{}}\n\n"))
}

async fn cursor(office: &Office, desk: &Desk) -> i64 {
    office.changes(desk, 0).await.cursor
}

async fn wait(office: &Office, desk: &Desk, after: i64) -> WaitAnswer {
    office.get(&format!("{}?after={after}", paths::EVENTS_WAIT), Some(&desk.token)).await.json()
}

#[tokio::test]
async fn the_present_cursor_comes_at_once_unless_it_is_known() {
    let office = Office::open_with(silent);
    let wang = office.sign_in("wang").await;
    office.new_case("a-1").await;
    let now = cursor(&office, &wang).await;
    assert_eq!(Stream::open(&office, &wang, None).await.next().await, changed(now));
    assert_eq!(Stream::open(&office, &wang, Some(now - 1)).await.next().await, changed(now));
    // From another history.
    assert_eq!(Stream::open(&office, &wang, Some(now + 7)).await.next().await, changed(now));
    assert_eq!(Stream::open(&office, &wang, Some(now)).await.next().await.as_deref(), Some(HEARTBEAT));
}

#[tokio::test]
async fn a_change_by_another_person_wakes_and_tells_nothing_else() {
    let office = Office::open_with(silent);
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let answer = Stream::ask(&office, &wang, None).await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let mut stream = Stream(answer.into_body().into_data_stream());
    assert_eq!(stream.next().await, changed(0));
    let case = office.new_case("a-1").await.case_id;
    assert_eq!(stream.next().await, changed(cursor(&office, &wang).await));
    office.lease(&li, case).await;
    assert_eq!(stream.next().await, changed(cursor(&office, &wang).await));
    assert!(stream.is_silent());
}

#[tokio::test]
async fn the_other_office_hears_nothing() {
    let office = Office::open_with(lively);
    let chen = office.sign_in("chen").await;
    let mut stream = Stream::open(&office, &chen, Some(0)).await;
    office.new_case("a-1").await;
    for _ in 0..3 {
        assert_eq!(stream.next().await.as_deref(), Some(HEARTBEAT));
    }
}

#[tokio::test]
async fn many_changes_at_once_are_few_events() {
    let office = Office::open_with(|config| {
        silent(config);
        config.events.gather = Duration::from_millis(300);
    });
    let wang = office.sign_in("wang").await;
    let mut stream = Stream::open(&office, &wang, None).await;
    assert_eq!(stream.next().await, changed(0));
    for n in 0..20 {
        office.new_case(&format!("a-{n}")).await;
    }
    let newest = cursor(&office, &wang).await;
    let mut events = 0;
    loop {
        events += 1;
        if stream.next().await == changed(newest) {
            break;
        }
    }
    assert!(events < 20, "{events}");
}

#[tokio::test]
async fn heartbeats_go_on_while_nothing_changes() {
    let office = Office::open_with(lively);
    let wang = office.sign_in("wang").await;
    let mut stream = Stream::open(&office, &wang, Some(0)).await;
    for _ in 0..5 {
        assert_eq!(stream.next().await.as_deref(), Some(HEARTBEAT));
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_with_its_token() {
    let office = Office::open_with(lively);
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let mut of_wang = Stream::open(&office, &wang, Some(0)).await;
    let mut of_li = Stream::open(&office, &li, Some(0)).await;
    assert!(of_wang.next().await.is_some() && of_li.next().await.is_some());
    office.delete(paths::SESSION, Some(&wang.token), None).await;
    while let Some(beat) = of_wang.next().await {
        assert_eq!(beat, HEARTBEAT);
    }
    assert!(of_li.next().await.is_some());
    office.clock.advance(chrono::Duration::minutes(15));
    while of_li.next().await.is_some() {}
    assert_eq!(Stream::ask(&office, &li, None).await.status(), 401);
}

#[tokio::test]
async fn a_third_stream_of_a_session_ends_the_oldest() {
    let office = Office::open_with(silent);
    let wang = office.sign_in("wang").await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = Stream::open(&office, &wang, None).await;
        assert_eq!(stream.next().await, changed(0));
        streams.push(stream);
    }
    assert_eq!(streams[0].next().await, None);
    assert!(streams[1].is_silent() && streams[2].is_silent());
}

#[tokio::test]
async fn a_server_that_stops_ends_streams_and_waits() {
    let office = Office::open_with(silent);
    let wang = office.sign_in("wang").await;
    let mut stream = Stream::open(&office, &wang, None).await;
    assert_eq!(stream.next().await, changed(0));
    let (answer, ()) = tokio::join!(wait(&office, &wang, 0), async {
        office.state.end_streams();
    });
    assert_eq!(answer.cursor, 0);
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_long_poll_answers_at_once_when_there_is_more_and_waits_when_not() {
    let office = Office::open_with(silent);
    let wang = office.sign_in("wang").await;
    office.new_case("a-1").await;
    let now = cursor(&office, &wang).await;
    assert_eq!(wait(&office, &wang, 0).await.cursor, now);
    assert_eq!(wait(&office, &wang, now + 5).await.cursor, now, "from another history");
    let (answer, case) = tokio::join!(wait(&office, &wang, now), office.new_case("a-2"));
    assert_eq!(answer.cursor, cursor(&office, &wang).await, "{}", case.case_no);
    assert!(answer.cursor > now);
}

#[tokio::test]
async fn a_long_poll_ends_by_itself_and_the_time_of_other_requests_does_not_cut_it() {
    let office = Office::open_with(|config| {
        silent(config);
        config.events.wait = Duration::from_millis(300);
        config.timeouts.request = Duration::from_millis(100);
    });
    let wang = office.sign_in("wang").await;
    assert_eq!(wait(&office, &wang, 0).await.cursor, 0);
}

#[tokio::test]
async fn strangers_and_odd_cursors_are_refused_and_an_auditor_waits_in_peace() {
    let office = Office::open_with(|config| {
        silent(config);
        config.events.wait = Duration::from_millis(50);
    });
    for path in [paths::EVENTS.to_owned(), format!("{}?after=0", paths::EVENTS_WAIT)] {
        assert_eq!(office.get(&path, None).await.code(), ProblemCode::SignInRequired);
    }
    let (wang, sun) = (office.sign_in("wang").await, office.sign_in("sun").await);
    for query in ["after=-1", "after=x", ""] {
        let answer = office.get(&format!("{}?{query}", paths::EVENTS_WAIT), Some(&wang.token)).await;
        assert_eq!(answer.code(), ProblemCode::BadRequest, "{query}");
    }
    office.new_case("a-1").await;
    assert_eq!(wait(&office, &sun, 0).await.cursor, 0);
}
