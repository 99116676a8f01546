//! T-PWR: the power goes. Killing a process does not show this, since the page cache outlives it; so the system calls of a real run are
//! replayed, and after each of them the files are made as the disk may hold them: without what was not synced, with it, with parts of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use vault::{Vault, VaultFile};

use crate::fixture::{NOW, decision, decision_id, held, rendition, sha, vault_id};
use crate::outbox::receipt;
use crate::process::{create, file, on_the_vault, order, run, unlock, vault_folder};
use crate::replayed_disk::{CALLS, Cache, Disk};
use crate::work_state::{fast_folder, large_decision};

const TOLD: &str = "told";

/// Runs the process in `folder` and returns its system calls on the vault's files.
fn recorded(folder: &Path, how: &str) -> Vec<String> {
    fs::write(folder.join(TOLD), "").unwrap();
    let list = folder.join("strace");
    let mut before = ["strace", "-f", "-qq", "-xx", "-s", "100000", "-e", CALLS, "-o"].map(str::to_owned).to_vec();
    before.push(list.to_str().unwrap().to_owned());
    before.extend(on_the_vault(folder, &[TOLD]));
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let output = run(folder, "power_loss::process_that_says_what_is_kept", how, &before);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    fs::read_to_string(list).unwrap().lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "the process of the tests below"]
fn process_that_says_what_is_kept() {
    let Some((folder, how)) = order() else { return };
    let mut told = fs::OpenOptions::new().append(true).open(folder.join(TOLD)).unwrap();
    let mut say = |what: String| told.write_all((what + "\n").as_bytes()).unwrap();
    let vault = unlock(&folder).unwrap();
    if how == "without syncing" {
        vault.run_sql(VaultFile::Work, "PRAGMA synchronous = OFF").unwrap();
    }
    say("open".to_owned());
    for number in 3..9 {
        say(format!("? {number}"));
        vault.outbox_insert(&large_decision(number, number as usize % 3)).unwrap();
        say(format!("queued {number}"));
    }
    assert!(vault.outbox_mark_sending(decision_id(3)).unwrap());
    say("sending 3".to_owned());
    vault.outbox_delivered(decision_id(3), decision(3).payload_sha256, &receipt(), NOW).unwrap();
    say("delivered 3".to_owned());
    vault.put_held(&[held(1)], true, &[]).unwrap();
    vault.put_rendition(sha(10), &rendition(1)).unwrap();
    say("? 4".to_owned());
    // Empties the WAL into the file.
    vault.outbox_undo(decision_id(4), NOW).unwrap();
    say("gone 4".to_owned());
    for number in 9..12 {
        say(format!("? {number}"));
        vault.outbox_insert(&decision(number)).unwrap();
        say(format!("queued {number}"));
    }
    vault.change_server_url("https://elsewhere.example.org").unwrap();
    say("moved".to_owned());
    vault.close().unwrap();
    say("closed".to_owned());
}

/// What the process had said of each decision, and which it was about to change.
fn promised(said: &[String]) -> (BTreeMap<u32, String>, Option<u32>) {
    let (mut promised, mut uncertain) = (BTreeMap::from([(1, "queued".to_owned()), (2, "queued".to_owned())]), None);
    for line in said {
        let Some((word, number)) = line.split_once(' ') else { continue };
        let number = number.parse().unwrap();
        uncertain = (word == "?").then_some(number);
        if word != "?" {
            promised.insert(number, word.to_owned());
        }
    }
    // The two moves of decision 3 are not announced.
    if promised.contains_key(&8) && !promised.contains_key(&9) && uncertain.is_none() {
        uncertain = Some(3);
    }
    (promised, uncertain)
}

/// Opens what the power cut left; says what is wrong with it, if anything.
fn fault_of(folder: &Path, said: &[String]) -> Option<String> {
    let vault = match unlock(folder) {
        Ok(vault) => vault,
        Err(error) => return Some(format!("does not open: {error:?}")),
    };
    let fault = fault_in(&vault, said);
    vault.close().unwrap();
    fault
}

fn fault_in(vault: &Vault, said: &[String]) -> Option<String> {
    if !vault.recovered().is_empty() {
        return Some(format!("made anew: {:?}", vault.recovered()));
    }
    let whole = vault.integrity(VaultFile::Work).unwrap();
    if whole != "ok" {
        return Some(whole);
    }
    let (promised, uncertain) = promised(said);
    for number in 0..20 {
        let found = vault.outbox_row(decision_id(number)).unwrap().map_or("gone", |row| row.state.word());
        let expected = promised.get(&number).map_or("gone", String::as_str);
        if found != expected && uncertain != Some(number) {
            return Some(format!("decision {number} is {found}, and was said to be {expected}"));
        }
    }
    let is_moved = said.iter().any(|line| line == "moved");
    if is_moved && vault.header().server_url != "https://elsewhere.example.org" {
        return Some("the header is the old one".to_owned());
    }
    None
}

/// Cuts the power after every call, in each way; returns the number of cuts and what was wrong.
fn cut_everywhere(how: &str) -> (u32, Vec<String>) {
    let run = fast_folder();
    let vault = create(run.path());
    for number in [1, 2] {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    vault.close().unwrap();
    for name in ["work.db-wal", "work.db-shm"] {
        assert!(!file(run.path(), name).exists());
    }
    let mut disk = Disk::of(&vault_folder(run.path()), &run.path().join(TOLD));
    let calls = recorded(run.path(), how);
    assert!(calls.iter().any(|call| call.contains("fsync") || call.contains("fdatasync")) || how != "as it is");
    let after = fast_folder();
    let secret = format!("vault-{}.secret", vault_id());
    fs::copy(run.path().join(&secret), after.path().join(&secret)).unwrap();
    let folder = vault_folder(after.path());
    let (mut cuts, mut faults) = (0, Vec::new());
    for (at, call) in calls.iter().enumerate() {
        if !disk.replay(call) {
            continue;
        }
        for cache in [Cache::Lost, Cache::Written, Cache::Torn(at as u64 * 2), Cache::Torn(at as u64 * 2 + 1)] {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).unwrap();
            disk.cut_power(&folder, cache);
            cuts += 1;
            if let Some(fault) = fault_of(after.path(), &disk.said) {
                faults.push(format!("after call {at}, {cache:?}, said {:?}: {fault}", disk.said.last()));
            }
        }
    }
    assert_eq!(disk.said.last().unwrap(), "closed");
    (cuts, faults)
}

#[test]
fn after_a_power_cut_at_any_moment_everything_is_there_that_was_said_to_be_kept() {
    let (cuts, faults) = cut_everywhere("as it is");
    assert!(faults.is_empty(), "{} of {cuts}, first: {}", faults.len(), faults[0]);
    assert!(cuts > 400, "{cuts} cuts");
}

/// That the test above can see a decision that was not synced.
#[test]
fn without_syncing_the_replay_finds_lost_decisions() {
    let (cuts, faults) = cut_everywhere("without syncing");
    let lost = faults.iter().filter(|fault| fault.contains("is gone, and was said to be queued")).count();
    assert!(lost > 5, "{lost} of {cuts}");
}
