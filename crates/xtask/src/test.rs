//! `cargo xtask test`: every test there is, with what they need installed and built first. A failed group does not keep the others
//! from running; the table at the end says what took how long.

use std::path::PathBuf;

use clap::Args;

use crate::build::{self, SELECTION};
use crate::display::Display;
use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::Steps;
use crate::workspace::Workspace;
use crate::{system, tools, ui};

/// The test program that opens windows.
const WINDOW: &str = "window";

const PACKAGES: &str = "checking the system packages";
const DRIVER: &str = "installing the window's driver";
const PAGE_PACKAGES: &str = "installing the page's packages";
const PAGE_BUILD: &str = "building the page";
const PAGE_TESTS: &str = "testing the page";
const PROGRAMS: &str = "building the programs";
const CRATES: &str = "testing the crates";
const EXAMPLES: &str = "testing the examples in the documentation";
const XTASK: &str = "testing xtask";
const WINDOW_TESTS: &str = "testing in a real window";

/// Options of `test`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// Run only tests whose names contain one of these words
    filters: Vec<String>,
    /// Leave out the tests in a real window
    #[arg(long, conflicts_with = "window_only")]
    no_window: bool,
    /// Run only the tests in a real window
    #[arg(long)]
    window_only: bool,
}

/// `cargo xtask test`.
pub(crate) fn test(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let (with_window, with_others) = (!options.no_window, !options.window_only);
    let with_page_tests = with_others && options.filters.is_empty();
    let mut steps = Steps::new(plan(with_window, with_others, with_page_tests), workspace.logs());

    steps.run(PACKAGES, |step| {
        let mut groups =
            vec![system::COMPILE, system::WEB_VIEW, system::FONTS, system::DATABASE_SHELL, system::FAILING_DISK];
        if with_window {
            groups.extend([system::DISPLAY, system::WINDOW]);
        }
        system::ensure(step, &groups)
    })?;
    let driver = if with_window {
        steps.run(DRIVER, |step| tools::ensure(workspace, step, tools::TAURI_DRIVER))?
    } else {
        PathBuf::new()
    };
    steps.run(PAGE_PACKAGES, |step| ui::install(workspace, step))?;
    steps.run(PAGE_BUILD, |step| ui::build(workspace, step))?;
    if with_page_tests {
        steps.try_run(PAGE_TESTS, |step| ui::script(workspace, "test").run(step, Echo::Live))?;
    }
    steps.run(PROGRAMS, |step| {
        let names = [build::DESKTOP, build::SERVER, build::PHOTO_WORKER, build::SEEDER, build::WINDOW_SHOT];
        build::programs(workspace, step, &names, false)
    })?;
    if with_others {
        steps.try_run(CRATES, |step| {
            let mut program = cargo_test(workspace).args(SELECTION).args(["--lib", "--bins"]);
            for name in test_programs(workspace) {
                program = program.args(["--test", &name]);
            }
            filtered(program, &options.filters, &[]).run(step, Echo::Live)
        })?;
        steps.try_run(EXAMPLES, |step| {
            let program = cargo_test(workspace).args(SELECTION).arg("--doc");
            filtered(program, &options.filters, &[]).run(step, Echo::Live)
        })?;
        steps.try_run(XTASK, |step| {
            let program = cargo_test(workspace).args(["--package", "xtask", "--locked"]);
            filtered(program, &options.filters, &[]).run(step, Echo::Live)
        })?;
    }
    if with_window {
        steps.try_run(WINDOW_TESTS, |step| {
            let display = Display::start(workspace)?;
            let program = cargo_test(workspace).args(SELECTION).args(["--test", WINDOW]);
            // One window at a time: two would share the two cores and the screen.
            let program = filtered(program, &options.filters, &["--test-threads=1"]).setting("TAURI_DRIVER", &driver);
            display.on(program).run(step, Echo::Live)
        })?;
    }
    steps.finish()
}

fn plan(with_window: bool, with_others: bool, with_page_tests: bool) -> Vec<&'static str> {
    let mut plan = vec![PACKAGES];
    plan.extend(with_window.then_some(DRIVER));
    plan.extend([PAGE_PACKAGES, PAGE_BUILD]);
    plan.extend(with_page_tests.then_some(PAGE_TESTS));
    plan.push(PROGRAMS);
    if with_others {
        plan.extend([CRATES, EXAMPLES, XTASK]);
    }
    plan.extend(with_window.then_some(WINDOW_TESTS));
    plan
}

fn cargo_test(workspace: &Workspace) -> Program {
    workspace.cargo().args(["test", "--no-fail-fast"])
}

fn filtered(program: Program, filters: &[String], arguments: &[&str]) -> Program {
    if filters.is_empty() && arguments.is_empty() {
        return program;
    }
    program.arg("--").args(arguments).args(filters)
}

/// The names of all test programs but the window's.
fn test_programs(workspace: &Workspace) -> Vec<String> {
    let mut names: Vec<String> = workspace
        .packages
        .iter()
        .filter(|package| package.name != "xtask")
        .flat_map(|package| package.tests.iter().cloned())
        .filter(|name| name != WINDOW)
        .collect();
    names.sort();
    names.dedup();
    names
}
