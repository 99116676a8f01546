//! The page: its packages, its build and its own checks, by the scripts of `ui/package.json`. What is up to date is left alone,
//! so that the desktop program is not linked anew for nothing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::npm;
use crate::program::{Echo, Program};
use crate::step::Step;
use crate::system;
use crate::workspace::Workspace;

/// Installs the packages of the lock file, unless just these are installed.
pub(crate) fn install(workspace: &Workspace, step: &mut Step) -> Result<(), Failure> {
    npm::install(&workspace.ui(), step)
}

/// Builds the page into `ui/dist`, unless it is built from just these files.
pub(crate) fn build(workspace: &Workspace, step: &mut Step) -> Result<(), Failure> {
    let ui = workspace.ui();
    let stamp = workspace.logs().join("page.stamp");
    let print = fingerprint(&ui).map_err(|error| Failure::of(format!("ui cannot be read: {error}")))?;
    let is_built = ui.join("dist").join("index.html").is_file();
    if is_built && std::fs::read_to_string(&stamp).is_ok_and(|known| known == print) {
        step.skip("up to date");
        return Ok(());
    }
    script(workspace, "build").run(step, Echo::Quiet)?;
    let _ = std::fs::write(stamp, print);
    Ok(())
}

/// One script of `ui/package.json`.
pub(crate) fn script(workspace: &Workspace, name: &str) -> Program {
    Program::new(system::npm()).args(["run", "--silent", name]).folder(&workspace.ui())
}

/// A number over the path and content of every file that the page is built from.
fn fingerprint(ui: &Path) -> std::io::Result<String> {
    let mut files = Vec::new();
    collect(ui, &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        std::fs::read(&file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            if name != "node_modules" && name != "dist" {
                collect(&entry.path(), files)?;
            }
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
