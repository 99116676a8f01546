//! `cargo xtask`: the commands that a person types in this repository. Each has a file of its own; this one only reads the
//! command line. It knows no crate of the workspace: what it needs of them are programs that it builds and starts.

mod bench;
mod build;
mod check;
mod crosscheck;
mod day;
mod demo_clock;
mod demonstration;
mod display;
mod failure;
mod fault;
mod fuzz;
mod generated;
mod interrupt;
mod npm;
mod program;
mod run;
mod step;
mod system;
mod test;
mod tidy;
mod tools;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;
use workspace::Workspace;

/// The commands of the Review Desk repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Builds everything, starts the server with synthetic cases and opens the desktop, connected
    Run(run::Options),
    /// Passes every test: unit, journeys, the page, the real window
    Test(test::Options),
    /// Formatting, lints, types, dependencies, the repository's own rules, generated files, a minute of fuzzing
    Check(check::Options),
    /// Measures what deadlines cost, ours beside those of others, and what keeping and delivering decisions costs beside bare SQLite
    Bench(bench::Options),
    /// Breaks the program on purpose: kills, a hostile network, simulated desktops and a server
    Fault(fault::Options),
    /// Compares our calendar and deadlines, day by day, with those that others keep
    Crosscheck(crosscheck::Options),
    /// Writes the generated files: the page's IPC types and the server's OpenAPI document
    Gen(generated::Options),
    /// Checks the repository's own rules: who may know whom, commands and permissions, texts, files
    Tidy,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    interrupt::listen();
    let outcome = Workspace::find().and_then(|workspace| match arguments.command {
        Subcommands::Run(options) => run::run(&workspace, &options),
        Subcommands::Test(options) => test::test(&workspace, &options),
        Subcommands::Check(options) => check::check(&workspace, options),
        Subcommands::Bench(options) => bench::bench(&workspace, options),
        Subcommands::Fault(options) => fault::fault(&workspace, &options),
        Subcommands::Crosscheck(options) => crosscheck::crosscheck(&workspace, &options),
        Subcommands::Gen(options) => generated::generate(&workspace, options),
        Subcommands::Tidy => tidy::tidy(&workspace),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Interrupted) => {
            step::complain("stopped");
            ExitCode::from(130)
        }
        Err(failure) => {
            step::complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}
