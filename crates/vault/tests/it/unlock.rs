//! Who gets in: passwords, the device secret, the header, one instance at a time.

use std::fs;

use uuid::Uuid;
use vault::{DataFolderLock, KdfCost, KeyProtection, MemoryKeychain, NoKeychain, Vault, VaultError, VaultFile, list};

use crate::fixture::{Home, NOW, PASSWORD, decision, decision_id, new_vault, vault_id};

#[test]
fn the_right_password_opens_what_was_kept() {
    for (home, vault) in [Home::with_keychain(), Home::without_keychain()] {
        vault.outbox_insert(&decision(1)).unwrap();
        let vault = home.reopen(&vault);
        assert_eq!(vault.author_copy(decision_id(1)).unwrap().as_slice(), decision(1).author_copy);
        assert!(vault.recovered().is_empty());
    }
}

#[test]
fn a_wrong_password_is_told_as_such_and_changes_nothing() {
    for (home, vault) in [Home::with_keychain(), Home::without_keychain()] {
        vault.close().unwrap();
        let before = fs::read(home.file("vault.json")).unwrap();
        for wrong in ["", "Correct 马 battery", "correct 马 battery "] {
            assert_eq!(home.unlock_with(wrong).unwrap_err(), VaultError::WrongPassword);
        }
        assert_eq!(fs::read(home.file("vault.json")).unwrap(), before);
        home.unlock().unwrap();
    }
}

#[test]
fn the_header_says_what_protects_the_key() {
    let (_home, vault) = Home::with_keychain();
    assert_eq!(vault.header().key_protection, KeyProtection::Keychain);
    let (_home, vault) = Home::without_keychain();
    assert_eq!(vault.header().key_protection, KeyProtection::PasswordOnly);
}

#[test]
fn without_the_device_secret_the_password_alone_does_not_open() {
    let (home, vault) = Home::with_keychain();
    vault.close().unwrap();
    for lost in [&MemoryKeychain::default() as &dyn vault::Keychain, &NoKeychain] {
        let refused = Vault::unlock(home.data(), vault_id(), PASSWORD, lost, NOW).unwrap_err();
        assert_eq!(refused, VaultError::KeychainLost);
    }
    home.unlock().unwrap();
}

#[test]
fn a_device_secret_of_another_vault_is_refused() {
    let (home, vault) = Home::with_keychain();
    let (other, _vault) = Home::with_keychain();
    vault.close().unwrap();
    let refused = Vault::unlock(home.data(), vault_id(), PASSWORD, other.keychain.as_ref(), NOW).unwrap_err();
    assert_eq!(refused, VaultError::Damaged { file: VaultFile::Header });
}

#[test]
fn every_change_of_the_header_is_refused() {
    for (home, vault) in [Home::with_keychain(), Home::without_keychain()] {
        vault.close().unwrap();
        let path = home.file("vault.json");
        let good = fs::read_to_string(&path).unwrap();
        let document: serde_json::Value = serde_json::from_str(&good).unwrap();
        let header = document["header"].as_object().unwrap();
        for field in header.keys() {
            let mut tampered = document.clone();
            let value = &mut tampered["header"][field];
            *value = match value {
                serde_json::Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
                serde_json::Value::String(_) if field.ends_with("_id") => Uuid::from_u128(99).to_string().into(),
                serde_json::Value::String(text) if field == "key_protection" => match text.as_str() {
                    "keychain" => "password_only".into(),
                    _ => "keychain".into(),
                },
                serde_json::Value::String(text) => format!("{text}x").into(),
                serde_json::Value::Object(kdf) => {
                    let mut kdf = kdf.clone();
                    kdf["iterations"] = 2.into();
                    kdf.into()
                }
                other => panic!("unexpected {other}"),
            };
            fs::write(&path, tampered.to_string()).unwrap();
            // Where only the password protects the header, each of these counts as a wrong one.
            let _ = fs::remove_file(home.file("guesses.json"));
            assert!(home.unlock().is_err(), "{field} was changed and nobody noticed");
        }
        fs::write(&path, good).unwrap();
        let _ = fs::remove_file(home.file("guesses.json"));
        home.unlock().unwrap();
    }
}

#[test]
fn exchanged_or_cut_keys_are_refused() {
    let (home, vault) = Home::without_keychain();
    vault.close().unwrap();
    let path = home.file("vault.json");
    let good: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let mut exchanged = good.clone();
    exchanged["keys"]["vault_key"] = good["keys"]["device_key"].clone();
    exchanged["keys"]["device_key"] = good["keys"]["vault_key"].clone();
    let mut cut = good.clone();
    cut["keys"]["vault_key"] = "".into();
    let mut unproved = good.clone();
    unproved["keys"]["device_check"] = good["keys"]["device_key"].clone();
    for bad in [exchanged, cut, unproved] {
        fs::write(&path, bad.to_string()).unwrap();
        assert!(home.unlock().is_err());
    }
}

#[test]
fn a_hostile_cost_is_refused_before_it_is_paid() {
    let (home, vault) = Home::without_keychain();
    vault.close().unwrap();
    let path = home.file("vault.json");
    let good: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for (field, value) in
        [("memory_kib", u32::MAX), ("iterations", 1_000_000), ("lanes", 4096), ("lanes", 0), ("memory_kib", 1)]
    {
        let mut hostile = good.clone();
        hostile["header"]["kdf"][field] = value.into();
        fs::write(&path, hostile.to_string()).unwrap();
        assert_eq!(home.unlock().unwrap_err(), VaultError::Damaged { file: VaultFile::Header });
    }
}

#[test]
fn a_torn_header_is_damage_and_a_newer_one_is_told_as_newer() {
    let (home, vault) = Home::with_keychain();
    vault.close().unwrap();
    let path = home.file("vault.json");
    let good = fs::read(&path).unwrap();
    for torn in [&good[..0], &good[..good.len() / 2], b"null", b"[1]", b"\xff\xfe", b"{\"format\":1}"] {
        fs::write(&path, torn).unwrap();
        assert_eq!(home.unlock().unwrap_err(), VaultError::Damaged { file: VaultFile::Header });
    }
    fs::write(&path, b"{\"format\":2,\"anything\":{}}").unwrap();
    assert_eq!(home.unlock().unwrap_err(), VaultError::TooNew { file: VaultFile::Header, found: 2, supported: 1 });
    fs::remove_file(&path).unwrap();
    assert_eq!(home.unlock().unwrap_err(), VaultError::Damaged { file: VaultFile::Header });
}

#[test]
fn an_unknown_vault_is_not_found_and_a_known_one_is_not_made_twice() {
    let (home, _vault) = Home::with_keychain();
    let unknown = Uuid::from_u128(1);
    let refused = Vault::unlock(home.data(), unknown, PASSWORD, home.keychain.as_ref(), NOW).unwrap_err();
    assert_eq!(refused, VaultError::NotFound);
    let again =
        Vault::create(home.data(), new_vault(vault_id()), PASSWORD, home.keychain.as_ref(), KdfCost::for_tests(), NOW);
    assert_eq!(again.unwrap_err(), VaultError::AlreadyExists);
}

#[test]
fn vaults_are_listed_last_opened_first_and_damaged_ones_beside_them() {
    let (home, _vault) = Home::with_keychain();
    assert_eq!(list(&home.data().join("nowhere")).unwrap(), (Vec::new(), Vec::new()));
    let second = Uuid::from_u128(0x7b);
    for (id, at) in [(second, NOW + 5), (Uuid::from_u128(0x7c), NOW + 6)] {
        Vault::create(home.data(), new_vault(id), PASSWORD, home.keychain.as_ref(), KdfCost::for_tests(), at).unwrap();
    }
    let folder = home.data().join("vaults").join(Uuid::from_u128(0x7c).to_string());
    fs::write(folder.join("vault.json"), "{").unwrap();
    fs::create_dir(home.data().join("vaults").join(".new-left-over")).unwrap();

    let (vaults, damaged) = list(home.data()).unwrap();
    let ids: Vec<_> = vaults.iter().map(|vault| vault.vault_id).collect();
    assert_eq!(ids, [second, vault_id()]);
    assert_eq!(vaults[1].sign_in_name, "li.na");
    assert_eq!(damaged.len(), 1);
    assert_eq!(damaged[0].error, VaultError::Damaged { file: VaultFile::Header });
    assert!(folder.join("work.db").exists(), "nothing of a damaged vault is touched");
}

#[test]
fn the_time_of_unlocking_and_a_new_address_are_kept() {
    let (home, vault) = Home::with_keychain();
    vault.change_server_url("https://elsewhere.example.org:8443").unwrap();
    let vault = home.reopen(&vault);
    assert_eq!(vault.header().server_url, "https://elsewhere.example.org:8443");
    assert_eq!(vault.header().last_opened_at_ms, NOW + 1);
    assert_eq!(list(home.data()).unwrap().0[0], vault.header());
}

#[test]
fn a_failing_creation_leaves_neither_folder_nor_secret() {
    let dir = tempfile::tempdir().unwrap();
    let unbearable = KdfCost { memory_kib: 8, iterations: 0, lanes: 1 };
    let keychain = MemoryKeychain::default();
    let refused = Vault::create(dir.path(), new_vault(vault_id()), PASSWORD, &keychain, unbearable, NOW).unwrap_err();
    assert_eq!(refused, VaultError::Keys);
    assert_eq!(fs::read_dir(dir.path().join("vaults")).unwrap().count(), 0);
    assert!(vault::Keychain::load(&keychain, &format!("vault-{}", vault_id())).unwrap().is_none());
}

#[test]
fn a_second_instance_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let first = DataFolderLock::take(&data).unwrap();
    assert_eq!(DataFolderLock::take(&data).unwrap_err(), VaultError::SecondInstance);
    drop(first);
    DataFolderLock::take(&data).unwrap();
}

#[test]
fn a_closed_vault_refuses_and_can_be_closed_again() {
    let (_home, vault) = Home::with_keychain();
    vault.close().unwrap();
    vault.close().unwrap();
    assert_eq!(vault.outbox_insert(&decision(1)).unwrap_err(), VaultError::Closed);
    assert_eq!(vault.feed_position().unwrap_err(), VaultError::Closed);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_folder_or_its_files() {
    use std::os::unix::fs::PermissionsExt;
    let (home, vault) = Home::with_keychain();
    let _lock = DataFolderLock::take(home.data()).unwrap();
    vault.outbox_insert(&decision(1)).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.folder()), 0o700);
    assert!(home.file("work.db-wal").exists());
    for file in home.all_files() {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
