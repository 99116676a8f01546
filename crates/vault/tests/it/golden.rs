//! MIG-UP, MIG-DOWN: vault folders as the programs of every schema left them, kept under `tests/golden`, with a decision in each state. They
//! open with nothing lost, also when an upgrade is killed at any moment before. How they are made is `golden_maker`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vault::{OutboxState, SecretName, Vault, VaultError, VaultFile};

use crate::fixture::{case_id, decision, decision_id, sha, vault_id};
use crate::process::{FileKeychain, copy_folder, on_the_vault, order, run, unlock, vault_folder};
use crate::work_state::fast_folder;

/// The newest schema of `work.db` for which there is a folder: a new migration needs a new one.
pub(crate) const NEWEST: u32 = 4;

pub(crate) fn golden(schema: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(schema.to_string())
}

/// The decisions of every golden folder: number, state, attempts, whether put away.
pub(crate) const DECISIONS: [(u32, OutboxState, u32, bool); 8] = [
    (1, OutboxState::Queued, 0, false),
    (2, OutboxState::Queued, 1, false),
    (3, OutboxState::Sending, 1, false),
    (4, OutboxState::Delivered, 1, false),
    (5, OutboxState::Conflict, 1, false),
    (6, OutboxState::Parked, 1, false),
    (7, OutboxState::Conflict, 1, true),
    (8, OutboxState::Delivered, 1, true),
];

/// A copy of a golden folder that a vault can be opened in.
fn copied(schema: u32) -> tempfile::TempDir {
    let folder = fast_folder();
    copy_folder(&golden(schema), folder.path());
    folder
}

/// Everything that a golden folder holds is there.
fn nothing_is_lost(vault: &Vault, what: &str) {
    assert!(vault.recovered().is_empty(), "{what}");
    for (number, state, attempts, is_dismissed) in DECISIONS {
        let row = vault.outbox_row(decision_id(number)).unwrap().unwrap_or_else(|| panic!("{what}: {number} is lost"));
        let made = decision(number);
        assert_eq!((row.state, row.attempts, row.is_dismissed), (state, attempts, is_dismissed), "{what}: {number}");
        assert_eq!(
            (row.case_id, row.case_version, row.payload_sha256),
            (made.case_id, made.case_version, made.payload_sha256)
        );
        assert_eq!(row.receipt.is_some(), state == OutboxState::Delivered, "{what}: {number}");
        assert_eq!(row.standing.is_some(), state == OutboxState::Conflict, "{what}: {number}");
        assert_eq!(
            row.problem.is_some(),
            !matches!((state, attempts), (OutboxState::Delivered | OutboxState::Sending, _) | (_, 0))
        );
        assert_eq!(vault.author_copy(decision_id(number)).unwrap().as_slice(), made.author_copy, "{what}: {number}");
    }
    assert_eq!(vault.outbox_counts().unwrap().undelivered(), 5, "{what}");
    assert!(vault.person().unwrap().unwrap().contains("golden"), "{what}");
    assert_eq!(vault.secret(SecretName::RefreshToken).unwrap().unwrap().as_slice(), b"golden token", "{what}");
    assert_eq!(vault.clock_offset().unwrap(), Some(-77), "{what}");
    // What can be fetched again is kept as well.
    assert!(vault.held(case_id(1)).unwrap().is_some() && vault.case_row(case_id(3)).unwrap().is_some(), "{what}");
    assert_eq!(vault.rendition(sha(10)).unwrap().unwrap().jpeg, vec![3; 300], "{what}");
}

fn schemas(vault: &Vault) -> Vec<String> {
    [VaultFile::Work, VaultFile::Cases, VaultFile::Photos].map(|file| vault.schema_text(file).unwrap()).to_vec()
}

/// MIG-UP.
#[test]
fn every_earlier_schema_is_brought_up_to_date_with_nothing_lost() {
    let (_home, fresh) = crate::fixture::Home::fast();
    for schema in 1..=NEWEST {
        let folder = copied(schema);
        let vault = unlock(folder.path()).unwrap();
        nothing_is_lost(&vault, &format!("schema {schema}"));
        assert_eq!(schemas(&vault), schemas(&fresh), "schema {schema}");
        if schema > 1 {
            assert_eq!(vault.calendar_packs().unwrap()[0].pack, "a golden pack");
            assert_eq!(vault.calendar_keys().unwrap(), ["golden key"]);
        }
        if schema > 2 {
            assert_eq!(vault.case_work(case_id(1)).unwrap().unwrap().work.as_slice(), [1; 20]);
            assert!(vault.was_opened(case_id(1), casework::Fence(1)).unwrap());
            assert_eq!(vault.delivery_credential().unwrap().unwrap().as_str(), "golden credential");
            // Eight decided, two delivered, two in conflict, one parked.
            assert_eq!(vault.access_log_unshipped(100).unwrap().len(), 13);
        }
        vault.outbox_requeue_interrupted().unwrap();
        vault.outbox_insert(&decision(20)).unwrap();
        let rows = vault.outbox_list().unwrap().len();
        vault.close().unwrap();
        assert_eq!(unlock(folder.path()).unwrap().outbox_list().unwrap().len(), rows);
    }
}

/// A new migration comes with a golden folder of the schema before and of its own.
#[test]
fn there_is_a_golden_folder_for_every_schema() {
    let (_home, vault) = crate::fixture::Home::fast();
    vault.pretend_schema(VaultFile::Work, 9999).unwrap();
    vault.close().unwrap();
    let Err(VaultError::TooNew { supported, .. }) = _home.unlock() else { panic!("taken for its own") };
    assert_eq!(supported, NEWEST);
    assert!((1..=NEWEST).all(|schema| golden(schema).join("data").is_dir()));
}

#[test]
#[ignore = "the process of an_upgrade_that_is_killed_at_any_moment_is_done_again_with_nothing_lost"]
fn process_that_upgrades() {
    let Some((folder, _)) = order() else { return };
    nothing_is_lost(&unlock(&folder).unwrap(), "not killed");
}

/// MIG-UP, killed: between two system calls nothing on the disk changes, so killing at each of them is killing at every statement, and more.
#[test]
fn an_upgrade_that_is_killed_at_any_moment_is_done_again_with_nothing_lost() {
    for schema in 1..NEWEST {
        let mut kills = BTreeMap::new();
        for call in ["pwrite64", "fsync", "ftruncate", "openat", "unlink", "rename"] {
            for nth in 1..1000 {
                let folder = copied(schema);
                let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
                let trace = format!("trace={call}");
                let mut before = ["strace", "-f", "-qq", "-o", "strace.txt", "-e", &trace, "-e", &inject]
                    .map(str::to_owned)
                    .to_vec();
                before.extend(on_the_vault(folder.path(), &[]));
                let before: Vec<&str> = before.iter().map(String::as_str).collect();
                let output = run(folder.path(), "golden::process_that_upgrades", "go", &before);
                let what = format!("schema {schema}, killed at {call} {nth}");
                if output.status.success() {
                    break;
                }
                let killed =
                    fs::read_to_string(folder.path().join("strace.txt")).unwrap().contains("killed by SIGKILL");
                assert!(killed, "{what}: {}", String::from_utf8_lossy(&output.stdout));
                *kills.entry(call).or_insert(0) += 1;
                let vault = unlock(folder.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
                nothing_is_lost(&vault, &what);
                assert_eq!(vault.integrity(VaultFile::Work).unwrap(), "ok", "{what}");
                vault.close().unwrap();
            }
        }
        // The smallest step changes one page.
        assert!(kills["pwrite64"] > 4 && kills["fsync"] > 2, "{kills:?}");
    }
}

/// Every file of a folder with its bytes.
fn bytes_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// MIG-DOWN.
#[test]
fn a_newer_schema_of_any_file_is_refused_and_every_byte_stays() {
    for (file, supported) in [(VaultFile::Work, NEWEST), (VaultFile::Cases, 2), (VaultFile::Photos, 1)] {
        let folder = copied(NEWEST);
        let vault = unlock(folder.path()).unwrap();
        vault.pretend_schema(file, 99).unwrap();
        vault.close().unwrap();
        let before = bytes_of(&vault_folder(folder.path()));
        assert_eq!(unlock(folder.path()).unwrap_err(), VaultError::TooNew { file, found: 99, supported });
        let after = bytes_of(&vault_folder(folder.path()));
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{file}");
        assert!(before == after, "{file}");
        if file != VaultFile::Work {
            continue;
        }
        // What was not delivered can still be taken along.
        let keychain = FileKeychain(folder.path().to_owned());
        let rows = vault::export_undelivered(&folder.path().join("data"), vault_id(), &keychain).unwrap().unwrap();
        let mut found: Vec<_> = rows.iter().map(|row| (row.decision_id, row.envelope.clone())).collect();
        found.sort();
        assert_eq!(found, [1, 2, 3, 5, 6].map(|number| (decision_id(number), decision(number).envelope)));
        assert!(before == bytes_of(&vault_folder(folder.path())), "exporting changes nothing");
    }
}
