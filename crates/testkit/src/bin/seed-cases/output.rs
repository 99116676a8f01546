//! The only place of this program that prints: progress to standard output, the one failure to standard error.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program talks to its caller here and only here"
)]

use std::error::Error;
use std::process::ExitCode;

/// `seeded 40/200`
pub(crate) fn seeded(done: u32, total: u32) {
    println!("seeded {done}/{total}");
}

/// Says what is wrong; the program ends with what this returns.
pub(crate) fn failed(sentence: &str) -> ExitCode {
    eprintln!("seed-cases: {sentence}");
    ExitCode::FAILURE
}

/// The error and what lies behind it, in one sentence. None of these texts holds anything of a case but its place in the list.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !sentence.contains(&text) {
            sentence = format!("{sentence}: {text}");
        }
        cause = inner.source();
    }
    sentence
}
