//! What the program remembers for everybody at this computer: language and last server address. A small JSON file without secrets; when
//! it cannot be read, the defaults hold and the next change writes it anew.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::view::LanguageView;

/// The remembered settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The chosen language.
    #[serde(default)]
    pub(crate) language: Option<LanguageView>,
    /// The server of the last sign-in.
    #[serde(default)]
    pub(crate) server_url: Option<String>,
}

fn path(data: &Path) -> PathBuf {
    data.join("settings.json")
}

/// Reads the settings; the defaults when there are none or they cannot be read.
pub(crate) fn read(data: &Path) -> Settings {
    match fs::read(path(data)) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            tracing::warn!(%error, "the settings file cannot be read; the defaults hold");
            Settings::default()
        }),
        Err(_) => Settings::default(),
    }
}

/// Writes the settings: whole or not at all.
pub(crate) fn write(data: &Path, settings: &Settings) -> io::Result<()> {
    let target = path(data);
    let beside = target.with_extension("json.new");
    let mut file = fs::File::create(&beside)?;
    file.write_all(&serde_json::to_vec_pretty(settings)?)?;
    file.sync_all()?;
    fs::rename(beside, target)
}
