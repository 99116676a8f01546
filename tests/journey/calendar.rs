//! A calendar that changes: pulled from the running server or taken from a file, refused when it is bad, and what it moves. The real operator
//! program builds, signs and activates the packs.

use std::path::Path;

use chrono::{DateTime, Utc};
use desk::view::{
    CalendarImportRequest, CalendarRefusalView, CalendarView, DayKindView, ErrorCode, MoveReasonView, PackSourceView,
    QueueRowView, WhyDiffersView,
};
use serde_json::Value;
use testkit::calendar::Operator;
use testkit::office::Office;
use testkit::server::ServerProcess;

use crate::bench::{Computer, Running, folder, path};
use crate::clock::{DAY, WrongClock};

/// A notice of the test day: the last day of the year is off.
const NOTICE: &str = r#"
year = 2026
issued = 2026-12-29
off = [{ holiday = "样例节", days = [2026-12-31] }]
"#;
const EMBEDDED: u32 = 2_026_112_401;
const NEXT: u32 = 2_026_122_901;

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00+08:00").parse().unwrap()
}

/// Cases due on 30 and 31 December and, provisionally, on 4 and 5 January.
async fn office(folder: &Path) -> (Office, ServerProcess) {
    let (office, server) = Office::open(folder, 0, |_| {}).await.unwrap();
    for (applicant, submitted) in
        [("a", "2026-12-21T10:00"), ("b", "2026-12-22T10:00"), ("c", "2026-12-23T10:00"), ("d", "2026-12-24T10:00")]
    {
        office.submit_at(server.url(), applicant, at(submitted)).await.unwrap();
    }
    (office, server)
}

/// Due dates in the order of the queue, with the first promise where it was another one.
fn dates(rows: &[QueueRowView]) -> Vec<(String, Option<String>)> {
    let dates = rows.iter().map(|row| {
        let moved = row.deadline.moved.as_ref().map(|moved| moved.first_due_date.clone());
        (row.deadline.due_date.clone().unwrap(), moved)
    });
    dates.collect()
}

fn unmoved(due: &str) -> (String, Option<String>) {
    (due.to_owned(), None)
}

fn moved(due: &str, first: &str) -> (String, Option<String>) {
    (due.to_owned(), Some(first.to_owned()))
}

async fn until_in_force(program: &Running, serial: u32) -> CalendarView {
    program
        .until("the calendar", async |desk| desk.calendar_view().await.ok().filter(|view| view.serial == serial))
        .await
}

/// Waits until the rows are as the server counts them by the new pack.
async fn until_moved(program: &Running) -> Vec<QueueRowView> {
    program
        .until("the moved rows", async |_| {
            let rows = program.queue().await.rows;
            rows.iter().any(|row| row.deadline.moved.is_some()).then_some(rows)
        })
        .await
}

async fn import(program: &Running, file: &str) -> Result<CalendarView, desk::view::CommandError> {
    program.desk.calendar_import(CalendarImportRequest { file: file.to_owned() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newly_activated_pack_is_pulled_and_deadlines_move_with_their_first_promise_kept() {
    let folder = folder();
    let (office, server) = office(path(&folder)).await;
    let mut operator = Operator::new(&office.options).unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let before = program.desk.calendar_view().await.unwrap();
    assert_eq!((before.serial, before.source, before.moves), (EMBEDDED, PackSourceView::Embedded, None));
    assert_eq!(before.refused, None, "the server's own pack is the same");
    let rows = program.queue().await.rows;
    assert_eq!(dates(&rows), ["2026-12-30", "2026-12-31", "2027-01-04", "2027-01-05"].map(unmoved));
    assert!(rows.iter().all(|row| row.deadline.difference.is_none()));

    operator.activate(NOTICE).unwrap();
    program.desk.connect_now().await.unwrap();
    let view = until_in_force(&program, NEXT).await;
    let rows = until_moved(&program).await;
    assert_eq!(
        dates(&rows),
        [
            unmoved("2026-12-30"),
            moved("2027-01-04", "2026-12-31"),
            moved("2027-01-05", "2027-01-04"),
            moved("2027-01-06", "2027-01-05"),
        ]
    );
    for row in &rows {
        assert_eq!(row.deadline.difference, None, "both count by the same pack");
        assert!(row.deadline.moved.as_ref().is_none_or(|moved| moved.reason == MoveReasonView::Calendar));
    }
    assert_eq!((view.source, view.refused), (PackSourceView::Server, None));
    assert_eq!(view.notices[0].issued, "2026-12-29");
    let moves = view.moves.unwrap();
    assert_eq!((moves.pack_serial, moves.computed, moves.moved), (NEXT, 4, 3));
    assert_eq!((moves.earlier, moves.later, moves.newly_overdue), (0, 3, 0));
    let listed: Vec<_> = moves.cases.iter().map(|case| (case.from.as_deref(), case.to.as_deref())).collect();
    assert_eq!(
        listed,
        [
            (Some("2026-12-31"), Some("2027-01-04")),
            (Some("2027-01-04"), Some("2027-01-05")),
            (Some("2027-01-05"), Some("2027-01-06"))
        ]
    );

    let told = program.desk.calendar_explain(rows[1].case_id.clone()).await.unwrap();
    assert_eq!((told.pack_serial, told.server_pack_serial), (NEXT, NEXT));
    assert_eq!(told.due_date.as_deref(), Some("2027-01-04"));
    let day = |date: &str| told.days.iter().find(|day| day.date == date).unwrap();
    let off = day("2026-12-31");
    assert_eq!((off.kind, off.holiday.as_deref(), off.number), (DayKindView::Holiday, Some("样例节"), None));
    assert_eq!(off.notice.as_ref().unwrap().issued, "2026-12-29");
    assert_eq!(day("2027-01-04").number, Some(7));
    assert_eq!((told.missing_year, day("2027-01-04").is_provisional), (Some(2027), true));
    let unknown = program.desk.calendar_explain(uuid::Uuid::nil().to_string()).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::CaseNotHere);
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pack_from_a_file_moves_the_same_offline_and_going_online_makes_no_noise() {
    let folder = folder();
    let (office, server) = office(path(&folder)).await;
    let mut operator = Operator::new(&office.options).unwrap();
    let (online, offline) = (Computer::new(), Computer::new());
    let (here, there) = (online.start(), offline.start());
    here.sign_in(server.url().as_str(), "wang").await;
    there.sign_in(server.url().as_str(), "li").await;
    there.until("the queue", async |_| (there.queue().await.total == 4).then_some(())).await;
    there.quit().await;
    let pack = operator.build(NOTICE).unwrap();
    operator.activate_file(&pack).unwrap();
    here.desk.connect_now().await.unwrap();
    let pulled = until_in_force(&here, NEXT).await;
    until_moved(&here).await;
    server.stop().unwrap();

    // The other computer has no network: the pack comes as a file.
    let there = offline.start();
    there.unlock().await;
    let file = std::fs::read_to_string(&pack).unwrap();
    let imported = import(&there, &file).await.unwrap();
    assert_eq!(imported.source, PackSourceView::Imported);
    assert_eq!(imported.moves, pulled.moves, "the same cases from and to the same dates");
    assert_eq!(imported.fingerprint, pulled.fingerprint);
    let rows = there.queue().await.rows;
    assert_eq!(rows[1].deadline.due_date.as_deref(), Some("2026-12-31"), "the server's date counts");
    let difference = rows[1].deadline.difference.as_ref().unwrap();
    assert_eq!(difference.due_date.as_deref(), Some("2027-01-04"));
    assert_eq!(difference.why, WhyDiffersView::NewerPackHere);
    there.quit().await;
    let there = offline.start();
    there.unlock().await;
    assert_eq!(there.desk.calendar_view().await.unwrap(), imported, "after a restart without the network too");

    let server = office.start_again().unwrap();
    there.desk.connect_now().await.unwrap();
    let rows = until_moved(&there).await;
    assert!(rows.iter().all(|row| row.deadline.difference.is_none()));
    assert_eq!(there.desk.calendar_view().await.unwrap(), imported, "nothing new, nothing refused");
    there.quit().await;
    here.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_pack_here_than_at_the_server_shows_both_dates_and_why() {
    let folder = folder();
    let (office, server) = office(path(&folder)).await;
    let mut operator = Operator::new(&office.options).unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let pack = operator.build(NOTICE).unwrap();
    import(&program, &std::fs::read_to_string(pack).unwrap()).await.unwrap();
    // The server is asked again and answers with the older one.
    office.submit_at(server.url(), "e", at("2026-12-25T10:00")).await.unwrap();
    program.desk.connect_now().await.unwrap();
    program.until("the new case", async |_| (program.queue().await.total == 5).then_some(())).await;
    let view = program.desk.calendar_view().await.unwrap();
    assert_eq!((view.serial, view.refused), (NEXT, None), "an older pack is no refusal");
    let rows = program.queue().await.rows;
    assert_eq!(rows[0].deadline.difference, None, "the 30th is the 30th by both");
    for (row, server_date, own_date) in [(&rows[1], "2026-12-31", "2027-01-04"), (&rows[4], "2027-01-06", "2027-01-07")]
    {
        assert_eq!(row.deadline.due_date.as_deref(), Some(server_date));
        let difference = row.deadline.difference.as_ref().unwrap();
        assert_eq!(difference.due_date.as_deref(), Some(own_date));
        assert_eq!(difference.why, WhyDiffersView::NewerPackHere);
    }
    let told = program.desk.calendar_explain(rows[1].case_id.clone()).await.unwrap();
    assert_eq!((told.pack_serial, told.server_pack_serial), (NEXT, EMBEDDED));
    assert_eq!(told.due_date.as_deref(), Some("2027-01-04"));
    assert_eq!(told.deadline.due_date.as_deref(), Some("2026-12-31"));
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_file_is_refused_with_its_own_reason_and_the_old_pack_stays_after_a_restart_too() {
    let folder = folder();
    let (office, server) = office(path(&folder)).await;
    let mut operator = Operator::new(&office.options).unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let good = std::fs::read_to_string(operator.build(NOTICE).unwrap()).unwrap();
    let edit = |change: &dyn Fn(&mut Value)| {
        let mut file: Value = serde_json::from_str(&good).unwrap();
        change(&mut file);
        file.to_string()
    };
    let text = |file: &Value, field: &str| file[field].as_str().unwrap().to_owned();
    let tampered = edit(&|file| file["pack"] = text(file, "pack").replace("2026-12-31", "2026-12-30").into());
    let unsigned = edit(&|file| file["signature"] = Value::Null);
    let scribbled = edit(&|file| file["signature"] = "not a signature".into());
    let bad = [
        ("tampered with", tampered, CalendarRefusalView::WrongSignature),
        ("truncated", good[..good.len() / 2].to_owned(), CalendarRefusalView::Malformed),
        ("unsigned", unsigned, CalendarRefusalView::Unsigned),
        ("scribbled", scribbled, CalendarRefusalView::SignatureUnreadable),
        ("100 MB", "x".repeat(100 * 1024 * 1024), CalendarRefusalView::TooLarge),
    ];
    let refused = async |program: &Running, what: &str, file: &str, expected: CalendarRefusalView, serial: u32| {
        let error = import(program, file).await.unwrap_err();
        assert_eq!((error.code, error.params.refusal), (ErrorCode::CalendarRefused, Some(expected)), "{what}");
        let view = program.desk.calendar_view().await.unwrap();
        assert_eq!((view.serial, view.refused.map(|refused| refused.refusal)), (serial, Some(expected)), "{what}");
    };
    for (what, file, expected) in &bad {
        refused(&program, what, file, *expected, EMBEDDED).await;
    }
    let before = program.queue().await.rows;
    program.quit().await;
    let program = computer.start();
    program.unlock().await;
    let view = program.desk.calendar_view().await.unwrap();
    assert_eq!((view.serial, view.source), (EMBEDDED, PackSourceView::Embedded));
    assert_eq!(view.refused.unwrap().refusal, CalendarRefusalView::TooLarge, "the person can still see it");
    assert_eq!(dates(&program.queue().await.rows), dates(&before));

    assert_eq!(import(&program, &good).await.unwrap().refused, None);
    refused(&program, "rolled back", &good, CalendarRefusalView::SerialNotHigher, NEXT).await;

    // While this desktop is away both keys are replaced: what the server names then shares none with what is trusted here.
    program.quit().await;
    operator.new_key(2).unwrap();
    operator.new_key(1).unwrap();
    let strange = std::fs::read_to_string(operator.build(NOTICE).unwrap()).unwrap();
    let program = computer.start();
    program.unlock().await;
    program
        .until("the changed keys", async |desk| {
            let refused = desk.calendar_view().await.ok()?.refused?;
            (refused.refusal == CalendarRefusalView::KeysChanged).then_some(())
        })
        .await;
    refused(&program, "unknown key", &strange, CalendarRefusalView::UnknownKey, NEXT).await;
    program.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undelivered_decision_survives_a_change_of_calendar_and_is_delivered() {
    let folder = folder();
    let (office, server) = office(path(&folder)).await;
    let mut operator = Operator::new(&office.options).unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let rows = program.queue().await.rows;
    server.stop().unwrap();
    // One decided before the change is known here, one on a screen that was opened before it.
    program.approve(&rows[1].case_id).await;
    let open = program.open(&rows[2].case_id).await;
    let pack = operator.build(NOTICE).unwrap();
    import(&program, &std::fs::read_to_string(&pack).unwrap()).await.unwrap();
    let approve = crate::bench::opinion(desk::view::OpinionKindView::Approve, &[], "");
    program.record(&open, approve, None).await.unwrap();
    operator.activate_file(&pack).unwrap();
    let server = office.start_again().unwrap();
    program.desk.connect_now().await.unwrap();
    program.until_delivered(2).await;
    assert_eq!(office.database().number("SELECT count(*) FROM conclusions").unwrap(), 2);
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_clock_that_is_three_days_off_or_set_while_running_shows_the_same_dates_and_lamps() {
    let folder = folder();
    let (_office, server) = office(path(&folder)).await;
    let mut seen = Vec::new();
    for (off, set_to) in [(0, 0), (3 * DAY, 3 * DAY), (-3 * DAY, -3 * DAY), (0, 3 * DAY), (3 * DAY, -3 * DAY)] {
        let clock = std::sync::Arc::new(WrongClock::new(off));
        let program = Computer::with_clock(clock.clone()).start_kept();
        program.sign_in(server.url().as_str(), "li").await;
        program.until("the queue", async |_| (program.queue().await.total == 4).then_some(())).await;
        clock.set_off(set_to);
        program.desk.connect_now().await.unwrap();
        program
            .until("a time from the server", async |desk| {
                desk.status_view().await.ok().filter(|status| !status.clock.is_estimate)
            })
            .await;
        let rows = program.queue().await.rows;
        let status = program.status().await;
        let explained = program.desk.calendar_explain(rows[2].case_id.clone()).await.unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (row.lamp, row.deadline.clone())).collect();
        seen.push((shown, status.calendar, explained.days));
        program.quit().await;
    }
    for other in &seen[1..] {
        assert_eq!(*other, seen[0]);
    }
    server.stop().unwrap();
}
