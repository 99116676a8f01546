//! The command line of the desktop: where the data is, and which server to offer at the first sign-in.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Review Desk 审核台: manual review of identity documents.
#[derive(Debug, Parser)]
#[command(name = "review-desk", version)]
pub(crate) struct Options {
    /// Server address to offer at the first sign-in, such as https://review.example.cn
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Folder for the vaults and the log instead of the system's usual one
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// Reads the command line; on a mistake, and for `--help`, the answer is printed and the exit code returned.
pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, ExitCode> {
    Options::try_parse_from(arguments).map_err(|answer| {
        let is_mistake = answer.use_stderr();
        let _ = answer.print();
        if is_mistake { ExitCode::from(2) } else { ExitCode::SUCCESS }
    })
}

/// Says why the program ends, where no window can.
pub(crate) fn complain(sentence: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "review-desk: {sentence}");
    ExitCode::FAILURE
}
