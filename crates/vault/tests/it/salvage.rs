//! A broken `work.db`: what can be read is kept, what cannot is counted, nothing is invented, and the broken file is never deleted.

use std::fs;

use vault::{CaseWorkRow, OutboxRow, OutboxState, Vault, VaultError, WorkRecovered, WorkStore};
use zeroize::Zeroizing;

use crate::fixture::{Home, NOW, case_id, decision, decision_id, vault_id};
use crate::outbox::{problem, receipt};
use crate::recovery::breakages;

const DECISIONS: u32 = 60;

/// A closed vault with decisions in every state, a draft, and a log.
fn full() -> (Home, Vec<OutboxRow>) {
    let (home, vault) = Home::with_keychain();
    for number in 1..=DECISIONS {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    for number in (1..=DECISIONS).filter(|number| number % 5 != 0) {
        vault.outbox_mark_sending(decision_id(number)).unwrap();
        match number % 5 {
            1 => vault.outbox_delivered(decision_id(number), decision(number).payload_sha256, &receipt(), NOW).unwrap(),
            2 => vault.outbox_conflict(decision_id(number), &problem("lease_lost"), Some(b"{}"), NOW).unwrap(),
            3 => vault.outbox_park(decision_id(number), &problem("bad_opinion"), NOW).unwrap(),
            _ => {}
        }
    }
    let draft = Zeroizing::new(b"draft".to_vec());
    let draft = CaseWorkRow {
        case_id: case_id(1),
        fence: casework::Fence(1),
        work: draft,
        remind_at_ms: None,
        updated_at_ms: NOW,
        is_dirty: true,
    };
    vault.put_case_work(&draft).unwrap();
    vault.put_delivery_credential("rdd_1").unwrap();
    let rows = rows(&vault);
    vault.close().unwrap();
    (home, rows)
}

fn rows(vault: &Vault) -> Vec<OutboxRow> {
    (1..=DECISIONS).filter_map(|number| vault.outbox_row(decision_id(number)).unwrap()).collect()
}

fn told(vault: &Vault) -> WorkRecovered {
    vault.work_recovered().unwrap().unwrap()
}

/// T-CORR-O.
#[test]
fn however_it_breaks_it_opens_and_the_broken_file_is_kept() {
    let (home, before) = full();
    let good = fs::read(home.file("work.db")).unwrap();
    for (what, broken) in breakages(&good) {
        fs::write(home.file("work.db"), &broken).unwrap();
        let vault = home.unlock().unwrap_or_else(|error| panic!("{what}: {error}"));
        let told = told(&vault);
        let aside = home.file(told.moved_to.as_deref().unwrap());
        assert!(fs::read(aside).unwrap() == broken, "{what}: not kept as it was");
        let kept = rows(&vault);
        assert!(kept.iter().all(|row| before.contains(row)), "{what}: a row was invented");
        assert_eq!(told.decisions_kept, kept.len() as u64, "{what}");
        match what {
            "one bit flipped" | "cut" => assert!(kept.len() > 30, "{what}: {}", kept.len()),
            _ => assert_eq!((kept.len(), told.rows_lost, told.decisions_lost), (0, None, None), "{what}"),
        }
        // It goes on, and is told until somebody says that it was heard.
        vault.outbox_insert(&decision(500)).unwrap();
        let vault = home.reopen(&vault);
        assert_eq!(self::told(&vault), told, "{what}: salvaged once");
        vault.work_recovered_told().unwrap();
        assert_eq!(home.reopen(&vault).work_recovered().unwrap(), None);
    }
    assert!(!home.file(".salvage").exists() && !home.file("work.db.salvaged").exists());
}

#[test]
fn a_broken_page_costs_the_rows_of_that_page_and_they_are_counted() {
    let (home, before) = full();
    let good = fs::read(home.file("work.db")).unwrap();
    let pages = good.len() / 4096;
    let (mut damaged_rows, mut worst, mut in_doubt) = (0, 0, 0);
    // Page 1 holds the schema; without it nothing is known.
    for page in 1..pages {
        let mut broken = good.clone();
        broken[page * 4096 + 1000 + page] ^= 0x10;
        fs::write(home.file("work.db"), &broken).unwrap();
        let vault = home.unlock().unwrap();
        let told = told(&vault);
        let mut kept = rows(&vault);
        for row in &mut kept {
            let last = before.iter().find(|known| known.decision_id == row.decision_id).unwrap();
            // Found without a way that leads to it: a person looks before it goes out.
            if row.problem.as_ref().is_some_and(|problem| problem.code == "salvaged") {
                assert!(matches!(last.state, OutboxState::Queued | OutboxState::Sending), "page {page}");
                in_doubt += 1;
                (row.state, row.problem) = (last.state, None);
            }
            assert_eq!(row, last, "page {page}: a row was invented");
        }
        let lost = before.len() - kept.len();
        assert_eq!(told.decisions_kept as usize, kept.len(), "page {page}");
        if let Some(counted) = told.decisions_lost {
            assert_eq!(counted as usize, lost, "page {page}");
            damaged_rows += lost;
            worst = worst.max(lost);
        }
        for row in kept.iter().step_by(7) {
            let number = u32::try_from(row.decision_id.0.as_u128() - 0xdec1_0000).unwrap();
            assert_eq!(vault.author_copy(row.decision_id).unwrap().as_slice(), decision(number).author_copy);
        }
        // Everything that was kept stands in the plain file too, still sealed to the server.
        let exported = told.wrote_export.map(|name| vault.salvaged_rows(&name).unwrap()).unwrap_or_default();
        assert_eq!(exported.len(), kept.len());
        assert!(exported.iter().all(|row| row.envelope == decision(1).envelope && row.author_signature.is_some()));
        vault.close().unwrap();
    }
    assert!(damaged_rows > 0, "some page held decisions");
    assert!(worst <= 5, "one page holds few rows, whatever it is: {worst}");
    assert!(in_doubt > 0, "also the root of the tree was broken");
}

/// T-WAL: an older state that shows through a broken page does not go out by itself: it may have been sent, or taken back, since.
#[test]
fn a_decision_of_an_older_state_waits_for_a_person() {
    let (home, vault) = Home::with_keychain();
    for number in 1..=30 {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    let vault = home.reopen(&vault);
    let checkpointed = fs::read(home.file("work.db")).unwrap();
    vault.outbox_mark_sending(decision_id(2)).unwrap();
    vault.outbox_insert(&decision(31)).unwrap();
    // As a kill leaves it between taking back and emptying the WAL.
    let taken_back = format!("DELETE FROM outbox WHERE decision_id = '{}'", decision_id(3));
    vault.run_sql(vault::VaultFile::Work, &taken_back).unwrap();
    let wal = fs::read(home.file("work.db-wal")).unwrap();
    vault.close().unwrap();
    let mut came_back = 0;
    for page in 1..checkpointed.len() / 4096 {
        let mut broken = checkpointed.clone();
        broken[page * 4096 + 900] ^= 1;
        fs::write(home.file("work.db"), &broken).unwrap();
        fs::write(home.file("work.db-wal"), &wal).unwrap();
        let vault = home.unlock().unwrap();
        // A page that stands in the WAL anew is not missed.
        if let Some(name) = vault.work_recovered().unwrap().and_then(|told| told.moved_to) {
            let got = fs::read(home.file(&name)).unwrap();
            let diff: Vec<_> = (0..got.len().max(broken.len()) / 4096)
                .filter(|p| got.get(p * 4096..p * 4096 + 4096) != broken.get(p * 4096..p * 4096 + 4096))
                .collect();
            let names: Vec<_> = fs::read_dir(home.folder())
                .unwrap()
                .map(|e| (e.as_ref().unwrap().file_name(), e.unwrap().metadata().unwrap().len()))
                .collect();
            assert!(
                got == broken,
                "page {page}: not kept as it was {} {} {diff:?} {name} {names:?} {:?}",
                got.len(),
                broken.len(),
                vault.work_recovered()
            );
            assert!(fs::read(home.file(&format!("{name}-wal"))).unwrap() == wal, "page {page}: its WAL neither");
        }
        let due = vault.outbox_due(i64::MAX, 99).unwrap();
        assert!(due.iter().all(|row| row.decision_id != decision_id(3)), "page {page}: taken back, and yet due");
        let sent = vault.outbox_row(decision_id(2)).unwrap().map(|row| row.state);
        assert!(!matches!(sent, Some(OutboxState::Queued)), "page {page}: it may have arrived");
        if let Some(row) = vault.outbox_row(decision_id(3)).unwrap() {
            came_back += 1;
            assert_eq!((row.state, row.problem.unwrap().code.as_str()), (OutboxState::Parked, "salvaged"));
        }
        vault.close().unwrap();
        fs::remove_file(home.file("work.db")).unwrap();
    }
    assert!(came_back > 0, "the older state did show through");
}

#[test]
fn a_missing_file_is_made_anew_and_said() {
    let (home, _) = full();
    fs::remove_file(home.file("work.db")).unwrap();
    let vault = home.unlock().unwrap();
    let told = told(&vault);
    assert_eq!((told.moved_to, told.rows_kept, told.rows_lost, told.wrote_export), (None, 0, None, None));
    vault.outbox_insert(&decision(1)).unwrap();
}

#[test]
fn a_folder_in_its_place_is_moved_aside() {
    let (home, _) = full();
    fs::remove_file(home.file("work.db")).unwrap();
    fs::create_dir(home.file("work.db")).unwrap();
    let vault = home.unlock().unwrap();
    assert!(home.file(told(&vault).moved_to.as_deref().unwrap()).is_dir());
}

/// K-12 for salvage: a kill between the two renames, and one before them.
#[test]
fn a_salvage_that_was_interrupted_is_finished_or_done_again() {
    let (home, before) = full();
    let good = fs::read(home.file("work.db")).unwrap();
    let mut broken = good.clone();
    let last_page = good.len() - 4096;
    broken[last_page + 50] ^= 1;
    fs::write(home.file("work.db"), &broken).unwrap();
    let vault = home.unlock().unwrap();
    let kept = rows(&vault);
    vault.close().unwrap();
    let salvaged = fs::read(home.file("work.db")).unwrap();

    // The broken file has left its place, its WAL has not, the fresh one has not come.
    fs::rename(home.file("work.db"), home.file("work.db.salvaged")).unwrap();
    fs::write(home.file("work.db-wal"), b"of the broken file").unwrap();
    let vault = home.unlock().unwrap();
    assert_eq!(rows(&vault), kept);
    assert!(vault.work_recovered().unwrap().is_some(), "still told");
    vault.close().unwrap();

    // The fresh file was finished, the broken one is still in its place.
    fs::write(home.file("work.db"), &good).unwrap();
    fs::write(home.file("work.db.salvaged"), &salvaged).unwrap();
    let vault = home.unlock().unwrap();
    assert_eq!(rows(&vault), before, "what stands in the place is read again");
    assert!(!home.file("work.db.salvaged").exists());
}

#[test]
fn the_work_of_a_locked_vault_is_salvaged_too_but_never_by_an_unproved_key() {
    let (home, vault) = Home::without_keychain();
    vault.outbox_insert(&decision(1)).unwrap();
    let key = vault.device_key_for_escrow().unwrap();
    vault.close().unwrap();
    let header = fs::read_to_string(home.file("vault.json")).unwrap();
    let mut broken = fs::read(home.file("work.db")).unwrap();
    broken[100] ^= 1;
    fs::write(home.file("work.db"), &broken).unwrap();
    let mut unproved: serde_json::Value = serde_json::from_str(&header).unwrap();
    unproved["keys"].as_object_mut().unwrap().remove("device_check");
    fs::write(home.file("vault.json"), unproved.to_string()).unwrap();
    let refused = WorkStore::open_with_key(home.data(), vault_id(), &key, NOW).unwrap_err();
    assert_eq!(refused, VaultError::Damaged { file: vault::VaultFile::Work });
    assert!(fs::read(home.file("work.db")).unwrap() == broken, "nothing was touched");
    fs::write(home.file("vault.json"), header).unwrap();
    let work = WorkStore::open_with_key(home.data(), vault_id(), &key, NOW).unwrap();
    assert!(work.work_recovered().unwrap().is_some());
}

#[test]
fn only_files_of_saved_decisions_are_read_back() {
    let (home, vault) = Home::with_keychain();
    for name in
        ["vault.json", "../vault.json", "work-salvaged-.json/..", "work-salvaged-1/../2.json", "work-salvaged-5.json"]
    {
        assert_eq!(vault.salvaged_rows(name).unwrap_err(), VaultError::NotFound, "{name}");
    }
    fs::write(home.file("work-salvaged-5.json"), "[{}]").unwrap();
    let refused = vault.salvaged_rows("work-salvaged-5.json").unwrap_err();
    assert_eq!(refused, VaultError::UnreadableRow { file: vault::VaultFile::Work });
}
