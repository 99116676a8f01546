//! Decisions beside the way from queued to delivered: the end of the undo time, servers that went back in time, stuck ones, old ones, copies.

use vault::{OutboxState, ReceiptRow, Vault, VaultError};

use crate::fixture::{DAY, Home, NOW, decision, decision_id, decision_on};
use crate::outbox::{problem, receipt};

fn deliver(vault: &Vault, number: u32, at_ms: i64) {
    vault.outbox_mark_sending(decision_id(number)).unwrap();
    vault.outbox_delivered(decision_id(number), decision(number).payload_sha256, &receipt(), at_ms).unwrap();
}

fn ids(rows: &[vault::OutgoingRow]) -> Vec<u32> {
    rows.iter().map(|row| (row.decision_id.0.as_u128() - 0xdec1_0000) as u32).collect()
}

#[test]
fn quitting_makes_everything_due_and_nothing_can_be_taken_back_any_more() {
    let (home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.outbox_insert(&decision(2)).unwrap();
    vault.outbox_mark_sending(decision_id(2)).unwrap();
    vault.outbox_retry_later(decision_id(2), NOW + DAY, &problem("unreachable")).unwrap();
    assert_eq!(vault.end_undo_windows(NOW + 5, None).unwrap(), 1);
    assert_eq!(vault.end_undo_windows(NOW + 6, None).unwrap(), 0);
    assert_eq!(ids(&vault.outbox_due(NOW + 5, 9).unwrap()), [1], "a pause between attempts is not an undo time");
    let vault = home.reopen(&vault);
    assert_eq!(vault.outbox_undo(decision_id(1), NOW + 6).unwrap_err(), VaultError::TooLate);
    let row = vault.outbox_row(decision_id(1)).unwrap().unwrap();
    assert!(row.is_undo_over);
    assert_eq!((row.state, row.not_before_ms), (OutboxState::Queued, NOW + 5));
}

#[test]
fn a_deadline_that_is_near_ends_the_undo_time_of_its_decisions_only() {
    let (_home, vault) = Home::with_keychain();
    let deadlines = [
        // Close of business in 30 s.
        (1, Some(NOW + 30_000), Some(NOW + DAY)),
        // 24:00 in 30 s; close of business was over when it was confirmed.
        (2, Some(NOW - 1), Some(NOW + 30_000)),
        // Over already: no reason to hurry.
        (3, Some(NOW - 2 * DAY), Some(NOW - DAY)),
        (4, Some(NOW + DAY), Some(NOW + 2 * DAY)),
        (5, None, None),
    ];
    for (number, target_ms, breach_ms) in deadlines {
        vault.outbox_insert(&vault::NewOutboxRow { target_ms, breach_ms, ..decision(number) }).unwrap();
    }
    assert_eq!(vault.end_undo_windows(NOW + 10, Some(NOW + 60_010)).unwrap(), 2);
    let mut due = ids(&vault.outbox_due(NOW + 10, 9).unwrap());
    due.sort_unstable();
    assert_eq!(due, [1, 2]);
    vault.outbox_undo(decision_id(4), NOW + 11).unwrap();
}

#[test]
fn undo_is_allowed_after_its_window_until_sending_begins() {
    let (_home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.outbox_undo(decision_id(1), NOW + DAY).unwrap();
    assert!(vault.outbox_row(decision_id(1)).unwrap().is_none());
}

/// A server that was restored: delivered decisions are offered to each new epoch once, with their receipts.
#[test]
fn a_new_epoch_is_offered_what_was_delivered_in_the_last_30_days() {
    let (home, vault) = Home::with_keychain();
    for number in 1..=4 {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    deliver(&vault, 1, NOW);
    deliver(&vault, 2, NOW + 5 * DAY);
    deliver(&vault, 3, NOW + 6 * DAY);
    assert_eq!(vault.offer_again("e1", NOW + 7 * DAY).unwrap(), [], "this epoch gave the receipts");
    let offer = vault.offer_again("e2", NOW + 30 * DAY).unwrap();
    assert_eq!(ids(&offer), [2, 3], "the first was delivered 30 days ago, the fourth never");
    assert_eq!(offer[0].receipt, receipt().json);
    assert_eq!(offer[0].envelope, decision(2).envelope);
    assert_eq!(offer[0].author_signature, decision(2).author_signature);
    vault.offered(decision_id(2), "e2").unwrap();
    let vault = home.reopen(&vault);
    assert_eq!(ids(&vault.offer_again("e2", NOW + 7 * DAY).unwrap()), [1, 3], "the second is with e2 already");
    assert_eq!(vault.outbox_counts().unwrap().delivered, 3, "they stay delivered");
    let row = vault.outbox_row(decision_id(2)).unwrap().unwrap();
    assert_eq!(row.receipt, Some(ReceiptRow { epoch: Some("e2".to_owned()), ..receipt() }));
    assert_eq!(ids(&vault.offer_again("e3", NOW + 7 * DAY).unwrap()), [1, 2, 3]);
    assert_eq!(vault.offered(decision_id(4), "e3").unwrap_err(), VaultError::IllegalMove { from: OutboxState::Queued });
}

/// CONF-2: what a restored server refuses comes back to a person, with the receipt that its earlier history gave.
#[test]
fn what_a_new_epoch_refuses_is_a_conflict_that_keeps_its_receipt() {
    let (_home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision_on(1, 1)).unwrap();
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    vault.outbox_delivered(decision_id(1), decision(1).payload_sha256, &receipt(), NOW).unwrap();
    vault.outbox_dismiss(decision_id(1)).unwrap();
    // A second opinion on the same case waits meanwhile.
    let mut second = decision_on(2, 1);
    second.case_version = casework::CaseVersion(2);
    vault.outbox_insert(&second).unwrap();
    let refused = problem("already_decided");
    vault.offer_refused(decision_id(1), "e2", &refused, Some(b"{\"by\":1}"), NOW + DAY).unwrap();
    let row = vault.outbox_row(decision_id(1)).unwrap().unwrap();
    assert_eq!((row.state, row.is_dismissed), (OutboxState::Conflict, false), "to be seen");
    assert_eq!((row.problem, row.refused_epoch.as_deref()), (Some(refused.clone()), Some("e2")));
    assert_eq!(row.standing.as_deref(), Some(b"{\"by\":1}".as_slice()));
    assert_eq!(vault.outbox_export(&[decision_id(1)]).unwrap()[0].receipt, receipt().json);
    assert_eq!(vault.author_copy(decision_id(1)).unwrap().as_slice(), decision(1).author_copy);
    assert_eq!(vault.offer_again("e3", NOW + DAY).unwrap(), []);
    let again = vault.offer_refused(decision_id(1), "e3", &refused, None, NOW + DAY).unwrap_err();
    assert_eq!(again, VaultError::IllegalMove { from: OutboxState::Conflict });
    assert_eq!(vault.access_log_unshipped(9).unwrap().last().unwrap().what, "conflict");
    vault.outbox_dismiss(decision_id(1)).unwrap();
    assert_eq!(vault.outbox_counts().unwrap().undelivered(), 1);
}

#[test]
fn what_was_delivered_30_days_ago_goes_and_nothing_else() {
    let (home, vault) = Home::with_keychain();
    for number in 1..=4 {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    deliver(&vault, 1, NOW);
    deliver(&vault, 2, NOW);
    vault.outbox_dismiss(decision_id(2)).unwrap();
    deliver(&vault, 3, NOW + 1);
    vault.outbox_park(decision_id(4), &problem("bad_opinion"), NOW).unwrap();
    assert_eq!(vault.purge_delivered(NOW + 30 * DAY - 1).unwrap(), 0);
    assert_eq!(vault.purge_delivered(NOW + 30 * DAY).unwrap(), 2, "put away or not");
    assert_eq!(home.file("work.db-wal").metadata().unwrap().len(), 0);
    let left: Vec<_> = vault.outbox_list().unwrap().iter().map(|row| row.decision_id).collect();
    assert_eq!(left, [decision_id(4), decision_id(3)]);
    assert_eq!(vault.purge_delivered(NOW + 400 * DAY).unwrap(), 1);
    assert!(vault.outbox_row(decision_id(4)).unwrap().is_some(), "without a receipt a row stays for good");
}

#[test]
fn a_decision_is_stuck_after_an_hour_and_told_once() {
    let (_home, vault) = Home::with_keychain();
    for number in 1..=4 {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    deliver(&vault, 1, NOW);
    vault.outbox_mark_sending(decision_id(2)).unwrap();
    vault.outbox_conflict(decision_id(2), &problem("lease_lost"), None, NOW).unwrap();
    vault.outbox_park(decision_id(3), &problem("bad_opinion"), NOW).unwrap();
    vault.outbox_dismiss(decision_id(3)).unwrap();
    let hour_later = decision(4).not_before_ms + 3_600_000;
    let stuck = |now_ms| vault.outbox_stuck(now_ms).unwrap().iter().map(|row| row.decision_id).collect::<Vec<_>>();
    assert_eq!(stuck(hour_later), [decision_id(2)], "the fourth exactly an hour, not more");
    assert_eq!(stuck(hour_later + 1), [decision_id(2), decision_id(4)]);
    let before = vault.access_log_unshipped(99).unwrap().len();
    vault.outbox_stuck_told(&[decision_id(2), decision_id(4)], hour_later + 1).unwrap();
    vault.outbox_stuck_told(&[decision_id(2)], hour_later + 2).unwrap();
    assert_eq!(stuck(hour_later + DAY), []);
    assert_eq!(vault.outbox_row(decision_id(2)).unwrap().unwrap().stuck_told_at_ms, Some(hour_later + 1));
    let log = vault.access_log_unshipped(99).unwrap().split_off(before);
    let told: Vec<_> = log.iter().map(|row| (row.what.as_str(), row.detail.as_deref())).collect();
    assert_eq!(told, [("stuck", Some("lease_lost")), ("stuck", None)]);
}

#[test]
fn recovery_copies_hold_what_a_server_needs_and_not_what_was_decided() {
    let (_home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    let copies = vault.outbox_export(&[decision_id(9), decision_id(1)]).unwrap();
    let [copy] = copies.as_slice() else { panic!("one is here") };
    let new = decision(1);
    assert_eq!((copy.decision_id, copy.case_id, &copy.case_no), (new.decision_id, new.case_id, &new.case_no));
    assert_eq!((copy.case_version, copy.fence, copy.round), (new.case_version, new.fence, new.round));
    assert_eq!((copy.payload_sha256, &copy.key_id, &copy.envelope), (new.payload_sha256, &new.key_id, &new.envelope));
    assert_eq!(copy.author_signature, Some(new.author_signature));
    assert_eq!(copy.device_signature, Some(new.device_signature));
    assert_eq!((copy.state, &copy.receipt), (OutboxState::Queued, &None));
}
