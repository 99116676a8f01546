//! The notification of what is due today: once, with the number, in working hours of a working day, and never while locked.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use desk::view::{CalendarImportRequest, CalendarLevelView, ConnectionView, TopicView};
use testkit::calendar::Operator;
use testkit::office::Office;

use crate::bench::{Computer, folder, path};
use crate::clock::{DAY, HOUR, HandClock};

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00+08:00").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_today_is_told_once_with_the_number_in_working_hours_only() {
    let folder = folder();
    // Tuesday, an hour and a half before anybody works.
    let (office, server) =
        Office::open(path(&folder), 0, |options| options.now = Some(at("2026-12-29T07:30"))).await.unwrap();
    // Two due today, one tomorrow, one on Thursday the 31st.
    for (applicant, submitted) in
        [("a", "2026-12-18T10:00"), ("b", "2026-12-18T11:00"), ("c", "2026-12-21T10:00"), ("d", "2026-12-22T10:00")]
    {
        office.submit_at(server.url(), applicant, at(submitted)).await.unwrap();
    }
    let mut operator = Operator::new(&office.options).unwrap();
    let clock = Arc::new(HandClock::new());
    let computer = Computer::with_clock(clock.clone());
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(4).await;
    let rows = program.queue().await.rows;
    server.stop().unwrap();

    clock.pass_and_look(HOUR).await;
    assert_eq!(computer.told(), [] as [u32; 0], "half past eight");
    clock.pass_and_look(HOUR).await;
    assert_eq!(computer.told(), [2], "half past nine");
    clock.pass_and_look(HOUR).await;
    let decided = program.approve(&rows[0].case_id).await;
    clock.pass_and_look(HOUR).await;
    assert_eq!(computer.told(), [2], "once a day, and not for a smaller number");
    program.desk.decision_undo(decided.decision_id).await.unwrap();
    clock.pass_and_look(HOUR).await;
    assert_eq!(computer.told(), [2, 2], "it fell to one, and two again is a rise");
    program.approve(&rows[0].case_id).await;
    program.quit().await;
    let program = computer.start();
    program.unlock().await;
    clock.pass_and_look(HOUR).await;
    assert_eq!(computer.told(), [2, 2], "not again after a restart on the same day");
    clock.pass_and_look(7 * HOUR).await;
    assert_eq!(computer.told(), [2, 2], "half past eight in the evening");

    program.desk.lock().await.unwrap();
    clock.pass(13 * HOUR);
    tokio::task::yield_now().await;
    assert_eq!(computer.told(), [2, 2], "Wednesday half past nine, but locked");
    program.unlock().await;
    program.until("the notice of the day", async |_| (computer.told().len() == 3).then_some(())).await;
    assert_eq!(computer.told(), [2, 2, 1]);

    // Overnight a notice makes Thursday a day off here; the server, out of reach, still has the case due then.
    let notice = "year = 2026\nissued = 2026-12-29\noff = [{ holiday = \"样例节\", days = [2026-12-31] }]\n";
    let file = std::fs::read_to_string(operator.build(notice).unwrap()).unwrap();
    program.desk.calendar_import(CalendarImportRequest { file }).await.unwrap();
    clock.pass_and_look(DAY).await;
    let due = program.queue().await.rows;
    assert!(due.iter().any(|row| row.deadline.due_date.as_deref() == Some("2026-12-31")));
    assert_eq!(computer.told(), [2, 2, 1], "a day off");
    program.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_midnight_in_beijing_the_window_is_told_to_ask_again_and_the_missing_notice_gets_urgent() {
    let folder = folder();
    let (office, server) =
        Office::open(path(&folder), 0, |options| options.now = Some(at("2026-12-14T22:00"))).await.unwrap();
    office.submit_at(server.url(), "a", at("2026-12-10T10:00")).await.unwrap();
    let clock = Arc::new(HandClock::new());
    let computer = Computer::with_clock(clock.clone());
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(1).await;
    server.stop().unwrap();
    program.desk.connect_now().await.unwrap();
    program
        .until("being offline", async |desk| {
            let status = desk.status_view().await.ok()?;
            (status.connection == ConnectionView::Offline).then_some(())
        })
        .await;
    let lamp = program.queue().await.rows[0].lamp;
    assert_eq!(program.status().await.calendar.level, CalendarLevelView::Notice);
    clock.pass_and_look(HOUR).await;
    computer.announced();
    clock.pass_and_look(2 * HOUR).await;
    let mut announced = Vec::new();
    program
        .until("the new day", async |_| {
            announced.extend(computer.announced());
            [TopicView::Status, TopicView::Queue, TopicView::Case, TopicView::Calendar]
                .iter()
                .all(|topic| announced.contains(topic))
                .then_some(())
        })
        .await;
    let status = program.status().await;
    assert_eq!((status.calendar.level, status.calendar.missing_year), (CalendarLevelView::Urgent, 2027));
    let later = program.queue().await.rows[0].lamp;
    assert_eq!(lamp.days.map(|days| days - 1), later.days, "a working day fewer is left");
    program.quit().await;
}
