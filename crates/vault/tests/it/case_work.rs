//! Drafts, notes and holds, and the leases that were opened: only the author reads the first, and the server hears of both.

use casework::Fence;
use vault::{CaseWorkRow, OpenedRow, VaultError};
use zeroize::Zeroizing;

use crate::fixture::{Home, NOW, case_id};
use crate::secrecy::assert_no_canary;

fn work(number: u32, text: &str) -> CaseWorkRow {
    CaseWorkRow {
        case_id: case_id(number),
        fence: Fence(number),
        work: Zeroizing::new(text.as_bytes().to_vec()),
        remind_at_ms: Some(NOW + 5),
        updated_at_ms: NOW + i64::from(number),
        is_dirty: true,
    }
}

#[test]
fn the_work_on_a_case_is_kept_over_restarts_and_sealed_to_its_author() {
    let (home, vault) = Home::with_keychain();
    assert_eq!(vault.case_work(case_id(1)).unwrap(), None);
    vault.put_case_work(&work(2, "an older note")).unwrap();
    vault.put_case_work(&work(1, "内部备注 canary note")).unwrap();
    let newer = CaseWorkRow { fence: Fence(9), remind_at_ms: None, ..work(2, "a newer note") };
    vault.put_case_work(&newer).unwrap();
    assert_no_canary(&home, "with a draft");
    let vault = home.reopen(&vault);
    assert_eq!(vault.case_work(case_id(1)).unwrap(), Some(work(1, "内部备注 canary note")));
    assert_eq!(vault.case_works().unwrap(), [work(1, "内部备注 canary note"), newer]);
    let store = vault.work_store();
    vault.close().unwrap();
    assert_eq!(vault.case_work(case_id(1)).unwrap_err(), VaultError::Closed);
    assert_eq!(vault.put_case_work(&work(1, "x")).unwrap_err(), VaultError::Closed);
    store.forget_case_work(case_id(1)).unwrap();
    store.forget_case_work(case_id(1)).unwrap();
    assert_eq!(home.unlock().unwrap().case_works().unwrap().len(), 1);
}

#[test]
fn a_change_during_the_sync_stays_to_be_sent() {
    let (_home, vault) = Home::with_keychain();
    vault.put_case_work(&work(1, "first")).unwrap();
    assert_eq!(vault.case_work_dirty().unwrap().len(), 1);
    vault.put_case_work(&CaseWorkRow { updated_at_ms: NOW + 50, ..work(1, "second") }).unwrap();
    assert!(!vault.case_work_synced(case_id(1), NOW + 1).unwrap());
    assert_eq!(vault.case_work_dirty().unwrap().len(), 1);
    assert!(vault.case_work_synced(case_id(1), NOW + 50).unwrap());
    assert_eq!(vault.case_work_dirty().unwrap(), []);
    assert!(!vault.case_work(case_id(1)).unwrap().unwrap().is_dirty);
}

#[test]
fn work_that_was_put_under_another_case_is_not_taken_for_that_case() {
    let (_home, vault) = Home::with_keychain();
    vault.put_case_work(&work(1, "x")).unwrap();
    let exchange = format!("UPDATE case_work SET case_id = '{}'", case_id(2));
    vault.run_sql(vault::VaultFile::Work, &exchange).unwrap();
    let refused = vault.case_work(case_id(2)).unwrap_err();
    assert_eq!(refused, VaultError::UnreadableRow { file: vault::VaultFile::Work });
}

#[test]
fn the_first_opening_under_a_lease_is_told_once() {
    let (_home, vault) = Home::with_keychain();
    vault.put_opened(case_id(1), Fence(1), NOW).unwrap();
    vault.put_opened(case_id(1), Fence(1), NOW + 9).unwrap();
    vault.put_opened(case_id(1), Fence(2), NOW + 9).unwrap();
    assert!(vault.was_opened(case_id(1), Fence(1)).unwrap());
    assert!(!vault.was_opened(case_id(1), Fence(3)).unwrap());
    let first = OpenedRow { case_id: case_id(1), fence: Fence(1), at_ms: NOW };
    assert_eq!(vault.opened_untold().unwrap(), [first, OpenedRow { fence: Fence(2), at_ms: NOW + 9, ..first }]);
    vault.opened_told(&[(case_id(1), Fence(1))]).unwrap();
    assert_eq!(vault.opened_untold().unwrap().len(), 1);
    vault.forget_opened_but(&[case_id(1)]).unwrap();
    assert!(vault.was_opened(case_id(1), Fence(1)).unwrap());
    vault.forget_opened_but(&[]).unwrap();
    assert!(!vault.was_opened(case_id(1), Fence(1)).unwrap());
    assert!(vault.was_opened(case_id(1), Fence(2)).unwrap(), "not told yet");
}
