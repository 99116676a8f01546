//! Work without its author: it opens by the device's key alone, goes on while the vault is locked, and gives away nothing that is the author's.

use ed25519_dalek::{Signature, VerifyingKey};
use vault::{MemoryKeychain, OutboxState, SecretName, Vault, VaultError, WorkStore};

use crate::fixture::{Home, NOW, PASSWORD, decision, decision_id, me, new_vault, vault_id};
use crate::outbox::receipt;

fn store(home: &Home) -> std::sync::Arc<WorkStore> {
    WorkStore::open(home.data(), vault_id(), home.keychain.as_ref(), NOW).unwrap().unwrap()
}

/// AUTH-SWITCH: what one person decided is delivered, under that person's name, while nobody or somebody else is at the desk.
#[test]
fn decisions_are_delivered_while_the_vault_is_locked() {
    let (home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    let work = vault.work_store();
    vault.close().unwrap();
    assert_eq!(vault.outbox_insert(&decision(2)).unwrap_err(), VaultError::Closed);
    assert_eq!(vault.author_copy(decision_id(1)).unwrap_err(), VaultError::Closed);
    assert_eq!(vault.sign_as_author(b"m").unwrap_err(), VaultError::Closed);
    assert_eq!(vault.author_public_key().unwrap_err(), VaultError::Closed);
    assert_eq!(vault.put_secret(SecretName::RefreshToken, b"t").unwrap_err(), VaultError::Closed);

    assert_eq!(work.account_id(), me());
    let due = work.outbox_due(NOW + 20_000, 9).unwrap();
    assert!(work.outbox_mark_sending(due[0].decision_id).unwrap());
    work.outbox_delivered(due[0].decision_id, due[0].payload_sha256, &receipt(), NOW + 20_000).unwrap();

    let vault =
        Vault::unlock_sharing(home.data(), vault_id(), PASSWORD, home.keychain.as_ref(), NOW, Some(work.clone()))
            .unwrap();
    assert!(std::sync::Arc::ptr_eq(&vault.work_store(), &work), "one work.db is open once");
    let row = vault.outbox_row(decision_id(1)).unwrap().unwrap();
    assert_eq!((row.state, row.receipt), (OutboxState::Delivered, Some(receipt())));
    assert_eq!(vault.author_copy(decision_id(1)).unwrap().as_slice(), decision(1).author_copy);
    vault.close().unwrap();
    assert!(!work.is_closed());
    work.close().unwrap();
    work.close().unwrap();
    assert_eq!(work.outbox_counts().unwrap_err(), VaultError::Closed);
    assert_eq!(work.sign_as_device(b"m").unwrap_err(), VaultError::Closed);
    assert_eq!(work.device_key_for_escrow().unwrap_err(), VaultError::Closed);
    assert!(!home.file("work.db-wal").exists(), "closed by its last holder");
    let again =
        Vault::unlock_sharing(home.data(), vault_id(), PASSWORD, home.keychain.as_ref(), NOW, Some(work)).unwrap();
    assert_eq!(again.outbox_counts().unwrap().delivered, 1, "a closed one is not used");
}

#[test]
fn a_vault_that_alone_holds_its_work_closes_it_too() {
    let (home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.close().unwrap();
    assert!(vault.is_closed());
    assert!(!home.file("work.db-wal").exists());
}

#[test]
fn the_work_opens_after_a_start_without_any_password() {
    let (home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    vault.put_delivery_credential("rdd_1").unwrap();
    let key = vault.device_public_key();
    vault.close().unwrap();
    let work = store(&home);
    assert_eq!(work.outbox_due(i64::MAX, 9).unwrap()[0].envelope, decision(1).envelope);
    assert_eq!(work.delivery_credential().unwrap().unwrap().as_str(), "rdd_1");
    assert_eq!(work.device_public_key(), key);
    work.forget_delivery_credential().unwrap();
    assert_eq!(work.delivery_credential().unwrap(), None);
}

#[test]
fn without_a_keychain_only_the_key_itself_opens_the_work() {
    let (home, vault) = Home::without_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    let key = vault.device_key_for_escrow().unwrap();
    vault.close().unwrap();
    assert!(WorkStore::open(home.data(), vault_id(), home.keychain.as_ref(), NOW).unwrap().is_none());
    let wrong = WorkStore::open_with_key(home.data(), vault_id(), &[7; 32], NOW).unwrap_err();
    assert_eq!(wrong, VaultError::WrongKey);
    assert_eq!(std::fs::read_dir(home.folder()).unwrap().count(), 4, "a wrong key moves nothing aside");
    let work = WorkStore::open_with_key(home.data(), vault_id(), &key, NOW).unwrap();
    assert_eq!(work.outbox_counts().unwrap().queued, 1);
    assert_eq!(work.work_recovered().unwrap(), None);
}

#[test]
fn a_lost_keychain_is_told_as_such() {
    let (home, vault) = Home::with_keychain();
    vault.close().unwrap();
    let lost = WorkStore::open(home.data(), vault_id(), &MemoryKeychain::default(), NOW).unwrap_err();
    assert_eq!(lost, VaultError::KeychainLost);
}

#[test]
fn author_and_device_sign_with_keys_of_their_own_that_stay_the_same() {
    let (home, vault) = Home::with_keychain();
    let (author, device) = (vault.author_public_key().unwrap(), vault.device_public_key());
    assert_ne!(author, device);
    let verify = |key: [u8; 32], signature: [u8; 64]| {
        let key = VerifyingKey::from_bytes(&key).unwrap();
        key.verify_strict(b"message", &Signature::from_bytes(&signature)).is_ok()
    };
    let (by_author, by_device) = (vault.sign_as_author(b"message").unwrap(), vault.sign_as_device(b"message").unwrap());
    assert!(verify(author, by_author) && verify(device, by_device));
    assert!(!verify(author, by_device) && !verify(device, by_author));
    let vault = home.reopen(&vault);
    assert_eq!((vault.author_public_key().unwrap(), vault.device_public_key()), (author, device));
    let (_other_home, other) = Home::with_keychain();
    assert_ne!(other.device_public_key(), device);
}

#[test]
fn a_clear_header_that_was_changed_does_not_send_decisions_elsewhere() {
    let (home, vault) = Home::with_keychain();
    vault.change_server_url("https://moved.example.org").unwrap();
    assert_eq!(vault.work_store().header().server_url, "https://moved.example.org");
    vault.close().unwrap();
    let text = std::fs::read_to_string(home.file("vault.json")).unwrap();
    std::fs::write(home.file("vault.json"), text.replace("moved.example.org", "evil.example.org")).unwrap();
    assert_eq!(store(&home).header().server_url, "https://moved.example.org");
}

#[test]
fn the_work_of_another_vault_is_not_shared() {
    let (home, vault) = Home::with_keychain();
    let other_id = uuid::Uuid::from_u128(0x7b);
    let other = Vault::create(
        home.data(),
        new_vault(other_id),
        PASSWORD,
        home.keychain.as_ref(),
        vault::KdfCost::for_tests(),
        NOW,
    )
    .unwrap();
    other.outbox_insert(&decision(1)).unwrap();
    vault.close().unwrap();
    let wrong = Some(other.work_store());
    let vault = Vault::unlock_sharing(home.data(), vault_id(), PASSWORD, home.keychain.as_ref(), NOW, wrong).unwrap();
    assert_eq!(vault.outbox_counts().unwrap().queued, 0);
}
