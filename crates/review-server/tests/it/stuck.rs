//! Decisions that desktops cannot deliver reach the supervisor. The shipped entries are written into the database as the chain's tests ship
//! them, since only what follows from them is looked at here.

use contract::access_log::StuckAnswer;
use contract::paths;
use contract::problem::ProblemCode;
use uuid::Uuid;

use crate::office::{Desk, Office, at};

/// An entry of a desktop's log as the server keeps it.
#[expect(clippy::too_many_arguments, reason = "a row of the log, field by field")]
fn shipped(
    office: &Office,
    desk: &Desk,
    seq: i64,
    what: &str,
    at_text: &str,
    case: Uuid,
    decision: Uuid,
    detail: &str,
) {
    let values = rusqlite::params![
        desk.device.to_string(),
        desk.account.to_string(),
        seq,
        at(at_text).timestamp_millis(),
        what,
        case.to_string(),
        decision.to_string(),
        detail,
        "0".repeat(64),
        format!("{seq:064x}"),
    ];
    office
        .database()
        .execute(
            "INSERT INTO device_log (device_id, account_id, seq, at_ms, what, case_id, decision_id, detail, previous, hash,
                 received_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, ''), ?9, ?10, 0)",
            values,
        )
        .unwrap();
}

async fn stuck(office: &Office, desk: &Desk) -> Vec<(String, String, String, i64)> {
    let answer: StuckAnswer = office.get(paths::STUCK, Some(&desk.token)).await.json();
    answer.stuck.into_iter().map(|one| (one.case_no, one.author_name, one.problem, one.since_ms)).collect()
}

#[tokio::test]
async fn a_supervisor_sees_what_is_stuck_until_it_is_not() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let later = office.new_case("a-1").await;
    let sooner = office.case_of("a-2", chrono::Duration::days(5)).await;
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    shipped(&office, &wang, 1, "decided", "2026-03-10T08:00:00+08:00", later.case_id, one, "");
    shipped(&office, &wang, 2, "stuck", "2026-03-10T09:00:00+08:00", later.case_id, one, "lease_lost");
    shipped(&office, &wang, 3, "stuck", "2026-03-10T09:05:00+08:00", sooner, two, "");
    let list = stuck(&office, &zhao).await;
    let of = |text: &str| at(text).timestamp_millis();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0].2, "unknown", "the nearest deadline first");
    let told = (later.case_no, "wang 老师".to_owned(), "lease_lost".to_owned(), of("2026-03-10T08:00:00+08:00"));
    assert_eq!(list[1], told);
    // Said again with another problem: one line, and the newest word.
    shipped(&office, &wang, 4, "stuck", "2026-03-10T10:00:00+08:00", sooner, two, "unavailable");
    assert_eq!(stuck(&office, &zhao).await[0].2, "unavailable");
    shipped(&office, &wang, 5, "taken_back", "2026-03-10T10:01:00+08:00", later.case_id, one, "");
    shipped(&office, &wang, 6, "delivered", "2026-03-10T10:01:00+08:00", sooner, two, "");
    assert!(stuck(&office, &zhao).await.is_empty());
}

#[tokio::test]
async fn a_decision_that_is_here_is_not_stuck() {
    let office = Office::open();
    let (wang, zhao) = (office.sign_in("wang").await, office.sign_in("zhao").await);
    let case = office.new_case("a-1").await.case_id;
    let lease = office.lease(&wang, case).await;
    let draft = office.draft(&wang, &lease, "approve", &[]);
    shipped(&office, &wang, 1, "stuck", "2026-03-10T09:00:00+08:00", case, draft.payload.decision_id, "offline");
    assert_eq!(stuck(&office, &zhao).await.len(), 1);
    assert!(office.deliver(&wang, &draft).await.status.is_success());
    assert!(stuck(&office, &zhao).await.is_empty());
}

#[tokio::test]
async fn only_the_own_offices_supervisor_sees_it() {
    let office = Office::open();
    let (wang, zhou) = (office.sign_in("wang").await, office.sign_in("zhou").await);
    let case = office.new_case("a-1").await.case_id;
    shipped(&office, &wang, 1, "stuck", "2026-03-10T09:00:00+08:00", case, Uuid::from_u128(1), "offline");
    assert!(stuck(&office, &zhou).await.is_empty());
    let sun = office.sign_in("sun").await;
    for desk in [&wang, &sun] {
        assert_eq!(office.get(paths::STUCK, Some(&desk.token)).await.code(), ProblemCode::RoleMayNot);
    }
    assert_eq!(office.get(paths::STUCK, None).await.code(), ProblemCode::SignInRequired);
}
