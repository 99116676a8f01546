//! Where things are: the repository, the folder of build results, the packages of the workspace as `cargo metadata` tells them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;
use crate::program::Program;

/// The repository.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Its top folder.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    /// The packages of the workspace.
    pub(crate) packages: Vec<Package>,
}

/// One package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its manifest, from the repository's top folder.
    pub(crate) manifest: String,
    /// What its manifest names.
    pub(crate) dependencies: Vec<Dependency>,
    /// Names of its test programs.
    pub(crate) tests: Vec<String>,
}

/// One dependency as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package, whatever it is called in the code.
    pub(crate) name: String,
    /// Whether it is there for tests only.
    pub(crate) is_dev: bool,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self, Failure> {
        // cargo says where this crate lies now; the place at compile time is for a direct start of the program.
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here
            .parent()
            .and_then(Path::parent)
            .ok_or_else(|| Failure::of("this program lies outside of a repository"))?;
        let text = cargo().args(["metadata", "--no-deps", "--format-version", "1"]).folder(root).read()?;
        let value: Value =
            serde_json::from_str(&text).map_err(|error| Failure::of(format!("cargo metadata is not JSON: {error}")))?;
        Ok(Workspace {
            root: root.to_owned(),
            target: PathBuf::from(value["target_directory"].as_str().unwrap_or("target")),
            packages: packages(&value, root),
        })
    }

    /// A program that cargo built.
    pub(crate) fn built(&self, name: &str, is_release: bool) -> PathBuf {
        let profile = if is_release { "release" } else { "debug" };
        self.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Where the whole output of the steps goes.
    pub(crate) fn logs(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// cargo, in the repository.
    pub(crate) fn cargo(&self) -> Program {
        cargo().folder(&self.root)
    }

    /// The page's folder.
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }
}

fn cargo() -> Program {
    // cargo names itself to the programs that it runs.
    Program::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Packages from the answer of `cargo metadata`.
pub(crate) fn packages(metadata: &Value, root: &Path) -> Vec<Package> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list(&metadata["packages"])
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            manifest: Path::new(&text(&package["manifest_path"]))
                .strip_prefix(root)
                .map_or_else(|_| text(&package["manifest_path"]), |path| path.display().to_string()),
            dependencies: list(&package["dependencies"])
                .iter()
                .map(|dependency| Dependency { name: text(&dependency["name"]), is_dev: dependency["kind"] == "dev" })
                .collect(),
            tests: list(&package["targets"])
                .iter()
                .filter(|target| list(&target["kind"]).iter().any(|kind| kind == "test"))
                .map(|target| text(&target["name"]))
                .collect(),
        })
        .collect()
}
