//! How often one may guess the password: from the fifth wrong one on it takes time, the tenth ends the vault, and no clock, kill or restart
//! gives a guess for free. Never at the price of what was decided.

use vault::{Vault, VaultError, WorkStore};

use crate::fixture::{Home, NOW, PASSWORD, decision, vault_id};

const MINUTE: i64 = 60_000;

fn guess(home: &Home, password: &str, now_ms: i64) -> Result<Vault, VaultError> {
    Vault::unlock(home.data(), vault_id(), password, home.keychain.as_ref(), now_ms)
}

fn wrong(home: &Home, now_ms: i64) -> VaultError {
    guess(home, "wrong", now_ms).unwrap_err()
}

fn locked(with_keychain: bool) -> Home {
    let (home, vault) = if with_keychain { Home::with_keychain() } else { Home::without_keychain() };
    vault.outbox_insert(&decision(1)).unwrap();
    vault.close().unwrap();
    home
}

#[test]
fn the_fifth_wrong_password_makes_the_next_one_wait_and_a_right_one_starts_anew() {
    for with_keychain in [true, false] {
        let home = locked(with_keychain);
        for _ in 0..5 {
            assert_eq!(wrong(&home, NOW), VaultError::WrongPassword);
        }
        assert_eq!(wrong(&home, NOW + 1), VaultError::TooManyGuesses { wait_ms: MINUTE - 1 });
        let right_too_early = guess(&home, PASSWORD, NOW + MINUTE - 1).unwrap_err();
        assert_eq!(right_too_early, VaultError::TooManyGuesses { wait_ms: 1 });
        assert_eq!(wrong(&home, NOW + MINUTE), VaultError::WrongPassword);
        assert_eq!(wrong(&home, NOW + MINUTE), VaultError::TooManyGuesses { wait_ms: 2 * MINUTE });
        guess(&home, PASSWORD, NOW + 3 * MINUTE).unwrap().close().unwrap();
        for _ in 0..5 {
            assert_eq!(wrong(&home, NOW + 3 * MINUTE), VaultError::WrongPassword);
        }
    }
}

/// CLK.
#[test]
fn a_clock_that_was_set_back_never_makes_the_wait_shorter_nor_endless() {
    let home = locked(true);
    for _ in 0..5 {
        wrong(&home, NOW);
    }
    let back = NOW - 10 * 365 * 86_400_000;
    assert_eq!(wrong(&home, back), VaultError::TooManyGuesses { wait_ms: MINUTE });
    assert_eq!(wrong(&home, back + MINUTE - 1), VaultError::TooManyGuesses { wait_ms: 1 });
    guess(&home, PASSWORD, back + MINUTE).unwrap();
}

#[test]
fn the_tenth_wrong_password_takes_the_cache_and_leaves_the_work() {
    for with_keychain in [true, false] {
        let home = locked(with_keychain);
        let mut now = NOW;
        for _ in 0..9 {
            assert_eq!(wrong(&home, now), VaultError::WrongPassword);
            now += 30 * MINUTE;
        }
        let work_before = std::fs::read(home.file("work.db")).unwrap();
        assert_eq!(wrong(&home, now), VaultError::Retired);
        assert_eq!(guess(&home, PASSWORD, now).unwrap_err(), VaultError::Retired, "the right one comes too late");
        assert!(!home.file("cases.db").exists() && !home.file("photos.db").exists());
        assert_eq!(std::fs::read(home.file("work.db")).unwrap(), work_before);
        let work = WorkStore::open(home.data(), vault_id(), home.keychain.as_ref(), now).unwrap();
        assert_eq!(work.is_some(), with_keychain);
        if let Some(work) = work {
            assert_eq!(work.outbox_counts().unwrap().queued, 1);
        }
    }
}

#[test]
fn a_guess_counts_before_it_is_made() {
    let home = locked(true);
    for _ in 0..3 {
        wrong(&home, NOW);
    }
    // As a kill in the middle of the fourth guess leaves it.
    let counted: serde_json::Value =
        serde_json::from_slice(&std::fs::read(home.file("guesses.json")).unwrap()).unwrap();
    assert_eq!(counted["count"], 3);
    std::fs::write(home.file("guesses.json"), r#"{"count":4,"last_ms":0}"#).unwrap();
    wrong(&home, NOW);
    assert_eq!(wrong(&home, NOW), VaultError::TooManyGuesses { wait_ms: MINUTE });
}

#[test]
fn what_is_no_guess_is_not_counted() {
    let home = locked(true);
    let header = std::fs::read(home.file("vault.json")).unwrap();
    let mut broken: serde_json::Value = serde_json::from_slice(&header).unwrap();
    broken["header"]["server_url"] = "https://evil.example.org".into();
    for _ in 0..12 {
        std::fs::write(home.file("vault.json"), broken.to_string()).unwrap();
        assert!(matches!(guess(&home, PASSWORD, NOW).unwrap_err(), VaultError::Damaged { .. }));
        let lost = Vault::unlock(home.data(), vault_id(), "x", &vault::MemoryKeychain::default(), NOW).unwrap_err();
        assert_eq!(lost, VaultError::KeychainLost);
    }
    std::fs::write(home.file("vault.json"), header).unwrap();
    guess(&home, PASSWORD, NOW).unwrap();
}
