//! A full disk: what cannot be saved is said not to be saved, and saving works again as soon as there is room.

use vault::{VaultError, VaultFile};

use crate::fixture::{Home, case, decision, decision_id, delta, held, rendition, sha, whole_feed};

#[test]
fn a_decision_on_a_full_disk_is_refused_and_not_half_kept() {
    let (home, vault) = Home::with_keychain();
    let mut refusals = 0;
    for more in 0..6 {
        vault.limit_pages(VaultFile::Work, Some(more)).unwrap();
        let first = more * 100;
        let mut kept = Vec::new();
        let refused = loop {
            let number = first + u32::try_from(kept.len()).unwrap();
            let mut decision = decision(number);
            decision.envelope = vec![1; 3000];
            match vault.outbox_insert(&decision) {
                Ok(()) => kept.push(number),
                Err(error) => break (number, error),
            }
        };
        assert_eq!(refused.1, VaultError::DiskFull { file: VaultFile::Work });
        refusals += 1;
        assert!(vault.outbox_row(decision_id(refused.0)).unwrap().is_none());
        for number in kept {
            assert!(vault.outbox_row(decision_id(number)).unwrap().is_some());
        }
        vault.limit_pages(VaultFile::Work, None).unwrap();
        vault.outbox_insert(&decision(refused.0)).unwrap();
    }
    assert_eq!(refusals, 6);
    let before = vault.outbox_list().unwrap().len();
    assert_eq!(home.reopen(&vault).outbox_list().unwrap().len(), before);
}

#[test]
fn a_page_of_changes_on_a_full_disk_keeps_the_cursor() {
    let (_home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 7, vec![case(1)]), &[]).unwrap();
    vault.limit_pages(VaultFile::Cases, Some(1)).unwrap();
    let page = delta("e1", 8, (2..400).map(case).collect(), Vec::new());
    let refused = vault.apply_changes(&page, &[]).unwrap_err();
    assert_eq!(refused, VaultError::DiskFull { file: VaultFile::Cases });
    assert_eq!(vault.feed_position().unwrap().cursor, 7);
    assert_eq!(vault.queue_page(vault::QueueFilter::default(), 0, 9).unwrap().total, 1);
    vault.limit_pages(VaultFile::Cases, None).unwrap();
    vault.apply_changes(&page, &[]).unwrap();
    assert_eq!(vault.feed_position().unwrap().cursor, 8);
}

#[test]
fn a_picture_on_a_full_disk_is_not_called_ready() {
    let (_home, vault) = Home::with_keychain();
    vault.put_held(&[held(1)], true, &[]).unwrap();
    vault.limit_pages(VaultFile::Photos, Some(1)).unwrap();
    let refused = vault.put_rendition(sha(10), &rendition(1)).unwrap_err();
    assert_eq!(refused, VaultError::DiskFull { file: VaultFile::Photos });
    assert_eq!(vault.photos_wanted(9).unwrap().len(), 2);
    vault.limit_pages(VaultFile::Photos, None).unwrap();
    vault.put_rendition(sha(10), &rendition(1)).unwrap();
    assert_eq!(vault.photos_wanted(9).unwrap().len(), 1);
}
