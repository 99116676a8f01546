//! The program's tasks, one file each.

mod account;
mod audit;
mod backup;
mod calendar;
mod csv_line;
mod deadline;
mod deadline_batch;
mod deadline_json;
mod device;
mod instant;
mod pack_argument;
mod portal_credential;
mod recover;
mod serve;

use std::path::PathBuf;

use clap::Subcommand;
use review_server::admin::AdminError;
use review_server::audit_check::AuditFault;
use review_server::audit_heads::HeadsError;
use review_server::calendar::{BuildError, CalendarError, NoticeError, SigningError};
use review_server::recovering::RecoverError;
use review_server::restoring::RestoreError;
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
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Heads(#[from] HeadsError),
    #[error(transparent)]
    Audit(#[from] AuditFault),
    #[error("{file}: {source}")]
    RecoveryFile { file: String, source: RecoverError },
    #[error("decisions that were refused: {0}")]
    Refused(u64),
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
    /// List and revoke the devices of an account.
    #[command(subcommand)]
    Device(device::Device),
    /// Write a copy of the data to a new file; a server may run on it meanwhile.
    Backup(backup::Backup),
    /// Put a backup in the place of the data of a stopped server. The old database is moved aside.
    Restore(backup::Restore),
    /// Take in decisions from recovery files.
    Recover(recover::Arguments),
    /// Check the audit.
    #[command(subcommand)]
    Audit(audit::Audit),
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
            Self::Device(device) => device.run(),
            Self::Backup(backup) => backup.run(),
            Self::Restore(restore) => restore.run(),
            Self::Recover(arguments) => arguments.run(),
            Self::Audit(audit) => audit.run(),
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

    /// The data that must be there.
    fn open_existing(&self) -> Result<AppState, CommandError> {
        Ok(AppState::open_existing(self.config())?)
    }

    fn open(&self) -> Result<AppState, CommandError> {
        Ok(AppState::open(self.config())?)
    }
}
