//! Signing out: what came from the server is gone from the disk, what was made here stays.

use vault::SecretName;

use crate::fixture::{Home, NOW, case, case_id, decision, decision_id, held, rendition, sha, whole_feed};
use crate::secrecy::{assert_no_canary, plant};

#[test]
fn forgetting_empties_cases_and_photos_and_keeps_the_work() {
    let (home, vault) = Home::with_keychain();
    plant(&vault);
    std::fs::write(home.file("cases.db.damaged-1"), b"an older broken file").unwrap();
    let size_before = home.file("photos.db-wal").metadata().unwrap().len();
    vault.forget_cases(NOW).unwrap();
    assert_no_canary(&home, "after forgetting");
    assert!(!home.file("cases.db.damaged-1").exists());
    assert!(home.file("photos.db").metadata().unwrap().len() < size_before);
    assert!(vault.case_row(case_id(1)).unwrap().is_none());
    assert!(vault.held(case_id(1)).unwrap().is_none());
    assert!(vault.rendition(sha(10)).unwrap().is_none());
    assert_eq!(vault.feed_position().unwrap(), vault::FeedPosition::default());
    assert!(vault.secret(SecretName::RefreshToken).unwrap().is_some());
    assert_eq!(vault.outbox_list().unwrap().len(), 1);

    // The vault goes on, now and after the next start.
    vault.apply_changes(&whole_feed("e2", 9, vec![case(2)]), &[]).unwrap();
    let vault = home.reopen(&vault);
    assert!(vault.case_row(case_id(2)).unwrap().is_some());
    assert!(vault.author_copy(decision_id(1)).unwrap().len() > 10);
    assert!(vault.recovered().is_empty());
}

#[test]
fn the_old_files_are_other_files_than_the_new_ones() {
    let (home, vault) = Home::with_keychain();
    plant(&vault);
    vault.close().unwrap();
    let old = std::fs::read(home.file("cases.db")).unwrap();
    let vault = home.unlock().unwrap();
    vault.forget_cases(NOW).unwrap();
    vault.close().unwrap();
    let new = std::fs::read(home.file("cases.db")).unwrap();
    assert_ne!(old[..16], new[..16], "a file made anew has another salt");
}

#[test]
fn a_dropped_case_leaves_the_wal_with_its_photos() {
    let (home, vault) = Home::with_keychain();
    let (row, detail) = held(1);
    vault.put_held(&[(row, detail), held(2)], true, &[]).unwrap();
    for number in [10, 11, 20, 21] {
        vault.put_rendition(sha(number), &rendition(1)).unwrap();
    }
    let before = home.file("photos.db-wal").metadata().unwrap().len();
    assert!(vault.drop_held(case_id(1)).unwrap());
    assert!(!vault.drop_held(case_id(1)).unwrap());
    assert!(vault.rendition(sha(10)).unwrap().is_none());
    assert!(vault.rendition(sha(20)).unwrap().is_some());
    assert!(before > 0);
    for wal in ["photos.db-wal", "cases.db-wal"] {
        assert_eq!(home.file(wal).metadata().unwrap().len(), 0, "{wal} was emptied");
    }
    let with_two = home.file("photos.db").metadata().unwrap().len();
    assert!(with_two < 200_000, "the room is given back: {with_two}");
}

#[test]
fn taking_a_decision_back_removes_its_bytes() {
    let (home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.outbox_undo(decision_id(1), NOW).unwrap();
    assert_eq!(home.file("work.db-wal").metadata().unwrap().len(), 0);
    assert!(vault.outbox_row(decision_id(1)).unwrap().is_none());
}
