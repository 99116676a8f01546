//! Damage and newer schemas: what can be fetched again is moved aside and made anew, a newer schema is refused and left as it is. What becomes
//! of a broken `work.db` is in `salvage`.

use std::fs;

use vault::{EvidenceState, RecoveryReason, VaultError, VaultFile};

use crate::fixture::{Home, case, case_id, decision, decision_id, held, rendition, sha, vault_id, whole_feed};

/// Ways in which a file breaks.
pub(crate) fn breakages(good: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut first_page = good.to_vec();
    first_page[..64].fill(0);
    let mut middle = good.to_vec();
    let at = good.len() / 2 + 100;
    middle[at] ^= 0x40;
    vec![
        ("emptied", Vec::new()),
        ("its first page zeroed", first_page),
        ("one bit flipped", middle),
        ("cut", good[..good.len() - 5000].to_vec()),
        ("something else", b"<html>not a database</html>".repeat(500)),
    ]
}

#[test]
fn a_broken_cases_file_is_moved_aside_and_the_work_is_untouched() {
    let (home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 5, (1..40).map(case).collect()), &[]).unwrap();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.close().unwrap();
    let good = fs::read(home.file("cases.db")).unwrap();
    for (what, broken) in breakages(&good) {
        fs::write(home.file("cases.db"), &broken).unwrap();
        let vault = home.unlock().unwrap_or_else(|error| panic!("{what}: {error}"));
        let [recovered] = vault.recovered() else { panic!("{what}: not noticed") };
        assert_eq!((recovered.file, recovered.reason), (VaultFile::Cases, RecoveryReason::Damaged), "{what}");
        let aside = home.file(recovered.moved_to.as_deref().unwrap());
        assert!(fs::read(aside).unwrap() == broken, "{what}: not kept as it was");
        assert_eq!(vault.feed_position().unwrap().cursor, 0);
        assert_eq!(vault.author_copy(decision_id(1)).unwrap().as_slice(), decision(1).author_copy);
        vault.close().unwrap();
        let vault = home.unlock().unwrap();
        assert!(vault.recovered().is_empty(), "{what}: mended");
        vault.close().unwrap();
    }
}

#[test]
fn many_single_flipped_bytes_are_never_taken_for_good_rows() {
    let (home, vault) = Home::with_keychain();
    let rows: Vec<_> = (1..200).map(case).collect();
    vault.apply_changes(&whole_feed("e1", 5, rows.clone()), &[]).unwrap();
    vault.close().unwrap();
    let good = fs::read(home.file("cases.db")).unwrap();
    for step in 0..24 {
        let mut broken = good.clone();
        broken[step * (good.len() - 1) / 23] ^= 1;
        fs::write(home.file("cases.db"), &broken).unwrap();
        let vault = home.unlock().unwrap();
        assert_eq!(vault.recovered().len(), 1, "byte {step}");
        vault.close().unwrap();
    }
}

#[test]
fn a_broken_photos_file_makes_its_photos_wanted_again() {
    let (home, vault) = Home::with_keychain();
    vault.put_held(&[held(1)], true, &[]).unwrap();
    for number in [10, 11] {
        vault.put_rendition(sha(number), &rendition(1)).unwrap();
    }
    assert!(vault.case_row(case_id(1)).unwrap().unwrap().is_offline_ready);
    vault.close().unwrap();
    fs::remove_file(home.file("photos.db")).unwrap();
    let vault = home.unlock().unwrap();
    assert_eq!(vault.recovered()[0].reason, RecoveryReason::Missing);
    assert_eq!(vault.photos_wanted(9).unwrap().len(), 2);
    assert!(!vault.case_row(case_id(1)).unwrap().unwrap().is_offline_ready);
}

#[test]
fn photos_that_are_here_are_not_fetched_again_after_the_cases_were_lost() {
    let (home, vault) = Home::with_keychain();
    vault.put_held(&[held(1)], true, &[]).unwrap();
    vault.put_rendition(sha(10), &rendition(1)).unwrap();
    vault.put_held(&[held(1)], true, &[]).unwrap();
    let states: Vec<_> = vault.held(case_id(1)).unwrap().unwrap().evidence.iter().map(|photo| photo.state).collect();
    assert_eq!(states, [EvidenceState::Ready, EvidenceState::Waiting]);
    let _ = home;
}

/// MIG-DOWN.
#[test]
fn a_newer_schema_is_refused_for_each_file() {
    for (file, supported) in [(VaultFile::Cases, 2), (VaultFile::Photos, 1), (VaultFile::Work, 4)] {
        let (home, vault) = Home::with_keychain();
        vault.outbox_insert(&decision(1)).unwrap();
        vault.pretend_schema(file, 99).unwrap();
        vault.close().unwrap();
        assert_eq!(home.unlock().unwrap_err(), VaultError::TooNew { file, found: 99, supported });
        assert_eq!(fs::read_dir(home.folder()).unwrap().count(), 4, "nothing was moved or made");
        let rows = vault::export_undelivered(home.data(), vault_id(), home.keychain.as_ref()).unwrap().unwrap();
        assert_eq!(rows[0].envelope, decision(1).envelope, "what was decided can still be taken elsewhere");
        assert_eq!(fs::read_dir(home.folder()).unwrap().count(), 4);
    }
}

#[test]
fn a_work_wal_that_was_cut_anywhere_gives_back_a_prefix_of_the_decisions() {
    let (home, vault) = Home::with_keychain();
    for number in 1..=6 {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    // As a kill leaves it: the WAL still holds everything.
    let (db, wal) = (fs::read(home.file("work.db")).unwrap(), fs::read(home.file("work.db-wal")).unwrap());
    vault.close().unwrap();
    let frame = 4096 + 24;
    let mut most = 0;
    for cut in (0..=wal.len()).step_by(frame / 3).chain([wal.len()]) {
        fs::write(home.file("work.db"), &db).unwrap();
        fs::write(home.file("work.db-wal"), &wal[..cut]).unwrap();
        let _ = fs::remove_file(home.file("work.db-shm"));
        let vault = home.unlock().unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        let mut kept: Vec<_> = vault.outbox_list().unwrap().iter().map(|row| row.created_at_ms).collect();
        kept.sort_unstable();
        let expected: Vec<_> = (1..=6).map(|number| decision(number).created_at_ms).take(kept.len()).collect();
        assert_eq!(kept, expected, "cut at {cut}");
        assert!(kept.len() >= most, "a longer WAL never keeps less");
        most = kept.len();
        vault.close().unwrap();
    }
    assert_eq!(most, 6);
}

#[test]
fn a_folder_in_place_of_a_file_is_moved_aside_too() {
    let (home, vault) = Home::with_keychain();
    vault.close().unwrap();
    fs::remove_file(home.file("cases.db")).unwrap();
    fs::create_dir(home.file("cases.db")).unwrap();
    let vault = home.unlock().unwrap();
    assert_eq!(vault.recovered()[0].reason, RecoveryReason::Damaged);
    // Twice at the same instant: nothing is overwritten.
    vault.close().unwrap();
    fs::write(home.file("cases.db"), b"broken again").unwrap();
    let vault = home.unlock().unwrap();
    let names = fs::read_dir(home.folder()).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    assert_eq!(names.filter(|name| name.starts_with("cases.db.damaged-")).count(), 2);
    assert_eq!(vault.recovered().len(), 1);
}
