//! The folder of a demonstration: the server's data, the desktop's data, the portal's credential, and a note of how far it got. The
//! note also marks the folder as ours: without it nothing in a folder is ever deleted.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::demo_clock::{self, Instant};
use crate::failure::Failure;

const NOTE: &str = "review-desk-demonstration.json";
const SERVER: &str = "server";
const DESKTOP: &str = "desktop";
const CREDENTIAL: &str = "portal-credential";

/// The office of all demonstration accounts and cases.
pub(crate) const OFFICE: &str = "示范审核机构 Demonstration Office";
/// The password of all demonstration accounts. Printed; good for nothing but made-up cases on this computer.
pub(crate) const PASSWORD: &str = "Shenhe-Demo-2026";

/// An account of the demonstration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    /// Sign-in name.
    pub(crate) name: &'static str,
    /// Role, in the server's word.
    pub(crate) role: &'static str,
    /// The name that colleagues see.
    pub(crate) display_name: &'static str,
}

/// Who can sign in.
pub(crate) const ACCOUNTS: &[Account] = &[
    Account { name: "li.reviewer", role: "reviewer", display_name: "李静" },
    Account { name: "wang.reviewer", role: "reviewer", display_name: "王磊" },
    Account { name: "zhao.supervisor", role: "supervisor", display_name: "赵敏" },
    Account { name: "chen.auditor", role: "auditor", display_name: "陈洁" },
];

/// A demonstration's folder and how far it got.
#[derive(Debug)]
pub(crate) struct Demonstration {
    folder: PathBuf,
    /// Whether accounts and credential are made.
    pub(crate) is_prepared: bool,
    /// The id of the office, as the server gave it.
    pub(crate) office_id: String,
    /// How many cases the server was filled with; 0 until that was done.
    pub(crate) cases: u32,
    /// The moment for which the cases are made; kept so that a broken filling goes on with the same cases.
    pub(crate) seeded_for: Option<Instant>,
    /// What the demonstration clock showed last.
    pub(crate) clock: Option<Instant>,
}

impl Demonstration {
    /// Opens or makes the folder. `is_fresh` empties it first.
    pub(crate) fn open(folder: &Path, is_fresh: bool) -> Result<Self, Failure> {
        let io = |error: std::io::Error| Failure::of(format!("cannot use {}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(io)?;
        let folder = folder.canonicalize().map_err(io)?;
        let note = folder.join(NOTE);
        let known = std::fs::read_to_string(&note).ok();
        let is_ours = known.is_some();
        let is_empty = std::fs::read_dir(&folder).map_err(io)?.next().is_none();
        if !is_ours && !is_empty {
            return Err(Failure::of(format!(
                "{} holds something that is no demonstration of this program; name an empty folder",
                folder.display()
            )));
        }
        let mut demonstration = Demonstration::read(folder, known.as_deref().unwrap_or_default());
        if is_fresh || !demonstration.is_prepared {
            demonstration.empty()?;
        }
        demonstration.note()?;
        Ok(demonstration)
    }

    fn read(folder: PathBuf, note: &str) -> Self {
        let note: Value = serde_json::from_str(note).unwrap_or_default();
        let instant = |name: &str| note[name].as_str().and_then(Instant::parse);
        Demonstration {
            folder,
            is_prepared: note["is_prepared"] == true,
            office_id: note["office_id"].as_str().unwrap_or_default().to_owned(),
            cases: note["cases"].as_u64().and_then(|count| count.try_into().ok()).unwrap_or(0),
            seeded_for: instant("seeded_for"),
            clock: instant("clock"),
        }
    }

    /// Writes down how far it got.
    pub(crate) fn note(&self) -> Result<(), Failure> {
        let text = json!({
            "is_prepared": self.is_prepared,
            "office_id": self.office_id,
            "cases": self.cases,
            "seeded_for": self.seeded_for.map(demo_clock::Instant::rfc3339),
            "clock": self.clock.map(demo_clock::Instant::rfc3339),
        });
        std::fs::write(self.folder.join(NOTE), format!("{text:#}\n"))
            .map_err(|error| Failure::of(format!("cannot write {NOTE}: {error}")))
    }

    /// The server's data.
    pub(crate) fn server(&self) -> PathBuf {
        self.folder.join(SERVER)
    }

    /// The desktop's data.
    pub(crate) fn desktop(&self) -> PathBuf {
        self.folder.join(DESKTOP)
    }

    /// The file with the portal's credential.
    pub(crate) fn credential(&self) -> PathBuf {
        self.folder.join(CREDENTIAL)
    }

    /// A file for what a program writes.
    pub(crate) fn log(&self, program: &str) -> PathBuf {
        self.folder.join(format!("{program}.log"))
    }

    /// Writes the portal's credential, for its owner only.
    pub(crate) fn keep_credential(&self, credential: &str) -> Result<(), Failure> {
        use std::io::Write;
        let mut options = std::fs::OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        options
            .open(self.credential())
            .and_then(|mut file| writeln!(file, "{credential}"))
            .map_err(|error| Failure::of(format!("cannot write the portal's credential: {error}")))
    }

    fn empty(&mut self) -> Result<(), Failure> {
        for part in [self.server(), self.desktop()] {
            match std::fs::remove_dir_all(&part) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::of(format!("cannot empty {}: {error}", part.display())));
                }
                _ => {}
            }
        }
        let _ = std::fs::remove_file(self.credential());
        (self.is_prepared, self.cases, self.seeded_for, self.clock) = (false, 0, None, None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("review-desk-xtask-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let folder = folder("foreign");
        std::fs::create_dir_all(folder.join(SERVER)).unwrap();
        std::fs::write(folder.join(SERVER).join("precious"), "x").unwrap();
        assert!(Demonstration::open(&folder, true).is_err());
        assert!(folder.join(SERVER).join("precious").is_file());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn how_far_it_got_is_known_again_and_forgotten_when_fresh() {
        let folder = folder("note");
        let mut first = Demonstration::open(&folder, false).unwrap();
        first.is_prepared = true;
        first.cases = 200;
        first.clock = Instant::parse(demo_clock::START);
        first.note().unwrap();
        std::fs::create_dir_all(first.server()).unwrap();

        let again = Demonstration::open(&folder, false).unwrap();
        assert_eq!((again.cases, again.clock), (200, Instant::parse(demo_clock::START)));
        assert!(again.server().is_dir());

        let fresh = Demonstration::open(&folder, true).unwrap();
        assert_eq!((fresh.is_prepared, fresh.cases, fresh.clock), (false, 0, None));
        assert!(!fresh.server().exists());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
