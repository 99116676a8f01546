//! What the program remembers for everybody at this computer: language and last server address. A small JSON file without secrets; when
//! it cannot be read, the defaults hold and the next change writes it anew.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::DeskError;
use crate::seat::held;
use crate::view::{CommandError, LanguageView, SettingsView};

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

impl Desk {
    /// What the window remembers for everybody.
    ///
    /// # Errors
    /// None today; kept for the boundary's shape.
    pub async fn settings_view(&self) -> Result<SettingsView, CommandError> {
        Ok(self.view_of_settings())
    }

    /// Chooses the language.
    ///
    /// # Errors
    /// The choice cannot be written; then it holds until the program ends.
    pub async fn settings_set_language(&self, language: LanguageView) -> Result<SettingsView, CommandError> {
        let desk = self.clone();
        self.blocking(move || {
            held(&desk.inner.settings).language = Some(language);
            // Without a folder of its own the program remembers nothing; the choice holds until it ends.
            if desk.inner.lock.is_ok() {
                desk.write_settings()?;
            }
            Ok(desk.view_of_settings())
        })
        .await
    }

    fn view_of_settings(&self) -> SettingsView {
        SettingsView {
            language: held(&self.inner.settings).language,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_folder: self.inner.data.display().to_string(),
        }
    }

    fn write_settings(&self) -> Result<(), DeskError> {
        self.usable()?;
        let settings = held(&self.inner.settings).clone();
        Ok(write(&self.inner.data, &settings)?)
    }

    pub(crate) fn remember_server(&self, server_url: String) {
        held(&self.inner.settings).server_url = Some(server_url);
        if let Err(error) = self.write_settings() {
            tracing::warn!(%error, "the server's address is not remembered");
        }
    }
}
