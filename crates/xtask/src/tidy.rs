//! `cargo xtask tidy`: the repository's own rules, checked instead of remembered. Each rule reads files and says which file breaks it
//! and how; none of them changes anything. The table of who may know whom is in `tidy/arrows.rs`.

mod arrows;
mod commands;
mod files;
mod imports;
mod texts;

use std::fmt;
use std::path::Path;

use crate::failure::Failure;
use crate::program::Program;
use crate::step::Steps;
use crate::workspace::Workspace;

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Breach {
    file: String,
    sentence: String,
}

impl Breach {
    fn new(file: impl Into<String>, sentence: impl Into<String>) -> Self {
        Breach { file: file.into(), sentence: sentence.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: {}", self.file, self.sentence)
    }
}

/// A file of the repository that is text.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// From the top folder, with forward slashes.
    path: String,
    text: String,
}

/// `cargo xtask tidy`.
pub(crate) fn tidy(workspace: &Workspace) -> Result<(), Failure> {
    let mut steps = Steps::new(vec!["rules of the repository"], workspace.logs());
    steps.run("rules of the repository", |_| check(workspace))
}

/// Checks all rules.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let files = source_files(workspace)?;
    let mut breaches = arrows::check(&workspace.packages);
    breaches.extend(imports::check(&files));
    breaches.extend(commands::check(&files));
    breaches.extend(texts::check(&files));
    breaches.extend(files::check(&files));
    breaches.sort();
    breaches.dedup();
    if breaches.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = breaches.iter().map(|breach| format!("\n    {breach}")).collect();
    Err(Failure::of(format!("{} breaches of the repository's rules:{}", breaches.len(), list.concat())))
}

/// Every text file that is in the repository or is about to be.
fn source_files(workspace: &Workspace) -> Result<Vec<SourceFile>, Failure> {
    let list = Program::new("git")
        .args(["-c", "core.quotePath=false", "ls-files", "--cached", "--others", "--exclude-standard"])
        .folder(&workspace.root)
        .read()?;
    Ok(list.lines().filter_map(|path| read(&workspace.root, path)).collect())
}

fn read(root: &Path, path: &str) -> Option<SourceFile> {
    // What is not UTF-8 is a picture; what is not there any more is about to be removed.
    let text = String::from_utf8(std::fs::read(root.join(path)).ok()?).ok()?;
    Some(SourceFile { path: path.to_owned(), text })
}

fn find<'a>(files: &'a [SourceFile], path: &str) -> Option<&'a SourceFile> {
    files.iter().find(|file| file.path == path)
}

#[cfg(test)]
fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}
