//! Tools that cargo builds, at pinned versions, into the folder of build results: a fresh clone gets what everybody has, and
//! nothing is put into the person's own folder.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::Step;
use crate::workspace::Workspace;

/// A tool by its package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
}

/// Checks licences, sources and the floors of `deny.toml`.
pub(crate) const CARGO_DENY: Tool = Tool { package: "cargo-deny", version: "0.20.2", program: "cargo-deny" };

/// Stands between a WebDriver client and the driver of the web view.
pub(crate) const TAURI_DRIVER: Tool = Tool { package: "tauri-driver", version: "2.1.0", program: "tauri-driver" };

/// Makes sure that a tool is there at its version, and says where.
pub(crate) fn ensure(workspace: &Workspace, step: &mut Step, tool: Tool) -> Result<PathBuf, Failure> {
    let root = workspace.target.join("tools");
    let program = root.join("bin").join(format!("{}{}", tool.program, std::env::consts::EXE_SUFFIX));
    let record = std::fs::read_to_string(root.join(".crates.toml")).unwrap_or_default();
    if program.is_file() && is_recorded(&record, tool) {
        step.skip(format!("{} is there", tool.version));
        return Ok(program);
    }
    install(workspace, tool, &root).run(step, Echo::Quiet)?;
    Ok(program)
}

fn install(workspace: &Workspace, tool: Tool, root: &std::path::Path) -> Program {
    workspace
        .cargo()
        .args(["install", "--locked", "--force", "--version"])
        .arg(format!("={}", tool.version))
        .arg("--root")
        .arg(root)
        .arg(tool.package)
}

/// Whether the list that `cargo install` keeps names the tool at this version.
fn is_recorded(record: &str, tool: Tool) -> bool {
    record.lines().any(|line| line.trim_start().starts_with(&format!("\"{} {} ", tool.package, tool.version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_not_taken_for_the_pinned_one() {
        let record = |version: &str| format!("[v1]\n\"tauri-driver {version} (registry)\" = [\"tauri-driver\"]\n");
        assert!(is_recorded(&record("2.1.0"), TAURI_DRIVER));
        assert!(!is_recorded(&record("2.1.01"), TAURI_DRIVER));
        assert!(!is_recorded(&record("2.0.9"), TAURI_DRIVER));
        assert!(!is_recorded(&record("2.1.0"), CARGO_DENY));
    }
}
