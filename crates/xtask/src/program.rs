//! Starts other programs, always by an argument list and never through a shell. Owns the waiting: output is passed on or kept,
//! a signal to this program ends what it started, and a failure carries the command and the end of what it wrote.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::interrupt;
use crate::step::Step;

const TAIL_LINES: usize = 60;
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What becomes of a program's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    /// Kept, and shown only when the program fails.
    Quiet,
    /// Printed as it comes.
    Live,
    /// Lines of the standard output are printed as they come, indented; the rest is kept.
    Progress,
}

/// A program to be started.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    name: OsString,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    settings: Vec<(OsString, OsString)>,
    input: Option<String>,
    is_apart: bool,
}

impl Program {
    /// A program by name or path.
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        Program {
            name: name.as_ref().to_owned(),
            arguments: Vec::new(),
            folder: None,
            settings: Vec::new(),
            input: None,
            is_apart: false,
        }
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub(crate) fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, arguments: I) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets the folder that it runs in.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Sets one environment variable.
    pub(crate) fn setting(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.settings.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Text for its standard input.
    pub(crate) fn input(mut self, text: impl Into<String>) -> Self {
        self.input = Some(text.into());
        self
    }

    /// Gives it a process group of its own, which ends as a whole: for programs that start others. Such a program cannot ask the person
    /// anything on the terminal.
    pub(crate) fn apart(mut self) -> Self {
        self.is_apart = true;
        self
    }

    /// Puts another program in front of this one, which gets this one as its last arguments.
    pub(crate) fn under<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, wrapper: &str, arguments: I) -> Self {
        let mut all: Vec<OsString> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        all.push(self.name);
        all.append(&mut self.arguments);
        self.name = wrapper.into();
        self.arguments = all;
        self
    }

    /// The command as a person would type it.
    pub(crate) fn line(&self) -> String {
        let mut line = quoted(&self.name);
        for argument in &self.arguments {
            line.push(' ');
            line.push_str(&quoted(argument));
        }
        line
    }

    #[expect(clippy::disallowed_methods, reason = "the one module of this program that starts others")]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        #[cfg(unix)]
        if self.is_apart {
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        command
    }

    fn spawn(&self, mut command: Command) -> Result<Child, Failure> {
        let mut child = command.spawn().map_err(|error| Failure::Program {
            line: self.line(),
            ending: format!("could not be started ({error})"),
            tail: Vec::new(),
        })?;
        if let (Some(text), Some(mut pipe)) = (self.input.clone(), child.stdin.take()) {
            // Beside the reading of its output: a program that answers line by line would else wait for us, and we for it.
            in_background(move || {
                let _ = pipe.write_all(text.as_bytes());
            });
        }
        Ok(child)
    }

    fn stdin(&self) -> Stdio {
        if self.input.is_some() { Stdio::piped() } else { Stdio::null() }
    }

    /// Runs it to its end; anything but exit code 0 is a failure.
    pub(crate) fn run(self, step: &mut Step, echo: Echo) -> Result<(), Failure> {
        self.run_heard(step, echo, |_| {})
    }

    /// The same, with every line of its output also told to `hear`.
    pub(crate) fn run_heard(self, step: &mut Step, echo: Echo, mut hear: impl FnMut(&str)) -> Result<(), Failure> {
        step.log(&format!("$ {}", self.line()));
        let mut tail = VecDeque::new();
        let status = self.follow(|from, line| {
            hear(line);
            step.log(line);
            match (echo, from) {
                (Echo::Live, _) => step.say(line),
                (Echo::Progress, From::Output) => step.say(&format!("      {line}")),
                _ => {
                    step.glance(line);
                    if tail.len() == TAIL_LINES {
                        tail.pop_front();
                    }
                    tail.push_back(line.to_owned());
                }
            }
        })?;
        self.judge(status, tail.into())
    }

    /// Runs it to its end and returns what it wrote to its standard output.
    pub(crate) fn read(self) -> Result<String, Failure> {
        let mut text = String::new();
        let mut tail = VecDeque::new();
        let status = self.follow(|from, line| match from {
            From::Output => {
                text.push_str(line);
                text.push('\n');
            }
            From::Error => {
                if tail.len() == TAIL_LINES {
                    tail.pop_front();
                }
                tail.push_back(line.to_owned());
            }
        })?;
        self.judge(status, tail.into()).map(|()| text)
    }

    /// Starts it in a process group of its own and does not wait. Its error output goes to `log`; so does its standard output,
    /// whose lines can also be read from the answer.
    pub(crate) fn start(mut self, log: &Path) -> Result<Running, Failure> {
        self.is_apart = true;
        let file =
            File::create(log).map_err(|error| Failure::of(format!("cannot write {}: {error}", log.display())))?;
        let mut copy =
            file.try_clone().map_err(|error| Failure::of(format!("cannot write {}: {error}", log.display())))?;
        let mut command = self.command();
        command.stdin(self.stdin()).stdout(Stdio::piped()).stderr(Stdio::from(file));
        let mut child = self.spawn(command)?;
        let (sender, lines) = mpsc::channel();
        if let Some(pipe) = child.stdout.take() {
            in_background(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let _ = writeln!(copy, "{line}");
                    let _ = sender.send(line);
                }
            });
        }
        Ok(Running { child, lines, line: self.line(), log: log.to_owned(), ended: None })
    }

    fn follow(&self, mut hear: impl FnMut(From, &str)) -> Result<ExitStatus, Failure> {
        let mut command = self.command();
        command.stdin(self.stdin()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn(command)?;
        let (sender, lines) = mpsc::channel();
        if let Some(pipe) = child.stdout.take() {
            pass_on(pipe, From::Output, sender.clone());
        }
        if let Some(pipe) = child.stderr.take() {
            pass_on(pipe, From::Error, sender.clone());
        }
        drop(sender);
        loop {
            match lines.recv_timeout(LOOK_EVERY) {
                Ok((from, line)) => hear(from, &line),
                Err(RecvTimeoutError::Timeout) => {}
                // Both pipes are closed: the end is near, and looking for it is all that is left.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK_EVERY),
            }
            if interrupt::raised() {
                end(&mut child, Duration::from_secs(10));
                return Err(Failure::Interrupted);
            }
            if let Ok(Some(status)) = child.try_wait() {
                // A grandchild may hold the pipes open for ever; what is there already is enough.
                while let Ok((from, line)) = lines.recv_timeout(LOOK_EVERY * 4) {
                    hear(from, &line);
                }
                return Ok(status);
            }
        }
    }

    fn judge(&self, status: ExitStatus, tail: Vec<String>) -> Result<(), Failure> {
        if status.success() {
            return Ok(());
        }
        Err(Failure::Program { line: self.line(), ending: ending(status), tail })
    }
}

/// A program that runs beside this one, and ends with it.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    line: String,
    log: PathBuf,
    ended: Option<ExitStatus>,
}

impl Running {
    /// Waits for the first line of its standard output that `wanted` makes something of.
    pub(crate) fn first<T>(&mut self, patience: Duration, wanted: impl Fn(&str) -> Option<T>) -> Result<T, Failure> {
        let until = Instant::now() + patience;
        loop {
            match self.lines.recv_timeout(LOOK_EVERY) {
                Ok(line) => {
                    if let Some(found) = wanted(&line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK_EVERY),
            }
            if interrupt::raised() {
                return Err(Failure::Interrupted);
            }
            if let Some(status) = self.status() {
                return Err(self.failure(ending(status)));
            }
            if Instant::now() > until {
                return Err(self.failure("said nothing for too long".to_owned()));
            }
        }
    }

    /// How it ended, if it did.
    pub(crate) fn status(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Asks it to end, waits, and ends it by force when that takes too long. Says whether it ended by itself.
    pub(crate) fn stop(&mut self, patience: Duration) -> bool {
        if self.status().is_some() {
            return true;
        }
        end(&mut self.child, patience)
    }

    /// A failure with the end of its log.
    pub(crate) fn failure(&self, ending: String) -> Failure {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        Failure::Program {
            line: self.line.clone(),
            ending,
            tail: lines[lines.len().saturating_sub(TAIL_LINES)..].iter().map(|line| (*line).to_owned()).collect(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop(Duration::from_secs(10));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Output,
    Error,
}

/// Ends a program and, on Unix, its process group when it leads one. Says whether the polite way was enough.
fn end(child: &mut Child, patience: Duration) -> bool {
    ask_to_end(child);
    let until = Instant::now() + patience;
    while Instant::now() < until {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return true;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

#[cfg(unix)]
fn ask_to_end(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    // Only what runs apart leads a group; for anything else there is none of that number.
    if kill_process_group(id, Signal::TERM).is_err() {
        let _ = kill_process(id, Signal::TERM);
    }
}

#[cfg(not(unix))]
fn ask_to_end(_child: &Child) {}

fn pass_on(pipe: impl Read + Send + 'static, from: From, sender: Sender<(From, String)>) {
    in_background(move || {
        let mut reader = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while matches!(reader.read_until(b'\n', &mut bytes), Ok(count) if count > 0) {
            let text = String::from_utf8_lossy(&bytes);
            if sender.send((from, text.trim_end_matches(['\n', '\r']).to_owned())).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

fn in_background(work: impl FnOnce() + Send + 'static) {
    // Ends with the pipe that it reads or writes; nobody waits for it.
    drop(std::thread::spawn(work));
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with {code}"),
        None => format!("ended by a signal ({status})"),
    }
}

fn quoted(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%*".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn output_is_read_and_a_failure_names_the_command_and_its_last_words() {
        assert_eq!(Program::new("echo").arg("a b").read().unwrap(), "a b\n");
        let failure = Program::new("ls").arg("no such folder").read().unwrap_err();
        let Failure::Program { line, ending, tail } = failure else {
            panic!("expected a program's failure");
        };
        assert_eq!(line, "ls 'no such folder'");
        assert!(ending.starts_with("ended with "));
        assert!(!tail.is_empty());
    }

    #[test]
    fn a_program_that_answers_line_by_line_gets_more_than_a_pipe_holds() {
        let lines = "a line of the input\n".repeat(50_000);
        assert_eq!(Program::new("cat").input(lines.clone()).read().unwrap(), lines);
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure() {
        assert!(matches!(
            Program::new("review-desk-no-such-program").read(),
            Err(Failure::Program { ending, .. }) if ending.starts_with("could not be started")
        ));
    }

    #[test]
    fn a_wrapper_gets_the_program_as_its_last_arguments() {
        let program = Program::new("app").arg("--data").arg("x").under("dbus-run-session", ["--"]);
        assert_eq!(program.line(), "dbus-run-session -- app --data x");
    }

    #[test]
    fn what_was_started_ends_when_it_is_asked_to() {
        let log = std::env::temp_dir().join(format!("review-desk-xtask-{}.log", std::process::id()));
        let mut running = Program::new("sleep").arg("60").start(&log).unwrap();
        assert!(running.status().is_none());
        assert!(running.stop(Duration::from_secs(5)));
        let mut silent = Program::new("true").start(&log).unwrap();
        assert!(silent.first(Duration::from_secs(5), |_| Some(())).is_err());
        let _ = std::fs::remove_file(log);
    }
}
