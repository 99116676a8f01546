//! T-CORR: broken files. `cases.db` and `photos.db` are moved aside as they are and made anew, or the change did not matter; `work.db` beside
//! them keeps every byte.

use std::fs;

use vault::{QueueFilter, RecoveryReason, Vault, VaultFile};

use crate::fixture::{Home, case, case_id, held, rendition, sha, whole_feed};
use crate::random::Random;
use crate::work_state::{story, work_state};

/// Cases, held ones, pictures, and a story of decisions.
fn full_home() -> Home {
    let (home, vault) = Home::fast();
    vault.apply_changes(&whole_feed("e1", 5, (1..60).map(case).collect()), &[]).unwrap();
    vault.put_held(&(1..=8).map(held).collect::<Vec<_>>(), false, &[]).unwrap();
    for number in 1..=8 {
        vault.put_rendition(sha(number * 10), &rendition(number as u8)).unwrap();
    }
    for (_, change) in story() {
        change(&vault);
    }
    vault.close().unwrap();
    home
}

/// What came from the server, as far as it is here.
fn fetched(vault: &Vault) -> Vec<String> {
    let page = vault.queue_page(QueueFilter::default(), 0, 100).unwrap();
    let mut lines = vec![format!("{:?} {:?}", vault.feed_position().unwrap(), page)];
    lines.extend((1..=8).map(|number| format!("{:?}", vault.held(case_id(number)).unwrap())));
    lines.extend((1..=8).map(|number| {
        vault.rendition(sha(number * 10)).unwrap().map_or("none".to_owned(), |picture| hex::encode(&picture.jpeg[..8]))
    }));
    lines
}

/// Ways to break a file: a name, and what it holds then.
fn broken(good: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut ways = Vec::new();
    for power in 0..=12u32 {
        for seed in 0..3 {
            let mut random = Random::new(u64::from(power) << 8 | seed);
            let mut bytes = good.to_vec();
            for _ in 0..1u32 << power {
                let at = random.within(0..bytes.len());
                bytes[at] ^= random.within(1..256) as u8;
            }
            ways.push((format!("2^{power} bytes changed, seed {seed}"), bytes));
        }
    }
    for length in [0, 1, 15, 16, 99, 100, 512, 4095, 4096, 4097, 16_384, good.len() / 2, good.len() - 1] {
        ways.push((format!("cut to {length} bytes"), good[..length.min(good.len() - 1)].to_vec()));
    }
    for zeroed in [16, 100, 4096, 16_384, good.len()] {
        let mut bytes = good.to_vec();
        bytes[..zeroed].fill(0);
        ways.push((format!("the first {zeroed} bytes zeroed"), bytes));
    }
    ways.push(("another file's bytes".to_owned(), b"<html>not a database</html>".repeat(2000)));
    ways.push(("twice its length".to_owned(), [good, good].concat()));
    ways
}

/// T-CORR: the file of what can be fetched again.
fn a_broken_file_is_made_anew(file: VaultFile) {
    let home = full_home();
    let vault = home.unlock().unwrap();
    let (all_work, all_fetched) = (work_state(&vault), fetched(&vault));
    vault.close().unwrap();
    let names = [VaultFile::Cases, VaultFile::Photos, VaultFile::Work].map(VaultFile::file_name);
    let good: Vec<_> = names.iter().map(|name| fs::read(home.file(name)).unwrap()).collect();
    let mine = home.file(file.file_name());
    let ways = broken(&fs::read(&mine).unwrap());
    let (mut anew, mut harmless) = (0, 0);
    for (what, bytes) in &ways {
        for (name, bytes) in names.iter().zip(&good) {
            fs::write(home.file(name), bytes).unwrap();
        }
        fs::write(&mine, bytes).unwrap();
        let vault = home.unlock().unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(fs::read(home.file("work.db")).unwrap() == good[2], "{what}: work.db was touched");
        assert!(work_state(&vault) == all_work, "{what}");
        if let [recovered] = vault.recovered() {
            anew += 1;
            assert_eq!((recovered.file, recovered.reason), (file, RecoveryReason::Damaged), "{what}");
            let aside = home.file(recovered.moved_to.as_deref().unwrap());
            assert!(fs::read(&aside).unwrap() == *bytes, "{what}: not kept as it was");
            fs::remove_file(aside).unwrap();
            // And it works.
            vault.apply_changes(&whole_feed("e2", 1, vec![case(1)]), &[]).unwrap();
            vault.put_held(&[held(1)], false, &[]).unwrap();
            vault.put_rendition(sha(10), &rendition(1)).unwrap();
            assert!(vault.rendition(sha(10)).unwrap().is_some());
        } else {
            harmless += 1;
            assert!(vault.recovered().is_empty(), "{what}");
            assert!(fetched(&vault) == all_fetched, "{what}: taken for good, and is not");
        }
        vault.close().unwrap();
    }
    assert!(anew > 50 && harmless < 5, "{anew} made anew, {harmless} harmless");
}

#[test]
fn broken_cases_are_moved_aside_and_made_anew_and_the_work_keeps_every_byte() {
    a_broken_file_is_made_anew(VaultFile::Cases);
}

#[test]
fn broken_photos_are_moved_aside_and_made_anew_and_the_work_keeps_every_byte() {
    a_broken_file_is_made_anew(VaultFile::Photos);
}

#[test]
fn a_folder_or_nothing_in_place_of_a_file_is_made_anew_too() {
    let home = full_home();
    let work = fs::read(home.file("work.db")).unwrap();
    for name in ["cases.db", "photos.db"] {
        for reason in [RecoveryReason::Damaged, RecoveryReason::Missing] {
            fs::remove_file(home.file(name)).unwrap();
            if reason == RecoveryReason::Damaged {
                fs::create_dir(home.file(name)).unwrap();
                fs::write(home.file(name).join("something"), "of somebody").unwrap();
            }
            let vault = home.unlock().unwrap();
            let [recovered] = vault.recovered() else { panic!("{name} was not noticed") };
            assert_eq!((recovered.file.file_name(), recovered.reason), (name, reason));
            assert!(fs::read(home.file("work.db")).unwrap() == work);
            if let Some(aside) = &recovered.moved_to {
                assert_eq!(fs::read_to_string(home.file(aside).join("something")).unwrap(), "of somebody");
            }
            vault.close().unwrap();
        }
    }
}
