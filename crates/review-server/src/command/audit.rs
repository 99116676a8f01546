//! `audit verify`: checks the chain, the heads outside, and the access logs of desktops.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use review_server::{audit_check, audit_heads};

use crate::command::{CommandError, DataFolder};
use crate::output;

#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Check every entry and every head; ends with a failure that names the first one that is not as it was written.
    Verify(Verify),
}

#[derive(Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    data: DataFolder,
    /// The folder with the heads; beside the database without it.
    #[arg(long, env = "REVIEW_SERVER_AUDIT_HEADS")]
    heads: Option<PathBuf>,
}

impl Audit {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        let Self::Verify(Verify { data, heads }) = self;
        let state = data.open_existing()?;
        let folder = heads.or_else(|| audit_heads::folder_of(&data.config())).unwrap_or_default();
        let good = audit_check::verify(&state, &folder)?;
        output::line(&format!("entries: {}", good.entries))?;
        output::line(&format!("heads: {}", good.heads))?;
        output::line(&format!("heads of lost histories: {}", good.lost_heads))?;
        output::line(&format!("entries of access logs: {}", good.device_entries))?;
        output::line(&format!("gaps in access logs: {}", good.gaps))?;
        if good.heads == 0 {
            output::warn("no heads were found: an end that was cut off would not be seen");
        }
        Ok(())
    }
}
