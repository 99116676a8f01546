//! `cargo xtask`: the commands that a person types in this repository. Each has a file of its own; this one only reads the
//! command line. It knows no crate of the workspace: what it needs of them are programs that it builds and starts.

mod build;
mod check;
mod demo_clock;
mod demonstration;
mod display;
mod failure;
mod generated;
mod interrupt;
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
    /// Formatting, lints, types, dependencies, the repository's own rules, generated files
    Check,
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
        Subcommands::Check => check::check(&workspace),
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
