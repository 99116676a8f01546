//! The calendar pack: what is asked for and when, what counts as an answer, and that a bad one keeps nobody from the rest.

use std::sync::Arc;

use contract::feed::Change;
use contract::headers::quoted;
use contract::problem::ProblemCode;
use sync::{Api, ApiError, LocalClock, Method, SyncEvent, TransportError, WireAnswer};

use crate::sample::{self, page, sha256_hex};
use crate::scripted::{Scripted, Step, code, json, raw, with_header};
use crate::stage::{PausedClock, Stage, heard, until};

fn api() -> (Arc<Scripted>, Api) {
    let server = Arc::new(Scripted::default());
    let clock: Arc<dyn LocalClock> = Arc::new(PausedClock::new());
    (server.clone(), Api::new(server, clock, None))
}

fn answer(answer: WireAnswer) -> Step {
    Step::Answer(Ok(answer))
}

/// A JSON answer with the hash of this pack in its head.
fn tagged(status: u16, body: &str, pack: &str) -> WireAnswer {
    let answer = WireAnswer { body: body.as_bytes().to_vec(), ..json(status, &()) };
    with_header(answer, "etag", &quoted(&sha256_hex(pack)))
}

fn etags(stage: &Stage) -> Vec<String> {
    let asked = stage.server.seen("calendar").into_iter();
    asked
        .map(|request| {
            let header = request.headers.iter().find(|(name, _)| *name == "if-none-match");
            header.map(|(_, value)| value.to_string()).unwrap_or_default()
        })
        .collect()
}

fn put(stage: &Stage) -> Vec<String> {
    stage.book.with(|state| state.calendars.iter().map(|calendar| calendar.pack.clone()).collect())
}

/// Rows that were computed by these packs.
fn rows_by(epoch: &str, cursor: i64, packs: &[&str]) -> contract::feed::ChangesAnswer {
    let mut page = page(epoch, cursor, false, &(1..=packs.len() as u128).collect::<Vec<_>>());
    for (change, pack) in page.changes.iter_mut().zip(packs) {
        let Change::Case { row } = change else { panic!("no row") };
        row.deadline = sample::deadline_by(pack);
    }
    page
}

#[tokio::test(start_paused = true)]
async fn the_pack_is_asked_for_without_a_token_and_by_its_hash() {
    let (server, api) = api();
    assert_eq!(api.calendar(None).await.unwrap().unwrap().pack, "pack");
    assert_eq!(api.calendar(Some(&sha256_hex("older"))).await.unwrap().unwrap().pack, "pack");
    assert_eq!(api.calendar(Some(&sha256_hex("pack"))).await, Ok(None));
    for request in server.seen("calendar") {
        assert_eq!(request.method, Method::Get);
        assert!(request.headers.iter().all(|(name, _)| *name != "authorization"));
        assert!((2 * 1024 * 1024..3 * 1024 * 1024).contains(&request.body_cap));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_pack_of_a_review_server_is_told_apart() {
    let whole = r#"{"pack":"pack","signature":null}"#;
    for (step, expected) in [
        (answer(tagged(200, whole, "another")), ApiError::Unreadable),
        (answer(WireAnswer { body: whole.into(), ..json(200, &()) }), ApiError::Unreadable),
        (answer(tagged(200, &whole[..20], "pack")), ApiError::Unreadable),
        (answer(tagged(200, "", "pack")), ApiError::Unreadable),
        (answer(tagged(200, r#"{"pack":7,"signature":null}"#, "pack")), ApiError::Unreadable),
        (answer(raw(200, "text/html", b"<html>Please sign in</html>")), ApiError::NotAReviewServer),
        (answer(raw(302, "text/html", b"")), ApiError::NotAReviewServer),
        // A proxy that answers for the server.
        (answer(raw(304, "", b"")), ApiError::NotAReviewServer),
        (Step::Answer(Err(TransportError::TooLarge)), ApiError::Transport(TransportError::TooLarge)),
        (Step::Answer(Err(TransportError::Incomplete)), ApiError::Transport(TransportError::Incomplete)),
    ] {
        let (server, api) = api();
        server.script("calendar", [step]);
        assert_eq!(api.calendar(Some(&sha256_hex("here"))).await, Err(expected));
    }
    let (server, api) = api();
    server.script("calendar", [answer(tagged(304, "", "pack"))]);
    assert!(api.calendar(None).await.is_err(), "nothing was named that could be the same");
}

#[tokio::test(start_paused = true)]
async fn a_new_pack_is_taken_on_contact_and_an_unchanged_one_is_not_sent_again() {
    let stage = Stage::new();
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            heard(&mut events).await;
            assert_eq!(put(&stage), [] as [&str; 0], "the server has what is here");
            stage.server.put_calendar("next");
            until(&mut events, |event| *event == SyncEvent::CalendarChanged).await;
            stage.server.until_asked("calendar", 3).await;
        })
        .await;
    assert_eq!(put(&stage), ["next"]);
    let quoted_hash = |pack: &str| quoted(&sha256_hex(pack));
    assert_eq!(etags(&stage), [quoted_hash("pack"), quoted_hash("pack"), quoted_hash("next")]);
    let asked = stage.server.seen_at("calendar");
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= 600), "every ten minutes: {asked:?}");
    assert!(
        stage.server.calls().iter().position(|call| *call == "calendar")
            < stage.server.calls().iter().position(|call| *call == "changes"),
        "rows come to the calendar that they were counted by"
    );
}

#[tokio::test(start_paused = true)]
async fn a_row_that_was_counted_by_another_pack_makes_it_ask_at_once_and_only_once() {
    let stage = Stage::new();
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            heard(&mut events).await;
            stage.server.put_calendar("next");
            stage.server.put_page(0, rows_by("e1", 5, &["next", "pack", "next"]));
            until(&mut events, |event| *event == SyncEvent::CalendarChanged).await;
            heard(&mut events).await;
            // A row by a pack that the server does not have any more: asked for once, not with every page.
            for cursor in 6..9 {
                stage.server.put_page(cursor - 1, rows_by("e1", cursor, &["lost", "next"]));
                heard(&mut events).await;
                heard(&mut events).await;
            }
        })
        .await;
    assert_eq!(put(&stage), ["next"]);
    assert_eq!(etags(&stage).len(), 3, "on contact, for `next`, for `lost`");
    assert!(stage.server.seen_at("calendar").iter().all(|second| *second < 600));
}

#[tokio::test(start_paused = true)]
async fn a_row_that_names_no_readable_pack_is_applied_and_asks_for_none() {
    let stage = Stage::new();
    let mut page = page("e1", 5, false, &[1, 2]);
    for (change, named) in page.changes.iter_mut().zip(["", "no hash"]) {
        let Change::Case { row } = change else { panic!("no row") };
        row.deadline.pack_sha256 = named.to_owned();
    }
    stage.server.put_page(0, page);
    stage.run_a_cycle().await;
    assert_eq!(stage.book.with(|state| state.cases.len()), 2);
    assert_eq!(etags(&stage).len(), 1, "on contact");
    assert_eq!(stage.book.with(|state| state.unchanged_calendars.clone()), [sha256_hex("pack")], "and still the same");
}

#[tokio::test(start_paused = true)]
async fn a_refused_pack_is_put_once_and_judged_again_after_ten_minutes_only() {
    let stage = Stage::new();
    stage.book.with(|state| state.refuses_calendars = true);
    stage.server.put_calendar("bad");
    stage.server.put_page(0, rows_by("e1", 5, &["bad"]));
    let mut events = stage.engine.subscribe();
    stage
        .run(async {
            until(&mut events, |event| *event == SyncEvent::CalendarChanged).await;
            for _ in 0..10 {
                heard(&mut events).await;
            }
            assert_eq!(put(&stage), ["bad"]);
            until(&mut events, |event| *event == SyncEvent::CalendarChanged).await;
        })
        .await;
    assert_eq!(put(&stage), ["bad", "bad"]);
    let asked = stage.server.seen_at("calendar");
    assert_eq!(asked.len(), 2);
    assert!(asked[1] - asked[0] >= 600);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_a_calendar_or_with_a_bad_one_keeps_nobody_from_the_rest() {
    for bad in [
        code(ProblemCode::NotFound),
        code(ProblemCode::Internal),
        answer(raw(200, "text/html", b"<html></html>")),
        answer(tagged(200, "{\"pack\":\"p", "p")),
        Step::Answer(Err(TransportError::TooLarge)),
        Step::Answer(Err(TransportError::Incomplete)),
    ] {
        let stage = Stage::new();
        stage.server.script("calendar", [bad]);
        stage.server.put_page(0, page("e1", 5, false, &[1, 2]));
        stage.run_a_cycle().await;
        assert!(stage.engine.connection() == sync::ConnectionState::Online);
        assert_eq!(stage.book.with(|state| state.cases.len()), 2);
        assert!(put(&stage).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_pc_clock_that_is_three_days_off_or_is_set_while_running_changes_no_time() {
    const THREE_DAYS: i64 = 3 * 24 * 3_600_000;
    for (off, set) in [(THREE_DAYS, -THREE_DAYS), (-THREE_DAYS, THREE_DAYS), (0, 2 * THREE_DAYS), (0, -2 * THREE_DAYS)]
    {
        let stage = Stage::new();
        stage.clock.move_wall(off);
        let honest = || crate::stage::WALL_AT_START + stage.clock.mono_ms();
        let mut events = stage.engine.subscribe();
        stage
            .run(async {
                heard(&mut events).await;
                let time = stage.engine.clock();
                assert!((time.ms - honest()).abs() <= time.error_ms.unwrap(), "{off}");
                assert!(!time.is_estimate);
                stage.clock.move_wall(set);
                assert!(stage.engine.clock().is_estimate, "says so until the server was heard again");
                heard(&mut events).await;
                let time = stage.engine.clock();
                assert!((time.ms - honest()).abs() <= time.error_ms.unwrap(), "{off} {set}");
                assert!(!time.is_estimate);
            })
            .await;
    }
}
