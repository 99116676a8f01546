//! The WAL of `work.db`, torn and changed. After every cut and every flipped bit the vault holds exactly the transactions whose frames are
//! whole, in their order. The expected number is computed from the file, not taken from what was found.

use std::fs;
use std::ops::Range;

use vault::{Vault, VaultFile};

use crate::fixture::Home;
use crate::random::Random;
use crate::work_state::{story, work_state};

const WAL_HEADER: usize = 32;
pub(crate) const FRAME_HEADER: usize = 24;
const PAGE: usize = 4096;
const FRAME: usize = FRAME_HEADER + PAGE;

/// A vault as a kill leaves it, and what had been committed when the WAL had which length.
pub(crate) struct Killed {
    pub(crate) home: Home,
    pub(crate) database: Vec<u8>,
    pub(crate) wal: Vec<u8>,
    /// Length of the WAL after a transaction, and what stood then; the first is what the database holds without a WAL.
    pub(crate) commits: Vec<(usize, Vec<String>)>,
}

impl Killed {
    /// The story, all of it still in the WAL.
    pub(crate) fn after_the_story() -> Self {
        let (home, vault) = Home::fast();
        let mut commits = vec![(0, work_state(&vault))];
        for (name, change) in story() {
            let before = commits.last().unwrap().0;
            change(&vault);
            let length = fs::metadata(home.file("work.db-wal")).unwrap().len() as usize;
            assert!(length > before.max(WAL_HEADER), "{name} is a transaction of its own");
            commits.push((length, work_state(&vault)));
        }
        Self::copied(home, &vault, commits)
    }

    fn copied(home: Home, vault: &Vault, commits: Vec<(usize, Vec<String>)>) -> Self {
        let (database, wal) = (fs::read(home.file("work.db")).unwrap(), fs::read(home.file("work.db-wal")).unwrap());
        vault.close().unwrap();
        Self { home, database, wal, commits }
    }

    pub(crate) fn frames(&self) -> usize {
        let used = self.commits.last().unwrap().0;
        assert_eq!((used - WAL_HEADER) % FRAME, 0);
        (used - WAL_HEADER) / FRAME
    }

    pub(crate) fn open_with(&self, wal: &[u8]) -> Result<Vault, vault::VaultError> {
        fs::write(self.home.file("work.db"), &self.database).unwrap();
        fs::write(self.home.file("work.db-wal"), wal).unwrap();
        let _ = fs::remove_file(self.home.file("work.db-shm"));
        self.home.unlock()
    }

    /// What stands when the first `bytes` bytes of the WAL are good.
    fn expected(&self, bytes: usize) -> &[String] {
        &self.commits.iter().rev().find(|(length, _)| *length <= bytes).unwrap().1
    }

    /// Opens the vault with this WAL and holds it against what its first `good` bytes say.
    fn check(&self, wal: &[u8], good: usize, what: &str) {
        let vault = self.open_with(wal).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(work_state(&vault) == self.expected(good), "{what}: not the transactions that are whole");
        assert_eq!(vault.integrity(VaultFile::Work).unwrap(), "ok", "{what}");
        assert!(vault.recovered().is_empty(), "{what}");
        vault.close().unwrap();
    }
}

pub(crate) fn frame(number: usize) -> Range<usize> {
    WAL_HEADER + number * FRAME..WAL_HEADER + (number + 1) * FRAME
}

/// T-WAL, the cuts.
#[test]
fn a_wal_cut_at_every_frame_and_sixteen_places_in_each_gives_back_the_transactions_before_the_cut() {
    let killed = Killed::after_the_story();
    let mut seen = 0;
    for number in 0..killed.frames() {
        let begin = frame(number).start;
        // The frame's boundary, places in and around its header, and places all over its page.
        let inside = [0, 1, 4, 8, 15, 23, 24, 25, 40, 520, 1033, 1546, 2059, 2572, 3085, 3598, FRAME - 1];
        for cut in inside.map(|offset| begin + offset) {
            killed.check(&killed.wal[..cut], cut, &format!("cut at {cut}"));
            seen += 1;
        }
    }
    for cut in [0, 1, 8, 16, 24, 31] {
        killed.check(&killed.wal[..cut], 0, &format!("cut inside the WAL's header at {cut}"));
    }
    killed.check(&killed.wal, killed.wal.len(), "the whole WAL");
    assert!(killed.frames() > 60 && seen == killed.frames() * 17, "{} frames", killed.frames());
    assert_eq!(killed.expected(killed.wal.len()), killed.commits.last().unwrap().1);
}

/// T-WAL, the flips.
#[test]
fn one_flipped_bit_in_a_frame_ends_the_wal_there_and_invents_nothing() {
    let killed = Killed::after_the_story();
    let mut random = Random::new(0x77a1);
    for number in 0..killed.frames() {
        let at = frame(number);
        // Page number and size; salts; checksum; the page's first bytes, its middle, its seal at the end.
        for place in [0..8, 8..16, 16..24, 24..40, 40..FRAME - 80, FRAME - 80..FRAME] {
            let byte = at.start + random.within(place);
            let mut wal = killed.wal.clone();
            wal[byte] ^= 1 << random.within(0..8);
            killed.check(&wal, at.start, &format!("a bit of byte {byte} (frame {number})"));
        }
    }
}

/// T-WAL: a WAL that was begun again has the frames of the time before behind the new ones.
#[test]
fn frames_of_an_earlier_use_of_the_wal_are_never_taken_for_new_ones() {
    let (home, vault) = Home::fast();
    for (_, change) in story() {
        change(&vault);
    }
    let whole = fs::metadata(home.file("work.db-wal")).unwrap().len() as usize;
    vault.run_sql(VaultFile::Work, "PRAGMA wal_checkpoint(RESTART)").unwrap();
    let mut commits = vec![(0, work_state(&vault))];
    let mut frames = 0;
    for number in 20..24 {
        vault.outbox_insert(&crate::fixture::decision(number)).unwrap();
        // The length does not tell where the new frames end, their salts do.
        let wal = fs::read(home.file("work.db-wal")).unwrap();
        assert_eq!(wal.len(), whole, "written over the old frames");
        let salts = &wal[16..24];
        frames = (0..).take_while(|frame_no| wal[frame(*frame_no)][8..16] == *salts).count();
        commits.push((frame(frames).start, work_state(&vault)));
    }
    let killed = Killed::copied(home, &vault, commits);
    assert!(frames > 4 && killed.frames() == frames);
    for number in 0..=frames {
        for offset in [0, 1, 12, 23, 24, 2000] {
            let cut = frame(number).start + offset;
            killed.check(&killed.wal[..cut], cut, &format!("cut at {cut}"));
            // A torn write: the new bytes up to here, the old ones behind.
            let mut torn = killed.wal.clone();
            torn[cut..frame(number).end].fill(0x5a);
            killed.check(&torn, frame(number).start, &format!("torn at {cut}"));
        }
    }
}

/// T-WAL, the header: without it no frame counts.
#[test]
fn a_changed_wal_header_gives_back_what_the_database_holds() {
    let killed = Killed::after_the_story();
    for byte in 0..WAL_HEADER {
        let mut wal = killed.wal.clone();
        wal[byte] ^= 1 << (byte % 8);
        killed.check(&wal, 0, &format!("byte {byte} of the WAL's header"));
    }
}
