//! The outbox, told move by move. That no other move exists is the business of `outbox_model`.

use casework::CaseVersion;
use vault::{OutboxCounts, OutboxState, Problem, ReceiptRow, Vault, VaultError};

use crate::fixture::{Home, NOW, case, case_id, decision, decision_id, decision_on, delta, sha, whole_feed};

pub(crate) fn problem(code: &str) -> Problem {
    Problem { code: code.to_owned(), status: Some(503), incident: Some("i-1".to_owned()) }
}

pub(crate) fn receipt() -> ReceiptRow {
    ReceiptRow {
        case_version: CaseVersion(2),
        state: "concluded".to_owned(),
        outcome: Some("approved".to_owned()),
        received_at_ms: NOW + 99,
        json: Some("{\"signature\":\"…\"}".to_owned()),
        epoch: Some("e1".to_owned()),
    }
}

fn due(vault: &Vault, now_ms: i64) -> Vec<u32> {
    let rows = vault.outbox_due(now_ms, 100).unwrap();
    rows.iter().map(|row| (row.decision_id.0.as_u128() - 0xdec1_0000) as u32).collect()
}

#[test]
fn a_decision_waits_for_the_end_of_its_undo_time_then_goes_out_in_order_of_deadlines() {
    let (_home, vault) = Home::with_keychain();
    let mut unknown_deadline = decision(1);
    unknown_deadline.breach_ms = None;
    vault.outbox_insert(&unknown_deadline).unwrap();
    vault.outbox_insert(&decision(5)).unwrap();
    vault.outbox_insert(&decision(3)).unwrap();
    assert_eq!(vault.outbox_next_due().unwrap(), Some(NOW + 10_001));
    assert_eq!(due(&vault, NOW + 10_000), [0u32; 0]);
    assert_eq!(due(&vault, NOW + 10_003), [3, 1]);
    assert_eq!(due(&vault, NOW + 20_000), [3, 5, 1]);
    assert_eq!(vault.outbox_due(NOW + 20_000, 1).unwrap()[0].envelope, decision(3).envelope);
    let list: Vec<_> = vault.outbox_list().unwrap().iter().map(|row| row.decision_id).collect();
    assert_eq!(list, [decision_id(3), decision_id(5), decision_id(1)]);
}

#[test]
fn delivery_with_a_matching_receipt_is_kept_over_a_restart() {
    let (home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    assert!(vault.outbox_mark_sending(decision_id(1)).unwrap());
    assert!(!vault.outbox_mark_sending(decision_id(1)).unwrap(), "nobody sends it twice at once");
    assert_eq!(due(&vault, i64::MAX), [0u32; 0]);
    let wrong = vault.outbox_delivered(decision_id(1), sha(5), &receipt(), NOW).unwrap_err();
    assert_eq!(wrong, VaultError::WrongReceipt);
    assert_eq!(vault.outbox_row(decision_id(1)).unwrap().unwrap().state, OutboxState::Sending);
    let hash = decision(1).payload_sha256;
    vault.outbox_delivered(decision_id(1), hash, &receipt(), NOW + 100).unwrap();
    let mut other = receipt();
    other.case_version = CaseVersion(7);
    vault.outbox_delivered(decision_id(1), hash, &other, NOW + 200).unwrap();
    let row = home.reopen(&vault).outbox_row(decision_id(1)).unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (OutboxState::Delivered, 1));
    assert_eq!(row.receipt, Some(receipt()), "the first receipt is kept");
    assert_eq!(row.delivered_at_ms, Some(NOW + 100));
}

#[test]
fn what_was_being_sent_at_a_crash_is_sent_again_with_the_same_id() {
    let (home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    // Dropped without closing, as after a kill.
    drop(vault);
    let vault = home.unlock().unwrap();
    assert_eq!(vault.outbox_requeue_interrupted().unwrap(), 1);
    assert_eq!(due(&vault, NOW + 20_000), [1]);
    assert_eq!(vault.outbox_undo(decision_id(1), NOW).unwrap_err(), VaultError::TooLate, "the server may have it");
    // The answer to the first attempt comes late.
    vault.outbox_delivered(decision_id(1), decision(1).payload_sha256, &receipt(), NOW).unwrap();
    assert_eq!(vault.outbox_counts().unwrap().delivered, 1);
}

#[test]
fn trouble_moves_a_decision_back_with_its_reason() {
    let (_home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    vault.outbox_retry_later(decision_id(1), NOW + 60_000, &problem("unreachable")).unwrap();
    let row = vault.outbox_row(decision_id(1)).unwrap().unwrap();
    assert_eq!(row.problem, Some(problem("unreachable")));
    assert_eq!(vault.outbox_next_due().unwrap(), Some(NOW + 60_000));
    vault.outbox_retry_now(decision_id(1), NOW + 1).unwrap();
    assert_eq!(due(&vault, NOW + 1), [1]);
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    vault.outbox_park(decision_id(1), &problem("malformed"), NOW).unwrap();
    assert_eq!(vault.outbox_next_due().unwrap(), None);
    vault.outbox_retry_now(decision_id(1), NOW + 2).unwrap();
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    vault.outbox_conflict(decision_id(1), &problem("already_decided"), Some(b"{\"by\":1}"), NOW).unwrap();
    let row = vault.outbox_row(decision_id(1)).unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (OutboxState::Conflict, 3));
    assert_eq!(row.standing.as_deref(), Some(b"{\"by\":1}".as_slice()));
    assert_eq!(vault.author_copy(decision_id(1)).unwrap().as_slice(), decision(1).author_copy, "mine is kept");
    vault.outbox_dismiss(decision_id(1)).unwrap();
    assert!(vault.outbox_list().unwrap().is_empty());
    assert!(vault.outbox_row(decision_id(1)).unwrap().unwrap().is_dismissed, "put away, not deleted");
}

#[test]
fn a_case_has_one_open_decision_at_a_time() {
    let (_home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision_on(1, 1)).unwrap();
    assert_eq!(vault.outbox_insert(&decision_on(2, 1)).unwrap_err(), VaultError::AlreadyDecided);
    assert_eq!(vault.outbox_insert(&decision_on(1, 2)).unwrap_err(), VaultError::AlreadyDecided, "an id is used once");
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    vault.outbox_conflict(decision_id(1), &problem("version_changed"), None, NOW).unwrap();
    assert_eq!(vault.outbox_insert(&decision_on(2, 1)).unwrap_err(), VaultError::AlreadyDecided);
    vault.outbox_dismiss(decision_id(1)).unwrap();
    vault.outbox_insert(&decision_on(2, 1)).unwrap();
}

#[test]
fn a_delivered_case_is_decided_again_only_on_what_the_receipt_left() {
    let (_home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision_on(1, 1)).unwrap();
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    vault.outbox_delivered(decision_id(1), decision(1).payload_sha256, &receipt(), NOW).unwrap();
    let mut again = decision_on(2, 1);
    assert_eq!(vault.outbox_insert(&again).unwrap_err(), VaultError::AlreadyDecided);
    again.case_version = CaseVersion(2);
    vault.outbox_insert(&again).unwrap();
}

#[test]
fn a_delivered_case_is_hidden_until_its_row_is_newer_than_the_receipt() {
    let (_home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 1, vec![case(1), case(2)]), &[]).unwrap();
    for number in [1, 2] {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    vault.outbox_mark_sending(decision_id(1)).unwrap();
    vault.outbox_delivered(decision_id(1), decision(1).payload_sha256, &receipt(), NOW).unwrap();
    assert_eq!(vault.outbox_live_cases().unwrap(), [case_id(1), case_id(2)]);
    assert_eq!(vault.outbox_undelivered_cases().unwrap(), [case_id(2)]);
    let mut newer = case(1);
    newer.version = CaseVersion(2);
    vault.apply_changes(&delta("e1", 2, vec![newer], vec![]), &[]).unwrap();
    assert_eq!(vault.outbox_live_cases().unwrap(), [case_id(2)]);
    vault.apply_changes(&delta("e1", 3, vec![], vec![case_id(1)]), &[]).unwrap();
    assert_eq!(vault.outbox_live_cases().unwrap(), [case_id(2)]);
}

#[test]
fn what_the_person_decided_in_another_store_on_this_computer_is_not_offered_again() {
    let ((_before, given_up), (_now, vault)) = (Home::with_keychain(), Home::with_keychain());
    vault.apply_changes(&whole_feed("e1", 1, vec![case(1), case(2)]), &[]).unwrap();
    given_up.outbox_insert(&decision(1)).unwrap();
    let others = [given_up.work_store()];
    assert_eq!(vault.outbox_live_cases_beside(&others).unwrap(), [case_id(1)]);
    assert_eq!(vault.outbox_live_cases().unwrap(), []);
    // Delivered by now, but the queue here still has the case as it was.
    given_up.outbox_mark_sending(decision_id(1)).unwrap();
    given_up.outbox_delivered(decision_id(1), decision(1).payload_sha256, &receipt(), NOW).unwrap();
    assert_eq!(vault.outbox_live_cases_beside(&others).unwrap(), [case_id(1)]);
    vault.apply_changes(&delta("e1", 2, vec![], vec![case_id(1)]), &[]).unwrap();
    assert_eq!(vault.outbox_live_cases_beside(&others).unwrap(), []);
}

#[test]
fn counts_tell_the_nearest_deadline_of_what_is_not_delivered() {
    let (_home, vault) = Home::with_keychain();
    assert_eq!(vault.outbox_counts().unwrap(), OutboxCounts::default());
    for number in 1..=5 {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    for number in 1..=3 {
        vault.outbox_mark_sending(decision_id(number)).unwrap();
    }
    vault.outbox_delivered(decision_id(1), decision(1).payload_sha256, &receipt(), NOW).unwrap();
    vault.outbox_park(decision_id(2), &problem("x"), NOW).unwrap();
    vault.outbox_conflict(decision_id(3), &problem("x"), None, NOW).unwrap();
    let counts = vault.outbox_counts().unwrap();
    assert_eq!(
        counts,
        OutboxCounts {
            queued: 2,
            sending: 0,
            delivered: 1,
            conflict: 1,
            parked: 1,
            nearest_breach_ms: decision(2).breach_ms,
        }
    );
    assert_eq!(counts.undelivered(), 4);
}

#[test]
fn unknown_decisions_are_told_as_such() {
    let (_home, vault) = Home::with_keychain();
    let id = decision_id(404);
    assert!(!vault.outbox_mark_sending(id).unwrap());
    for refused in [
        vault.outbox_delivered(id, sha(1), &receipt(), NOW),
        vault.outbox_retry_later(id, NOW, &problem("x")),
        vault.outbox_conflict(id, &problem("x"), None, NOW),
        vault.outbox_park(id, &problem("x"), NOW),
        vault.outbox_retry_now(id, NOW),
        vault.outbox_undo(id, NOW),
        vault.outbox_dismiss(id),
        vault.author_copy(id).map(drop),
    ] {
        assert_eq!(refused.unwrap_err(), VaultError::UnknownDecision);
    }
}

#[test]
fn the_copy_of_one_decision_is_not_taken_for_another() {
    let (_home, one) = Home::with_keychain();
    let (_home2, two) = Home::with_keychain();
    one.outbox_insert(&decision(1)).unwrap();
    two.outbox_insert(&decision(1)).unwrap();
    assert_eq!(one.author_copy(decision_id(1)).unwrap(), two.author_copy(decision_id(1)).unwrap());
    assert_eq!(two.author_copy(decision_id(2)).unwrap_err(), VaultError::UnknownDecision);
}
