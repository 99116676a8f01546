//! `cargo xtask gen`: files that are made from code and committed, so that a fresh clone has them and a review sees them change.
//! The programs that know how to make them are built and run; this only compares and writes.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::build;
use crate::failure::Failure;
use crate::program::Program;
use crate::step::{Step, Steps};
use crate::workspace::Workspace;

/// The page's IPC types.
pub(crate) const IPC_TYPES: &str = "ui/src/ipc/types.ts";
/// The server's description of itself.
pub(crate) const OPENAPI: &str = "crates/review-server/openapi.json";

/// Options of `gen`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a committed file differs
    #[arg(long)]
    check: bool,
}

/// `cargo xtask gen`.
pub(crate) fn generate(workspace: &Workspace, options: Options) -> Result<(), Failure> {
    let mut steps = Steps::new(vec!["building the generators", "generated files"], workspace.logs());
    steps.run("building the generators", |step| build_generators(workspace, step))?;
    steps.run("generated files", |step| {
        if options.check {
            return check(workspace, step);
        }
        for (file, text) in make(workspace)? {
            let path = workspace.root.join(file);
            if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
                continue;
            }
            std::fs::write(&path, text).map_err(|error| Failure::of(format!("cannot write {file}: {error}")))?;
            step.say(&format!("      wrote {file}"));
        }
        Ok(())
    })
}

/// Builds the programs that make the files.
pub(crate) fn build_generators(workspace: &Workspace, step: &mut Step) -> Result<(), Failure> {
    build::programs(workspace, step, &[build::GEN_IPC, build::SERVER], false)
}

/// Compares what would be made with what is committed.
pub(crate) fn check(workspace: &Workspace, step: &mut Step) -> Result<(), Failure> {
    let mut stale = Vec::new();
    for (file, text) in make(workspace)? {
        let known = std::fs::read_to_string(workspace.root.join(file)).unwrap_or_default();
        if let Some(difference) = first_difference(&known, &text) {
            step.say(&format!("      {file}: {difference}"));
            stale.push(file);
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(Failure::of(format!("not up to date: {}. Run `cargo xtask gen` and commit what it writes", stale.join(", "))))
}

fn make(workspace: &Workspace) -> Result<[(&'static str, String); 2], Failure> {
    let types = workspace.logs().join("types.ts");
    Program::new(workspace.built(build::GEN_IPC, false)).arg(&types).read()?;
    let openapi = Program::new(workspace.built(build::SERVER, false)).arg("openapi").read()?;
    Ok([(IPC_TYPES, read(&types)?), (OPENAPI, openapi)])
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::of(format!("cannot read {}: {error}", PathBuf::from(path).display())))
}

/// Where two texts part, in words.
fn first_difference(known: &str, made: &str) -> Option<String> {
    if known == made {
        return None;
    }
    let (mut left, mut right) = (known.lines(), made.lines());
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (left, right) if left != right => {
                let show =
                    |line: Option<&str>| line.map_or("nothing more".to_owned(), |line| format!("\"{}\"", line.trim()));
                return Some(format!("line {number} is {}, should be {}", show(left), show(right)));
            }
            _ => {}
        }
    }
    Some("only the ends of lines differ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n").unwrap(), "line 2 is \"b\", should be \"c\"");
        assert_eq!(first_difference("a\n", "a\nc\n").unwrap(), "line 2 is nothing more, should be \"c\"");
        assert_eq!(first_difference("a", "a\n").unwrap(), "only the ends of lines differ");
    }
}
