//! The page: its packages, its build and its own checks, by the scripts of `ui/package.json`. What is up to date is left alone,
//! so that the desktop program is not linked anew for nothing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::Step;
use crate::system;
use crate::workspace::Workspace;

/// Installs the packages of the lock file, unless just these are installed.
pub(crate) fn install(workspace: &Workspace, step: &mut Step) -> Result<(), Failure> {
    system::ensure_node()?;
    let ui = workspace.ui();
    let read = |path: PathBuf| -> Option<Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
    let locked =
        read(ui.join("package-lock.json")).ok_or_else(|| Failure::of("ui/package-lock.json cannot be read"))?;
    let installed = read(ui.join("node_modules").join(".package-lock.json"));
    if installed.is_some_and(|installed| is_installed(&locked, &installed)) {
        step.skip("up to date");
        return Ok(());
    }
    Program::new(system::npm()).args(["ci", "--no-audit", "--no-fund"]).folder(&ui).run(step, Echo::Quiet)
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

/// Whether every package of the lock file is installed at its version; one for another system, and one that nothing needs, may be absent.
fn is_installed(locked: &Value, installed: &Value) -> bool {
    let Some(packages) = locked["packages"].as_object() else {
        return false;
    };
    packages.iter().filter(|(path, _)| !path.is_empty()).all(|(path, package)| {
        let found = &installed["packages"][path];
        if found.is_null() {
            package["optional"] == true || package["extraneous"] == true
        } else {
            found["version"] == package["version"] && found["integrity"] == package["integrity"]
        }
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn packages_count_as_installed_only_at_the_locked_version() {
        let locked = json!({"packages": {
            "": {"name": "page"},
            "node_modules/a": {"version": "1.0.0", "integrity": "x"},
            "node_modules/other-system": {"version": "1.0.0", "optional": true},
            "node_modules/left-over": {"version": "1.0.0", "extraneous": true},
        }});
        let with = |version: &str| json!({"packages": {"node_modules/a": {"version": version, "integrity": "x"}}});
        assert!(is_installed(&locked, &with("1.0.0")));
        assert!(!is_installed(&locked, &with("1.0.1")));
        assert!(!is_installed(&locked, &json!({"packages": {}})));
        assert!(!is_installed(&json!({}), &with("1.0.0")));
    }
}
