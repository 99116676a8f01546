//! `backup` and `restore`: a copy of the data, and putting one in the place of the data.

use std::path::PathBuf;

use clap::Args;
use review_server::restoring;

use crate::command::{CommandError, DataFolder};
use crate::output;

#[derive(Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    data: DataFolder,
    /// The new file.
    #[arg(long)]
    to: PathBuf,
}

impl Backup {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        restoring::backup(&self.data.data, &self.to)?;
        Ok(())
    }
}

#[derive(Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    data: DataFolder,
    /// The backup.
    #[arg(long)]
    from: PathBuf,
    /// Where heads of the audit are written, as for `serve`.
    #[arg(long, env = "REVIEW_SERVER_AUDIT_HEADS")]
    audit_heads: Option<PathBuf>,
    /// Demonstration: the time on the clock that `serve` is started with (RFC 3339). Never in a release build.
    #[cfg(any(debug_assertions, feature = "demonstration"))]
    #[arg(long)]
    now: Option<chrono::DateTime<chrono::FixedOffset>>,
}

impl Restore {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        let mut config = self.data.config();
        config.audit_heads = self.audit_heads;
        #[cfg(any(debug_assertions, feature = "demonstration"))]
        if let Some(now) = self.now {
            config.clock = std::sync::Arc::new(review_server::OffsetClock::starting_at(now.to_utc()));
        }
        match restoring::restore(&config, &self.from)? {
            Some(aside) => output::line(&format!("restored; the old database is {}", aside.display())),
            None => output::line("restored"),
        }
    }
}
