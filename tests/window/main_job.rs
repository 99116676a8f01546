//! The main job (Shows 2): from the sign-in to the server's disk.

use testkit::window::{ENTER, ESCAPE};

use crate::stage::{Stage, approve, difference_of_painted_photo, picture_of, reject, sign_in, speak, until_ready};

/// What scaling and re-encoding make at most; another photo differs by far more.
const SAME_PHOTO: f64 = 3.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_signs_in_sees_the_photo_approves_one_case_and_rejects_another() {
    let stage = Stage::new(24, |_| {}).await;
    let computer = stage.computer();
    let window = computer.start().await;
    picture_of(&window, "sign-in-zh").await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 10).await;

    // The queue's order is the server's.
    let shown = window.attributes("[data-testid=\"queue-row\"][data-case-no]", "data-case-no").await.unwrap();
    let expected = stage.office.database().open_cases_by_deadline().unwrap();
    assert!(shown.len() >= 10, "{} rows are shown", shown.len());
    assert_eq!(shown, expected[..shown.len()]);
    let lamps = window.attributes("[data-testid=\"queue-row\"][data-lamp]", "data-lamp").await.unwrap();
    assert_eq!(lamps[0], "overdue");
    picture_of(&window, "queue-zh").await;
    speak(&window, "en").await;
    picture_of(&window, "queue-en").await;
    speak(&window, "zh").await;

    // The most urgent case's photo is decoded and painted.
    window.open_most_urgent_ready_case().await.unwrap();
    let first = window.attribute("[data-testid=\"case-view\"]", "data-case-id").await.unwrap().unwrap();
    let difference = difference_of_painted_photo(&window, &stage.office, "portrait_side").await;
    println!("the painted photo differs by {difference:.2} of 255 from its rendition");
    assert!(difference < SAME_PHOTO, "the painted photo differs by {difference} from its rendition");
    let other = difference_of_painted_photo(&window, &stage.office, "emblem_side").await;
    assert!(other > 2.0 * difference.max(1.0), "the comparison tells photos apart ({difference}, {other})");
    picture_of(&window, "case-zh").await;
    speak(&window, "en").await;
    picture_of(&window, "case-en").await;
    speak(&window, "zh").await;
    let approved_no = case_no(&stage, &first);

    approve(&window).await;
    window.wait("case-view").await.unwrap();
    let second = window.attribute("[data-testid=\"case-view\"]", "data-case-id").await.unwrap().unwrap();
    let rejected_no = case_no(&stage, &second);
    assert_ne!(first, second, "the next case follows by itself");
    assert!(difference_of_painted_photo(&window, &stage.office, "portrait_side").await < SAME_PHOTO);
    reject(&window, "other", "请在光线均匀处重新拍摄").await;
    window.press(ESCAPE).await.unwrap();

    window.click("nav-outbox").await.unwrap();
    window.wait_css("[data-testid=\"outbox-row\"]").await.unwrap();
    picture_of(&window, "outbox-zh").await;
    let all_delivered = "const rows = [...document.querySelectorAll('[data-testid=\"outbox-row\"]')];
                         return rows.length === 2 && rows.every((row) => row.dataset.state === 'delivered')";
    window.wait_until("both delivered", all_delivered).await.unwrap();
    picture_of(&window, "outbox-delivered-zh").await;

    let stored = stage.office.database().decisions().unwrap();
    assert_eq!(stored.len(), 2, "exactly these two");
    for decision in &stored {
        assert_eq!(decision.account, "li");
        assert_eq!(decision.evidence, stage.office.database().evidence(&decision.case_no).unwrap());
    }
    let find = |no: &str| stored.iter().find(|decision| decision.case_no == no).unwrap();
    assert_eq!(find(&approved_no).outcome.as_deref(), Some("approved"));
    let rejected = find(&rejected_no);
    assert_eq!((rejected.opinion.as_str(), rejected.outcome.as_deref()), ("reject", Some("rejected")));
    assert_eq!(rejected.reasons, ["other"]);
    assert_eq!(rejected.applicant_text.as_deref(), Some("请在光线均匀处重新拍摄"));
    window.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_remembered_and_the_second_start_unlocks() {
    let stage = Stage::new(3, |_| {}).await;
    let computer = stage.computer();
    let window = computer.start().await;
    sign_in(&window, &stage.url(), "li").await;
    speak(&window, "en").await;
    window.close().await.unwrap();
    let window = computer.start_in_system_language().await;
    window.wait("session-unlock-password").await.unwrap();
    window.wait_until("English", "return document.documentElement.lang.startsWith('en')").await.unwrap();
    picture_of(&window, "unlock-en").await;
    speak(&window, "zh").await;
    picture_of(&window, "unlock-zh").await;
    let field = window.wait("session-unlock-password").await.unwrap();
    field.send_keys(testkit::office::PASSWORD).await.unwrap();
    field.send_keys(ENTER).await.unwrap();
    window.wait("queue-grid").await.unwrap();
    window.close().await.unwrap();
}

fn case_no(stage: &Stage, case_id: &str) -> String {
    stage.office.database().case_no(case_id).unwrap()
}
