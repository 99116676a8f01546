//! The steps of a command as a person sees them: "[3/9] building the server … 12.3 s". The only place of this program that
//! prints. On a terminal a running step also shows the latest line of the program behind it; elsewhere it shows nothing between.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::interrupt;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
    /// Nothing was to be done, and why.
    Skipped(String),
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    took: Duration,
    ending: Ending,
}

/// The plan of a command and what has been done of it.
#[derive(Debug)]
pub(crate) struct Steps {
    plan: Vec<&'static str>,
    rows: Vec<Row>,
    logs: PathBuf,
}

/// One running step.
#[derive(Debug)]
pub(crate) struct Step {
    head: String,
    log_path: PathBuf,
    log: Option<File>,
    started: Instant,
    skipped: Option<String>,
    /// Whether something was printed below the head line.
    broken: bool,
}

impl Steps {
    /// Steps by their names, in order; the whole output of each is written to a file in `logs`.
    pub(crate) fn new(plan: Vec<&'static str>, logs: PathBuf) -> Self {
        Steps { plan, rows: Vec::new(), logs }
    }

    /// Does one step of the plan. `name` is one of the plan's names; its number is its place there.
    pub(crate) fn run<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Step) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if interrupt::raised() {
            return Err(Failure::Interrupted);
        }
        let number = self.plan.iter().position(|planned| *planned == name).map_or(0, |at| at + 1);
        let file_name: String = name.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect();
        let log_path = self.logs.join(format!("{}.log", file_name.replace(' ', "-")));
        let _ = std::fs::create_dir_all(&self.logs);
        let mut step = Step {
            head: format!("[{number}/{}] {name} …", self.plan.len()),
            log: File::create(&log_path).ok(),
            log_path,
            started: Instant::now(),
            skipped: None,
            broken: false,
        };
        write(&step.head);
        let result = work(&mut step);
        let took = step.started.elapsed();
        let ending = match (&result, step.skipped.take()) {
            (Err(_), _) => Ending::Failed,
            (Ok(_), Some(why)) => Ending::Skipped(why),
            (Ok(_), None) => Ending::Passed,
        };
        let words = match &ending {
            Ending::Passed => seconds(took),
            Ending::Failed => format!("failed after {}", seconds(took)),
            Ending::Skipped(why) => why.clone(),
        };
        if step.broken {
            write(&format!("{} {words}\n", step.head));
        } else {
            let head = if shows_progress() { step.head.as_str() } else { "" };
            erase();
            write(&format!("{head} {words}\n"));
        }
        self.rows.push(Row { name, took, ending });
        if let Err(Failure::Program { tail, .. }) = &result
            && !tail.is_empty()
        {
            complain(&format!("the whole output is in {}", step.log_path.display()));
        }
        result
    }

    /// Does one step and goes on whatever came of it: the failure is shown at once and counts at the end.
    pub(crate) fn try_run(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Step) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self.run(name, work) {
            Err(Failure::Interrupted) => Err(Failure::Interrupted),
            Err(failure) => {
                complain(&failure.to_string());
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Prints what took how long, and fails when a step did.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        write(&self.table());
        let failed: Vec<&str> =
            self.rows.iter().filter(|row| row.ending == Ending::Failed).map(|row| row.name).collect();
        if failed.is_empty() { Ok(()) } else { Err(Failure::of(format!("failed: {}", failed.join(", ")))) }
    }

    fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(5);
        let mut text = String::from("\n");
        let mut total = Duration::ZERO;
        for row in &self.rows {
            total += row.took;
            let word = match &row.ending {
                Ending::Passed => "passed",
                Ending::Failed => "FAILED",
                Ending::Skipped(_) => "nothing to do",
            };
            text.push_str(&format!("  {:width$}  {:>12}  {word}\n", row.name, seconds(row.took)));
        }
        text.push_str(&format!("  {:width$}  {:>12}\n", "total", seconds(total)));
        text
    }
}

impl Step {
    /// Notes that nothing was to be done here, and why.
    pub(crate) fn skip(&mut self, why: impl Into<String>) {
        self.skipped = Some(why.into());
    }

    /// Keeps a line of a program's output in the step's file.
    pub(crate) fn log(&mut self, line: &str) {
        if let Some(file) = &mut self.log {
            let _ = writeln!(file, "{line}");
        }
    }

    /// Shows a line of a program's output for as long as it is the latest; only on a terminal.
    pub(crate) fn glance(&mut self, line: &str) {
        if shows_progress() && !self.broken {
            let room = 100_usize.saturating_sub(self.head.chars().count());
            let short: String = line.trim().chars().filter(|c| !c.is_control()).take(room).collect();
            erase();
            write(&format!("{} {} {short}", self.head, seconds(self.started.elapsed())));
        }
    }

    /// Prints a line that stays.
    pub(crate) fn say(&mut self, line: &str) {
        if !self.broken {
            self.broken = true;
            write("\n");
        }
        write(&format!("{line}\n"));
    }
}

/// Prints text that belongs to no step.
pub(crate) fn say(text: &str) {
    write(&format!("{text}\n"));
}

/// Prints what went wrong, to the error output.
pub(crate) fn complain(text: &str) {
    if cfg!(not(test)) {
        let _ = writeln!(std::io::stderr().lock(), "xtask: {text}");
    }
}

/// Asks a question that is answered with Enter or y; anything else is no. The caller made sure that somebody is there.
pub(crate) fn ask(question: &str) -> bool {
    write(&format!("{question} [Y/n] "));
    let mut answer = String::new();
    if std::io::stdin().read_line(&mut answer).unwrap_or(0) == 0 {
        return false;
    }
    matches!(answer.trim(), "" | "y" | "Y" | "yes")
}

/// Whether a person can be asked.
pub(crate) fn can_ask() -> bool {
    shows_progress() && std::io::stdin().is_terminal()
}

fn shows_progress() -> bool {
    std::io::stdout().is_terminal()
}

/// A time for people.
pub(crate) fn seconds(took: Duration) -> String {
    let whole = took.as_secs();
    if whole < 60 { format!("{:.1} s", took.as_secs_f64()) } else { format!("{} min {:02} s", whole / 60, whole % 60) }
}

fn erase() {
    if shows_progress() {
        write("\r\u{1b}[2K");
    }
}

fn write(text: &str) {
    if cfg!(test) {
        return;
    }
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Steps {
        Steps::new(vec!["first", "second"], std::env::temp_dir().join("review-desk-xtask-steps"))
    }

    #[test]
    fn a_failed_step_is_named_at_the_end_and_the_others_still_ran() {
        let mut steps = steps();
        assert!(steps.try_run("first", |_| Err(Failure::of("broken"))).is_ok());
        assert!(steps.try_run("second", |_| Ok(())).is_ok());
        let Err(Failure::Sentence(sentence)) = steps.finish() else {
            panic!("a failed step must fail the command");
        };
        assert_eq!(sentence, "failed: first");
        assert!(steps.table().contains("second"));
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(seconds(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
