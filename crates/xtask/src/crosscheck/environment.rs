//! Where the calendars of others live: a Python environment and a folder of npm packages, both in cargo's folder of build results, both
//! at the versions and hashes that `crates/xtask/crosscheck` pins. A second run installs nothing. From where packages are downloaded
//! is set up on the computer, not here.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::npm;
use crate::program::{Echo, Program};
use crate::step::Step;
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "requirements.txt";
/// What npm needs to find in the folder that it installs into.
const NPM_FILES: [&str; 2] = ["package.json", "package-lock.json"];
/// Says, inside of the Python environment, for what it was made.
const STAMP: &str = "made-for";

/// The two environments and the scripts that run in them.
#[derive(Debug)]
pub(crate) struct Environment {
    scripts: PathBuf,
    python: PathBuf,
    node: PathBuf,
}

impl Environment {
    /// Their places; nothing is installed yet.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let folder = workspace.target.join("tools").join("crosscheck");
        Environment {
            scripts: workspace.root.join("crates/xtask/crosscheck"),
            python: folder.join("python"),
            node: folder.join("node"),
        }
    }

    /// Makes the Python environment, unless it is there for just these requirements and this Python.
    pub(crate) fn install_python(&self, step: &mut Step) -> Result<(), Failure> {
        let requirements = self.scripts.join(REQUIREMENTS);
        let system = Program::new(system_python()).arg("--version").read()?;
        let wanted = format!("{system}{}", read(&requirements)?);
        let stamp = self.python.join(STAMP);
        let is_made = std::fs::read_to_string(&stamp).is_ok_and(|made_for| made_for == wanted);
        if is_made && Program::new(self.interpreter()).arg("--version").read().is_ok() {
            step.skip("up to date");
            return Ok(());
        }
        if self.python.exists() {
            std::fs::remove_dir_all(&self.python)
                .map_err(|error| Failure::of(format!("cannot remove {}: {error}", self.python.display())))?;
        }
        Program::new(system_python()).args(["-m", "venv"]).arg(&self.python).run(step, Echo::Quiet)?;
        Program::new(self.interpreter())
            .args(["-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement"])
            .arg(&requirements)
            .run(step, Echo::Quiet)?;
        write(&stamp, &wanted)
    }

    /// Installs the npm package, unless it is there at its version.
    pub(crate) fn install_node(&self, step: &mut Step) -> Result<(), Failure> {
        std::fs::create_dir_all(&self.node)
            .map_err(|error| Failure::of(format!("cannot make {}: {error}", self.node.display())))?;
        for file in NPM_FILES {
            write(&self.node.join(file), &read(&self.scripts.join(file))?)?;
        }
        npm::install(&self.node, step)
    }

    /// A script in Python.
    pub(crate) fn python(&self, script: &str) -> Program {
        // Isolated: neither the person's own packages nor settings of the shell have a say.
        beijing(Program::new(self.interpreter()).arg("-I").arg(self.scripts.join(script)))
    }

    /// A script for Node.js, in the folder of its package.
    pub(crate) fn node(&self, script: &str) -> Program {
        beijing(Program::new("node").arg(self.scripts.join(script)).folder(&self.node))
    }

    fn interpreter(&self) -> PathBuf {
        self.python.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
    }
}

/// Some of these calendars count in the zone of the PC.
fn beijing(program: Program) -> Program {
    program.setting("TZ", "Asia/Shanghai")
}

fn system_python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::of(format!("cannot read {}: {error}", path.display())))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::of(format!("cannot write {}: {error}", path.display())))
}
