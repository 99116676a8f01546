//! Held cases and their photos.

use casework::{Fence, PersonName, Validity};
use chrono::NaiveDate;
use vault::{EvidenceState, HeldChanges, VaultError};

use crate::fixture::{Home, case_id, held, held_with, rendition, sha, whole_feed};

#[test]
fn a_held_case_comes_back_as_it_was_put() {
    let (home, vault) = Home::with_keychain();
    let mut one = held(1);
    one.1.declared.former_name = Some(PersonName::parse("王大锤·阿不都").unwrap());
    one.1.declared.validity = Validity::Until(NaiveDate::from_ymd_opt(2040, 2, 28).unwrap());
    let two = held(2);
    let changes = vault.put_held(&[one.clone(), two.clone()], true, &[]).unwrap();
    assert_eq!(changes, HeldChanges { changed: true, dropped: vec![] });
    let again = vault.put_held(&[one.clone(), two.clone()], true, &[]).unwrap();
    assert_eq!(again, HeldChanges::default(), "the same again changes nothing");
    let vault = home.reopen(&vault);
    assert_eq!(vault.held(case_id(1)).unwrap().unwrap(), one.1);
    assert_eq!(vault.held(case_id(2)).unwrap().unwrap(), two.1);
    assert_eq!(vault.held(case_id(3)).unwrap(), None);
}

#[test]
fn a_renewed_lease_keeps_the_photos_that_are_here() {
    let (_home, vault) = Home::with_keychain();
    vault.put_held(&[held(1)], true, &[]).unwrap();
    assert_eq!(vault.put_rendition(sha(10), &rendition(1)).unwrap(), [case_id(1)]);
    assert_eq!(vault.set_evidence_state(sha(11), EvidenceState::Unshowable).unwrap(), [case_id(1)]);
    let mut renewed = held(1);
    renewed.1.fence = Fence(9);
    assert!(vault.put_held(&[renewed], true, &[]).unwrap().changed);
    let case = vault.held(case_id(1)).unwrap().unwrap();
    let states: Vec<_> = case.evidence.iter().map(|photo| photo.state).collect();
    assert_eq!(states, [EvidenceState::Ready, EvidenceState::Unshowable]);
    assert!(vault.photos_wanted(9).unwrap().is_empty());
}

#[test]
fn a_complete_list_drops_what_is_not_in_it_but_for_what_is_decided() {
    let (_home, vault) = Home::with_keychain();
    let shared = sha(77);
    let cases = [held_with(1, &[sha(10), shared]), held_with(2, &[sha(20), shared]), held_with(3, &[sha(30), sha(31)])];
    vault.put_held(&cases, true, &[]).unwrap();
    for photo in [sha(10), sha(20), sha(30), shared] {
        vault.put_rendition(photo, &rendition(1)).unwrap();
    }
    let changes = vault.put_held(&cases[1..2], true, &[case_id(3)]).unwrap();
    assert_eq!(changes.dropped, [case_id(1)]);
    assert!(vault.case_row(case_id(1)).unwrap().is_some(), "the row of the queue stays");
    assert!(vault.held(case_id(1)).unwrap().is_none());
    assert!(vault.held(case_id(3)).unwrap().is_some());
    let is_here = |photo| vault.rendition(photo).unwrap().is_some();
    assert!(!is_here(sha(10)) && is_here(sha(20)) && is_here(sha(30)) && is_here(shared));
    let partial = vault.put_held(&[held(5)], false, &[]).unwrap();
    assert!(partial.dropped.is_empty());
}

#[test]
fn photos_are_wanted_once_and_in_the_order_of_deadlines() {
    let (_home, vault) = Home::with_keychain();
    let cases = [held_with(9, &[sha(90), sha(1)]), held_with(2, &[sha(20), sha(1)]), held_with(4, &[sha(40)])];
    vault.put_held(&cases, true, &[]).unwrap();
    let wanted = |limit| vault.photos_wanted(limit).unwrap().iter().map(|photo| photo.sha256).collect::<Vec<_>>();
    assert_eq!(wanted(9), [sha(20), sha(1), sha(40), sha(90)]);
    assert_eq!(wanted(2), [sha(20), sha(1)]);
    assert_eq!(vault.photos_wanted(1).unwrap()[0].case_id, case_id(2));
    let mut ready = vault.put_rendition(sha(1), &rendition(1)).unwrap();
    ready.sort();
    assert_eq!(ready, [case_id(2), case_id(9)]);
    assert_eq!(wanted(9), [sha(20), sha(40), sha(90)]);
}

#[test]
fn nothing_is_ready_without_its_picture_and_no_picture_is_kept_without_a_case() {
    let (_home, vault) = Home::with_keychain();
    vault.put_held(&[held(1)], true, &[]).unwrap();
    let refused = vault.set_evidence_state(sha(10), EvidenceState::Ready).unwrap_err();
    assert_eq!(refused, VaultError::RenditionMissing);
    assert!(vault.put_rendition(sha(999), &rendition(1)).unwrap().is_empty());
    assert!(vault.rendition(sha(999)).unwrap().is_none());
    vault.put_rendition(sha(10), &rendition(1)).unwrap();
    vault.retain_renditions(&[]).unwrap();
    assert!(vault.rendition(sha(10)).unwrap().is_none());
    assert_eq!(vault.photos_wanted(9).unwrap().len(), 2, "deleted while needed: wanted again");
}

#[test]
fn a_row_and_a_detail_of_two_cases_are_refused() {
    let (_home, vault) = Home::with_keychain();
    let refused = vault.put_held(&[held(2), (held(1).0, held(2).1)], true, &[]).unwrap_err();
    assert_eq!(refused, VaultError::MismatchedCase);
    assert!(vault.held(case_id(2)).unwrap().is_none());
}

#[test]
fn a_case_can_be_held_before_the_feed_shows_it() {
    let (_home, vault) = Home::with_keychain();
    vault.put_held(&[held(1)], false, &[]).unwrap();
    let mut first = whole_feed("e1", 1, vec![]);
    first.is_last = false;
    vault.apply_changes(&first, &[]).unwrap();
    assert!(vault.held(case_id(1)).unwrap().is_some());
}
