//! Arms one fail point of this process from outside: `FAILPOINT=name:n` means that the n-th hit of that point is the process's last act,
//! by SIGKILL, as a power switch would. Owns that variable and that death; which points there are is said where they stand.

use thiserror::Error;

/// The environment variable.
pub const VARIABLE: &str = "FAILPOINT";

/// Why a point cannot be armed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArmError {
    /// Not of the form `name:n`.
    #[error("{VARIABLE} must be name:n with n from 1, not {0:?}")]
    Form(String),
    /// This program was built without the points.
    #[error("this program was built without the feature failpoints")]
    NotBuilt,
    /// The registry of points did not take it.
    #[error("the fail point cannot be set: {0}")]
    Refused(String),
}

/// Reads `name:n`. The name may hold colons itself.
///
/// # Errors
/// [`ArmError::Form`].
pub fn parse(text: &str) -> Result<(String, u32), ArmError> {
    let wrong = || ArmError::Form(text.to_owned());
    let (name, count) = text.rsplit_once(':').ok_or_else(wrong)?;
    let count: u32 = count.parse().map_err(|_| wrong())?;
    if name.is_empty() || name.ends_with(':') || count == 0 { Err(wrong()) } else { Ok((name.to_owned(), count)) }
}

/// Arms the point that the environment names, if it names one.
///
/// # Errors
/// See [`ArmError`].
pub fn arm_from_environment() -> Result<(), ArmError> {
    #[expect(clippy::disallowed_methods, reason = "the entry point of the children of this harness")]
    let Ok(text) = std::env::var(VARIABLE) else { return Ok(()) };
    let (name, count) = parse(&text)?;
    arm(&name, count)
}

#[cfg(all(feature = "failpoints", unix))]
fn arm(name: &str, count: u32) -> Result<(), ArmError> {
    use std::sync::atomic::{AtomicU32, Ordering};

    let hits = AtomicU32::new(0);
    fail::cfg_callback(name, move || {
        if hits.fetch_add(1, Ordering::SeqCst) + 1 == count {
            die();
        }
    })
    .map_err(ArmError::Refused)
}

#[cfg(not(all(feature = "failpoints", unix)))]
fn arm(_name: &str, _count: u32) -> Result<(), ArmError> {
    Err(ArmError::NotBuilt)
}

/// Ends this process by SIGKILL: no destructor runs, nothing is flushed.
#[cfg(unix)]
pub fn die() -> ! {
    use rustix::process::{Signal, getpid, kill_process};

    loop {
        // The signal ends the process before the call returns, or soon after; there is nothing to do in between.
        let _ = kill_process(getpid(), Signal::KILL);
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_colons_is_read_with_its_number() {
        assert_eq!(parse("vault::outbox::after-commit:3"), Ok(("vault::outbox::after-commit".to_owned(), 3)));
        for wrong in ["", "name", "name:", "name:0", ":1", "name:x", "name::2"] {
            assert_eq!(parse(wrong), Err(ArmError::Form(wrong.to_owned())), "{wrong}");
        }
    }
}
