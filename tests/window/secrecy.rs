//! Nothing personal is in any file of the program, the web view's own folders included (Shows 4).

use contract::case::DeclaredWire;
use testkit::canary::{Canary, find};

use crate::stage::{Stage, difference_of_painted_photo, reject, sign_in, until_ready};

const NAME: &str = "金丝雀·阿依古丽样例";
const NUMBER: &str = "110105199001010096";

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_name_number_and_photo_are_in_no_file_of_the_program_or_its_web_view() {
    let stage = Stage::new(0, |_| {}).await;
    let declared = DeclaredWire {
        name: NAME.into(),
        former_name: None,
        document_type: "resident_id_card".into(),
        document_number: NUMBER.into(),
        valid_from: "2016-03-01".into(),
        valid_until: Some("2036-03-01".into()),
    };
    let url = stage.url().parse().unwrap();
    let photos = stage.office.submit_one(&url, "canary", &declared).await.unwrap();
    let mut needles = vec![Canary::text("name", NAME).unwrap(), Canary::text("number", NUMBER).unwrap()];
    for (index, photo) in photos.iter().enumerate() {
        needles.push(Canary::photo(&format!("original {index}"), photo).unwrap());
        let rendition = photo::fit_in_process(photo, photo::FIT_SIDE).unwrap();
        needles.push(Canary::photo(&format!("rendition {index}"), &rendition.jpeg).unwrap());
    }
    let computer = stage.computer();
    let nowhere = |when: &str| {
        let hits = find(&[computer.folder.clone(), stage.server_log()], &needles).unwrap();
        assert!(hits.is_empty(), "{when}: {hits:?}");
    };
    let window = computer.start().await;
    sign_in(&window, &stage.url(), "li").await;
    until_ready(&window, 1).await;
    window.open_most_urgent_ready_case().await.unwrap();
    assert!(difference_of_painted_photo(&window, &stage.office, "portrait_side").await < 6.0);
    assert_eq!(window.text("declared-name").await.unwrap(), NAME, "the canary is on the screen");
    nowhere("while the case is open");
    reject(&window, "other", NAME).await;
    nowhere("while the decision waits");
    window.click("nav-outbox").await.unwrap();
    window.wait_css("[data-testid=\"outbox-row\"][data-state=\"delivered\"]").await.unwrap();
    window.click("nav-sign-out").await.unwrap();
    window.click("sign-out-confirm").await.unwrap();
    window.wait("session-screen").await.unwrap();
    nowhere("after sign-out");
    window.close().await.unwrap();
    nowhere("after the end");
    // Neither do the web view's folders hold anything but what it needs to start, and the log has no name in it.
    let log = std::fs::read_to_string(computer.data().join("logs/review-desk.log")).unwrap();
    assert!(!log.contains(NAME) && !log.contains(NUMBER));
}
