//! `recover`: takes in decisions from recovery files. One line for each decision; nothing personal.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use review_server::recovering::{self, Outcome, Recovered};

use crate::command::{CommandError, DataFolder};
use crate::output;

/// The largest recovery file, in bytes: some thousand decisions.
const LARGEST: u64 = 256 << 20;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// Print JSON, one object a line.
    #[arg(long)]
    as_json: bool,
    /// Also take decisions of devices that were revoked.
    #[arg(long)]
    from_revoked: bool,
    /// The recovery files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        // All are read before any is taken in, so that a typing error leaves nothing half done.
        let mut files = Vec::new();
        for path in &self.files {
            let named = |source| CommandError::RecoveryFile { file: path.display().to_string(), source };
            files.push((path, recovering::parse(&read(path)?).map_err(named)?));
        }
        let state = self.data.open_existing()?;
        let mut refused = 0;
        for (path, file) in files {
            let named = |source| CommandError::RecoveryFile { file: path.display().to_string(), source };
            for one in recovering::recover(&state, &file, self.from_revoked).map_err(named)? {
                refused += u64::from(matches!(one.outcome, Outcome::Refused(_)));
                output::line(&self.line(&one)?)?;
            }
        }
        if refused == 0 { Ok(()) } else { Err(CommandError::Refused(refused)) }
    }

    fn line(&self, one: &Recovered) -> Result<String, CommandError> {
        let (word, code) = match one.outcome {
            Outcome::Accepted => ("accepted", None),
            Outcome::Known => ("known", None),
            Outcome::Refused(code) => ("refused", Some(serde_json::to_value(code)?)),
        };
        if self.as_json {
            let line = serde_json::json!({
                "decision_id": one.decision_id, "case_no": one.case_no, "outcome": word, "code": code,
            });
            return Ok(line.to_string());
        }
        let case_no = one.case_no.as_deref().unwrap_or("-");
        let code = code.as_ref().and_then(|code| code.as_str()).map(|code| format!(" ({code})")).unwrap_or_default();
        Ok(format!("{} {case_no} {word}{code}", one.decision_id))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    let failed = |source| CommandError::Io { what: format!("{} cannot be read", path.display()), source };
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(failed)?.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
