//! A frame of `work.db`'s WAL that was changed and whose checksums were made right again, as by somebody who knows SQLite but not the key.
//! SQLite takes such a frame; the seal of the page does not fit, and that must never become a row.

use std::fs;

use vault::VaultFile;

use crate::fixture::{decision, decision_id};
use crate::random::Random;
use crate::wal::{FRAME_HEADER, Killed, frame};
use crate::work_state::{DECISIONS, work_state};

/// Computes the checksums of all frames anew, from the WAL's header on.
fn reseal(wal: &mut [u8], frames: usize) {
    let is_big_endian = wal[3] & 1 == 1;
    let word = |bytes: &[u8]| {
        let bytes: [u8; 4] = bytes.try_into().unwrap();
        if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    let add = |bytes: &[u8], sum: (u32, u32)| {
        bytes.chunks_exact(8).fold(sum, |(first, second), pair| {
            let first = first.wrapping_add(word(&pair[..4])).wrapping_add(second);
            (first, second.wrapping_add(word(&pair[4..])).wrapping_add(first))
        })
    };
    let mut sum = add(&wal[..24], (0, 0));
    assert_eq!(wal[24..32], [sum.0.to_be_bytes(), sum.1.to_be_bytes()].concat(), "the header is as SQLite wrote it");
    for number in 0..frames {
        let at = frame(number);
        sum = add(&wal[at.start..at.start + 8], sum);
        sum = add(&wal[at.start + FRAME_HEADER..at.end], sum);
        wal[at.start + 16..at.start + 20].copy_from_slice(&sum.0.to_be_bytes());
        wal[at.start + 20..at.start + 24].copy_from_slice(&sum.1.to_be_bytes());
    }
}

#[test]
fn computing_the_checksums_anew_changes_nothing_in_a_good_wal() {
    let killed = Killed::after_the_story();
    let mut wal = killed.wal.clone();
    reseal(&mut wal, killed.frames());
    assert!(wal == killed.wal);
}

/// T-WAL: a broken seal under a right checksum.
#[test]
fn a_frame_with_a_right_checksum_and_a_broken_seal_is_salvaged_around_or_no_longer_used() {
    let killed = Killed::after_the_story();
    let all = &killed.commits.last().unwrap().1;
    let mut random = Random::new(0x5ea1);
    let (mut salvaged, mut unused) = (0, 0);
    for number in 0..killed.frames() {
        let at = frame(number);
        let mut wal = killed.wal.clone();
        let byte = at.start + FRAME_HEADER + random.within(0..4096);
        wal[byte] ^= 1 << random.within(0..8);
        reseal(&mut wal, killed.frames());
        let vault = killed.open_with(&wal).unwrap_or_else(|error| panic!("frame {number}: {error}"));
        let Some(told) = vault.work_recovered().unwrap() else {
            unused += 1;
            assert!(work_state(&vault) == *all, "frame {number}");
            assert_eq!(vault.integrity(VaultFile::Work).unwrap(), "ok", "frame {number}");
            vault.close().unwrap();
            continue;
        };
        salvaged += 1;
        let aside = told.moved_to.unwrap();
        for (name, bytes) in [(aside.clone(), &killed.database), (format!("{aside}-wal"), &wal)] {
            let kept =
                fs::read(killed.home.file(&name)).unwrap_or_else(|error| panic!("frame {number}: {name}: {error}"));
            assert!(kept == *bytes, "frame {number}: {name} is not the broken file as it was");
            fs::remove_file(killed.home.file(&name)).unwrap();
        }
        let mut found = 0;
        for decided in 0..DECISIONS {
            let Some(row) = vault.outbox_row(decision_id(decided)).unwrap() else { continue };
            found += 1;
            assert!((1..=12).contains(&decided), "frame {number}: a decision that nobody made");
            assert_eq!(row.payload_sha256, decision(decided).payload_sha256, "frame {number}");
            let copy = vault.author_copy(decision_id(decided)).unwrap();
            assert_eq!(copy.as_slice(), decision(decided).author_copy, "frame {number}");
        }
        assert_eq!(told.decisions_kept, found, "frame {number}");
        vault.close().unwrap();
    }
    assert!(salvaged >= 5 && unused >= 20, "{salvaged} salvaged, {unused} no longer used");
}
