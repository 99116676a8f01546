//! The program `review-server`: reads its arguments, opens the data, and serves or does one operator's task. It holds no rule.

mod command;
mod output;

use std::process::ExitCode;

use clap::Parser;

use crate::command::Command;

/// The reference server of Review Desk 审核台.
#[derive(Parser)]
#[command(name = "review-server", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match Arguments::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}
