//! The program's tasks, one file each.

mod account;
mod calendar;
mod csv_line;
mod deadline;
mod deadline_batch;
mod deadline_json;
mod instant;
mod pack_argument;
mod portal_credential;
mod serve;

use std::path::PathBuf;

use clap::Subcommand;
use review_server::admin::AdminError;
use review_server::calendar::{BuildError, CalendarError, NoticeError, SigningError};
use review_server::{AppState, Config, Data, OpenError};
use thiserror::Error;
use working_days::{BeijingDate, PackError};

use crate::output;

/// Why a task could not be done.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("{what}")]
    Io { what: String, source: std::io::Error },
    #[error("the description cannot be written")]
    Description(#[from] serde_json::Error),
    #[error("the log filter is not valid")]
    LogFilter,
    #[error("the portal credential is empty")]
    EmptyCredential,
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("the calendar knows the days from {first} to {last} only")]
    OutsideCalendar { first: BeijingDate, last: BeijingDate },
    #[error("the last day lies before the first one")]
    DaysBackwards,
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error("{file}, {source}")]
    NoticeFile { file: String, source: NoticeError },
    #[error("the two passphrases differ")]
    PassphrasesDiffer,
    #[error("{0}")]
    NotConfirmed(&'static str),
    #[error("lines that could not be read: {0}")]
    UnreadLines(u64),
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve until interrupted.
    Serve(serve::Arguments),
    /// Make and change accounts.
    #[command(subcommand)]
    Account(account::Account),
    /// Make a new credential for a portal's intake and print it; only its hash is kept.
    PortalCredential(DataFolder),
    /// Make, sign, check and activate calendar packs, and look at the days of one.
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// Say when a case is due that was submitted at an instant.
    Deadline(deadline::Arguments),
    /// Print the description of the HTTP contract, OpenAPI 3.1.
    Openapi,
}

impl Command {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        match self {
            Self::Serve(arguments) => arguments.run(),
            Self::Account(account) => account.run(),
            Self::Calendar(calendar) => calendar.run(),
            Self::Deadline(arguments) => arguments.run(),
            Self::PortalCredential(data) => portal_credential::run(&data),
            Self::Openapi => {
                output::line(review_server::openapi_json_text()?.trim_end())?;
                Ok(())
            }
        }
    }
}

/// Where the server keeps its data.
#[derive(Debug, clap::Args)]
pub(crate) struct DataFolder {
    /// The data folder; made when it is missing.
    #[arg(long, env = "REVIEW_SERVER_DATA")]
    data: PathBuf,
}

impl DataFolder {
    fn config(&self) -> Config {
        Config::new(Data::Folder(self.data.clone()))
    }

    fn open(&self) -> Result<AppState, CommandError> {
        Ok(AppState::open(self.config())?)
    }
}
