//! Looks for things that must be found nowhere: a planted name, number or photo in the files under some folders, in every form in which
//! programs tend to write them down by mistake. File names are searched as well as contents; no file type is skipped.
//!
//! It cannot look into compressed or encrypted data; that is the point of the second, and a limit with the first.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use thiserror::Error;

/// The shortest text that is searched for, in bytes of UTF-8: a shorter one turns up in random bytes by chance.
pub const SHORTEST_TEXT: usize = 8;

/// How many bytes of a photo one window takes.
const WINDOW: usize = 64;

/// How much of a file is looked at at once.
const CHUNK: usize = 4 * 1024 * 1024;

/// Why a search says nothing.
#[derive(Debug, Error)]
pub enum CanaryError {
    /// A text below [`SHORTEST_TEXT`], or a photo too small or too plain to cut a window from.
    #[error("the canary {0} is too short to be told from chance")]
    TooShort(String),
    /// A file or folder could not be read, so that absence cannot be claimed.
    #[error("{} cannot be searched", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The search automaton could not be built.
    #[error("the search cannot be prepared")]
    Prepare(#[from] aho_corasick::BuildError),
}

/// Something that was planted.
#[derive(Debug, Clone)]
pub struct Canary {
    /// What it is called in a hit.
    pub label: String,
    forms: BTreeSet<(&'static str, Vec<u8>)>,
}

impl Canary {
    /// A text: a name or number of somebody who does not exist.
    ///
    /// # Errors
    /// [`CanaryError::TooShort`].
    pub fn text(label: &str, text: &str) -> Result<Self, CanaryError> {
        if text.len() < SHORTEST_TEXT {
            return Err(CanaryError::TooShort(label.to_owned()));
        }
        let bytes = text.as_bytes();
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let escaped = |upper: bool, all: bool| -> Vec<u8> {
            let mut out = String::new();
            for character in text.chars() {
                if character.is_ascii() && !all {
                    out.push(character);
                    continue;
                }
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
                }
            }
            out.into_bytes()
        };
        let percent = |upper: bool, all: bool| -> Vec<u8> {
            let mut out = String::new();
            for &byte in bytes {
                match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' if !all => {
                        out.push(char::from(byte));
                    }
                    _ if upper => out.push_str(&format!("%{byte:02X}")),
                    _ => out.push_str(&format!("%{byte:02x}")),
                }
            }
            out.into_bytes()
        };
        let mut forms = BTreeSet::from([
            ("utf-8", bytes.to_vec()),
            ("utf-16le", utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
            ("utf-16be", utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        ]);
        for (upper, all) in [(false, false), (true, false), (false, true), (true, true)] {
            forms.insert(("json-escaped", escaped(upper, all)));
            forms.insert(("percent-encoded", percent(upper, all)));
        }
        coded(bytes, &mut forms);
        // Where an encoding changes nothing (a number in JSON), the plain form is enough.
        forms.retain(|(form, needle)| *form == "utf-8" || needle != bytes);
        Ok(Self { label: label.to_owned(), forms })
    }

    /// A photo: windows of 64 bytes from the middle of the file, where the picture's own data lies.
    ///
    /// # Errors
    /// [`CanaryError::TooShort`] when the file is too small or its middle too uniform.
    pub fn photo(label: &str, file: &[u8]) -> Result<Self, CanaryError> {
        let mut forms = BTreeSet::new();
        for tenth in 3..8 {
            // A run of equal pixels would be found in every picture: go on to a place with variety.
            let telling = (file.len() * tenth / 10..file.len().saturating_sub(WINDOW))
                .step_by(WINDOW / 2)
                .find(|&start| file[start..start + WINDOW].iter().collect::<BTreeSet<_>>().len() > WINDOW / 2);
            if let Some(start) = telling {
                let window = &file[start..start + WINDOW];
                forms.insert(("bytes", window.to_vec()));
                coded(window, &mut forms);
            }
        }
        if forms.is_empty() {
            return Err(CanaryError::TooShort(label.to_owned()));
        }
        Ok(Self { label: label.to_owned(), forms })
    }
}

/// Adds hex in both cases, and base64 in both alphabets as it looks when the bytes begin at each of the three places of a group.
fn coded(bytes: &[u8], forms: &mut BTreeSet<(&'static str, Vec<u8>)>) {
    forms.insert(("hex", hex::encode(bytes).into_bytes()));
    forms.insert(("hex", hex::encode_upper(bytes).into_bytes()));
    for before in 0..3 {
        let shifted = [&[0; 3][..before], bytes].concat();
        // Characters that also hold bits of the neighbours are cut off at both ends.
        let (first, end) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
        for text in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            forms.insert(("base64", text.as_bytes()[first..end].to_vec()));
        }
    }
}

/// A place where a canary was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// In which file.
    pub path: PathBuf,
    /// Which canary.
    pub label: String,
    /// In which form: `utf-8`, `utf-16le`, `utf-16be`, `json-escaped`, `base64`, `percent-encoded`, `hex`, `bytes`.
    pub form: &'static str,
    /// Where in the file it begins; `None` when it is in the file's name.
    pub offset: Option<u64>,
}

/// Searches all files under the folders (a path to a single file will do as well); each canary is told once per file and form.
/// Symbolic links are not followed. A file that vanishes while the search goes on is passed over.
///
/// # Errors
/// A folder or file that is there but cannot be read, or a folder that does not exist.
pub fn find(haystacks: &[PathBuf], canaries: &[Canary]) -> Result<Vec<Hit>, CanaryError> {
    let needles: Vec<(&str, &'static str, &[u8])> = canaries
        .iter()
        .flat_map(|canary| canary.forms.iter().map(|(form, needle)| (canary.label.as_str(), *form, needle.as_slice())))
        .collect();
    let automaton = AhoCorasick::new(needles.iter().map(|(_, _, needle)| needle))?;
    let longest = needles.iter().map(|(_, _, needle)| needle.len()).max().unwrap_or(0);
    let mut hits = BTreeSet::new();
    for haystack in haystacks {
        for path in files_under(haystack)? {
            let mut found = BTreeSet::new();
            let mut note = |needle: usize, offset: Option<u64>| {
                let (label, form, _) = needles[needle];
                if found.insert((label, form)) {
                    hits.insert(Hit { path: path.clone(), label: label.to_owned(), form, offset });
                }
            };
            for hit in automaton.find_overlapping_iter(path.as_os_str().as_encoded_bytes()) {
                note(hit.pattern().as_usize(), None);
            }
            let search = search_file(&path, longest, &mut |chunk, start| {
                for hit in automaton.find_overlapping_iter(chunk) {
                    note(hit.pattern().as_usize(), Some(start + hit.start() as u64));
                }
            });
            match search {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(CanaryError::Unreadable { path, source });
                }
                _ => {}
            }
        }
    }
    Ok(hits.into_iter().collect())
}

fn search_file(path: &Path, longest: usize, look: &mut dyn FnMut(&[u8], u64)) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    let (mut buffer, mut start) = (Vec::with_capacity(CHUNK + longest), 0_u64);
    loop {
        let read = Read::by_ref(&mut file).take(CHUNK as u64).read_to_end(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        look(&buffer, start);
        // The end of one chunk is seen again with the next: a needle may lie across.
        let kept = buffer.len().min(longest.saturating_sub(1));
        start += (buffer.len() - kept) as u64;
        buffer.drain(..buffer.len() - kept);
    }
}

fn files_under(path: &Path) -> Result<Vec<PathBuf>, CanaryError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| CanaryError::Unreadable { path, source }
    };
    let kind = std::fs::symlink_metadata(path).map_err(unreadable(path))?.file_type();
    if kind.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !kind.is_dir() {
        // Sockets, pipes and links hold nothing of their own.
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable(path))? {
        let inner = entry.map_err(unreadable(path))?.path();
        match files_under(&inner) {
            Err(CanaryError::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
            found => files.extend(found?),
        }
    }
    files.sort();
    Ok(files)
}
