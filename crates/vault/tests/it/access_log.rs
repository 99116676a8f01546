//! The access log: a chain without a gap, written with what it is about or not at all, and kept until the server has it.

use casework::{AccessEvent, CHAIN_START, ChainEntry, chain_hash};
use vault::{AccessRow, NewAccess, OutboxState, VaultError, VaultFile, WorkStore};

use crate::fixture::{Home, NOW, case_id, decision, decision_id, me};
use crate::outbox::{problem, receipt};

fn entry(at_ms: i64, detail: Option<&'static str>) -> NewAccess<'static> {
    NewAccess { at_ms, what: AccessEvent::CaseOpened, case_id: Some(case_id(1)), decision_id: None, detail }
}

/// Checks the chain of these entries, which begin after `previous`.
fn assert_chained(rows: &[AccessRow], first: u64, mut previous: casework::Sha256) {
    let account = me().to_string();
    for (seq, row) in (first..).zip(rows) {
        assert_eq!((row.seq, row.previous), (seq, previous));
        let said = ChainEntry {
            seq,
            at_ms: row.at_ms,
            what: &row.what,
            account: Some(&account),
            case_id: row.case_id,
            decision_id: row.decision_id,
            detail: row.detail.as_deref(),
        };
        assert_eq!(row.hash, chain_hash(previous, &said));
        previous = row.hash;
    }
}

fn words(store: &WorkStore) -> Vec<String> {
    store.access_log_unshipped(100).unwrap().into_iter().map(|row| row.what).collect()
}

#[test]
fn entries_are_chained_over_restarts_and_locks() {
    let (home, vault) = Home::with_keychain();
    assert_eq!(vault.access_log_append(&entry(NOW, Some("reveal:name"))).unwrap(), 1);
    let vault = home.reopen(&vault);
    assert_eq!(vault.access_log_append(&entry(NOW + 1, None)).unwrap(), 2);
    let work = vault.work_store();
    vault.close().unwrap();
    let locked = NewAccess { what: AccessEvent::Locked, case_id: None, ..entry(NOW + 2, None) };
    assert_eq!(work.access_log_append(&locked).unwrap(), 3);
    let rows = work.access_log_unshipped(100).unwrap();
    assert_chained(&rows, 1, CHAIN_START);
    assert_eq!(rows[0].detail.as_deref(), Some("reveal:name"));
    assert_eq!(work.access_log_unshipped(2).unwrap(), rows[..2]);
}

#[test]
fn every_move_of_a_decision_that_counts_writes_its_own_entry() {
    let (_home, vault) = Home::with_keychain();
    for number in 1..=4 {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    vault.outbox_undo(decision_id(1), NOW).unwrap();
    for number in 2..=4 {
        vault.outbox_mark_sending(decision_id(number)).unwrap();
    }
    vault.outbox_delivered(decision_id(2), decision(2).payload_sha256, &receipt(), NOW).unwrap();
    vault.outbox_delivered(decision_id(2), decision(2).payload_sha256, &receipt(), NOW).unwrap();
    vault.outbox_conflict(decision_id(3), &problem("version_changed"), None, NOW).unwrap();
    vault.outbox_park(decision_id(4), &problem("bad_opinion"), NOW).unwrap();
    let rows = vault.access_log_unshipped(100).unwrap();
    assert_chained(&rows, 1, CHAIN_START);
    let told: Vec<_> =
        rows[4..].iter().map(|row| (row.what.as_str(), row.decision_id, row.detail.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("taken_back", Some(decision_id(1)), None),
            ("delivered", Some(decision_id(2)), None),
            ("conflict", Some(decision_id(3)), Some("version_changed")),
            ("parked", Some(decision_id(4)), Some("bad_opinion")),
        ]
    );
    assert!(rows[..4].iter().all(|row| row.what == "decided" && row.case_id.is_some()));
}

#[test]
fn a_move_that_is_refused_writes_nothing() {
    let (_home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.outbox_insert(&decision(1)).unwrap_err();
    vault.outbox_conflict(decision_id(1), &problem("x"), None, NOW).unwrap_err();
    vault.outbox_undo(decision_id(9), NOW).unwrap_err();
    assert_eq!(words(&vault), ["decided"]);
}

/// T-FULL: no entry, no decision, and the other way round.
#[test]
fn a_decision_is_not_kept_without_its_entry() {
    let (_home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault
        .run_sql(
            VaultFile::Work,
            "CREATE TRIGGER no_room BEFORE INSERT ON access_log BEGIN SELECT RAISE(ABORT, 'x'); END",
        )
        .unwrap();
    vault.outbox_insert(&decision(2)).unwrap_err();
    assert!(vault.outbox_row(decision_id(2)).unwrap().is_none());
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    let hash = decision(1).payload_sha256;
    vault.outbox_delivered(decision_id(1), hash, &receipt(), NOW).unwrap_err();
    assert_eq!(vault.outbox_row(decision_id(1)).unwrap().unwrap().state, OutboxState::Sending);
}

#[test]
fn a_detail_that_could_say_too_much_is_left_out() {
    let (_home, vault) = Home::with_keychain();
    let long = "x".repeat(65);
    for detail in ["王小1", "two words", "", &long, "line\nbreak"] {
        let entry = NewAccess { detail: Some(detail), ..entry(NOW, None) };
        vault.access_log_append(&entry).unwrap();
    }
    let rows = vault.access_log_unshipped(100).unwrap();
    assert!(rows.iter().all(|row| row.detail.is_none()));
    assert_chained(&rows, 1, CHAIN_START);
}

#[test]
fn what_was_shipped_can_go_but_the_chain_goes_on() {
    let (_home, vault) = Home::with_keychain();
    for at in 0..5 {
        vault.access_log_append(&entry(NOW + at, None)).unwrap();
    }
    let all = vault.access_log_unshipped(100).unwrap();
    vault.access_log_shipped(3).unwrap();
    assert_eq!(vault.access_log_unshipped(100).unwrap(), all[3..]);
    assert_eq!(vault.access_log_prune(NOW + 2).unwrap(), 2);
    vault.access_log_shipped(99).unwrap();
    assert_eq!(vault.access_log_prune(i64::MAX).unwrap(), 2, "the last one stays");
    vault.access_log_append(&entry(NOW + 9, None)).unwrap();
    assert_chained(&vault.access_log_unshipped(100).unwrap(), 6, all[4].hash);
}

#[test]
fn the_log_itself_refuses_changes() {
    let (_home, vault) = Home::with_keychain();
    vault.access_log_append(&entry(NOW, None)).unwrap();
    vault.access_log_append(&entry(NOW, None)).unwrap();
    vault.access_log_shipped(1).unwrap();
    for sql in [
        "UPDATE access_log SET what = 'locked'",
        "UPDATE access_log SET hash = zeroblob(32) WHERE seq = 1",
        "DELETE FROM access_log WHERE seq = 2",
    ] {
        let refused = vault.run_sql(VaultFile::Work, sql).unwrap_err();
        assert!(matches!(refused, VaultError::Storage { .. }), "{sql}");
    }
    vault.run_sql(VaultFile::Work, "DELETE FROM access_log WHERE seq = 1").unwrap();
}

#[test]
fn a_server_that_lost_entries_gets_them_again_as_far_as_they_are_kept() {
    let (_home, vault) = Home::with_keychain();
    for n in 0..5 {
        vault.access_log_append(&entry(NOW + n, None)).unwrap();
    }
    let first = |store: &WorkStore| store.access_log_unshipped(9).unwrap().first().map(|row| row.seq);
    vault.access_log_shipped(5).unwrap();
    assert_eq!(first(&vault), None);
    vault.access_log_rewind(3).unwrap();
    assert_eq!(first(&vault), Some(3));
    // The other way about: it has more than was noted here.
    vault.access_log_rewind(5).unwrap();
    assert_eq!(first(&vault), Some(5));
    // What was pruned does not come back.
    vault.access_log_shipped(5).unwrap();
    vault.access_log_prune(NOW + 2).unwrap();
    vault.access_log_rewind(1).unwrap();
    assert_eq!(first(&vault), Some(3));
}
