//! How many cases a person gets, and taking cases offline.

use chrono::Duration;
use contract::paths;
use contract::problem::ProblemCode;
use contract::server_info::ServerInfo;
use serde_json::json;

use crate::asking::cases_of;
use crate::office::{Office, at};

fn ms(text: &str) -> i64 {
    at(text).timestamp_millis()
}

async fn with_cases(count: usize) -> Office {
    let office = Office::open();
    for n in 0..count {
        office.case_of(&format!("a-{n}"), Duration::minutes(i64::try_from(count - n).unwrap())).await;
    }
    office
}

#[tokio::test]
async fn what_waits_is_shared_among_those_who_work() {
    let office = with_cases(9).await;
    let wang = office.sign_in("wang").await;
    let alone = office.fill(&wang).await;
    assert_eq!((alone.limit, alone.leases.len()), (9, 9));
    // A colleague comes: what is held stays, but counts against the share.
    let li = office.sign_in("li").await;
    let crowded = office.fill(&li).await;
    assert_eq!((crowded.limit, crowded.leases.len()), (1, 0), "nothing is free, and one is promised as soon as it is");
    assert_eq!(office.fill(&wang).await.limit, 4);
    // An auditor and the other office count for nothing.
    office.sign_in("sun").await;
    office.sign_in("chen").await;
    assert_eq!(office.fill(&wang).await.limit, 4);
    assert_eq!(office.fill(&wang).await.leases.len(), 9);
}

#[tokio::test]
async fn only_who_worked_since_the_previous_working_day_counts() {
    let office = with_cases(6).await;
    // On Friday one signs in, on Monday another looks, on Tuesday the first is not counted any more.
    office.clock.set(at("2026-03-06T09:00:00+08:00"));
    let li = office.sign_in("li").await;
    office.clock.set(at("2026-03-09T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert_eq!(office.fill(&wang).await.limit, 3);
    office.clock.set(at("2026-03-10T10:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert_eq!(office.fill(&wang).await.limit, 6);
    // Whoever goes on with a session of before works, too.
    let refreshed = office.post(paths::SESSION_REFRESH, None, &json!({ "refresh_token": li.refresh_token })).await;
    assert!(refreshed.status.is_success());
    assert_eq!(office.fill(&wang).await.limit, 3);
}

#[tokio::test]
async fn a_share_counts_what_the_person_may_work_on() {
    let office = Office::open();
    let (wang, li, zhao) = (office.sign_in("wang").await, office.sign_in("li").await, office.sign_in("zhao").await);
    for n in 0..4 {
        let case = office.new_case(&format!("a-{n}")).await.case_id;
        office.decide(&wang, case, "escalate", &["same_document_elsewhere"]).await;
        if n == 3 {
            office.decide(&li, case, "approve", &[]).await;
        }
    }
    // Three second opinions and one that the supervisor decides, for three persons: none for the first, three for the second.
    assert!(office.fill(&wang).await.leases.is_empty());
    let second = office.fill(&li).await;
    assert_eq!((second.limit, second.leases.len()), (1, 1));
    for n in 0..6 {
        office.new_case(&format!("b-{n}")).await;
    }
    assert_eq!(office.fill(&wang).await.limit, 2, "six new ones");
    assert_eq!(office.fill(&li).await.limit, 2, "three second opinions and six new ones without the two of the first");
    assert_eq!(office.fill(&zhao).await.limit, 2, "what is left of that, and the one that differs");
}

#[tokio::test]
async fn more_are_taken_offline_most_urgent_first_and_until_the_stated_time() {
    let office = with_cases(8).await;
    let (wang, _li) = (office.sign_in("wang").await, office.sign_in("li").await);
    assert_eq!(office.fill(&wang).await.leases.len(), 4);
    let until = "2026-03-12T18:00:00+08:00";
    let taken = office.take_offline(&wang, until, 6).await;
    assert_eq!((taken.limit, taken.leases.len(), taken.offline_until_ms), (4, 6, Some(ms(until))));
    assert!(taken.leases.iter().all(|lease| lease.expires_at_ms == ms(until)));
    let breaches: Vec<_> = taken.leases.iter().map(|lease| lease.case.submitted_at_ms).collect();
    assert!(breaches.is_sorted());
    // Asking as usual keeps it.
    let kept = office.fill(&wang).await;
    assert_eq!((cases_of(&kept), kept.offline_until_ms), (cases_of(&taken), Some(ms(until))));
    // Two days later, still without a network: nobody else got them, and they are renewed as usual after that.
    office.clock.set(at("2026-03-12T17:00:00+08:00"));
    let li = office.sign_in("li").await;
    assert_eq!(office.fill(&li).await.leases.len(), 2);
    assert_eq!(office.take_offline(&li, "2026-03-13T00:00:00+08:00", 60).await.leases.len(), 2);
    office.clock.set(at("2026-03-12T18:30:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert!(office.fill(&wang).await.leases.is_empty(), "the stated time is over and nothing was heard before");
}

#[tokio::test]
async fn a_time_that_is_past_ends_it() {
    let office = with_cases(5).await;
    let wang = office.sign_in("wang").await;
    office.take_offline(&wang, "2026-03-12T18:00:00+08:00", 5).await;
    let ended = office.take_offline(&wang, "2026-03-10T10:00:00+08:00", 5).await;
    assert_eq!((ended.leases.len(), ended.offline_until_ms), (5, None));
    assert!(ended.leases.iter().all(|lease| lease.expires_at_ms == ms("2026-03-12T00:00:00+08:00")));
    // A smaller number keeps only the most urgent ones so long.
    let fewer = office.take_offline(&wang, "2026-03-12T18:00:00+08:00", 2).await;
    let ends: Vec<_> =
        fewer.leases.iter().map(|lease| lease.expires_at_ms == ms("2026-03-12T18:00:00+08:00")).collect();
    assert_eq!(ends, [true, true, false, false, false]);
}

#[tokio::test]
async fn the_server_says_what_it_granted_of_time_and_number() {
    let office = Office::open_with(|config| {
        config.lease_limit = 1;
        config.limits.taken_offline = 3;
    });
    for n in 0..6 {
        office.new_case(&format!("a-{n}")).await;
    }
    let info: ServerInfo = office.get(paths::SERVER, None).await.json();
    assert_eq!(info.limits.taken_offline, 3);
    let wang = office.sign_in("wang").await;
    let taken = office.take_offline(&wang, "2026-04-10T10:00:00+08:00", 1000).await;
    assert_eq!(taken.leases.len(), 3);
    assert_eq!(taken.offline_until_ms, Some(ms("2026-03-14T00:00:00+08:00")), "the end of the third working day");
}

#[tokio::test]
async fn what_lapsed_can_be_taken_offline_since_that_is_asked_for() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.case_of("a-1", Duration::days(9)).await;
    office.fill(&wang).await;
    office.clock.set(at("2026-03-10T12:00:00+08:00"));
    let wang = office.sign_in("wang").await;
    assert!(office.fill(&wang).await.leases.is_empty());
    let taken = office.take_offline(&wang, "2026-03-10T18:00:00+08:00", 5).await;
    assert_eq!((cases_of(&taken), taken.leases[0].fence), (vec![case], 1));
    assert_eq!(taken.leases[0].expires_at_ms, ms("2026-03-10T18:00:00+08:00"));
}

#[tokio::test]
async fn a_request_of_another_form_is_refused() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    for bad in [json!({ "opened": 1 }), json!({ "offline": { "until_ms": 1 } }), json!({ "more": true })] {
        assert_eq!(office.post(paths::LEASES, Some(&wang.token), &bad).await.code(), ProblemCode::BadRequest, "{bad}");
    }
    let opened: Vec<_> = (0..501).map(|_| json!({ "case_id": uuid::Uuid::nil(), "fence": 1 })).collect();
    let many = office.post(paths::LEASES, Some(&wang.token), &json!({ "opened": opened })).await.problem();
    assert_eq!((many.code, many.field.as_deref()), (ProblemCode::BadRequest, Some("opened")));
}
