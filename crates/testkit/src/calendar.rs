//! An operator of a test server's calendar: makes a key, has the server trust it, and puts notices in force, all through the real program and
//! beside the running server. The keys are of one test; their passphrase is no secret.

use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use thiserror::Error;

use crate::server::{ServerOptions, ServerProcessError, run, run_alone};

/// The passphrase of every key that a test makes.
const PASSPHRASE: &str = "Specimen-passphrase";

/// Why the calendar was not changed.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The program is not built or refuses.
    #[error(transparent)]
    Program(#[from] ServerProcessError),
    /// The operator's folder cannot be used.
    #[error("the operator's folder cannot be used")]
    Folder(#[from] std::io::Error),
}

/// Somebody who may sign calendar packs for a test server.
#[derive(Debug)]
pub struct Operator {
    folder: PathBuf,
    options: ServerOptions,
    packs: u32,
}

impl Operator {
    /// Makes a key and has the server with these options trust it, in slot 1. The operator's files are in a folder beside the server's data.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn new(options: &ServerOptions) -> Result<Self, OperatorError> {
        let mut name = options.data.file_name().unwrap_or_default().to_owned();
        name.push(".operator");
        let folder = options.data.with_file_name(name);
        std::fs::create_dir_all(&folder)?;
        let mut operator = Self { folder, options: options.clone(), packs: 0 };
        operator.new_key(1)?;
        Ok(operator)
    }

    /// Makes a key, has the server trust it in this slot, and signs with it from now on.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn new_key(&mut self, slot: u8) -> Result<String, OperatorError> {
        let secret = self.secret();
        if secret.exists() {
            std::fs::remove_file(&secret)?;
        }
        let made = run_alone(
            "calendar key",
            &["calendar", "key", "--secret", &text(&secret), "--passphrase-stdin"],
            PASSPHRASE,
        )?;
        let key = made
            .trim()
            .strip_prefix("public key: ")
            .map(str::to_owned)
            .ok_or_else(|| ServerProcessError::StrangeOutput("calendar key".to_owned()))?;
        let slot = slot.to_string();
        run(&self.options.data, "calendar trust", &["calendar", "trust", "--slot", &slot, "--public-key", &key], "")?;
        Ok(key)
    }

    /// Builds a pack on the server's pack in force, from the text of a notice file, and gives its file.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn build(&mut self, notice: &str) -> Result<PathBuf, OperatorError> {
        self.packs += 1;
        let (toml, out) =
            (self.folder.join(format!("{}.toml", self.packs)), self.folder.join(format!("{}.json", self.packs)));
        std::fs::write(&toml, notice)?;
        let (toml, secret, out_text) = (text(&toml), text(&self.secret()), text(&out));
        let mut arguments = vec!["calendar", "build", "--notice", &toml, "--sign-with", &secret, "--out", &out_text];
        arguments.push("--passphrase-stdin");
        let now = self.now();
        if let Some(now) = &now {
            arguments.extend(["--issued-at", now]);
        }
        run(&self.options.data, "calendar build", &arguments, PASSPHRASE)?;
        Ok(out)
    }

    /// Builds a pack from the text of a notice file and puts it in force. Gives what the program printed: the effect on the open cases.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn activate(&mut self, notice: &str) -> Result<String, OperatorError> {
        let pack = self.build(notice)?;
        self.activate_file(&pack)
    }

    /// Puts a pack file in force.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn activate_file(&self, pack: &Path) -> Result<String, OperatorError> {
        let (pack, now) = (text(pack), self.now());
        let mut arguments = vec!["calendar", "activate", "--yes", "--all", "--by", "testkit", &pack];
        if let Some(now) = &now {
            arguments.extend(["--now", now]);
        }
        let printed = run(&self.options.data, "calendar activate", &arguments, "")?;
        Ok(String::from_utf8_lossy(&printed.stdout).into_owned())
    }

    /// Gives an office a region of the pack in force.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn set_region(&self, office: &str, code: &str) -> Result<(), OperatorError> {
        let now = self.now();
        let mut arguments = vec!["calendar", "region", "--yes", "--by", "testkit", "--office", office, "--code", code];
        if let Some(now) = &now {
            arguments.extend(["--now", now]);
        }
        run(&self.options.data, "calendar region", &arguments, "")?;
        Ok(())
    }

    fn secret(&self) -> PathBuf {
        self.folder.join("secret.key")
    }

    /// The time that a demonstration server shows at its start: packs are issued and judged then, not on this computer's day.
    fn now(&self) -> Option<String> {
        self.options.now.map(|now| now.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
