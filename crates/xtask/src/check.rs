//! `cargo xtask check`: everything that can be said of the code without running its tests, and a minute of made-up input for what reads
//! calendar packs. All checks run even when one fails, so that one look shows all that is to be done.

use clap::Args;

use crate::build::SELECTION;
use crate::failure::Failure;
use crate::program::Echo;
use crate::step::Steps;
use crate::workspace::Workspace;
use crate::{fuzz, generated, system, tidy, tools, ui};

const PACKAGES: &str = "checking the system packages";
const DENY_TOOL: &str = "installing cargo-deny";
const PAGE_PACKAGES: &str = "installing the page's packages";
const FORMAT: &str = "format of the Rust code";
const TIDY: &str = "rules of the repository";
const DENY: &str = "dependencies: floors, licences, sources";
const PAGE_TYPES: &str = "types of the page";
const PAGE_LINTS: &str = "lints of the page";
const PAGE_FORMAT: &str = "format of the page";
const PAGE_BUILD: &str = "building the page";
const LINTS: &str = "lints of the Rust code";
const LINTS_XTASK: &str = "lints of xtask";
const GENERATORS: &str = "building the generators";
const GENERATED: &str = "generated files";
const LINTS_FUZZ: &str = "lints of the fuzz target";
const FUZZ_BUILD: &str = "building the fuzz target";
const FUZZ: &str = "fuzzing the calendar pack parser";

/// Options of `check`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Options {
    /// How long the calendar pack parser is fuzzed; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 60)]
    fuzz_seconds: u32,
}

/// `cargo xtask check`.
pub(crate) fn check(workspace: &Workspace, options: Options) -> Result<(), Failure> {
    let plan = vec![
        PACKAGES,
        DENY_TOOL,
        PAGE_PACKAGES,
        FORMAT,
        TIDY,
        DENY,
        PAGE_TYPES,
        PAGE_LINTS,
        PAGE_FORMAT,
        PAGE_BUILD,
        LINTS,
        LINTS_XTASK,
        GENERATORS,
        GENERATED,
        LINTS_FUZZ,
        FUZZ_BUILD,
        FUZZ,
    ];
    let mut steps = Steps::new(plan, workspace.logs());
    steps.run(PACKAGES, |step| system::ensure(step, &[system::COMPILE, system::WEB_VIEW]))?;
    let deny = steps.run(DENY_TOOL, |step| tools::ensure(workspace, step, tools::CARGO_DENY))?;
    steps.run(PAGE_PACKAGES, |step| ui::install(workspace, step))?;

    steps.try_run(FORMAT, |step| workspace.cargo().args(["fmt", "--all", "--check"]).run(step, Echo::Quiet))?;
    steps.try_run(TIDY, |_| tidy::check(workspace))?;
    steps.try_run(DENY, |step| {
        // cargo finds the tool by its name; given here by its path, it has to be told that it is a cargo command.
        crate::program::Program::new(&deny)
            .args(["--workspace", "--locked", "check", "--show-stats", "bans", "licenses", "sources"])
            .folder(&workspace.root)
            .run(step, Echo::Quiet)
    })?;
    for (name, script) in [(PAGE_TYPES, "check"), (PAGE_LINTS, "lint"), (PAGE_FORMAT, "format")] {
        steps.try_run(name, |step| ui::script(workspace, script).run(step, Echo::Quiet))?;
    }
    // The desktop takes the built page into itself, so that even looking at its code needs it.
    steps.try_run(PAGE_BUILD, |step| ui::build(workspace, step))?;
    steps.try_run(LINTS, |step| {
        workspace
            .cargo()
            .arg("clippy")
            .args(SELECTION)
            .args(["--all-targets", "--", "-D", "warnings"])
            .run(step, Echo::Quiet)
    })?;
    steps.try_run(LINTS_XTASK, |step| {
        workspace
            .cargo()
            .args(["clippy", "--package", "xtask", "--locked", "--all-targets", "--", "-D", "warnings"])
            .run(step, Echo::Quiet)
    })?;
    let mut are_built = false;
    steps.try_run(GENERATORS, |step| {
        generated::build_generators(workspace, step)?;
        are_built = true;
        Ok(())
    })?;
    steps.try_run(GENERATED, |step| {
        if are_built {
            generated::check(workspace, step)
        } else {
            Err(Failure::of("the programs that make them could not be built"))
        }
    })?;
    let mut target = None;
    steps.try_run(LINTS_FUZZ, |step| fuzz::Target::of(workspace)?.lint(step))?;
    steps.try_run(FUZZ_BUILD, |step| {
        let built = fuzz::Target::of(workspace)?;
        built.build(step)?;
        target = Some(built);
        Ok(())
    })?;
    steps.try_run(FUZZ, |step| match &target {
        Some(target) => target.run(step, options.fuzz_seconds),
        None => Err(Failure::of("the fuzz target could not be built")),
    })?;
    steps.finish()
}
