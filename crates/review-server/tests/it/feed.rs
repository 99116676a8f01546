//! The change feed: order, pages, what each person sees, and tombstones.

use casework::Role;
use contract::feed::ChangesAnswer;
use contract::paths;
use contract::problem::ProblemCode;
use review_server::admin;

use crate::office::{Office, told};

#[tokio::test]
async fn changes_come_in_the_order_of_commits_in_pages_without_gap_or_repeat() {
    let office = Office::open();
    let desk = office.sign_in("wang").await;
    let mut cases = Vec::new();
    for n in 0..7 {
        cases.push(office.new_case(&format!("a-{n}")).await.case_id);
    }
    // The third changes again, so it moves to the end.
    office.lease(&desk, cases[2]).await;
    let third = cases.remove(2);
    cases.push(third);

    let mut seen = Vec::new();
    let mut cursor = 0;
    loop {
        let page: ChangesAnswer =
            office.get(&format!("{}?after={cursor}&limit=3", paths::CHANGES), Some(&desk.token)).await.json();
        assert!(page.changes.len() <= 3);
        assert!(page.cursor > cursor || page.changes.is_empty());
        seen.extend(told(&page).into_iter().map(|(case, _)| case));
        cursor = page.cursor;
        if !page.has_more {
            break;
        }
    }
    assert_eq!(seen, cases);
    let nothing = office.changes(&desk, cursor).await;
    assert_eq!((nothing.cursor, nothing.has_more, nothing.changes.len()), (cursor, false, 0));
}

#[tokio::test]
async fn a_change_between_two_pages_is_not_lost() {
    let office = Office::open();
    let desk = office.sign_in("wang").await;
    let first = office.new_case("a-1").await.case_id;
    let second = office.new_case("a-2").await.case_id;
    let page: ChangesAnswer = office.get("/v1/changes?after=0&limit=1", Some(&desk.token)).await.json();
    assert_eq!(told(&page), [(first, "pending".to_owned())]);
    office.decide(&desk, first, "approve", &[]).await;
    let rest = office.changes(&desk, page.cursor).await;
    assert_eq!(told(&rest), [(second, "pending".to_owned()), (first, "gone: concluded".to_owned())]);
}

#[tokio::test]
async fn a_row_carries_no_more_than_name_last_four_type_and_deadline() {
    let office = Office::open();
    office.new_case("a-1").await;
    let desk = office.sign_in("wang").await;
    let page = office.get("/v1/changes?after=0&limit=10", Some(&desk.token)).await;
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(text.contains("002X") && text.contains("阿卜杜拉·测试"));
    assert!(!text.contains("11010519491231002X"));
    assert!(!text.contains("2020-01-01"));
    // No photo is named; the one hash that there is names the calendar pack of the deadline.
    assert!(!text.replace("pack_sha256", "").contains("sha256"));
}

#[tokio::test]
async fn an_office_sees_nothing_of_another() {
    let office = Office::open();
    let case = office.new_case("a-1").await.case_id;
    let stranger = office.sign_in("chen").await;
    assert!(office.rows(&stranger).await.is_empty());
    for path in [format!("/v1/cases/{case}/lease"), format!("/v1/cases/{case}/repaired")] {
        let desk = office.sign_in("zhou").await;
        assert_eq!(office.post_empty(&path, Some(&desk.token)).await.code(), ProblemCode::NotFound, "{path}");
    }
    let fence = serde_json::json!({ "fence": 1 });
    let technical = office.post(&format!("/v1/cases/{case}/technical"), Some(&stranger.token), &fence).await;
    assert_eq!(technical.code(), ProblemCode::NotFound);
    let back = office.delete(&format!("/v1/cases/{case}/lease"), Some(&stranger.token), Some(fence)).await;
    assert_eq!(back.code(), ProblemCode::NotFound);
    // A case that does not exist at all looks the same, and so does a body that is nonsense.
    let body = office.post(&format!("/v1/cases/{case}/decisions"), Some(&stranger.token), &"nonsense").await;
    assert_eq!(body.code(), ProblemCode::NotFound);
    assert!(office.fill(&stranger).await.leases.is_empty());
}

#[tokio::test]
async fn a_first_opinion_takes_the_case_out_of_its_authors_sight_and_tells_the_colleague_nothing() {
    let office = Office::open();
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let case = office.third_attempt(&wang, "a-1").await;
    let before = office.changes(&wang, 0).await.cursor;
    let receipt = office.decide(&wang, case, "reject", &["number_mismatch"]).await;
    assert_eq!((receipt.state.as_str(), receipt.outcome), ("second_opinion", None));

    assert_eq!(told(&office.changes(&wang, before).await), [(case, "gone: moved".to_owned())]);
    for desk in [&li, &zhao] {
        assert_eq!(told(&office.changes(desk, before).await), [(case, "second_opinion".to_owned())]);
    }
    let page = office.get(&format!("/v1/changes?after={before}&limit=9"), Some(&li.token)).await;
    let lease = office.try_lease(&li, case).await;
    assert!(lease.status.is_success());
    for body in [page.body, lease.body] {
        let text = String::from_utf8(body).unwrap();
        assert!(!text.contains("wang") && !text.contains(&wang.account.to_string()), "{text}");
        assert!(!text.contains("number_mismatch") && !text.contains("reject\""), "{text}");
    }
}

#[tokio::test]
async fn a_concluded_or_void_case_is_gone_for_all_but_not_for_who_never_saw_it() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let (one, two) = (office.new_case("a-1").await.case_id, office.new_case("a-2").await.case_id);
    // Leased before the cursor, so that what is told after it is told by the decision.
    let lease = office.lease(&wang, one).await;
    let cursor = office.changes(&wang, 0).await.cursor;
    assert!(office.deliver(&wang, &office.draft(&wang, &lease, "approve", &[])).await.status.is_success());
    let void = office
        .post(&format!("/v1/cases/{two}/void"), Some(&zhao.token), &serde_json::json!({"reason": "照片丢失"}))
        .await;
    assert!(void.status.is_success());
    let gone = [(one, "gone: concluded".to_owned()), (two, "gone: void".to_owned())];
    assert_eq!(told(&office.changes(&wang, cursor).await), gone);
    assert_eq!(told(&office.changes(&zhao, cursor).await), gone);
    let fresh = office.sign_in("li").await;
    let first = office.changes(&fresh, 0).await;
    assert!(first.changes.is_empty() && !first.has_more);
    assert!(first.cursor > cursor);
}

#[tokio::test]
async fn a_first_page_is_filled_past_what_is_gone() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    for n in 0..5 {
        let case = office.new_case(&format!("a-{n}")).await.case_id;
        office.decide(&wang, case, "approve", &[]).await;
    }
    let open = office.new_case("b-1").await.case_id;
    let page: ChangesAnswer = office.get("/v1/changes?after=0&limit=2", Some(&wang.token)).await.json();
    assert_eq!(told(&page), [(open, "pending".to_owned())]);
    assert!(!page.has_more);
}

#[tokio::test]
async fn a_technical_case_is_seen_by_supervisors_only() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    let cursor = office.changes(&wang, 0).await.cursor;
    let fence = serde_json::json!({ "fence": lease.fence });
    assert!(office.post(&format!("/v1/cases/{case}/technical"), Some(&wang.token), &fence).await.status.is_success());
    assert_eq!(told(&office.changes(&wang, cursor).await), [(case, "gone: moved".to_owned())]);
    assert_eq!(told(&office.changes(&zhao, cursor).await), [(case, "technical".to_owned())]);
}

#[tokio::test]
async fn leases_are_changes_that_others_see() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    let cursor = office.changes(&li, 0).await.cursor;
    let lease = office.lease(&wang, case).await;
    let rows = office.rows(&li).await;
    let summary = rows[0].lease.as_ref().unwrap();
    assert_eq!((summary.holder, summary.holder_name.as_str()), (wang.account, "wang 老师"));
    assert_eq!(summary.expires_at_ms, lease.expires_at_ms);
    assert_eq!(rows[0].version, 1);
    let after_lease = office.changes(&li, cursor).await;
    assert_eq!(told(&after_lease), [(case, "pending".to_owned())]);
    // Asking again changes nothing, so nothing is told.
    office.fill(&wang).await;
    assert!(office.changes(&li, after_lease.cursor).await.changes.is_empty());
    let fence = serde_json::json!({ "fence": lease.fence });
    office.delete(&format!("/v1/cases/{case}/lease"), Some(&wang.token), Some(fence)).await;
    assert_eq!(office.rows(&li).await[0].lease, None);
    assert_eq!(told(&office.changes(&li, after_lease.cursor).await), [(case, "pending".to_owned())]);
}

#[tokio::test]
async fn auditors_see_no_queue() {
    let office = Office::open();
    office.new_case("a-1").await;
    let sun = office.sign_in("sun").await;
    let changes = office.changes(&sun, 0).await;
    assert!(changes.changes.is_empty() && !changes.has_more);
}

#[tokio::test]
async fn a_cursor_from_the_future_comes_back_to_where_the_feed_is() {
    let office = Office::open();
    office.new_case("a-1").await;
    let wang = office.sign_in("wang").await;
    let newest = office.changes(&wang, 0).await.cursor;
    let answer = office.changes(&wang, newest + 1000).await;
    assert_eq!((answer.cursor, answer.has_more, answer.changes.len()), (newest, false, 0));
    for query in ["after=-1&limit=5", "after=0&limit=0", "after=0&limit=501", "after=0", "after=x&limit=5"] {
        let answer = office.get(&format!("/v1/changes?{query}"), Some(&wang.token)).await;
        assert_eq!(answer.code(), ProblemCode::BadRequest, "{query}");
    }
}

#[tokio::test]
async fn another_office_or_role_is_another_epoch_and_a_restart_is_none() {
    let office = Office::open();
    let case = office.new_case("a-1").await.case_id;
    let wang = office.sign_in("wang").await;
    office.lease(&wang, case).await;
    let before = office.changes(&wang, 0).await.epoch;
    let answer = office.get(paths::REASONS, Some(&wang.token)).await;
    assert_eq!(answer.header("x-feed-epoch"), before);
    // Also on a refusal, once it is known who asks.
    let refused = office.post_empty(&paths::lease(casework::CaseId(uuid::Uuid::new_v4())), Some(&wang.token)).await;
    assert_eq!(refused.header("x-feed-epoch"), before);
    let stranger = office.get(paths::REASONS, None).await;
    assert!(!stranger.headers.contains_key("x-feed-epoch"));

    admin::assign_account(&office.state, "wang", Some(Role::Supervisor), Some("朝阳")).unwrap();
    let after = office.changes(&wang, 0).await;
    assert_ne!(after.epoch, before);
    assert!(after.changes.is_empty());
    // What the person held in the old office is free for others there, and not renewed.
    assert!(office.fill(&wang).await.leases.is_empty());
    let li = office.sign_in("li").await;
    assert_eq!(office.lease(&li, case).await.case.row.case_id, case);

    let office = office.restart();
    assert_eq!(office.changes(&wang, 0).await.epoch, after.epoch);
}
