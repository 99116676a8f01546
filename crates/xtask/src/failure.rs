//! Why a command of this program did not end well. One type for all of them, since nobody branches on the cause: it is shown to
//! a person, with the command that failed and the end of its output.

use std::fmt;

/// Why it stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A program that was started ended with something else than 0, or could not be started.
    Program {
        /// What was run, as a person would type it.
        line: String,
        /// How it ended.
        ending: String,
        /// The last lines that it wrote; empty when they were already shown.
        tail: Vec<String>,
    },
    /// Everything else, in a sentence.
    Sentence(String),
    /// Ctrl-C, or the signal to end.
    Interrupted,
}

impl Failure {
    /// A failure with its sentence.
    pub(crate) fn of(sentence: impl Into<String>) -> Self {
        Failure::Sentence(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Program { line, ending, tail } => {
                write!(to, "{ending}: {line}")?;
                for text in tail {
                    write!(to, "\n    {text}")?;
                }
                Ok(())
            }
            Failure::Sentence(sentence) => write!(to, "{sentence}"),
            Failure::Interrupted => write!(to, "stopped"),
        }
    }
}
