//! Starts the children of the harness, talks with them line by line, and kills them. Owns processes and nothing else; a child that is dropped
//! is killed, so that no run leaves one behind.

#![expect(clippy::disallowed_methods, reason = "this is the one module of the package that starts processes")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::failpoint;
use crate::talk::Fact;

/// What a child said in a while.
#[derive(Debug)]
pub(super) enum Heard {
    /// This.
    Fact(Fact),
    /// Nothing yet.
    Silence,
    /// It has ended.
    End,
}

/// A running child.
pub(super) struct Child {
    child: std::process::Child,
    input: Option<ChildStdin>,
    facts: Receiver<Fact>,
    was_killed: Option<bool>,
}

impl Child {
    /// Starts this very program with other arguments. Its error output is added to `log`.
    pub(super) fn start(arguments: &[String], fail_point: Option<&str>, log: &Path) -> std::io::Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::from(log));
        command.env_remove(failpoint::VARIABLE);
        if let Some(fail_point) = fail_point {
            command.env(failpoint::VARIABLE, fail_point);
        }
        let mut child = command.spawn()?;
        let (tell, facts) = channel();
        if let Some(output) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if let Some(fact) = Fact::read(&line)
                        && tell.send(fact).is_err()
                    {
                        return;
                    }
                }
            });
        }
        let input = child.stdin.take();
        Ok(Self { child, input, facts, was_killed: None })
    }

    /// Says a line to it. One that has ended does not hear it; that is noticed when it is listened to.
    pub(super) fn say(&mut self, line: &str) {
        if let Some(input) = &mut self.input {
            let _ = writeln!(input, "{line}").and_then(|()| input.flush());
        }
    }

    /// The next fact, waiting for it at most this long.
    pub(super) fn hear(&mut self, at_most: Duration) -> Heard {
        match self.facts.recv_timeout(at_most) {
            Ok(fact) => Heard::Fact(fact),
            Err(RecvTimeoutError::Timeout) => Heard::Silence,
            Err(RecvTimeoutError::Disconnected) => Heard::End,
        }
    }

    /// Whether it has ended, and if so whether by SIGKILL.
    pub(super) fn ended(&mut self) -> Option<bool> {
        if self.was_killed.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            self.was_killed = Some(status.signal() == Some(9));
        }
        self.was_killed
    }

    /// Kills it and waits until it is gone.
    pub(super) fn kill(&mut self) {
        if self.ended().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait().map(|status| self.was_killed = Some(status.signal() == Some(9)));
        }
    }

    /// Closes its input and waits for its end; kills it when that takes too long. Whether it ended by itself.
    pub(super) fn stop(&mut self, patience: Duration) -> bool {
        self.input = None;
        let until = Instant::now() + patience;
        while self.ended().is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
        let was_in_time = self.ended().is_some();
        self.kill();
        was_in_time
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}
