//! A new password for a known old one: everything stays readable under the new one, nothing under the old one, and a wrong old one is a guess.

use vault::{Vault, VaultError, WorkStore, change_password, retire, tries_left};

use crate::fixture::{Home, NOW, PASSWORD, decision, decision_id, held, vault_id};

const NEW: &str = "another password 7";

fn change(home: &Home, old: &str) -> Result<(), VaultError> {
    change_password(home.data(), vault_id(), old, NEW, home.keychain.as_ref(), NOW)
}

fn filled(with_keychain: bool) -> Home {
    let (home, vault) = if with_keychain { Home::with_keychain() } else { Home::without_keychain() };
    vault.put_held(&[held(1)], true, &[]).unwrap();
    vault.outbox_insert(&decision(2)).unwrap();
    vault.close().unwrap();
    home
}

#[test]
fn after_a_change_only_the_new_password_opens_what_was_there() {
    for with_keychain in [true, false] {
        let home = filled(with_keychain);
        let before = home.unlock().unwrap();
        let (author, device) = (before.author_public_key().unwrap(), before.device_public_key());
        before.close().unwrap();
        change(&home, PASSWORD).unwrap();
        assert_eq!(home.unlock().unwrap_err(), VaultError::WrongPassword);
        let vault = home.unlock_with(NEW).unwrap();
        assert_eq!(vault.held(held(1).0.case_id).unwrap(), Some(held(1).1));
        assert_eq!(*vault.author_copy(decision_id(2)).unwrap(), decision(2).author_copy);
        assert_eq!((vault.author_public_key().unwrap(), vault.device_public_key()), (author, device));
    }
}

#[test]
fn the_work_is_delivered_while_the_password_changes() {
    let home = filled(true);
    let work = WorkStore::open(home.data(), vault_id(), home.keychain.as_ref(), NOW).unwrap().unwrap();
    change(&home, PASSWORD).unwrap();
    work.outbox_mark_sending(decision_id(2)).unwrap();
    let vault =
        Vault::unlock_sharing(home.data(), vault_id(), NEW, home.keychain.as_ref(), NOW, Some(work.clone())).unwrap();
    assert_eq!(vault.outbox_counts().unwrap().sending, 1);
    vault.close().unwrap();
    assert!(WorkStore::open(home.data(), vault_id(), home.keychain.as_ref(), NOW).unwrap().is_some());
}

#[test]
fn a_wrong_old_password_is_a_guess_and_changes_nothing() {
    let home = filled(true);
    let header = std::fs::read(home.file("vault.json")).unwrap();
    assert_eq!(tries_left(home.data(), vault_id()), 10);
    for left in [9, 8] {
        assert_eq!(change(&home, "wrong").unwrap_err(), VaultError::WrongPassword);
        assert_eq!(tries_left(home.data(), vault_id()), left);
    }
    assert_eq!(std::fs::read(home.file("vault.json")).unwrap(), header);
    change(&home, PASSWORD).unwrap();
    assert_eq!(tries_left(home.data(), vault_id()), 10);
    retire(home.data(), vault_id(), NOW).unwrap();
    assert_eq!(change(&home, NEW).unwrap_err(), VaultError::Retired);
}
