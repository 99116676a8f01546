//! The log of the desktop: JSON lines in the data folder, one older file kept. Nothing personal is ever written to it; the crates below
//! log codes, counts and incident ids only.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Mutex;

/// The log is moved to `.old` at start when it is larger than this.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Starts logging to `<data>/logs/review-desk.log`.
pub(crate) fn open(data: &Path) -> io::Result<()> {
    let folder = data.join("logs");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("review-desk.log");
    if path.metadata().is_ok_and(|about| about.len() > MAX_BYTES) {
        std::fs::rename(&path, folder.join("review-desk.log.old"))?;
    }
    let file: File = OpenOptions::new().create(true).append(true).open(&path)?;
    // A second call (only tests do that) keeps the first subscriber.
    let _ =
        tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO).with_writer(Mutex::new(file)).try_init();
    Ok(())
}
