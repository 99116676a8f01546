//! The program's tasks, one file each.

mod account;
mod portal_credential;
mod serve;

use std::path::PathBuf;

use clap::Subcommand;
use review_server::admin::AdminError;
use review_server::{AppState, Config, Data, OpenError};
use thiserror::Error;

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
    /// Print the description of the HTTP contract, OpenAPI 3.1.
    Openapi,
}

impl Command {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        match self {
            Self::Serve(arguments) => arguments.run(),
            Self::Account(account) => account.run(),
            Self::PortalCredential(data) => portal_credential::run(&data),
            Self::Openapi => {
                output::line(review_server::openapi_json_text()?.trim_end());
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
