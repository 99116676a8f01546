//! The one place of the program that writes to standard output and standard error, besides the log. A reader that went away (`| head`) is a
//! quiet end; any other failure is told to the caller. Nothing here panics.

use std::error::Error;
use std::io::Write;

use crate::command::CommandError;

/// A line for whoever started the program; parents read it, so its form is kept.
pub(crate) fn line(text: &str) -> Result<(), CommandError> {
    lines(&[text])
}

/// Several lines.
pub(crate) fn lines<T: AsRef<str>>(texts: &[T]) -> Result<(), CommandError> {
    let mut out = stream();
    let written = texts.iter().try_for_each(|text| writeln!(out, "{}", text.as_ref()));
    // A parent that waits for the line must not wait for a full buffer.
    until_closed(written.and_then(|()| out.flush())).map_err(failed)
}

/// Standard output for what may be long. Whoever reads it may stop reading: see [`until_closed`].
pub(crate) fn stream() -> std::io::BufWriter<std::io::StdoutLock<'static>> {
    std::io::BufWriter::with_capacity(64 * 1024, std::io::stdout().lock())
}

/// A question that is answered on the same line.
pub(crate) fn ask(question: &str) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    out.write_all(question.as_bytes()).and_then(|()| out.flush()).map_err(failed)
}

/// The result of writing, where a reader that went away is no failure.
pub(crate) fn until_closed(written: std::io::Result<()>) -> std::io::Result<()> {
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn failed(source: std::io::Error) -> CommandError {
    CommandError::Io { what: "standard output cannot be written".to_owned(), source }
}

/// A sentence for a person that is no result, while the program goes on.
pub(crate) fn warn(sentence: &str) {
    // Where even this cannot be written there is nobody left to tell; the exit code still says how it ended.
    let _ = writeln!(std::io::stderr(), "review-server: {sentence}");
}

/// Why the program ends.
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
    warn(&text);
}
