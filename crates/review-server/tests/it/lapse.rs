//! When leases lapse, and what a lapsed one is still good for.

use chrono::Duration;
use contract::paths;
use contract::problem::ProblemCode;
use serde_json::json;

use crate::asking::cases_of;
use crate::office::{Office, at};

/// Due on Wednesday, 2026-03-11, when submitted eight days before the Tuesday of the tests; a day earlier it is due on that Tuesday.
const DUE_TOMORROW: Duration = Duration::days(8);
const DUE_TODAY: Duration = Duration::days(9);

fn ms(text: &str) -> i64 {
    at(text).timestamp_millis()
}

#[tokio::test]
async fn an_unopened_lease_lapses_before_the_due_day_and_comes_back_only_by_opening() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.case_of("a-1", DUE_TOMORROW).await;
    let lease = office.fill(&wang).await.leases.remove(0);
    assert_eq!((lease.expires_at_ms, lease.is_opened), (ms("2026-03-11T00:00:00+08:00"), false));

    office.clock.set(at("2026-03-11T00:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert!(office.fill(&wang).await.leases.is_empty(), "not silently");
    // It is not lost: it stays in the queue under the person's name, and opening it goes on under the same fence.
    assert_eq!(office.rows(&wang).await[0].lease.as_ref().unwrap().holder, wang.account);
    let opened = office.lease(&wang, case).await;
    assert_eq!((opened.fence, opened.is_opened), (lease.fence, true));
    assert_eq!(opened.expires_at_ms, ms("2026-03-13T00:00:00+08:00"));
    assert_eq!(cases_of(&office.fill(&wang).await), [case]);
}

#[tokio::test]
async fn what_is_due_today_is_kept_two_hours_for_whoever_does_not_open_it() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.case_of("a-1", DUE_TODAY).await;
    assert_eq!(office.fill(&wang).await.leases[0].expires_at_ms, ms("2026-03-10T12:00:00+08:00"));
    office.clock.set(at("2026-03-10T10:14:00+08:00"));
    // Asking again makes it no longer.
    assert_eq!(office.fill(&wang).await.leases[0].expires_at_ms, ms("2026-03-10T12:00:00+08:00"));
    assert!(office.fill(&li).await.leases.is_empty());

    office.clock.set(at("2026-03-10T12:00:00+08:00"));
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let taken = office.fill(&li).await.leases.remove(0);
    assert_eq!((taken.case.row.case_id, taken.fence), (case, 2));
    // Back from the second person: the first had it once and is not given it again unasked.
    let fence = json!({ "fence": taken.fence });
    assert_eq!(office.delete(&paths::lease(casework::CaseId(case)), Some(&li.token), Some(fence)).await.status, 204);
    assert!(office.fill(&wang).await.leases.is_empty());
    assert!(office.fill(&li).await.leases.is_empty(), "nor the second, who gave it back");
    assert_eq!(office.lease(&wang, case).await.fence, 4);
}

#[tokio::test]
async fn over_spring_festival_an_unopened_lease_is_gone_when_the_office_opens_again() {
    let office = Office::open();
    // Off from 15 to 23 February; the 14th, a Saturday, is worked. Submitted on Friday 6, due on Tuesday 24.
    office.clock.set(at("2026-02-06T10:00:00+08:00"));
    let case = office.new_case("a-1").await.case_id;
    office.clock.set(at("2026-02-13T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    let lease = office.fill(&wang).await.leases.remove(0);
    assert_eq!(lease.case.row.deadline.outcome.due().unwrap().due_date, "2026-02-24");
    assert_eq!(lease.expires_at_ms, ms("2026-02-15T00:00:00+08:00"));
    office.clock.set(at("2026-02-14T17:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert_eq!(office.fill(&wang).await.leases[0].expires_at_ms, lease.expires_at_ms);
    office.clock.set(at("2026-02-24T08:30:00+08:00"));
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    assert!(office.fill(&wang).await.leases.is_empty());
    assert_eq!(cases_of(&office.fill(&li).await), [case]);
}

#[tokio::test]
async fn telling_of_an_opening_later_keeps_the_lease_to_its_end() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.case_of("a-1", DUE_TODAY).await;
    let lease = office.fill(&wang).await.leases.remove(0);
    // Another's word, another fence, another case: ignored.
    assert!(office.tell_opened(&li, case, lease.fence).await.leases.is_empty());
    assert!(!office.tell_opened(&wang, case, lease.fence + 1).await.leases[0].is_opened);
    assert!(!office.tell_opened(&wang, uuid::Uuid::new_v4(), lease.fence).await.leases[0].is_opened);

    // Opened without a network, told after the two hours: it has not lapsed for nobody took it before its end.
    office.clock.set(at("2026-03-10T15:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    let kept = office.tell_opened(&wang, case, lease.fence).await.leases.remove(0);
    assert_eq!((kept.fence, kept.is_opened), (lease.fence, true));
    assert_eq!(kept.expires_at_ms, ms("2026-03-12T00:00:00+08:00"));
    assert_eq!(office.count("SELECT count(*) FROM lease_history WHERE what = 'opened'"), 1);
}

#[tokio::test]
async fn telling_of_an_opening_after_the_end_brings_nothing_back() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.case_of("a-1", DUE_TOMORROW).await;
    let lease = office.fill(&wang).await.leases.remove(0);
    office.clock.set(at("2026-03-12T00:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert!(office.tell_opened(&wang, case, lease.fence).await.leases.is_empty());
    assert_eq!(office.lease(&wang, case).await.fence, lease.fence);
}

/// LEASE-EXP: nobody took it.
#[tokio::test]
async fn an_expired_lease_that_nobody_took_still_delivers() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.case_of("a-1", DUE_TODAY).await;
    let lease = office.fill(&wang).await.leases.remove(0);
    let draft = office.draft(&wang, &lease, "approve", &[]);
    office.clock.set(at("2026-03-20T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert!(office.fill(&wang).await.leases.is_empty());
    assert!(office.deliver(&wang, &draft).await.status.is_success());
    assert_eq!(office.count("SELECT count(*) FROM conclusions"), 1, "{case}");
}

/// LEASE-EXP: granted to another person, who gave it back; the case is still pending.
#[tokio::test]
async fn a_stale_fence_is_refused_though_the_case_is_still_pending() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.case_of("a-1", DUE_TODAY).await;
    let lease = office.fill(&wang).await.leases.remove(0);
    let draft = office.draft(&wang, &lease, "approve", &[]);
    office.clock.set(at("2026-03-10T12:00:00+08:00"));
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let taken = office.fill(&li).await.leases.remove(0);
    let fence = json!({ "fence": taken.fence });
    office.delete(&paths::lease(casework::CaseId(case)), Some(&li.token), Some(fence)).await;
    let problem = office.deliver(&wang, &draft).await.problem();
    assert_eq!((problem.code, problem.standing.unwrap().state.as_str()), (ProblemCode::LeaseLost, "pending"));
    // Opening the case anew does not make it good.
    office.lease(&wang, case).await;
    assert_eq!(office.deliver(&wang, &draft).await.code(), ProblemCode::LeaseLost);
    assert_eq!(office.count("SELECT count(*) FROM opinions"), 0);
}

/// LEASE-EXP: revoked.
#[tokio::test]
async fn a_revoked_lease_delivers_nothing_any_more() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    let draft = office.draft(&wang, &lease, "approve", &[]);
    assert_eq!(office.revoke(&zhao, case, "病假").await.status, 204);
    let problem = office.deliver(&wang, &draft).await.problem();
    assert_eq!((problem.code, problem.standing.unwrap().state.as_str()), (ProblemCode::LeaseLost, "pending"));
    assert!(office.fill(&wang).await.leases.is_empty());
}

#[tokio::test]
async fn signing_out_lapses_all_and_signing_in_again_brings_back_what_is_left() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let (due_today, kept, taken) = (
        office.case_of("a-1", DUE_TODAY).await,
        office.case_of("a-2", Duration::days(4)).await,
        office.new_case("a-3").await.case_id,
    );
    office.lease(&wang, kept).await;
    office.lease(&wang, taken).await;
    assert_eq!(office.fill(&wang).await.leases.len(), 2, "a share of one, and two that were opened");
    office.take_offline(&wang, "2026-03-11T18:00:00+08:00", 3).await;
    office.delete(paths::SESSION, Some(&wang.token), None).await;
    for row in office.rows(&li).await {
        assert_eq!(row.lease.unwrap().expires_at_ms, office.now().timestamp_millis(), "{}", row.case_no);
    }
    office.lease(&li, taken).await;

    office.clock.set(at("2026-03-10T13:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    let back = office.fill(&wang).await;
    assert_eq!((cases_of(&back), back.offline_until_ms), (vec![kept], None), "{due_today} was not opened in time");
    assert_eq!(back.leases[0].fence, 1);

    office.delete(paths::SESSION, Some(&wang.token), None).await;
    office.clock.set(at("2026-03-12T00:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert!(office.fill(&wang).await.leases.is_empty(), "its own time is over");
}

#[tokio::test]
async fn a_case_that_moved_is_leased_to_everybody_anew() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.fill(&wang).await.leases.remove(0);
    office.post(&format!("/v1/cases/{case}/technical"), Some(&wang.token), &json!({ "fence": lease.fence })).await;
    office.clock.advance(Duration::minutes(5));
    office.post_empty(&format!("/v1/cases/{case}/repaired"), Some(&zhao.token)).await;
    assert_eq!(cases_of(&office.fill(&wang).await), [case]);
}
