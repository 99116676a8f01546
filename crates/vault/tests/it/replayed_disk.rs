//! A disk replayed from a list of system calls, as `strace` writes it down: what was written, what was synced, what only the page cache had.
//! From it come the files that a power cut may leave at any moment. Knows files and one folder; nothing of SQLite.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::random::Random;

/// The calls that the replay needs.
pub(crate) const CALLS: &str =
    "trace=openat,close,write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat";

/// A change that is in the page cache.
#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut(usize),
}

#[derive(Clone, Default)]
struct Contents {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

/// A power cut keeps whole sectors of an unsynced write, in any order.
const SECTOR: usize = 512;

impl Contents {
    fn apply(bytes: &mut Vec<u8>, change: &Change, keep: impl Fn(usize) -> bool) {
        match change {
            Change::Cut(length) => bytes.resize(*length, 0),
            Change::Write { at, bytes: written } => {
                for (number, sector) in written.chunks(SECTOR).enumerate() {
                    if keep(number) {
                        let from = at + number * SECTOR;
                        if bytes.len() < from + sector.len() {
                            bytes.resize(from + sector.len(), 0);
                        }
                        bytes[from..from + sector.len()].copy_from_slice(sector);
                    }
                }
            }
        }
    }

    fn synced(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            Self::apply(&mut self.durable, &change, |_| true);
        }
    }
}

/// What is left of the unsynced changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cache {
    /// Nothing.
    Lost,
    /// Everything.
    Written,
    /// Some changes, and some sectors of others, by chance.
    Torn(u64),
}

/// One folder with its files.
#[derive(Default)]
pub(crate) struct Disk {
    folder: PathBuf,
    files: Vec<Contents>,
    /// Names as the running system sees them, and as the disk holds them.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    open: BTreeMap<u32, PathBuf>,
    /// What was written to the file of this name, line by line: not part of the disk, but what the process said.
    told: PathBuf,
    pub(crate) said: Vec<String>,
}

impl Disk {
    /// The files of a folder, all durable. What is written to `told` is kept as words.
    pub(crate) fn of(folder: &Path, told: &Path) -> Self {
        let mut disk = Self { folder: folder.to_owned(), told: told.to_owned(), ..Self::default() };
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            disk.names.insert(path.clone(), disk.files.len());
            disk.files.push(Contents { durable: fs::read(path).unwrap(), pending: Vec::new() });
        }
        disk.durable_names = disk.names.clone();
        disk
    }

    /// Makes one call happen again; `false` when it changed nothing that a power cut could show.
    pub(crate) fn replay(&mut self, line: &str) -> bool {
        assert!(!line.contains("unfinished") && !line.contains("resumed"), "two threads at once: {line}");
        let Some((call, rest)) = line.split_once(' ').and_then(|(_, call)| call.trim_start().split_once('(')) else {
            return false;
        };
        let Some((arguments, answer)) = rest.rsplit_once(" = ") else {
            return false;
        };
        let arguments = arguments.trim_end().trim_end_matches(')');
        let answer: i64 = answer.split(' ').next().unwrap().parse().unwrap_or(-1);
        if answer < 0 {
            return false;
        }
        let texts = texts(arguments);
        let number = |nth: usize| arguments.split(", ").nth(nth).and_then(|word| word.trim().parse::<i64>().ok());
        let file = number(0).and_then(|fd| self.open.get(&(fd as u32)).cloned());
        match call {
            "openat" => self.opened(path(&texts[0]), answer as u32, arguments),
            "close" => drop(self.open.remove(&(number(0).unwrap() as u32))),
            "write" | "pwrite64" => {
                let Some(file) = file else { return false };
                let bytes = texts.into_iter().next().unwrap();
                assert_eq!(bytes.len() as i64, answer, "the whole write is in the list");
                if file == self.told {
                    self.said.extend(String::from_utf8(bytes).unwrap().lines().map(str::to_owned));
                    return true;
                }
                // The header's new text is written from the beginning, without an offset.
                let at = if call == "write" { self.length(&file) } else { last_number(arguments) as usize };
                self.changed(&file, Change::Write { at, bytes });
            }
            "ftruncate" => self.changed(&file.unwrap(), Change::Cut(number(1).unwrap() as usize)),
            "fsync" | "fdatasync" => {
                let Some(file) = file else { return false };
                if file == self.folder {
                    self.durable_names = self.names.clone();
                } else {
                    let at = self.names[&file];
                    self.files[at].synced();
                }
            }
            "rename" | "renameat" | "renameat2" => {
                let at = self.names.remove(&path(&texts[0])).unwrap();
                self.names.insert(path(&texts[1]), at);
            }
            "unlink" | "unlinkat" => drop(self.names.remove(&path(&texts[0]))),
            other => panic!("{other} was not asked for"),
        }
        !matches!(call, "openat" | "close")
    }

    fn opened(&mut self, path: PathBuf, fd: u32, arguments: &str) {
        if path.starts_with(&self.folder) && path != self.folder && !self.names.contains_key(&path) {
            assert!(arguments.contains("O_CREAT"), "{} is not known", path.display());
            self.names.insert(path.clone(), self.files.len());
            self.files.push(Contents::default());
        }
        self.open.insert(fd, path);
    }

    fn changed(&mut self, file: &Path, change: Change) {
        // The index of the WAL is shared memory: not on the disk.
        let at = self.names[file];
        self.files[at].pending.push(change);
    }

    fn length(&self, file: &Path) -> usize {
        let contents = &self.files[self.names[file]];
        contents.pending.iter().fold(contents.durable.len(), |length, change| match change {
            Change::Cut(to) => *to,
            Change::Write { at, bytes } => length.max(at + bytes.len()),
        })
    }

    /// Writes the files as a power cut leaves them now.
    pub(crate) fn cut_power(&self, to: &Path, cache: Cache) {
        let mut random = Random::new(if let Cache::Torn(seed) = cache { seed } else { 0 });
        let names = match cache {
            Cache::Lost => &self.durable_names,
            Cache::Written => &self.names,
            Cache::Torn(_) if random.next() & 1 == 0 => &self.durable_names,
            Cache::Torn(_) => &self.names,
        };
        for (name, at) in names {
            if name.to_string_lossy().ends_with("-shm") {
                continue;
            }
            let contents = &self.files[*at];
            let mut bytes = contents.durable.clone();
            for change in &contents.pending {
                // A third is lost, a third is written, of a third some sectors.
                let (fate, sectors) = (random.next() % 3, random.next());
                match (cache, fate) {
                    (Cache::Lost, _) | (Cache::Torn(_), 0) => {}
                    (Cache::Written, _) | (Cache::Torn(_), 1) => Contents::apply(&mut bytes, change, |_| true),
                    (Cache::Torn(_), _) => {
                        Contents::apply(&mut bytes, change, |sector| sectors >> (sector % 64) & 1 == 1)
                    }
                }
            }
            fs::write(to.join(name.file_name().unwrap()), bytes).unwrap();
        }
    }
}

/// The quoted texts of a call; every byte is written as `\xNN`.
fn texts(arguments: &str) -> Vec<Vec<u8>> {
    arguments.split('"').skip(1).step_by(2).map(|text| hex::decode(text.replace("\\x", "")).unwrap()).collect()
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(std::str::from_utf8(bytes).unwrap())
}

fn last_number(arguments: &str) -> i64 {
    arguments.rsplit(", ").next().unwrap().trim().parse().unwrap()
}
