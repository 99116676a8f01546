//! Two reviewers, one case (Shows 5): one decision stands, the other is kept and shown.

use desk::view::{CaseOpenView, ErrorCode, OpinionKindView, OutboxStateView};
use testkit::office::{Office, PASSWORD};

use crate::bench::{Computer, folder, opinion, path};

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_lapses_and_another_decides_then_theirs_stands_and_mine_is_kept() {
    let folder = folder();
    // A server whose leases last a minute, and which is started again two minutes later on its clock.
    let (mut office, server) =
        Office::open(path(&folder), 12, |options| options.lease_minutes = Some(1)).await.unwrap();
    let (mine, theirs) = (Computer::new(), Computer::new());
    let me = mine.start();
    me.sign_in(server.url().as_str(), "li").await;
    me.until_ready(10).await;
    let case_id = me.ready_cases().await[0].clone();
    me.quit().await;
    server.stop().unwrap();

    // I decide without a network.
    let me = mine.start();
    me.unlock().await;
    let recorded = me.reject(&case_id, &["other"], "我写的话要留着").await;
    me.quit().await;

    // Meanwhile the lease lapsed, and a colleague takes the case and decides it.
    office.options.now = office.options.now.map(|now| now + chrono::TimeDelta::minutes(3));
    let server = office.start_again().unwrap();
    let them = theirs.start();
    them.sign_in(server.url().as_str(), "wang").await;
    them.until_ready(6).await;
    assert!(them.ready_cases().await.contains(&case_id), "a lapsed lease can be taken");
    them.approve(&case_id).await;
    them.until_delivered(1).await;
    them.quit().await;

    let me = mine.start();
    me.unlock().await;
    let row = me.until_state(&recorded.decision_id, OutboxStateView::Conflict).await;
    assert_eq!(row.problem.unwrap().code, ErrorCode::AlreadyDecided);
    let standing = row.standing.unwrap();
    assert_eq!(standing.outcome.as_deref(), Some("approved"));
    assert_eq!(standing.by_name.as_deref(), Some("王审核"));
    assert_eq!(row.text, "我写的话要留着");
    assert_eq!(row.delivered_at_ms, None);
    let stored = office.database().decisions().unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!((stored[0].account.as_str(), stored[0].opinion.as_str()), ("wang", "approve"));
    // Mine can be put away by me, and is not sent again.
    me.desk.outbox_dismiss(recorded.decision_id).await.unwrap();
    assert!(me.desk.outbox_view().await.unwrap().rows.is_empty());
    me.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_lease_that_nobody_took_still_delivers() {
    let folder = folder();
    let (mut office, server) =
        Office::open(path(&folder), 12, |options| options.lease_minutes = Some(1)).await.unwrap();
    let mine = Computer::new();
    let me = mine.start();
    me.sign_in(server.url().as_str(), "li").await;
    me.until_ready(10).await;
    let case_id = me.ready_cases().await[0].clone();
    me.quit().await;
    server.stop().unwrap();
    let me = mine.start();
    me.unlock().await;
    me.approve(&case_id).await;
    office.options.now = office.options.now.map(|now| now + chrono::TimeDelta::minutes(30));
    let server = office.start_again().unwrap();
    me.desk.connect_now().await.unwrap();
    me.until_delivered(1).await;
    let stored = office.database().decisions().unwrap();
    assert_eq!((stored.len(), stored[0].account.as_str()), (1, "li"));
    me.quit().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_a_colleague_holds_shows_its_row_and_who_holds_it() {
    let folder = folder();
    let (_office, server) = Office::open(path(&folder), 12, |options| options.lease_limit = Some(10)).await.unwrap();
    let (mine, theirs) = (Computer::new(), Computer::new());
    let them = theirs.start();
    them.sign_in(server.url().as_str(), "wang").await;
    them.until_ready(10).await;
    let case_id = them.ready_cases().await[0].clone();
    let me = mine.start();
    me.sign_in(server.url().as_str(), "li").await;
    // My share of the two that are left, as two of us work.
    me.until_ready(1).await;
    let holder = me
        .until("the colleague's name", async |desk| match desk.case_open(case_id.clone()).await {
            Ok(CaseOpenView::NotHeld { holder: Some(holder), .. }) => Some(holder),
            _ => None,
        })
        .await;
    assert_eq!(holder, "王审核");
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_changed_under_the_open_screen_is_not_decided_unseen() {
    let folder = folder();
    let (office, server) = Office::open(path(&folder), 12, |_| {}).await.unwrap();
    let me = Computer::new().start_kept();
    me.sign_in(server.url().as_str(), "li").await;
    me.until_ready(10).await;
    let case_id = me.ready_cases().await[0].clone();
    let seen = me.open(&case_id).await;

    // On another computer I send it to the technical desk; a supervisor repairs it, and it is leased to me again.
    let elsewhere = Computer::new().start_kept();
    elsewhere.sign_in(server.url().as_str(), "li").await;
    elsewhere.until_ready(10).await;
    elsewhere.desk.case_report_technical(case_id.clone()).await.unwrap();
    elsewhere.quit().await;
    me.desk.connect_now().await.unwrap();
    me.until("the case going", async |_| (!me.ready_cases().await.contains(&case_id)).then_some(())).await;
    let supervisor = server.sign_in("zhao", PASSWORD).await.unwrap().access_token;
    let repaired = format!("/v1/cases/{case_id}/repaired");
    assert_eq!(server.post(&supervisor, &repaired, &serde_json::json!({})).await.unwrap(), 200);
    me.desk.connect_now().await.unwrap();
    // The screen that showed it does not lease it again by itself: it is closed, and the case opened anew.
    me.desk.case_close().await.unwrap();
    let again = me
        .until("the case coming back", async |desk| match desk.case_open(case_id.clone()).await {
            Ok(CaseOpenView::Held { case }) if case.can_decide => Some(case),
            _ => None,
        })
        .await;
    assert_ne!(again.case_token, seen.case_token);
    me.until_ready(10).await;
    let refused = me.record(&seen, opinion(OpinionKindView::Approve, &[], ""), None).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::CaseChanged);
    assert!(me.desk.outbox_view().await.unwrap().rows.is_empty());
    me.approve(&case_id).await;
    me.until_delivered(1).await;
    assert_eq!(office.database().decisions().unwrap().len(), 1);
    server.stop().unwrap();
}
