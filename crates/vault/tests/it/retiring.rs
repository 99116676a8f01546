//! A vault that is given up: nothing of the server's is left, nothing that a person decided is lost.

use vault::{KeyProtection, OutboxState, VaultError, WorkStore, escrow, export_undelivered, list, put_escrow, retire};

use crate::fixture::{Home, NOW, decision, decision_id, vault_id};
use crate::outbox::receipt;
use crate::secrecy::{assert_no_canary, plant};

#[test]
fn a_retired_vault_has_no_cache_and_its_work_is_still_delivered() {
    let (home, vault) = Home::with_keychain();
    plant(&vault);
    vault.close().unwrap();
    std::fs::write(home.file("cases.db.damaged-1"), b"an older broken file").unwrap();
    retire(home.data(), vault_id(), NOW + 5).unwrap();
    retire(home.data(), vault_id(), NOW + 6).unwrap();
    assert_no_canary(&home, "after retiring");
    for gone in ["cases.db", "photos.db", "cases.db.damaged-1"] {
        assert!(!home.file(gone).exists(), "{gone}");
    }
    let text = std::fs::read_to_string(home.file("vault.json")).unwrap();
    assert!(text.contains("\"vault_key\": \"\""), "the wrapped key is gone");
    let (headers, damaged) = list(home.data()).unwrap();
    assert_eq!((headers[0].retired_at_ms, damaged.len()), (Some(NOW + 5), 0));
    assert_eq!(home.unlock().unwrap_err(), VaultError::Retired);

    let work = WorkStore::open(home.data(), vault_id(), home.keychain.as_ref(), NOW).unwrap().unwrap();
    assert_eq!(work.header().retired_at_ms, Some(NOW + 5));
    work.outbox_mark_sending(decision_id(1)).unwrap();
    work.outbox_delivered(decision_id(1), decision(1).payload_sha256, &receipt(), NOW).unwrap();
    assert_eq!(work.outbox_row(decision_id(1)).unwrap().unwrap().state, OutboxState::Delivered);
}

#[test]
fn the_work_goes_on_while_its_vault_is_retired() {
    let (home, vault) = Home::with_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    let work = vault.work_store();
    vault.close().unwrap();
    retire(home.data(), vault_id(), NOW).unwrap();
    assert_eq!(work.outbox_counts().unwrap().queued, 1);
}

/// K-13: the program dies between the header and the files.
#[test]
fn a_retirement_that_was_interrupted_is_finished_at_the_next_opening() {
    let (home, vault) = Home::with_keychain();
    vault.close().unwrap();
    let cases = std::fs::read(home.file("cases.db")).unwrap();
    retire(home.data(), vault_id(), NOW).unwrap();
    std::fs::write(home.file("cases.db"), &cases).unwrap();
    assert_eq!(home.unlock().unwrap_err(), VaultError::Retired);
    assert!(!home.file("cases.db").exists());
    std::fs::write(home.file("cases.db"), &cases).unwrap();
    WorkStore::open(home.data(), vault_id(), home.keychain.as_ref(), NOW).unwrap().unwrap();
    assert!(!home.file("cases.db").exists());
}

#[test]
fn a_forgotten_password_without_a_keychain_is_helped_by_the_escrow() {
    let (home, vault) = Home::without_keychain();
    assert_eq!(vault.header().key_protection, KeyProtection::PasswordOnly);
    vault.outbox_insert(&decision(1)).unwrap();
    assert_eq!(escrow(home.data(), vault_id()).unwrap(), None);
    // Sealed by the caller; here it stands for itself.
    put_escrow(home.data(), vault_id(), b"an older one").unwrap();
    put_escrow(home.data(), vault_id(), vault.device_key_for_escrow().unwrap().as_slice()).unwrap();
    assert_eq!(put_escrow(home.data(), vault_id(), &[0; 20_000]).unwrap_err(), VaultError::Keys);
    vault.close().unwrap();
    retire(home.data(), vault_id(), NOW).unwrap();
    let key: [u8; 32] = escrow(home.data(), vault_id()).unwrap().unwrap().try_into().unwrap();
    let work = WorkStore::open_with_key(home.data(), vault_id(), &key, NOW).unwrap();
    assert_eq!(work.outbox_due(i64::MAX, 9).unwrap()[0].envelope, decision(1).envelope);
    assert_eq!(export_undelivered(home.data(), vault_id(), home.keychain.as_ref()).unwrap(), None);
}

#[test]
fn an_unknown_vault_is_neither_retired_nor_given_an_escrow() {
    let (home, _vault) = Home::with_keychain();
    let unknown = uuid::Uuid::from_u128(1);
    assert_eq!(retire(home.data(), unknown, NOW).unwrap_err(), VaultError::NotFound);
    assert_eq!(put_escrow(home.data(), unknown, b"x").unwrap_err(), VaultError::NotFound);
    assert_eq!(escrow(home.data(), unknown).unwrap_err(), VaultError::NotFound);
}
