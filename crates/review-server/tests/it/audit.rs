//! The audit as a chain: what it is made of, and that every way to change it is found by `audit verify`, which names the first bad entry.

use std::path::PathBuf;

use chrono::Duration;
use review_server::audit_check::{AuditFault, Verified, verify};
use review_server::audit_heads::{self, HeadLine};
use rusqlite::Connection;

use crate::office::Office;

/// Opens the gates that the database itself has against changes, as whoever owns the file can.
fn unguarded(office: &Office) -> Connection {
    let database = office.database();
    for trigger in
        ["audit_is_not_changed", "audit_is_not_removed", "device_log_is_not_changed", "device_log_is_not_removed"]
    {
        database.execute_batch(&format!("DROP TRIGGER IF EXISTS {trigger}")).unwrap();
    }
    database
}

fn heads(office: &Office) -> PathBuf {
    office.folder.path().join("audit-heads")
}

fn checked(office: &Office) -> Result<Verified, AuditFault> {
    verify(&office.state, &heads(office))
}

/// An office with some dozen entries over three days, and a head of each day.
async fn busy() -> Office {
    let office = Office::open();
    for day in 0..3 {
        let wang = office.sign_in("wang").await;
        for n in 0..3 {
            let case = office.new_case(&format!("a-{day}-{n}")).await.case_id;
            office.decide(&wang, case, "approve", &[]).await;
        }
        office.clock.advance(Duration::days(1));
    }
    audit_heads::write(&office.state).unwrap();
    office
}

#[tokio::test]
async fn the_audit_is_one_chain_without_gaps_and_the_database_refuses_changes() {
    let office = busy().await;
    let good = checked(&office).unwrap();
    assert_eq!(good.entries, u64::try_from(office.count("SELECT max(seq) FROM audit")).unwrap());
    assert!(good.entries > 20);
    assert_eq!((good.heads, good.lost_heads), (4, 0));
    for change in ["UPDATE audit SET what = 'x' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3"] {
        assert!(office.database().execute(change, []).unwrap_err().to_string().contains("is never"), "{change}");
    }
    let not_ascii = office.count("SELECT count(*) FROM audit WHERE detail GLOB '*[^ -~]*' OR what GLOB '*[^ -~]*'");
    assert_eq!(not_ascii, 0);
    let office = office.restart();
    checked(&office).unwrap();
}

/// Flip, delete, insert, reorder, duplicate: each names the first bad entry.
#[tokio::test]
async fn every_change_of_an_entry_is_found_and_named() {
    let changes = [
        ("a flipped field", "UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 7", "entry 7 "),
        ("a flipped account", "UPDATE audit SET account_id = NULL WHERE seq = (SELECT min(seq) FROM audit WHERE account_id IS NOT NULL AND seq > 8)", "entry "),
        ("a flipped hash", "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), iif(substr(hash, 1, 1) = 'a', 'b', 'a')) WHERE seq = 5", "entry 5 "),
        ("a value of another kind", "UPDATE audit SET case_id = 'nobody' WHERE seq = 9", "entry 9 "),
        ("a deleted entry", "DELETE FROM audit WHERE seq = 6", "entry 6 of the audit is missing"),
        ("a deleted first entry", "DELETE FROM audit WHERE seq = 1", "entry 1 of the audit is missing"),
        ("two entries in each other's place", "UPDATE audit SET seq = -seq WHERE seq IN (4, 5); UPDATE audit SET seq = iif(seq = -4, 5, 4) WHERE seq < 0", "entry 4 "),
        ("an entry in between", "UPDATE audit SET seq = seq + 1000 WHERE seq >= 8; UPDATE audit SET seq = seq - 999 WHERE seq > 1000;
             INSERT INTO audit SELECT 8, at_ms, account_id, 'made_up', case_id, decision_id, detail, previous, 'f' || substr(hash, 2) || '' FROM audit WHERE seq = 7", "entry 8 "),
        ("a doubled entry at the end", "INSERT INTO audit SELECT seq + 1, at_ms, account_id, what, case_id, decision_id, detail, previous, 'f' || substr(hash, 2) FROM audit ORDER BY seq DESC LIMIT 1", "entry "),
    ];
    for (what, change, expected) in changes {
        let office = busy().await;
        let database = unguarded(&office);
        database.pragma_update(None, "ignore_check_constraints", true).unwrap();
        database.execute_batch(change).unwrap_or_else(|error| panic!("{what}: {error}"));
        let fault = checked(&office).unwrap_err().to_string();
        assert!(fault.starts_with(expected), "{what}: {fault}");
    }
}

#[tokio::test]
async fn a_cut_off_end_is_found_by_the_heads_outside() {
    let office = busy().await;
    let last = office.count("SELECT max(seq) FROM audit");
    unguarded(&office).execute("DELETE FROM audit WHERE seq > ?1", [last - 3]).unwrap();
    let fault = checked(&office).unwrap_err();
    assert!(matches!(fault, AuditFault::Truncated { .. }), "{fault}");
    assert!(fault.to_string().contains(".jsonl:1"), "{fault}");
    std::fs::remove_dir_all(heads(&office)).unwrap();
    assert_eq!(checked(&office).unwrap().heads, 0, "without the heads it is a whole chain");
}

#[tokio::test]
async fn a_chain_written_anew_and_a_forged_head_are_found() {
    let office = busy().await;
    // Everything of another server's chain: whole in itself.
    let other = busy().await;
    let database = unguarded(&office);
    let file = other.folder.path().join("review-server.db");
    database.execute("ATTACH ?1 AS other", [file.to_str().unwrap()]).unwrap();
    database.execute_batch("DELETE FROM audit; INSERT INTO audit SELECT * FROM other.audit; DETACH other").unwrap();
    let fault = checked(&office).unwrap_err();
    assert!(matches!(fault, AuditFault::Rewritten { .. }), "{fault}");

    let office = busy().await;
    let mut heads_there = audit_heads::read(&heads(&office)).unwrap();
    let (place, head) = heads_there.pop().unwrap();
    let forged = HeadLine { seq: head.seq - 1, ..head };
    let name = place.split(':').next().unwrap();
    std::fs::write(heads(&office).join(name), serde_json::to_string(&forged).unwrap() + "\n").unwrap();
    let fault = checked(&office).unwrap_err();
    assert!(matches!(fault, AuditFault::ForgedHead(_)), "{fault}");
}

#[tokio::test]
async fn a_head_is_written_with_the_first_change_of_each_beijing_day() {
    let office = Office::open();
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(heads(&office))
            .map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
            .unwrap_or_default();
        names.sort();
        names
    };
    office.new_case("a-1").await;
    office.new_case("a-2").await;
    assert_eq!(names(), ["2026-03-10.jsonl"]);
    assert_eq!(audit_heads::read(&heads(&office)).unwrap().len(), 1);
    // 23:59 and 00:01 in Beijing.
    office.clock.set(crate::office::at("2026-03-10T23:59:00+08:00"));
    office.new_case("a-3").await;
    assert_eq!(names().len(), 1);
    office.clock.set(crate::office::at("2026-03-11T00:01:00+08:00"));
    office.new_case("a-4").await;
    assert_eq!(names(), ["2026-03-10.jsonl", "2026-03-11.jsonl"]);
    // A line that a power cut left unfinished is passed over, and the next one stands by itself.
    let file = heads(&office).join("2026-03-11.jsonl");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{whole}{}", &whole[..20])).unwrap();
    audit_heads::write(&office.state).unwrap();
    assert_eq!(audit_heads::read(&heads(&office)).unwrap().len(), 3);
    checked(&office).unwrap();
    std::fs::write(&file, "[]\n").unwrap();
    assert!(checked(&office).unwrap_err().to_string().contains("line 1 of 2026-03-11.jsonl"));
}
