//! What an operator does with a server's data: backup, restore, recover, and checking the audit. Each runs the real program.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::server::{ServerProcessError, run};

/// Writes a backup to a new file; a server may run meanwhile.
///
/// # Errors
/// The program is not built or refuses.
pub fn backup(data: &Path, to: &Path) -> Result<(), ServerProcessError> {
    run(data, "backup", &["backup", "--to", &to.display().to_string()], "").map(|_| ())
}

/// Puts a backup in the place of the data of a stopped server, at this time of its demonstration clock.
///
/// # Errors
/// The program is not built or refuses.
pub fn restore(data: &Path, from: &Path, now: Option<DateTime<Utc>>) -> Result<(), ServerProcessError> {
    let from = from.display().to_string();
    let mut arguments = vec!["restore", "--from", &from];
    let now = now.map(|now| now.to_rfc3339_opts(SecondsFormat::Millis, true));
    if let Some(now) = &now {
        arguments.extend(["--now", now]);
    }
    run(data, "restore", &arguments, "").map(|_| ())
}

/// Takes in a recovery file and gives the lines that were printed.
///
/// # Errors
/// The program is not built, or a decision was refused.
pub fn recover(data: &Path, file: &Path) -> Result<Vec<String>, ServerProcessError> {
    let printed = run(data, "recover", &["recover", &file.display().to_string()], "")?;
    Ok(String::from_utf8_lossy(&printed.stdout).lines().map(str::to_owned).collect())
}

/// Checks the audit with the heads beside the database, and gives what was printed.
///
/// # Errors
/// The program is not built, or something is not as it was written.
pub fn verify_audit(data: &Path) -> Result<String, ServerProcessError> {
    let printed = run(data, "audit verify", &["audit", "verify"], "")?;
    Ok(String::from_utf8_lossy(&printed.stdout).into_owned())
}
