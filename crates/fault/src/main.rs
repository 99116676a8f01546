//! The harness's program: one sub-command for each way of breaking, and one that says where each row of the catalogue is covered.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use fault::{catalogue, network, output};

/// Breaks Review Desk on purpose.
#[derive(Debug, Parser)]
#[command(name = "fault")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A hostile network and hostile servers.
    Network(network::Arguments),
    /// Where each row of the catalogue is covered.
    Catalogue,
}

fn main() -> ExitCode {
    match Arguments::parse().what {
        What::Network(arguments) => match network::run(&arguments) {
            Ok(tally) if tally.failed == 0 && tally.passed > 0 => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => {
                output::complain(&error.to_string());
                ExitCode::FAILURE
            }
        },
        What::Catalogue => {
            output::line(&catalogue::text());
            ExitCode::SUCCESS
        }
    }
}
