//! T-IO: files that another process holds, and files that may only be read. Both are told as what they are, nothing is moved aside for them,
//! and everything works again when they are free.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use vault::{VaultError, VaultFile};

use crate::fixture::{case, decision, decision_id, whole_feed};
use crate::process::{answer, create, order, process, run, say, unlock, vault_folder};
use crate::work_state::fast_folder;

#[test]
#[ignore = "the process of another_process_that_holds_a_file_is_waited_for_and_then_named"]
fn process_that_holds_a_file() {
    let Some((folder, sql)) = order() else { return };
    let vault = unlock(&folder).unwrap();
    let file = if sql.contains("cases") { VaultFile::Cases } else { VaultFile::Work };
    vault.run_sql(file, "BEGIN EXCLUSIVE").unwrap();
    println!("held");
    // Until the other side lets go.
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    vault.run_sql(file, "ROLLBACK").unwrap();
}

fn hold_and_try(which: &str, file: VaultFile, try_it: impl Fn(&vault::Vault) -> Result<(), VaultError>) {
    let folder = fast_folder();
    let vault = create(folder.path());
    let mut holder = process(folder.path(), "locked::process_that_holds_a_file", which, &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("held")));

    let begun = Instant::now();
    assert_eq!(try_it(&vault), Err(VaultError::Busy { file }));
    let waited = begun.elapsed();
    assert!(
        waited > Duration::from_secs(1) && waited < Duration::from_secs(60),
        "waited, but not for ever: {waited:?}"
    );
    assert!(vault.outbox_list().unwrap().is_empty() && vault.feed_position().unwrap().cursor == 0, "reading goes on");

    let mut reply = holder.stdin.take().unwrap();
    reply.write_all(b"let go\n").unwrap();
    said.by_ref().for_each(drop);
    assert!(holder.wait().unwrap().success());
    try_it(&vault).unwrap();
    vault.close().unwrap();
    let vault = unlock(folder.path()).unwrap();
    assert!(vault.recovered().is_empty());
}

/// T-IO, locked.
#[test]
fn another_process_that_holds_work_db_is_waited_for_and_then_named() {
    hold_and_try("work", VaultFile::Work, |vault| vault.outbox_insert(&decision(1)));
}

/// T-IO, locked.
#[test]
fn another_process_that_holds_cases_db_is_waited_for_and_then_named() {
    hold_and_try("cases", VaultFile::Cases, |vault| {
        vault.apply_changes(&whole_feed("e1", 1, vec![case(1)]), &[]).map(drop)
    });
}

#[test]
#[ignore = "the process of on_a_read_only_disk_the_vault_says_so_and_nothing_is_touched"]
fn process_on_a_read_only_disk() {
    let Some((folder, _)) = order() else { return };
    let refused = fs::write(vault_folder(&folder).join("probe"), "").unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ReadOnlyFilesystem);
    assert_eq!(unlock(&folder).unwrap_err(), VaultError::ReadOnly { file: VaultFile::Work });
    say(&folder, "done");
}

/// T-IO, read-only.
#[test]
fn on_a_read_only_disk_the_vault_says_so_and_nothing_is_touched() {
    let folder = fast_folder();
    let vault = create(folder.path());
    vault.outbox_insert(&decision(1)).unwrap();
    vault.close().unwrap();
    let mount = "mount --bind data data && mount -o remount,bind,ro data && exec \"$@\"";
    let test = "locked::process_on_a_read_only_disk";
    let mut texts = String::new();
    // As root, or as a user who is root in a namespace.
    for namespace in [&["unshare", "--mount"][..], &["unshare", "--user", "--map-root-user", "--mount"][..]] {
        let words = [namespace, &["sh", "-c", mount, "sh"]].concat();
        let output = run(folder.path(), test, "go", &words);
        texts += &format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if answer(folder.path()).is_some() {
            break;
        }
    }
    assert_eq!(answer(folder.path()).as_deref(), Some("done"), "{texts}");
    let vault = unlock(folder.path()).unwrap();
    assert!(vault.recovered().is_empty());
    assert!(vault.outbox_row(decision_id(1)).unwrap().is_some());
}

#[test]
#[ignore = "the process of a_second_process_is_refused_until_the_first_is_gone"]
fn process_that_takes_the_folder() {
    let Some((folder, _)) = order() else { return };
    let taken = vault::DataFolderLock::take(&folder.join("data"));
    println!("{}", if taken.is_ok() { "taken" } else { "refused" });
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

/// T-2INST, with two processes; the system lets go when one is killed.
#[test]
fn a_second_process_is_refused_until_the_first_is_gone() {
    let folder = fast_folder();
    let mut first = process(folder.path(), "locked::process_that_takes_the_folder", "go", &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("taken")));
    let data = folder.path().join("data");
    assert_eq!(vault::DataFolderLock::take(&data).unwrap_err(), VaultError::SecondInstance);
    first.kill().unwrap();
    first.wait().unwrap();
    vault::DataFolderLock::take(&data).unwrap();
}
