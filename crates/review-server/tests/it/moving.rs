//! The arrows that are not opinions: technical, repaired, void.

use contract::decision::Standing;
use contract::problem::ProblemCode;
use serde_json::json;

use crate::office::Office;

#[tokio::test]
async fn a_photo_that_cannot_be_seen_goes_to_the_technical_desk_and_back() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let technical = format!("/v1/cases/{case}/technical");
    let repaired = format!("/v1/cases/{case}/repaired");
    let lease = office.lease(&wang, case).await;
    let deadline = office.rows(&zhao).await[0].deadline.clone();

    let early = office.post_empty(&repaired, Some(&zhao.token)).await;
    assert_eq!(early.problem().standing.unwrap().state, "pending");
    let stale = office.post(&technical, Some(&wang.token), &json!({ "fence": lease.fence + 1 })).await;
    assert_eq!(stale.code(), ProblemCode::LeaseLost);
    let standing: Standing = office.post(&technical, Some(&wang.token), &json!({ "fence": lease.fence })).await.json();
    assert_eq!((standing.state.as_str(), standing.version, standing.by_name), ("technical", 2, None));
    // A repetition is told that it is done.
    let again = office.post(&technical, Some(&wang.token), &json!({ "fence": lease.fence })).await.problem();
    assert_eq!((again.code, again.standing.unwrap().state.as_str()), (ProblemCode::StateChanged, "technical"));

    assert_eq!(office.post_empty(&repaired, Some(&wang.token)).await.code(), ProblemCode::RoleMayNot);
    // The supervisor may look at it, but not decide it, and it is not leased ahead.
    assert!(office.fill(&zhao).await.leases.is_empty());
    let look = office.lease(&zhao, case).await;
    let decision = office.draft(&zhao, &look, "approve", &[]);
    assert_eq!(office.deliver(&zhao, &decision).await.code(), ProblemCode::StateChanged);
    let standing: Standing = office.post_empty(&repaired, Some(&zhao.token)).await.json();
    assert_eq!((standing.state.as_str(), standing.version), ("pending", 3));
    // The clock ran on.
    assert_eq!(office.rows(&wang).await[0].deadline, deadline);
    assert_eq!(office.decide(&wang, case, "approve", &[]).await.case_version, 4);
}

#[tokio::test]
async fn a_void_round_uses_no_attempt_and_the_portal_is_told() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let path = format!("/v1/cases/{case}/void");
    let reason = json!({ "reason": "我方丢失照片" });
    assert_eq!(office.post(&path, Some(&wang.token), &reason).await.code(), ProblemCode::RoleMayNot);
    for bad in [
        json!({ "reason": " " }),
        json!({ "reason": "长".repeat(501) }),
        json!({}),
        json!({ "reason": "x", "more": 1 }),
    ] {
        assert_eq!(office.post(&path, Some(&zhao.token), &bad).await.code(), ProblemCode::BadRequest, "{bad}");
    }
    let standing: Standing = office.post(&path, Some(&zhao.token), &reason).await.json();
    assert_eq!((standing.state.as_str(), standing.outcome), ("void", None));
    let again = office.post(&path, Some(&zhao.token), &reason).await;
    assert_eq!(again.problem().standing.unwrap().state, "void");
    let notice: String =
        office.database().query_row("SELECT body FROM notices WHERE kind = 'void'", [], |row| row.get(0)).unwrap();
    assert!(notice.contains("\"uses_attempt\":false") && !notice.contains("丢失"), "{notice}");
    // The next application is the first round again, and shows the void one.
    let next = office.new_case("a-1").await;
    assert_eq!(next.round, 1);
    let lease = office.lease(&wang, next.case_id).await;
    assert_eq!(lease.case.earlier_rounds[0].outcome, "void");
    for round in 1..=3 {
        let id = if round == 1 { next.case_id } else { office.new_case("a-1").await.case_id };
        office.decide(&wang, id, "approve", &[]).await;
    }
    assert_eq!(office.submit(&office.application("a-1")).await.code(), ProblemCode::NoReviewsLeft);
}

#[tokio::test]
async fn a_case_of_a_second_opinion_can_be_voided_but_not_reported_technical() {
    let office = Office::open();
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    office.decide(&wang, case, "escalate", &["same_document_elsewhere"]).await;
    let lease = office.lease(&li, case).await;
    let technical =
        office.post(&format!("/v1/cases/{case}/technical"), Some(&li.token), &json!({ "fence": lease.fence })).await;
    assert_eq!(technical.problem().standing.unwrap().state, "second_opinion");
    let draft = office.draft(&li, &lease, "approve", &[]);
    let void =
        office.post(&format!("/v1/cases/{case}/void"), Some(&zhao.token), &json!({ "reason": "重复录入" })).await;
    assert!(void.status.is_success());
    assert_eq!(office.deliver(&li, &draft).await.code(), ProblemCode::AlreadyDecided);
    let done =
        office.post(&format!("/v1/cases/{case}/technical"), Some(&li.token), &json!({ "fence": lease.fence })).await;
    assert_eq!(done.code(), ProblemCode::AlreadyDecided);
}

#[tokio::test]
async fn an_escalated_case_closes_the_books_of_its_attempt() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    office.decide(&wang, case, "escalate", &["same_document_elsewhere"]).await;
    assert_eq!(office.submit(&office.application("a-1")).await.code(), ProblemCode::ReviewPending);
    let receipt = office.decide(&li, case, "escalate", &["suspected_tampering"]).await;
    assert_eq!(receipt.outcome.as_deref(), Some("rejected"));
    assert_eq!(office.new_case("a-1").await.round, 2);
}
