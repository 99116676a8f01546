//! Draft, note and hold of a case: kept for the next holder, blind for a second opinion.

use contract::case_work::{CaseWork, DraftWire, HoldWire};
use contract::lease::LeaseAnswer;
use contract::problem::ProblemCode;
use serde_json::json;

use crate::office::{Office, at};

fn note(text: &str, updated_at_ms: i64) -> CaseWork {
    CaseWork { note: Some(text.to_owned()), updated_at_ms, ..CaseWork::default() }
}

fn whole(office: &Office) -> CaseWork {
    CaseWork {
        draft: Some(DraftWire {
            opinion: Some("reject".to_owned()),
            reasons: vec!["blurred".to_owned()],
            applicant_text: "请重拍".to_owned(),
            internal_note: "国徽面\n看不清".to_owned(),
        }),
        note: Some("等电话".to_owned()),
        hold: Some(HoldWire { note: "下午再看".to_owned(), remind_at_ms: Some(1_800_000_000_000) }),
        updated_at_ms: office.now().timestamp_millis(),
        by_name: None,
    }
}

fn noted(lease: &LeaseAnswer) -> Option<&str> {
    lease.work.as_ref().and_then(|work| work.note.as_deref())
}

#[tokio::test]
async fn a_re_assigned_case_brings_along_what_was_on_the_desk() {
    let office = Office::open();
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    assert!(lease.work.is_none());
    let work = whole(&office);
    assert_eq!(office.put_work(&wang, &lease, work.clone()).await.status, 204);
    office.revoke(&zhao, case, "病假").await;
    let next = office.lease(&li, case).await;
    let expected = CaseWork { by_name: Some("wang 老师".to_owned()), ..work };
    assert!(next.work.as_ref() == Some(&expected), "all of it, with the name");
    // Also by filling up, and after standing back.
    office.put_work(&li, &next, note("我的", office.now().timestamp_millis())).await;
    office.recuse(&li, case, "认识").await;
    let third = office.fill(&zhao).await.leases.remove(0);
    assert_eq!(noted(&third), Some("我的"));
    assert_eq!(third.work.unwrap().by_name.as_deref(), Some("li 老师"));
}

#[tokio::test]
async fn a_second_opinion_does_not_see_it() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    office.put_work(&wang, &lease, whole(&office)).await;
    let draft = office.draft(&wang, &lease, "escalate", &["same_document_elsewhere"]);
    assert!(office.deliver(&wang, &draft).await.status.is_success());
    assert_eq!(office.count("SELECT count(*) FROM case_work"), 0);
    // What the first person's other desktop sends afterwards does not come in.
    assert_eq!(office.put_work(&wang, &lease, whole(&office)).await.code(), ProblemCode::LeaseLost);
    assert!(office.lease(&li, case).await.work.is_none());
}

#[tokio::test]
async fn every_other_arrow_clears_it_too() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    office.put_work(&wang, &lease, whole(&office)).await;
    office.post(&format!("/v1/cases/{case}/technical"), Some(&wang.token), &json!({ "fence": lease.fence })).await;
    assert_eq!(office.count("SELECT count(*) FROM case_work"), 0);
    let lease = office.lease(&zhao, case).await;
    office.put_work(&zhao, &lease, whole(&office)).await;
    office.post(&format!("/v1/cases/{case}/void"), Some(&zhao.token), &json!({ "reason": "重复录入" })).await;
    assert_eq!(office.count("SELECT count(*) FROM case_work"), 0);
}

#[tokio::test]
async fn an_old_fence_is_refused_and_changes_nothing() {
    let office = Office::open();
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    office.put_work(&wang, &lease, note("一", 1)).await;
    office.revoke(&zhao, case, "x").await;
    assert_eq!(office.put_work(&wang, &lease, note("二", 2)).await.code(), ProblemCode::LeaseLost);
    let taken = office.lease(&li, case).await;
    assert_eq!(noted(&taken), Some("一"));
    office.put_work(&li, &taken, note("三", 3)).await;
    let late = office.put_work(&wang, &lease, note("四", 4)).await.problem();
    assert_eq!((late.code, late.standing.unwrap().by_name.as_deref()), (ProblemCode::LeaseLost, Some("li 老师")));
    assert_eq!(noted(&office.lease(&li, case).await), Some("三"));
}

#[tokio::test]
async fn a_lapsed_lease_that_nobody_took_still_keeps_it() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.case_of("a-1", chrono::Duration::days(9)).await;
    let lease = office.fill(&wang).await.leases.remove(0);
    office.clock.set(at("2026-03-13T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert_eq!(office.put_work(&wang, &lease, whole(&office)).await.status, 204);
    assert_eq!(noted(&office.lease(&wang, case).await), Some("等电话"));
}

#[tokio::test]
async fn of_two_desktops_of_one_holder_the_later_change_wins() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    office.put_work(&wang, &lease, note("新", 20)).await;
    assert_eq!(office.put_work(&wang, &lease, note("旧", 10)).await.status, 204, "told as done, since it is settled");
    assert_eq!(noted(&office.lease(&wang, case).await), Some("新"));
    // Clearing is a change, and is not undone by an older one.
    office.put_work(&wang, &lease, CaseWork { updated_at_ms: 30, ..CaseWork::default() }).await;
    office.put_work(&wang, &lease, note("旧", 25)).await;
    assert!(office.lease(&wang, case).await.work.is_none());
    // A clock that runs a year ahead does not have the last word for a year.
    let ahead = office.now().timestamp_millis() + 365 * 86_400_000;
    office.put_work(&wang, &lease, note("将来", ahead)).await;
    office.clock.advance(chrono::Duration::seconds(1));
    office.put_work(&wang, &lease, note("现在", office.now().timestamp_millis())).await;
    assert_eq!(noted(&office.lease(&wang, case).await), Some("现在"));
    // Another holder's word counts whatever its time.
    office.revoke(&zhao, case, "x").await;
    let next = office.lease(&zhao, case).await;
    office.put_work(&zhao, &next, note("主管", 1)).await;
    assert_eq!(noted(&office.lease(&zhao, case).await), Some("主管"));
}

#[tokio::test]
async fn texts_beyond_their_limits_are_refused_by_name() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    let base = whole(&office);
    let changed = |change: &dyn Fn(&mut CaseWork)| {
        let mut work = base.clone();
        change(&mut work);
        work
    };
    fn draft(work: &mut CaseWork) -> &mut DraftWire {
        work.draft.as_mut().unwrap()
    }
    let bad: [(&str, CaseWork); 9] = [
        ("note", changed(&|work| work.note = Some("长".repeat(2001)))),
        ("note", changed(&|work| work.note = Some("\u{0}".to_owned()))),
        ("hold", changed(&|work| work.hold.as_mut().unwrap().note = "长".repeat(501))),
        ("draft.opinion", changed(&|work| draft(work).opinion = Some("maybe".to_owned()))),
        ("draft.reasons", changed(&|work| draft(work).reasons = vec!["blurred".to_owned(); 51])),
        ("draft.reasons", changed(&|work| draft(work).reasons = vec!["x".repeat(65)])),
        ("draft.applicant_text", changed(&|work| draft(work).applicant_text = "长".repeat(501))),
        ("draft.internal_note", changed(&|work| draft(work).internal_note = "长".repeat(2001))),
        ("updated_at_ms", changed(&|work| work.updated_at_ms = -1)),
    ];
    for (field, work) in bad {
        let problem = office.put_work(&wang, &lease, work).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadRequest, Some(field)));
    }
    let longest = changed(&|work| {
        work.note = Some("长".repeat(2000));
        draft(work).applicant_text = "长".repeat(500);
        draft(work).internal_note = "长".repeat(2000);
    });
    assert_eq!(office.put_work(&wang, &lease, longest).await.status, 204);
}

#[tokio::test]
async fn only_the_holder_of_a_case_of_the_office_has_a_desk_for_it() {
    let office = Office::open();
    let (wang, li, chen) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("chen").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    assert_eq!(office.put_work(&li, &lease, whole(&office)).await.code(), ProblemCode::LeaseLost);
    assert_eq!(office.put_work(&chen, &lease, whole(&office)).await.code(), ProblemCode::NotFound);
    let path = contract::paths::case_work(casework::CaseId(case));
    assert_eq!(office.put(&path, None, &json!({})).await.code(), ProblemCode::SignInRequired);
}
