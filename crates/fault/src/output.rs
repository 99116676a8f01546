//! The one place where this package writes to its standard output and error: lines, flushed one by one, since whoever reads them may be
//! waiting for each, and the writer may be killed after any.

use std::io::Write;

/// Writes one line.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody listening any more is no reason to stop: the ending is decided elsewhere.
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Writes one line of what went wrong.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "fault: {text}");
}
