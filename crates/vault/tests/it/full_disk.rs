//! T-FULL with a disk that really is full: a small file system in memory, mounted by a process in a namespace of its own. Beside it the limit
//! that the system sets on the length of a file, which needs no rights at all.

use std::fs;
use std::path::Path;

use vault::{Vault, VaultError, VaultFile};

use crate::fixture::{case_id, decision_id, held, rendition, sha};
use crate::process::{answer, create, file, order, process, run, say, unlock};
use crate::work_state::{fast_folder, large_decision, work_state};

const DISK: &str = "disk";

/// Mounts the small disk and goes on with the words behind it; as an ordinary user in a user namespace.
fn with_small_disk(folder: &Path, test: &str) -> std::process::Output {
    fs::create_dir(folder.join(DISK)).unwrap();
    let mount = "mount -t tmpfs -o size=3m,mode=700 tmpfs disk && exec \"$@\"";
    let as_root = ["unshare", "--mount", "sh", "-c", mount, "sh"];
    let output = run(folder, test, "go", &as_root);
    if answer(folder).is_some() {
        return output;
    }
    let as_user = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"];
    run(folder, test, "go", &as_user)
}

fn passed(output: &std::process::Output, folder: &Path) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && answer(folder).as_deref() == Some("done"), "{text}");
}

/// T-FULL: the WAL cannot grow.
#[test]
fn on_a_full_disk_nothing_is_said_to_be_kept_that_is_not() {
    let folder = fast_folder();
    passed(&with_small_disk(folder.path(), "full_disk::process_on_a_small_disk"), folder.path());
}

/// Leaves about so many bytes free on the disk.
fn fill(disk: &Path, leave: usize) -> std::path::PathBuf {
    let filler = disk.join("filler");
    let _ = fs::remove_file(&filler);
    let mut bytes = 8 * 1024 * 1024;
    let mut written = Vec::new();
    // Halving finds the last free page.
    while bytes >= 4096 {
        written.resize(written.len() + bytes, 1);
        if fs::write(&filler, &written).is_err() {
            written.truncate(written.len() - bytes);
            bytes /= 2;
        }
    }
    written.truncate(written.len().saturating_sub(leave));
    fs::write(&filler, &written).unwrap();
    filler
}

#[test]
#[ignore = "the process of on_a_full_disk_nothing_is_said_to_be_kept_that_is_not"]
fn process_on_a_small_disk() {
    let Some((folder, _)) = order() else { return };
    say(&folder, "mounted");
    let disk = folder.join(DISK);
    let vault = create(&disk);
    vault.put_held(&[held(1)], true, &[]).unwrap();
    let (mut refused, mut kept) = (0, 0);
    for pages in 0..=50 {
        // In the WAL a decision of this size needs 12 pages and some.
        let number = pages as u32 % 30;
        vault.run_sql(VaultFile::Work, "DELETE FROM outbox; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let before = work_state(&vault);
        let filler = fill(&disk, pages * 4096);
        let answer = vault.outbox_insert(&large_decision(number, 12));
        match answer {
            Ok(()) => kept += 1,
            Err(error) => {
                refused += 1;
                assert_eq!(error, VaultError::DiskFull { file: VaultFile::Work }, "{pages} pages");
                assert!(work_state(&vault) == before, "{pages} pages");
                fs::remove_file(&filler).unwrap();
                vault.outbox_insert(&large_decision(number, 12)).unwrap();
            }
        }
        assert!(vault.outbox_row(decision_id(number)).unwrap().is_some());
        let _ = fs::remove_file(&filler);
        assert_eq!(vault.integrity(VaultFile::Work).unwrap(), "ok");
    }
    assert!(refused > 10 && kept > 10, "{refused} refused, {kept} kept");

    // A picture, and the header.
    let filler = fill(&disk, 8192);
    let refusal = vault.put_rendition(sha(10), &rendition(1)).unwrap_err();
    assert_eq!(refusal, VaultError::DiskFull { file: VaultFile::Photos });
    assert_eq!(vault.photos_wanted(9).unwrap().len(), 2);
    let filler = {
        fs::remove_file(filler).unwrap();
        fill(&disk, 0)
    };
    let refusal = vault.change_server_url("https://elsewhere.example.org").unwrap_err();
    assert_eq!(refusal, VaultError::DiskFull { file: VaultFile::Header });
    assert_eq!(vault.header().server_url, "https://review.example.org");

    // Locking and unlocking without a free page: nothing is lost, nothing is taken for broken.
    let before = work_state(&vault);
    let _ = vault.close();
    match unlock(&disk) {
        Ok(vault) => no_loss(&vault, &before),
        Err(error) => assert!(
            matches!(error, VaultError::DiskFull { .. } | VaultError::Storage { .. } | VaultError::Io { .. }),
            "{error:?}"
        ),
    }
    fs::remove_file(filler).unwrap();
    let vault = unlock(&disk).unwrap();
    no_loss(&vault, &before);
    vault.put_rendition(sha(10), &rendition(1)).unwrap();
    assert!(vault.held(case_id(1)).unwrap().is_some());
    vault.change_server_url("https://elsewhere.example.org").unwrap();
    vault.close().unwrap();
    say(&folder, "done");
}

fn no_loss(vault: &Vault, before: &[String]) {
    assert!(vault.recovered().is_empty(), "{:?}", vault.recovered());
    assert!(work_state(vault) == before);
}

/// T-FULL: the system refuses to let a file grow.
#[test]
fn a_file_that_may_not_grow_refuses_and_what_was_kept_stays() {
    let folder = fast_folder();
    create(folder.path()).close().unwrap();
    // In blocks of 512 bytes: what is there may be written, the WAL grows to some 200 pages. Without the signal, the write fails.
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 1600; exec \"$@\"", "sh"];
    let output = process(folder.path(), "full_disk::process_under_a_limit", "go", &limited).output().unwrap();
    passed(&output, folder.path());
    let vault = unlock(folder.path()).unwrap();
    assert!(vault.recovered().is_empty());
    let kept: usize = fs::read_to_string(folder.path().join("kept")).unwrap().parse().unwrap();
    assert!(kept > 3 && vault.outbox_list().unwrap().len() == kept, "{kept}");
    vault.outbox_insert(&large_decision(39, 12)).unwrap();
    assert!(file(folder.path(), "work.db-wal").exists());
}

#[test]
#[ignore = "the process of a_file_that_may_not_grow_refuses_and_what_was_kept_stays"]
fn process_under_a_limit() {
    let Some((folder, _)) = order() else { return };
    let vault = unlock(&folder).unwrap();
    let mut kept = 0u32;
    let refused = loop {
        match vault.outbox_insert(&large_decision(kept, 12)) {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    // The system calls it a failed write (EFBIG), not a full disk.
    assert!(
        matches!(
            refused,
            VaultError::Storage { file: VaultFile::Work, .. } | VaultError::DiskFull { file: VaultFile::Work }
        ),
        "{refused:?}"
    );
    assert!(vault.outbox_row(decision_id(kept)).unwrap().is_none());
    assert_eq!(vault.outbox_list().unwrap().len(), kept as usize);
    fs::write(folder.join("kept"), kept.to_string()).unwrap();
    say(&folder, "done");
}
