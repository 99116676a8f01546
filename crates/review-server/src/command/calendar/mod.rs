//! `calendar`: everything about calendar packs that an operator does, one task per file. docs/calendar.md tells the way from a notice to
//! its activation.

mod activate;
mod build;
mod check;
mod days;
mod file;
mod key;
mod passphrase;
mod region;
mod show;
mod told;

use clap::{Args, Subcommand};
use review_server::AppState;

use crate::command::{CommandError, DataFolder};

#[derive(Debug, Subcommand)]
pub(crate) enum Calendar {
    /// Print every day of a span as CSV: date, whether it is worked, and what it is.
    Days(days::Days),
    /// Make a key pair that signs calendar packs. Keep the secret key off the server.
    Key(key::Key),
    /// Put a public key into one of the server's two slots, or empty a slot.
    Trust(key::Trust),
    /// Make a signed pack from notices and regions.
    Build(build::Build),
    /// Say whether a pack could be put in force, and what it says otherwise.
    Check(check::Check),
    /// Say what a pack would do to the open cases. Changes nothing.
    Preview(activate::Preview),
    /// Put a pack in force, after a look at its effect.
    Activate(activate::Activate),
    /// Show the pack in force, the trusted keys, and whether the calendar will last.
    Show(show::Show),
    /// Write the pack in force to a file, for offices without network.
    Export(show::Export),
    /// Give an office the extra days off of a region, after a look at the effect.
    Region(region::Region),
}

impl Calendar {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        match self {
            Self::Days(days) => days.run(),
            Self::Key(key) => key.run(),
            Self::Trust(trust) => trust.run(),
            Self::Build(build) => build.run(),
            Self::Check(check) => check.run(),
            Self::Preview(preview) => preview.run(),
            Self::Activate(activate) => activate.run(),
            Self::Show(show) => show.run(),
            Self::Export(export) => export.run(),
            Self::Region(region) => region.run(),
        }
    }
}

/// The server's data, and the time by which its cases are judged.
#[derive(Debug, Args)]
pub(crate) struct ServerData {
    #[command(flatten)]
    data: DataFolder,
    /// Demonstration: as if it were this time (RFC 3339). Never in a release build.
    #[cfg(any(debug_assertions, feature = "demonstration"))]
    #[arg(long)]
    now: Option<chrono::DateTime<chrono::FixedOffset>>,
}

impl ServerData {
    fn at(data: DataFolder) -> Self {
        Self {
            data,
            #[cfg(any(debug_assertions, feature = "demonstration"))]
            now: None,
        }
    }

    fn open(&self) -> Result<AppState, CommandError> {
        Ok(AppState::open(self.config())?)
    }

    /// The same for a task that only reads: where there is no database, none is made.
    fn open_existing(&self) -> Result<AppState, CommandError> {
        Ok(AppState::open_existing(self.config())?)
    }

    fn config(&self) -> review_server::Config {
        #[cfg_attr(
            not(any(debug_assertions, feature = "demonstration")),
            expect(unused_mut, reason = "no demonstration")
        )]
        let mut config = self.data.config();
        #[cfg(any(debug_assertions, feature = "demonstration"))]
        if let Some(now) = self.now {
            config.clock = std::sync::Arc::new(review_server::OffsetClock::starting_at(now.to_utc()));
        }
        config
    }
}

/// Stands on record where the system names no user.
const NOBODY: &str = "operator";

/// Who does it, for the record.
#[derive(Debug, Args)]
pub(crate) struct Operator {
    /// Your name, for the record; without it, the name of the system's user.
    #[arg(long, env = "USER", hide_env_values = true, default_value = NOBODY, value_parser = operator_name)]
    by: String,
}

fn operator_name(name: &str) -> Result<String, String> {
    let is_good = (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    // An empty variable is as good as none.
    if name.is_empty() {
        return Ok(NOBODY.to_owned());
    }
    if is_good { Ok(name.to_owned()) } else { Err("a name has 1 to 64 characters".to_owned()) }
}

/// How a change is confirmed.
#[derive(Debug, Args)]
pub(crate) struct Confirmation {
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Confirmation {
    /// Goes on only when the person at the terminal types `expected`.
    fn ask(&self, question: &str, expected: &str) -> Result<(), CommandError> {
        use std::io::{BufRead, IsTerminal};
        if self.yes {
            return Ok(());
        }
        let input = std::io::stdin();
        if !input.is_terminal() {
            return Err(CommandError::NotConfirmed("nobody can be asked here; say --yes to confirm beforehand"));
        }
        crate::output::ask(question)?;
        let mut line = String::new();
        let failed = |source| CommandError::Io { what: "the answer cannot be read".to_owned(), source };
        input.lock().read_line(&mut line).map_err(failed)?;
        if line.trim() == expected {
            Ok(())
        } else {
            Err(CommandError::NotConfirmed("not confirmed; nothing was changed"))
        }
    }
}
