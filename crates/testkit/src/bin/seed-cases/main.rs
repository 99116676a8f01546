//! `seed-cases`: fills a review server with synthetic cases through its intake. Prints one line per ten accepted cases and ends with 0,
//! or with 1 and one sentence that says what is wrong.

mod output;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, FixedOffset, Utc};
use clap::Parser;
use testkit::cases::DEMONSTRATION_NOW;
use testkit::seed::{Seeding, seed};
use url::Url;
use uuid::Uuid;

/// Fill a review server with synthetic cases through its intake.
#[derive(Debug, Parser)]
#[command(name = "seed-cases")]
struct Arguments {
    /// Address of the server, such as http://127.0.0.1:8080
    #[arg(long)]
    server: Url,
    /// File that holds the portal's intake credential
    #[arg(long)]
    credential_file: PathBuf,
    /// The office that gets the cases
    #[arg(long)]
    office_id: Uuid,
    /// How many cases
    #[arg(long, default_value_t = 200)]
    cases: u32,
    /// Same seed, same cases
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The moment for which they are made (RFC 3339); should be the server's
    #[arg(long, default_value = DEMONSTRATION_NOW)]
    now: DateTime<FixedOffset>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let credential = match std::fs::read_to_string(&arguments.credential_file) {
        Ok(text) if !text.trim().is_empty() => text.trim().to_owned(),
        Ok(_) => return output::failed("the credential file is empty"),
        Err(error) => return output::failed(&format!("the credential file cannot be read: {error}")),
    };
    let seeding = Seeding {
        server: arguments.server,
        credential,
        office_id: arguments.office_id,
        count: arguments.cases,
        seed: arguments.seed,
        now: arguments.now.with_timezone(&Utc),
    };
    let outcome = seed(&seeding, |done, total| {
        if done % 10 == 0 || done == total {
            output::seeded(done, total);
        }
    })
    .await;
    match outcome {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => output::failed(&output::with_causes(&error)),
    }
}
