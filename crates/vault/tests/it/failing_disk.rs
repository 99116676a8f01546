//! T-IO: a disk that fails. `strace` makes the n-th system call of a kind on the vault's files fail with EIO, for every n until a run comes
//! through without meeting the fault. What the process said was kept must be there afterwards, whatever else happened; a failing disk is never
//! taken for a broken file.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use vault::{VaultError, VaultFile};

use crate::fixture::{NOW, decision, decision_id, held, rendition, sha};
use crate::outbox::receipt;
use crate::process::{answer, copy_folder, create, on_the_vault, order, run, say, unlock, vault_folder};
use crate::work_state::fast_folder;

/// Decisions that are there before, and that the process adds.
const BEFORE: [u32; 2] = [1, 2];
const ADDED: [u32; 5] = [3, 4, 5, 6, 7];

fn prepared(folder: &Path) {
    let vault = create(folder);
    for number in BEFORE {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    vault.put_held(&[held(1)], true, &[]).unwrap();
    vault.close().unwrap();
}

/// What a run came to.
#[derive(Default)]
struct Count {
    runs: u32,
    locked_out: u32,
    refused: u32,
}

/// Lets the n-th call of a kind fail, for all n; with `for_good` all later ones too.
fn fail_each(call: &str, for_good: bool) -> Count {
    let template = fast_folder();
    prepared(template.path());
    let mut count = Count::default();
    for nth in 1..2000 {
        let folder = fast_folder();
        copy_folder(template.path(), folder.path());
        let log = folder.path().join("strace").to_str().unwrap().to_owned();
        let inject = format!("inject={call}:error=EIO:when={nth}{}", if for_good { "+" } else { "" });
        let trace = format!("trace={call}");
        let mut before = vec!["strace".to_owned(), "-f".to_owned(), "-qq".to_owned(), "-o".to_owned(), log.clone()];
        before.extend(["-e".to_owned(), trace, "-e".to_owned(), inject]);
        before.extend(on_the_vault(folder.path(), &[]));
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let output = run(folder.path(), "failing_disk::process_on_a_failing_disk", "go", &before);
        let what = format!("{call} {nth}{}", if for_good { " and all after it" } else { "" });
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}: {text}{errors}{}", fs::read_to_string(&log).unwrap());
        let said = answer(folder.path()).unwrap_or_else(|| panic!("{what}: {text}{errors}"));
        check(folder.path(), &said, &what, for_good, &mut count);
        if !fs::read_to_string(&log).unwrap().contains("(INJECTED)") {
            assert!(nth > 1, "{call} is never called");
            assert!(!said.contains("refused") && !said.contains("locked"), "{what}: {said}");
            return count;
        }
        count.runs += 1;
    }
    panic!("{call} is called without end");
}

/// Holds what is on the disk against what the process said.
fn check(folder: &Path, said: &str, what: &str, for_good: bool, count: &mut Count) {
    let numbers = |word: &str| -> BTreeSet<u32> {
        said.lines().filter_map(|line| line.strip_prefix(word)?.split(' ').next()?.parse().ok()).collect()
    };
    let (kept, refused) = (numbers("kept "), numbers("refused "));
    let is_moved = fs::read_dir(vault_folder(folder))
        .unwrap()
        .any(|entry| entry.unwrap().file_name().to_string_lossy().contains(".damaged-"));
    assert!(!is_moved && !said.contains("moved aside"), "{what}: a failing disk is not a broken file\n{said}");
    let vault = unlock(folder).unwrap_or_else(|error| panic!("{what}: {error} afterwards\n{said}"));
    assert!(vault.recovered().is_empty(), "{what}");
    assert_eq!(vault.integrity(VaultFile::Work).unwrap(), "ok", "{what}");
    let found: BTreeSet<u32> =
        (0..20).filter(|number| vault.outbox_row(decision_id(*number)).unwrap().is_some()).collect();
    let must: BTreeSet<u32> = kept.iter().copied().chain(BEFORE).collect();
    assert!(must.is_subset(&found), "{what}: lost {:?}\n{said}", must.difference(&found));
    // A refused one may be there after all: its bytes were written, only that they are safe was not certain.
    let may: BTreeSet<u32> = must.union(&refused).copied().collect();
    assert!(found.is_subset(&may), "{what}: invented {:?}\n{said}", found.difference(&may));
    if said.contains("delivered") {
        assert_eq!(vault.outbox_counts().unwrap().delivered, 1, "{what}");
    }
    for number in refused.difference(&found) {
        vault.outbox_insert(&decision(*number)).unwrap_or_else(|error| panic!("{what}: {error} when tried again"));
    }
    count.locked_out += u32::from(said.contains("locked"));
    count.refused += refused.len() as u32;
    if !for_good && !said.contains("locked") {
        assert!(refused.len() <= 1, "{what}: one fault, and it goes on\n{said}");
    }
}

#[test]
#[ignore = "the process of the tests below"]
fn process_on_a_failing_disk() {
    let Some((folder, _)) = order() else { return };
    let mut said = vec!["begun".to_owned()];
    match unlock(&folder) {
        Err(error) => {
            assert!(is_of_the_system(&error), "{error:?}");
            said.push(format!("locked {error:?}"));
        }
        Ok(vault) => {
            if !vault.recovered().is_empty() {
                said.push(format!("moved aside {:?}", vault.recovered()));
            }
            for number in ADDED {
                match vault.outbox_insert(&decision(number)) {
                    Ok(()) => said.push(format!("kept {number}")),
                    Err(error) => {
                        assert!(is_of_the_system(&error), "{error:?}");
                        if let Ok(row) = vault.outbox_row(decision_id(number)) {
                            assert!(row.is_none(), "refused, and yet shown");
                        }
                        said.push(format!("refused {number} {error:?}"));
                    }
                }
            }
            let sent = vault.outbox_mark_sending(decision_id(1));
            let hash = decision(1).payload_sha256;
            if sent.is_ok() && vault.outbox_delivered(decision_id(1), hash, &receipt(), NOW).is_ok() {
                said.push("delivered".to_owned());
            }
            let _ = vault.put_held(&[held(1), held(2)], true, &[]);
            let _ = vault.put_rendition(sha(10), &rendition(1));
            let _ = vault.close();
        }
    }
    say(&folder, &said.join("\n"));
}

/// What a failing disk may be called. SQLite itself calls a read that fails damage; what counts is that no file is moved for it.
fn is_of_the_system(error: &VaultError) -> bool {
    matches!(
        error,
        VaultError::Storage { .. }
            | VaultError::Io { .. }
            | VaultError::DiskFull { .. }
            | VaultError::ReadOnly { .. }
            | VaultError::Damaged { .. }
    )
}

#[test]
fn a_write_that_fails_at_any_time_loses_nothing_that_was_said_to_be_kept() {
    let count = fail_each("pwrite64", false);
    assert!(count.runs > 60 && count.refused > 5, "{} runs, {} refused", count.runs, count.refused);
}

#[test]
fn a_disk_that_takes_no_more_writes_from_any_time_on_loses_nothing() {
    let count = fail_each("pwrite64", true);
    assert!(count.runs > 60 && count.refused > 20, "{} runs, {} refused", count.runs, count.refused);
}

#[test]
fn a_sync_that_fails_at_any_time_is_a_refusal() {
    let count = fail_each("fsync", false);
    assert!(count.runs > 5 && count.refused >= 4, "{} runs, {} refused", count.runs, count.refused);
    fail_each("fsync", true);
}

#[test]
fn a_read_that_fails_once_moves_no_file_and_loses_nothing() {
    let count = fail_each("pread64", false);
    assert!(
        count.runs > 40 && count.locked_out + count.refused > 5,
        "{} runs, {} locked out",
        count.runs,
        count.locked_out
    );
}

#[test]
fn opening_cutting_or_replacing_a_file_may_fail_at_any_time() {
    for call in ["openat", "ftruncate", "unlink", "rename"] {
        fail_each(call, false);
    }
}
