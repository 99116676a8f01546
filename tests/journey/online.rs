//! The main job with a connection.

use desk::view::{OpinionKindView, OutboxStateView, PhotoStateView};
use testkit::office::Office;

use crate::bench::{Computer, folder, opinion, path};

#[tokio::test(flavor = "multi_thread")]
async fn two_decisions_reach_the_servers_disk_once_each_with_reviewer_reason_and_evidence() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let computer = Computer::new();
    let program = computer.start();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(10).await;
    let ready = program.ready_cases().await;

    let approved = program.open(&ready[0]).await;
    assert!(approved.can_decide);
    program.approve(&ready[0]).await;
    let rejected = program.open(&ready[1]).await;
    program.reject(&ready[1], &["blurred", "other"], "请在光线均匀处重拍").await;
    program.until_delivered(2).await;

    let mut stored = office.database().decisions().unwrap();
    stored.sort_by_key(|decision| decision.opinion.clone());
    assert_eq!(stored.len(), 2);
    assert_eq!((stored[0].opinion.as_str(), stored[0].outcome.as_deref()), ("approve", Some("approved")));
    assert_eq!(stored[0].case_no, approved.case_no);
    assert_eq!((stored[1].opinion.as_str(), stored[1].outcome.as_deref()), ("reject", Some("rejected")));
    assert_eq!(stored[1].case_no, rejected.case_no);
    assert_eq!(stored[1].reasons, ["blurred", "other"]);
    assert_eq!(stored[1].applicant_text.as_deref(), Some("请在光线均匀处重拍"));
    for decision in &stored {
        assert_eq!(decision.account, "li");
        assert_eq!(decision.evidence, office.database().evidence(&decision.case_no).unwrap());
    }
    program.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_in_the_order_of_the_servers_deadlines_and_shows_no_declared_data() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 30, |options| options.lease_limit = Some(3)).await.unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program
        .until("the queue", async |desk| {
            let page =
                desk.queue_page(desk::view::QueuePageRequest { offset: 0, limit: 200, only_mine: false }).await.ok()?;
            (page.was_pulled && page.total == 30).then_some(())
        })
        .await;
    let page = program.queue().await;
    let shown: Vec<_> = page.rows.iter().map(|row| row.case_no.clone()).collect();
    assert_eq!(shown, office.database().open_cases_by_deadline().unwrap());
    assert!(page.rows.iter().all(|row| row.last_four.chars().count() <= 4));
    let lamps: std::collections::BTreeSet<_> =
        page.rows.iter().map(|row| format!("{:?}/{:?}", row.lamp.kind, row.deadline.status)).collect();
    assert!(lamps.len() >= 3, "the demonstration day shows more than one kind of lamp: {lamps:?}");
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_needs_the_case_that_is_on_the_screen_its_photos_and_its_true_cost() {
    let folder = folder();
    let (_office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(10).await;
    let ready = program.ready_cases().await;
    let first = program.open(&ready[0]).await;
    let second = program.open(&ready[1]).await;

    let stale = program.record(&first, opinion(OpinionKindView::Approve, &[], ""), None).await.unwrap_err();
    assert_eq!(serde_json::to_value(stale.code).unwrap(), "case_changed");
    let no_reason = program.record(&second, opinion(OpinionKindView::Reject, &[], ""), Some(2)).await.unwrap_err();
    assert_eq!(serde_json::to_value(no_reason.code).unwrap(), "reason_required");
    let wrong_cost =
        program.record(&second, opinion(OpinionKindView::Reject, &["glare"], ""), Some(1)).await.unwrap_err();
    assert_eq!(serde_json::to_value(wrong_cost.code).unwrap(), "consequence_changed");
    assert!(program.desk.outbox_view().await.unwrap().rows.is_empty(), "nothing was recorded");

    // The photo's address is good while its case is open, and for nothing else.
    let PhotoStateView::Ready { url, .. } = &second.photos[0].state else { panic!("the photo is not ready") };
    let token = url.rsplit('/').next().unwrap().to_owned();
    assert!(program.desk.photo(token.clone()).await.is_some_and(|jpeg| jpeg.starts_with(&[0xFF, 0xD8])));
    assert!(program.desk.photo("0".repeat(32)).await.is_none());
    program.desk.case_close().await.unwrap();
    assert!(program.desk.photo(token).await.is_none());
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_can_be_taken_back_until_it_is_sent() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let program = Computer::new().start_kept();
    program.sign_in(server.url().as_str(), "li").await;
    program.until_ready(10).await;
    let case_id = program.ready_cases().await[0].clone();
    let recorded = program.approve(&case_id).await;
    assert!(!program.ready_cases().await.contains(&case_id), "a decided case is not offered again");
    program.desk.decision_undo(recorded.decision_id).await.unwrap();
    assert!(program.ready_cases().await.contains(&case_id));
    let again = program.approve(&case_id).await;
    program.until_state(&again.decision_id, OutboxStateView::Delivered).await;
    let late = program.desk.decision_undo(again.decision_id).await.unwrap_err();
    assert_eq!(serde_json::to_value(late.code).unwrap(), "too_late_to_undo");
    assert_eq!(office.database().decisions().unwrap().len(), 1);
    server.stop().unwrap();
}
