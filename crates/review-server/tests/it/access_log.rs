//! Access logs that desktops ship: the chain, repetitions, what does not fit, and a server that was restored meanwhile.

use casework::{AccountId, CaseId, ChainEntry, DecisionId, Sha256, chain_hash};
use contract::access_log::{AccessEntry, AccessLogAnswer, AccessLogRequest};
use contract::paths;
use contract::problem::ProblemCode;
use review_server::audit_check::{AuditFault, verify};
use uuid::Uuid;

use crate::office::{Answer, Desk, Office};

/// A log of this many entries.
pub(crate) fn log_of(desk: &Desk, count: u64) -> Vec<AccessEntry> {
    let mut entries: Vec<AccessEntry> = Vec::new();
    for seq in 1..=count {
        let entry = AccessEntry {
            seq,
            at_ms: 1_773_100_000_000 + i64::try_from(seq).unwrap(),
            what: if seq % 3 == 0 { "decided" } else { "case_opened" }.to_owned(),
            case_id: Some(Uuid::from_u128(u128::from(seq))),
            decision_id: (seq % 3 == 0).then(|| Uuid::from_u128(77)),
            detail: (seq % 5 == 0).then(|| "portrait_side".to_owned()),
            previous: entries.last().map_or_else(|| "0".repeat(64), |entry| entry.hash.clone()),
            hash: String::new(),
        };
        entries.push(hashed(desk.account, entry));
    }
    entries
}

pub(crate) fn hashed(account: Uuid, mut entry: AccessEntry) -> AccessEntry {
    let account = AccountId(account).to_string();
    let previous: Sha256 = entry.previous.parse().unwrap();
    let content = ChainEntry {
        seq: entry.seq,
        at_ms: entry.at_ms,
        what: &entry.what,
        account: Some(&account),
        case_id: entry.case_id.map(CaseId),
        decision_id: entry.decision_id.map(DecisionId),
        detail: entry.detail.as_deref(),
    };
    entry.hash = chain_hash(previous, &content).to_string();
    entry
}

pub(crate) async fn ship(office: &Office, desk: &Desk, entries: &[AccessEntry]) -> Answer {
    let request = AccessLogRequest { device_id: desk.device, entries: entries.to_vec() };
    office.post(paths::AUDIT, Some(&desk.delivery), &request).await
}

async fn up_to(office: &Office, desk: &Desk, entries: &[AccessEntry]) -> u64 {
    ship(office, desk, entries).await.json::<AccessLogAnswer>().up_to_seq
}

#[tokio::test]
async fn entries_are_kept_once_and_each_continues_the_one_before() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let log = log_of(&wang, 20);
    assert_eq!(up_to(&office, &wang, &log[..8]).await, 8);
    // Repeated whole, repeated in part, and overlapping: the answer may have been lost.
    assert_eq!(up_to(&office, &wang, &log[..8]).await, 8);
    assert_eq!(up_to(&office, &wang, &log[2..5]).await, 8);
    assert_eq!(up_to(&office, &wang, &log[5..20]).await, 20);
    assert_eq!(office.count("SELECT count(*) FROM device_log"), 20);
    // A session of the device will do as well; another device's will not.
    let request = AccessLogRequest { device_id: wang.device, entries: log.clone() };
    assert!(office.post(paths::AUDIT, Some(&wang.token), &request).await.status.is_success());
    let li = office.sign_in("li").await;
    for token in [&li.delivery, &li.token] {
        let problem = office.post(paths::AUDIT, Some(token), &request).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadRequest, Some("device_id")));
    }
    let good = verify(&office.state, &office.folder.path().join("audit-heads")).unwrap();
    assert_eq!((good.device_entries, good.gaps), (20, 0));
}

#[tokio::test]
async fn what_leaves_a_gap_is_told_which_number_is_wanted() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let log = log_of(&wang, 9);
    for _ in 0..3 {
        let problem = ship(&office, &wang, &log[3..]).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::AuditChainBroken, Some("1")));
    }
    assert_eq!(up_to(&office, &wang, &log[..4]).await, 4);
    let problem = ship(&office, &wang, &log[6..]).await.problem();
    assert_eq!(problem.field.as_deref(), Some("5"), "a server that was never restored accepts no gap");
}

#[tokio::test]
async fn what_differs_or_does_not_hold_together_is_refused_and_written_down_once() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let log = log_of(&wang, 6);
    assert_eq!(up_to(&office, &wang, &log[..4]).await, 4);
    // Another history of the same device, whole in itself.
    let mut other = log[2].clone();
    other.what = "revealed".to_owned();
    let other = hashed(wang.account, other);
    let mut wrong_hash = log[4].clone();
    wrong_hash.at_ms += 1;
    let mut wrong_previous = log[4].clone();
    wrong_previous.previous = "1".repeat(64);
    let of_another_account = hashed(Uuid::from_u128(5), log[4].clone());
    for bad in [other, wrong_hash, hashed(wang.account, wrong_previous), of_another_account] {
        for _ in 0..2 {
            let problem = ship(&office, &wang, std::slice::from_ref(&bad)).await.problem();
            assert_eq!((problem.code, problem.field), (ProblemCode::AuditChainBroken, None));
        }
    }
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'access_log_differs'"), 2);
    assert_eq!(office.count("SELECT count(*) FROM device_log"), 4);
    assert_eq!(up_to(&office, &wang, &log).await, 6);
}

#[tokio::test]
async fn entries_of_another_form_are_refused_and_unknown_words_are_kept() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let spoilt = |spoil: fn(&mut AccessEntry)| {
        let mut entry = log_of(&wang, 1).remove(0);
        spoil(&mut entry);
        entry
    };
    for (entry, field) in [
        (spoilt(|entry| entry.seq = 0), "entries[0].seq"),
        (spoilt(|entry| entry.what = String::new()), "entries[0].what"),
        (spoilt(|entry| entry.detail = Some("李".to_owned())), "entries[0].detail"),
        (spoilt(|entry| entry.detail = Some("x".repeat(65))), "entries[0].detail"),
        (spoilt(|entry| entry.detail = Some("a b".to_owned())), "entries[0].detail"),
        (spoilt(|entry| entry.previous = "x".to_owned()), "entries[0].previous"),
        (spoilt(|entry| entry.hash = entry.hash.to_uppercase() + "0"), "entries[0].hash"),
    ] {
        let problem = ship(&office, &wang, &[entry]).await.problem();
        assert_eq!((problem.code, problem.field.as_deref()), (ProblemCode::BadRequest, Some(field)));
    }
    let none = ship(&office, &wang, &[]).await.problem();
    assert_eq!(none.field.as_deref(), Some("entries"));
    let log = log_of(&wang, 501);
    assert_eq!(ship(&office, &wang, &log).await.problem().field.as_deref(), Some("entries"));
    let new_word = hashed(wang.account, AccessEntry { what: "dreamt".to_owned(), ..log[0].clone() });
    assert_eq!(up_to(&office, &wang, &[new_word]).await, 1);
}

#[tokio::test]
async fn a_changed_access_log_is_found_and_its_device_named() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    assert_eq!(up_to(&office, &wang, &log_of(&wang, 9)).await, 9);
    let database = office.database();
    assert!(database.execute("DELETE FROM device_log", []).is_err());
    database.execute_batch("DROP TRIGGER device_log_is_not_removed; DELETE FROM device_log WHERE seq = 4").unwrap();
    let fault = verify(&office.state, &office.folder.path().join("audit-heads")).unwrap_err();
    assert!(matches!(fault, AuditFault::DeviceEntry { device, seq: 5 } if device == wang.device), "{fault}");
}

#[tokio::test]
async fn after_a_restore_a_log_is_shipped_again_or_goes_on_behind_a_gap_that_is_written_down() {
    let office = Office::open();
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let (log, other) = (log_of(&wang, 30), log_of(&li, 30));
    assert_eq!(up_to(&office, &wang, &log[..10]).await, 10);
    assert_eq!(up_to(&office, &li, &other[..10]).await, 10);
    let backup = office.back_up("one");
    assert_eq!(up_to(&office, &wang, &log[10..20]).await, 20);
    assert_eq!(up_to(&office, &li, &other[10..20]).await, 20);
    let office = office.restored_from(&backup);
    // It tells what it wants; wang still has it.
    assert_eq!(ship(&office, &wang, &log[20..]).await.problem().field.as_deref(), Some("11"));
    assert_eq!(up_to(&office, &wang, &log[10..]).await, 30);
    // li has pruned up to 15.
    assert_eq!(ship(&office, &li, &other[20..]).await.problem().field.as_deref(), Some("11"));
    assert_eq!(up_to(&office, &li, &other[15..]).await, 30);
    assert_eq!(up_to(&office, &li, &other[15..]).await, 30);
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'access_log_gap'"), 1);
    let good = verify(&office.state, &office.folder.path().join("audit-heads")).unwrap();
    assert_eq!((good.device_entries, good.gaps), (30 + 25, 1));
}
