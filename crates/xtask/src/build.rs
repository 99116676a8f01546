//! Builds the programs of the workspace, always from the same selection of packages: cargo then always settles on the same features
//! of their dependencies, and what one command built serves the next. Only the programs named, and what they need, are compiled.
//! Debug builds also take the features that tests ask for (such as Tauri's mock runtime), so that running and testing share everything;
//! release builds do not.

use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::Step;
use crate::workspace::Workspace;

/// The selection: everything but this program, which runs meanwhile.
pub(crate) const SELECTION: &[&str] = &["--workspace", "--exclude", "xtask", "--locked"];

/// The desktop.
pub(crate) const DESKTOP: &str = "review-desk";
/// The reference server.
pub(crate) const SERVER: &str = "review-server";
/// Decodes photos, in a process of its own.
pub(crate) const PHOTO_WORKER: &str = "photo-worker";
/// Fills a server with synthetic cases.
pub(crate) const SEEDER: &str = "seed-cases";
/// Takes a picture of the desktop.
pub(crate) const WINDOW_SHOT: &str = "window-shot";
/// Breaks the others on purpose.
pub(crate) const HARNESS: &str = "fault";
/// Writes the page's IPC types.
pub(crate) const GEN_IPC: &str = "gen-ipc";

/// Builds these programs.
pub(crate) fn programs(
    workspace: &Workspace,
    step: &mut Step,
    names: &[&str],
    is_release: bool,
) -> Result<(), Failure> {
    cargo_build(workspace, names, is_release).run(step, Echo::Quiet)
}

/// Builds the fault harness with its fail points, which nothing else is ever built with.
pub(crate) fn harness(workspace: &Workspace, step: &mut Step, is_release: bool) -> Result<(), Failure> {
    cargo_build(workspace, &[HARNESS], is_release).args(["--features", "fault/failpoints"]).run(step, Echo::Quiet)
}

/// What lets a release desktop be driven; without it none can be (docs/adr/0003).
const DRIVEN: &str = "review-desk/webdriver";

fn cargo_build(workspace: &Workspace, names: &[&str], is_release: bool) -> Program {
    let mut program = workspace.cargo().arg("build").args(SELECTION);
    for name in names {
        program = program.args(["--bin", name]);
    }
    if is_release && names.contains(&WINDOW_SHOT) {
        program = program.args(["--features", DRIVEN]);
    }
    // There are no examples; but cargo counts the features of [dev-dependencies] in as soon as they are asked for.
    program.arg(if is_release { "--release" } else { "--examples" })
}
