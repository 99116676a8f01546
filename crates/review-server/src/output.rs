//! The one place of the program that writes to standard output and standard error, besides the log.

use std::error::Error;

/// A line for whoever started the program; parents read it, so its form is kept.
#[expect(clippy::print_stdout, reason = "the one module that prints")]
pub(crate) fn line(text: &str) {
    use std::io::Write;
    println!("{text}");
    // A parent that waits for the line must not wait for a full buffer. A closed pipe is the parent's business.
    let _ = std::io::stdout().flush();
}

/// Why the program ends.
#[expect(clippy::print_stderr, reason = "the one module that prints")]
pub(crate) fn complain(error: &(dyn Error + 'static)) {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    eprintln!("review-server: {text}");
}
