//! Leases: filling up, taking, giving back, lapsing, taking over.

use chrono::Duration;
use contract::paths;
use contract::problem::ProblemCode;
use review_server::LeaseTime;
use serde_json::json;

use crate::office::{Office, at};

#[tokio::test]
async fn the_most_urgent_free_cases_are_leased_up_to_the_limit() {
    let office = Office::open_with(|config| config.lease_limit = 3);
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let newest = office.case_of("a-1", Duration::hours(1)).await;
    let oldest = office.case_of("a-2", Duration::days(9)).await;
    let older = office.case_of("a-3", Duration::days(6)).await;
    let middle = office.case_of("a-4", Duration::days(5)).await;
    for n in 0..3 {
        office.case_of(&format!("b-{n}"), Duration::hours(0)).await;
    }
    office.lease(&li, older).await;
    // Six wait, two persons work.
    let filled = office.fill(&wang).await;
    assert_eq!(filled.limit, 3);
    let ids: Vec<_> = filled.leases.iter().map(|lease| lease.case.row.case_id).collect();
    assert_eq!(ids, [oldest, middle, newest]);
    // Full: nothing more, and nothing twice.
    office.case_of("a-5", Duration::days(12)).await;
    let again = office.fill(&wang).await;
    assert_eq!(again.leases.iter().map(|lease| lease.case.row.case_id).collect::<Vec<_>>(), ids);
    assert!(again.leases.iter().all(|lease| lease.fence == 1));
}

#[tokio::test]
async fn a_lease_lasts_until_the_end_of_the_next_working_day() {
    let office = Office::open();
    // A Friday before a make-up Sunday: 2026-02-13, worked Saturday 14, festival from 15 to 23, then worked from 24.
    office.clock.set(at("2026-02-13T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    assert_eq!(lease.expires_at_ms, at("2026-02-15T00:00:00+08:00").timestamp_millis());
    office.clock.set(at("2026-02-14T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    let renewed = office.fill(&wang).await.leases.remove(0);
    assert_eq!(renewed.expires_at_ms, at("2026-02-25T00:00:00+08:00").timestamp_millis());
    assert_eq!(renewed.fence, lease.fence);
}

#[tokio::test]
async fn a_held_case_is_refused_with_the_holders_name() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    office.lease(&wang, case).await;
    let problem = office.try_lease(&li, case).await.problem();
    assert_eq!(problem.code, ProblemCode::LeaseHeld);
    let standing = problem.standing.unwrap();
    assert_eq!((standing.state.as_str(), standing.by_name.as_deref()), ("pending", Some("wang 老师")));
}

#[tokio::test]
async fn a_lapsed_lease_stays_its_holders_until_another_takes_the_case() {
    let office = Office::open_with(|config| config.lease_time = LeaseTime::Minutes(5));
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    let first = office.lease(&wang, case).await;
    assert_eq!(first.expires_at_ms, (office.now() + Duration::minutes(5)).timestamp_millis());
    office.clock.advance(Duration::minutes(5));
    // Nobody took it: it does not come back silently, but the holder opens it under the same fence.
    assert!(office.fill(&wang).await.leases.is_empty());
    let renewed = office.lease(&wang, case).await;
    assert_eq!(renewed.fence, first.fence);
    assert!(renewed.expires_at_ms > first.expires_at_ms);
    office.clock.advance(Duration::minutes(5));
    let taken = office.lease(&li, case).await;
    assert_eq!(taken.fence, first.fence + 1);
    assert!(office.fill(&wang).await.leases.is_empty());
    assert_eq!(office.try_lease(&wang, case).await.code(), ProblemCode::LeaseHeld);
}

#[tokio::test]
async fn a_short_lease_is_renewed_before_it_lapses_and_not_at_every_question() {
    let office = Office::open_with(|config| config.lease_time = LeaseTime::Minutes(1));
    let wang = office.sign_in("wang").await;
    let case = office.new_case("a-1").await.case_id;
    let first = office.lease(&wang, case).await.expires_at_ms;
    office.clock.advance(Duration::seconds(14));
    assert_eq!(office.fill(&wang).await.leases[0].expires_at_ms, first);
    office.clock.advance(Duration::seconds(1));
    assert_eq!(office.fill(&wang).await.leases[0].expires_at_ms, first + 15_000);
}

#[tokio::test]
async fn filling_up_takes_over_what_lapsed() {
    let office = Office::open_with(|config| config.lease_time = LeaseTime::Minutes(5));
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    office.fill(&wang).await;
    assert!(office.fill(&li).await.leases.is_empty());
    office.clock.advance(Duration::minutes(6));
    let taken = office.fill(&li).await.leases.remove(0);
    assert_eq!((taken.case.row.case_id, taken.fence), (case, 2));
}

#[tokio::test]
async fn giving_back_needs_the_current_fence_and_frees_the_case() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    let path = paths::lease(casework::CaseId(case));
    let stale = office.delete(&path, Some(&wang.token), Some(json!({ "fence": lease.fence + 1 }))).await;
    assert_eq!(stale.code(), ProblemCode::LeaseLost);
    let foreign = office.delete(&path, Some(&li.token), Some(json!({ "fence": lease.fence }))).await;
    assert_eq!(foreign.problem().standing.unwrap().by_name.as_deref(), Some("wang 老师"));
    assert_eq!(office.delete(&path, Some(&wang.token), Some(json!({ "fence": lease.fence }))).await.status, 204);
    let again = office.delete(&path, Some(&wang.token), Some(json!({ "fence": lease.fence }))).await;
    assert_eq!(again.code(), ProblemCode::LeaseLost);
    assert!(office.lease(&li, case).await.fence > lease.fence);
}

#[tokio::test]
async fn a_few_more_than_the_limit_can_be_taken_one_by_one() {
    let office = Office::open_with(|config| {
        config.lease_limit = 2;
        config.lease_extra = 1;
    });
    let wang = office.sign_in("wang").await;
    let mut cases = Vec::new();
    for n in 0..4 {
        cases.push(office.new_case(&format!("a-{n}")).await.case_id);
        office.clock.advance(Duration::seconds(1));
    }
    assert_eq!(office.fill(&wang).await.leases.len(), 2);
    assert!(office.try_lease(&wang, cases[2]).await.status.is_success());
    assert_eq!(office.try_lease(&wang, cases[3]).await.code(), ProblemCode::TooManyRequests);
    // Again the ones that are held: no more than before.
    assert!(office.try_lease(&wang, cases[0]).await.status.is_success());
    assert_eq!(office.fill(&wang).await.leases.len(), 3);
}

#[tokio::test]
async fn signing_out_lets_leases_lapse_at_once() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let (one, two) = (office.new_case("a-1").await.case_id, office.new_case("a-2").await.case_id);
    let kept = office.lease(&wang, one).await;
    let lost = office.lease(&wang, two).await;
    let draft = office.draft(&wang, &kept, "approve", &[]);
    let late = office.draft(&wang, &lost, "approve", &[]);
    office.delete(paths::SESSION, Some(&wang.token), None).await;
    // A colleague may take a case now; what nobody took still comes in.
    office.lease(&li, two).await;
    let wang = office.sign_in("wang").await;
    assert!(office.deliver(&wang, &draft).await.status.is_success());
    assert_eq!(office.deliver(&wang, &late).await.code(), ProblemCode::LeaseLost);
}

#[tokio::test]
async fn what_cannot_be_worked_on_cannot_be_leased() {
    let office = Office::open();
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    office.decide(&wang, case, "approve", &[]).await;
    let problem = office.try_lease(&li, case).await.problem();
    assert_eq!(problem.code, ProblemCode::NotLeasable);
    assert_eq!(problem.standing.unwrap().outcome.as_deref(), Some("approved"));

    let case = office.third_attempt(&wang, "a-2").await;
    office.decide(&wang, case, "reject", &["copy"]).await;
    assert_eq!(office.try_lease(&wang, case).await.code(), ProblemCode::NotLeasable);
    assert!(office.fill(&wang).await.leases.is_empty());
    assert_eq!(office.fill(&li).await.leases[0].case.row.case_id, case);
    office.decide(&li, case, "approve", &[]).await;
    // The two differ: only the supervisor goes on.
    assert_eq!(office.try_lease(&li, case).await.code(), ProblemCode::NotLeasable);
    assert_eq!(office.fill(&zhao).await.leases[0].case.row.case_id, case);
}

#[tokio::test]
async fn two_people_at_once_get_one_lease() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    for n in 0..10 {
        let case = office.new_case(&format!("a-{n}")).await.case_id;
        let (one, two) = tokio::join!(office.try_lease(&wang, case), office.try_lease(&li, case));
        assert_eq!(usize::from(one.status.is_success()) + usize::from(two.status.is_success()), 1);
    }
}

#[tokio::test]
async fn auditors_lease_nothing() {
    let office = Office::open();
    let case = office.new_case("a-1").await.case_id;
    let sun = office.sign_in("sun").await;
    assert_eq!(office.post_empty(paths::LEASES, Some(&sun.token)).await.code(), ProblemCode::RoleMayNot);
    assert_eq!(office.try_lease(&sun, case).await.code(), ProblemCode::RoleMayNot);
}
