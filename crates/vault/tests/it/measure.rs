//! Figures for information: run with `--ignored --nocapture`, in release for numbers that mean something.

use std::time::Instant;

use vault::{KdfCost, MemoryKeychain, QueueFilter, Vault};

use crate::fixture::{Home, NOW, PASSWORD, case_due, decision, held, new_vault, rendition, sha, vault_id, whole_feed};

#[test]
#[ignore = "prints figures, checks nothing"]
fn figures() {
    let dir = tempfile::tempdir().unwrap();
    let keychain = MemoryKeychain::default();
    let vault =
        Vault::create(dir.path(), new_vault(vault_id()), PASSWORD, &keychain, KdfCost::standard(), NOW).unwrap();
    vault.close().unwrap();
    let start = Instant::now();
    let vault = Vault::unlock(dir.path(), vault_id(), PASSWORD, &keychain, NOW).unwrap();
    println!("unlock with the standard cost: {:?}", start.elapsed());

    let start = Instant::now();
    for number in 0..1000 {
        vault.outbox_insert(&decision(number)).unwrap();
    }
    println!("outbox_insert: {:.0} a second", 1000.0 / start.elapsed().as_secs_f64());

    let (_home, vault) = Home::with_keychain();
    let rows = (1..=20_000).map(|number| case_due(number, number % 300)).collect();
    let start = Instant::now();
    vault.apply_changes(&whole_feed("e1", 1, rows), &[]).unwrap();
    println!("20,000 rows applied: {:?}", start.elapsed());
    let hide: Vec<_> = (1..=200).map(crate::fixture::case_id).collect();
    for offset in [0, 19_000] {
        let start = Instant::now();
        let filter = QueueFilter { only_held_by: None, hide: &hide };
        vault.queue_page(filter, offset, 100).unwrap();
        println!("a page of 100 of 20,000 at {offset}: {:?}", start.elapsed());
    }
    vault.put_held(&(1..=30).map(held).collect::<Vec<_>>(), true, &[]).unwrap();
    let start = Instant::now();
    for number in 1..=30 {
        vault.put_rendition(sha(number * 10), &rendition(3)).unwrap();
    }
    println!("30 renditions of 50 KB kept: {:?}", start.elapsed());
    let start = Instant::now();
    vault.rendition(sha(10)).unwrap().unwrap();
    println!("one read: {:?}", start.elapsed());
    let start = Instant::now();
    vault.close().unwrap();
    println!("closed: {:?}", start.elapsed());
}
