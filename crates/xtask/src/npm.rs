//! The packages of a folder with a `package-lock.json`, installed by npm as the lock file says and left alone while they are those.

use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::Step;
use crate::system;

/// Installs the packages of the lock file, unless just these are installed.
pub(crate) fn install(folder: &Path, step: &mut Step) -> Result<(), Failure> {
    system::ensure_node()?;
    let lock = folder.join("package-lock.json");
    let read = |path: &Path| -> Option<Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
    let locked = read(&lock).ok_or_else(|| Failure::of(format!("{} cannot be read", lock.display())))?;
    let installed = read(&folder.join("node_modules").join(".package-lock.json"));
    if installed.is_some_and(|installed| is_installed(&locked, &installed)) {
        step.skip("up to date");
        return Ok(());
    }
    Program::new(system::npm()).args(["ci", "--no-audit", "--no-fund"]).folder(folder).run(step, Echo::Quiet)
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
