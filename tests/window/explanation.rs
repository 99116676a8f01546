//! Deadlines that explain themselves (issue 3, Shows 7): the days between submission and due day, opened by key and by mouse, read by
//! their labels, and looked at in both languages.

use serde_json::Value;
use testkit::calendar::Operator;
use testkit::office::PASSWORD;
use testkit::window::{ESCAPE, LEFT, UP, Window};

use crate::accessibility::{no_violation, no_violation_now};
use crate::stage::{Stage, picture_of, sign_in, speak, until_ready};

/// A day as the window explains it: date, kind, which working day of the count.
type Day = (&'static str, &'static str, Option<u8>);

/// Submitted on the last Friday before Spring Festival 2026: a make-up Saturday counts, nine days off do not, another make-up Saturday counts.
#[rustfmt::skip]
const SPRING_FESTIVAL: &[Day] = &[
    ("2026-02-13", "workday", None), ("2026-02-14", "make_up", Some(1)),
    ("2026-02-15", "holiday", None), ("2026-02-16", "holiday", None), ("2026-02-17", "holiday", None),
    ("2026-02-18", "holiday", None), ("2026-02-19", "holiday", None), ("2026-02-20", "holiday", None),
    ("2026-02-21", "holiday", None), ("2026-02-22", "holiday", None), ("2026-02-23", "holiday", None),
    ("2026-02-24", "workday", Some(2)), ("2026-02-25", "workday", Some(3)), ("2026-02-26", "workday", Some(4)),
    ("2026-02-27", "workday", Some(5)), ("2026-02-28", "make_up", Some(6)), ("2026-03-01", "weekend", None),
    ("2026-03-02", "workday", Some(7)),
];

/// Submitted three days before New Year 2027, whose notice is not out: New Year's Day is off by law alone.
#[rustfmt::skip]
const NEW_YEAR: &[Day] = &[
    ("2026-12-28", "workday", None), ("2026-12-29", "workday", Some(1)), ("2026-12-30", "workday", Some(2)),
    ("2026-12-31", "workday", Some(3)), ("2027-01-01", "holiday", None), ("2027-01-02", "weekend", None),
    ("2027-01-03", "weekend", None), ("2027-01-04", "workday", Some(4)), ("2027-01-05", "workday", Some(5)),
    ("2027-01-06", "workday", Some(6)), ("2027-01-07", "workday", Some(7)),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_across_spring_festival_explains_itself_by_mouse_in_both_languages() {
    let window = open_queue("2026-02-13T18:00:00+08:00", "2026-02-13T10:00:00+08:00").await;
    let window = &window.window;
    window.click("explain-open").await.unwrap();
    assert_eq!(explained_days(window).await, expected(SPRING_FESTIVAL));
    assert_due(window, "2026-03-02", "final").await;
    in_both_languages(
        window,
        "spring-festival",
        [
            &["共 18 天", "7 个工作日", "2026年2月14日", "第 1 个工作日", "春节"],
            &["18 days", "7 working days", "make-up", "Spring Festival"],
        ],
    )
    .await;
    window.click("explanation-close").await.unwrap();
    window.wait_gone("[data-testid=\"explanation\"]").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisional_deadline_across_new_year_says_so_by_keyboard_in_both_languages() {
    let window = open_queue("2026-12-29T10:00:00+08:00", "2026-12-28T10:00:00+08:00").await;
    let window = &window.window;
    window.wait_css("[data-testid=\"calendar-notice\"][data-level=\"urgent\"]").await.unwrap();
    window.click("queue-row").await.unwrap();
    window.press("d").await.unwrap();
    assert_eq!(explained_days(window).await, expected(NEW_YEAR));
    assert_due(window, "2027-01-07", "provisional").await;
    let provisional = "[...document.querySelectorAll('[data-testid=\"explanation-day\"].provisional')].map((day) => day.dataset.date)";
    let marked = window.script(&format!("return {provisional}"), vec![]).await.unwrap();
    assert_eq!(marked.as_array().unwrap().len(), 7, "every day of 2027 is marked: {marked}");

    // The focus is on the due day; the arrows go over the days, and each says what it is.
    assert_eq!(focused_date(window).await, "2027-01-07");
    window.press(LEFT).await.unwrap();
    assert_eq!(focused_date(window).await, "2027-01-06");
    window.press(UP).await.unwrap();
    assert_eq!(focused_date(window).await, "2026-12-30", "over the end of the year");
    in_both_languages(window, "new-year", [&["暂定", "2027 年", "元旦"], &["provisional", "2027"]]).await;
    window.press(ESCAPE).await.unwrap();
    window.wait_gone("[data-testid=\"explanation\"]").await.unwrap();
    let back =
        "return document.activeElement.closest('[data-testid=\"queue-row\"], [data-testid=\"queue-grid\"]') !== null";
    window.wait_until("the focus to come back to the row", back).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_arrives_moves_the_date_and_a_tampered_file_changes_nothing() {
    let shown = open_queue("2026-12-29T10:00:00+08:00", "2026-12-28T10:00:00+08:00").await;
    let (window, stage) = (&shown.window, &shown.stage);
    let mut operator = Operator::new(&stage.office.options).unwrap();

    // A file signed by nobody, then one signed by a key that this desktop has not met: refused, and the old pack stays.
    window.click("nav-settings").await.unwrap();
    let before = window.attribute("[data-testid=\"calendar-serial\"]", "data-serial").await.unwrap().unwrap();
    let signed = std::fs::read_to_string(operator.build(NEXT_YEAR).unwrap()).unwrap();
    let tampered = stage.folder.path().join("tampered.json");
    std::fs::write(&tampered, signed.replace("2027-01-02", "2027-01-09")).unwrap();
    window.wait("calendar-import").await.unwrap().send_keys(&tampered.display().to_string()).await.unwrap();
    window.wait("calendar-refused").await.unwrap();
    assert_eq!(window.attribute("[data-testid=\"calendar-serial\"]", "data-serial").await.unwrap().unwrap(), before);
    no_violation(window, "calendar-refused").await;

    // The server's operator puts the notice in force; the desk hears of it with the next contact.
    operator.activate(NEXT_YEAR).unwrap();
    window.click("nav-lock").await.unwrap();
    window.unlock(PASSWORD).await.unwrap();
    window.click("nav-settings").await.unwrap();
    window.wait_css("[data-testid=\"calendar-source\"][data-source=\"server\"]").await.unwrap();
    window.wait_css("[data-testid=\"calendar-health\"][data-level=\"good\"]").await.unwrap();
    window.wait_css("[data-testid=\"calendar-moves\"][data-moved=\"1\"]").await.unwrap();
    no_violation(window, "calendar-moved").await;
    window.click("nav-queue").await.unwrap();
    window.wait_css("[data-testid=\"queue-row\"]").await.unwrap();
    window.click("explain-open").await.unwrap();
    window.wait("explanation-moved").await.unwrap();
    assert_due(window, "2027-01-08", "final").await;
    no_violation_now(window, "explanation-moved", "zh").await;
}

/// The notice for 2027 as it might come: 2 and 3 January are off with New Year's Day, and Monday the 4th as well.
const NEXT_YEAR: &str = include_str!("notice-2027.toml");

struct Shown {
    stage: Stage,
    window: Window,
}

/// A queue with one case, submitted at this instant, on a server whose clock starts at `now`.
async fn open_queue(now: &str, submitted_at: &str) -> Shown {
    let instant = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc();
    let stage = Stage::new(0, |options| options.now = Some(instant(now))).await;
    let server = stage.url().parse().unwrap();
    stage.office.submit_at(&server, "explained", instant(submitted_at)).await.unwrap();
    let window = stage.computer().start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 1).await;
    Shown { stage, window }
}

async fn explained_days(window: &Window) -> Vec<(String, String, Option<u8>)> {
    window.wait("explanation-day").await.unwrap();
    let read = "return [...document.querySelectorAll('[data-testid=\"explanation-day\"]')]
                  .map((day) => [day.dataset.date, day.dataset.kind, day.dataset.number ?? null])";
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let days = window.script(read, vec![]).await.unwrap();
    let day = |day: &Value| (text(&day[0]), text(&day[1]), day[2].as_str().map(|number| number.parse().unwrap()));
    days.as_array().unwrap().iter().map(day).collect()
}

fn expected(days: &[Day]) -> Vec<(String, String, Option<u8>)> {
    days.iter().map(|(date, kind, number)| ((*date).to_owned(), (*kind).to_owned(), *number)).collect()
}

async fn assert_due(window: &Window, date: &str, status: &str) {
    window
        .wait_css(&format!("[data-testid=\"explanation-due\"][data-date=\"{date}\"][data-status=\"{status}\"]"))
        .await
        .unwrap();
}

async fn focused_date(window: &Window) -> String {
    let date = window.script("return document.activeElement.dataset.date ?? ''", vec![]).await.unwrap();
    date.as_str().unwrap().to_owned()
}

/// What a person reads and what a screen reader is told, in Chinese and then in English; a picture of each is left to be looked at.
async fn in_both_languages(window: &Window, name: &str, words: [&[&str]; 2]) {
    for (language, words) in ["zh", "en"].into_iter().zip(words) {
        // The dialog is modal: the switch behind it is reached by closing and opening again.
        window.press(ESCAPE).await.unwrap();
        window.wait_gone("[data-testid=\"explanation\"]").await.unwrap();
        speak(window, language).await;
        window.click("explain-open").await.unwrap();
        window.wait("explanation-day").await.unwrap();
        let read = "const dialog = document.querySelector('[data-testid=\"explanation\"]');
                    return dialog.innerText + [...dialog.querySelectorAll('[aria-label]')].map((e) => e.ariaLabel).join(' ')";
        let text = window.script(read, vec![]).await.unwrap();
        for word in words {
            assert!(text.as_str().unwrap().contains(word), "{word} is missing in {language}: {text}");
        }
        no_violation_now(window, &format!("explanation-{name}"), language).await;
        picture_of(window, &format!("explanation-{name}-{language}")).await;
    }
}
