//! The harness's program: one sub-command for each way of breaking, one that says where each row of the catalogue is covered, and two hidden
//! ones that are the children which the kills hit: the real desktop core and the real server, each in a process of its own.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use fault::{catalogue, child_desk, child_server, failpoint, network, output};

/// Breaks Review Desk on purpose.
#[derive(Debug, Parser)]
#[command(name = "fault")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The desktop core and the server, killed at every point of the catalogue and at random times.
    #[cfg(unix)]
    Kill(fault::kill::Arguments),
    /// A hostile network and hostile servers.
    Network(network::Arguments),
    /// Desktops and a server in simulated time.
    #[cfg(unix)]
    Sim(fault::sim::Arguments),
    /// Where each row of the catalogue is covered.
    Catalogue,
    /// A desktop core that does what it is told line by line.
    #[command(hide = true)]
    ChildDesk(child_desk::Arguments),
    /// A server that ends with its standard input.
    #[command(hide = true)]
    ChildServer(child_server::Arguments),
}

fn main() -> ExitCode {
    if let Err(error) = failpoint::arm_from_environment() {
        output::complain(&error.to_string());
        return ExitCode::FAILURE;
    }
    match Arguments::parse().what {
        #[cfg(unix)]
        What::Kill(arguments) => ended(fault::kill::run(&arguments)),
        What::Network(arguments) => ended(network::run(&arguments).map(|tally| tally.failed == 0 && tally.passed > 0)),
        #[cfg(unix)]
        What::Sim(arguments) => ended(fault::sim::run(&arguments)),
        What::Catalogue => {
            output::line(&catalogue::text());
            ExitCode::SUCCESS
        }
        What::ChildDesk(arguments) => ended(child_desk::run(&arguments).map(|()| true)),
        What::ChildServer(arguments) => ended(child_server::run(&arguments).map(|()| true)),
    }
}

fn ended<E: std::fmt::Display>(outcome: Result<bool, E>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}
