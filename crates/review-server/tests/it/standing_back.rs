//! Standing back from a case, and ending somebody's lease.

use casework::CaseId;
use contract::paths;
use contract::problem::ProblemCode;

use crate::asking::cases_of;
use crate::office::{Office, told};

#[tokio::test]
async fn whoever_stood_back_neither_leases_nor_decides_nor_sees_the_case() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    let draft = office.draft(&wang, &lease, "approve", &[]);
    let photo = paths::photo(lease.case.evidence[0].sha256.parse().unwrap());
    let before = office.changes(&wang, 0).await.cursor;
    assert!(office.get(&photo, Some(&wang.token)).await.status.is_success());

    assert_eq!(office.recuse(&wang, case, "申请人是亲属").await.status, 204);
    assert_eq!(office.recuse(&wang, case, "again").await.status, 204, "a repetition is nothing new");
    assert_eq!(office.try_lease(&wang, case).await.code(), ProblemCode::Recused);
    assert!(office.fill(&wang).await.leases.is_empty());
    assert_eq!(office.get(&photo, Some(&wang.token)).await.code(), ProblemCode::LeaseRequired);
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::Recused);
    assert_eq!(told(&office.changes(&wang, before).await), [(case, "gone: moved".to_owned())]);
    assert!(office.rows(&wang).await.is_empty());

    // The case goes on with others, under another fence.
    assert_eq!(cases_of(&office.fill(&li).await), [case]);
    assert!(office.lease(&li, case).await.fence > lease.fence);
    assert_eq!(office.count("SELECT count(*) FROM recusals WHERE reason = '申请人是亲属'"), 1);
    assert_eq!(office.count("SELECT count(*) FROM lease_history WHERE what = 'recused'"), 1);
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'recused' AND detail IS NULL"), 1);
}

#[tokio::test]
async fn standing_back_needs_a_reason_and_an_open_case_of_the_own_office() {
    let office = Office::open();
    let (wang, li, chen) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("chen").await);
    let case = office.new_case("a-1").await.case_id;
    for reason in ["", "  ", &"长".repeat(501), "a\u{7}"] {
        let problem = office.recuse(&wang, case, reason).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadRequest, Some("reason")));
    }
    assert_eq!(office.recuse(&chen, case, "x").await.code(), ProblemCode::NotFound);
    let sun = office.sign_in("sun").await;
    assert_eq!(office.recuse(&sun, case, "x").await.code(), ProblemCode::RoleMayNot);
    office.decide(&li, case, "approve", &[]).await;
    assert_eq!(office.recuse(&wang, case, "x").await.code(), ProblemCode::AlreadyDecided);
    assert_eq!(office.count("SELECT count(*) FROM recusals"), 0);
}

#[tokio::test]
async fn standing_back_from_what_another_holds_takes_it_from_nobody() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&li, case).await;
    assert_eq!(office.recuse(&wang, case, "认识申请人").await.status, 204);
    let draft = office.draft(&li, &lease, "approve", &[]);
    assert!(office.deliver(&li, &draft).await.status.is_success());
}

#[tokio::test]
async fn whoever_stood_back_gives_no_second_opinion_either() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    office.recuse(&li, case, "认识申请人").await;
    office.decide(&wang, case, "escalate", &["same_document_elsewhere"]).await;
    assert_eq!(office.try_lease(&li, case).await.code(), ProblemCode::Recused);
    assert!(office.fill(&li).await.leases.is_empty());
}

#[tokio::test]
async fn a_supervisor_ends_a_lease_and_may_say_so_twice() {
    let office = Office::open();
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let zhou = office.sign_in("zhou").await;
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    assert_eq!(office.revoke(&li, case, "x").await.code(), ProblemCode::RoleMayNot);
    assert_eq!(office.revoke(&zhou, case, "x").await.code(), ProblemCode::NotFound);
    assert_eq!(office.revoke(&zhao, case, " ").await.code(), ProblemCode::BadRequest);
    for _ in 0..2 {
        assert_eq!(office.revoke(&zhao, case, "病假,另派").await.status, 204);
    }
    assert!(office.rows(&wang).await[0].lease.is_none());
    assert_eq!(office.count("SELECT count(*) FROM revocations"), 1);
    assert_eq!(office.count("SELECT count(*) FROM lease_history WHERE what = 'revoked'"), 1);
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'lease_revoked'"), 1);
    // It is free for everybody, also for the person, by opening it.
    assert_eq!(office.lease(&wang, case).await.fence, lease.fence + 2);
    office.revoke(&zhao, case, "again").await;
    assert_eq!(cases_of(&office.fill(&li).await), [case]);
}

#[tokio::test]
async fn the_database_itself_keeps_recusals_revocations_and_the_history_of_leases() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    office.lease(&wang, case).await;
    office.revoke(&zhao, case, "x").await;
    office.recuse(&wang, case, "x").await;
    for table in ["recusals", "revocations", "lease_history"] {
        for change in [format!("DELETE FROM {table}"), format!("UPDATE {table} SET at_ms = 0")] {
            let refused = office.database().execute(&change, []).unwrap_err();
            assert!(refused.to_string().contains("is never"), "{change}: {refused}");
        }
    }
    assert!(paths::recuse(CaseId(case)).ends_with("/recuse"));
}
