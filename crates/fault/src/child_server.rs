//! The real server in a process that the harness may kill: its own router, rules and database, served by its own accept loop. Stops
//! gracefully when its standard input ends, so that none outlives the harness. Adds one fail point of its own: half an answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use clap::Args;
use review_server::{AppState, Clock, Config, Data, Limits, PasswordCost};
use thiserror::Error;
use tokio::io::AsyncReadExt;

use crate::half_answer;
use crate::talk::Fact;

/// The cheapest hash of a password that the server's rules take: every run signs in.
pub const CHEAP_PASSWORDS: PasswordCost = PasswordCost { memory_kib: 64, passes: 1, lanes: 1 };

/// Arguments of the hidden command.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Its data folder.
    #[arg(long)]
    data: PathBuf,
    /// The loopback port.
    #[arg(long)]
    port: u16,
    /// What its clock shows at the start (RFC 3339).
    #[arg(long)]
    now: DateTime<FixedOffset>,
    /// The most cases that are leased to a person ahead.
    #[arg(long, default_value_t = 8)]
    lease_limit: u32,
}

/// Why the server did not run.
#[derive(Debug, Error)]
pub enum ChildServerError {
    /// The data cannot be opened.
    #[error("the server's data cannot be opened: {0}")]
    Open(#[from] review_server::OpenError),
    /// The calendar cannot be caught up with.
    #[error("the server's calendar is not usable")]
    Calendar,
    /// The port or the runtime.
    #[error("the server cannot listen: {0}")]
    Io(#[from] std::io::Error),
}

/// Shows a given instant when it is made and runs on at the usual speed.
#[derive(Debug, Clone, Copy)]
struct RunningClock {
    start: DateTime<Utc>,
    made_at: Instant,
}

impl Clock for RunningClock {
    fn now(&self) -> DateTime<Utc> {
        self.start + TimeDelta::from_std(self.made_at.elapsed()).unwrap_or_default()
    }
}

/// The settings of every server of this harness.
#[must_use]
pub fn config(data: PathBuf, now: DateTime<FixedOffset>, lease_limit: u32) -> Config {
    let mut config = Config::new(Data::Folder(data));
    config.clock = Arc::new(RunningClock { start: now.to_utc(), made_at: Instant::now() });
    config.is_demonstration = true;
    config.lease_limit = lease_limit;
    config.password_cost = CHEAP_PASSWORDS;
    config
}

/// Serves until the standard input ends.
///
/// # Errors
/// See [`ChildServerError`].
pub fn run(arguments: &Arguments) -> Result<(), ChildServerError> {
    let state = AppState::open(config(arguments.data.clone(), arguments.now, arguments.lease_limit))?;
    review_server::calendar::catch_up(&state).map_err(|_| ChildServerError::Calendar)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
        let listener = tokio::net::TcpListener::bind(address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = review_server::app(state).layer(axum::middleware::from_fn(half_answer::after));
        Fact::Listening { url }.tell();
        review_server::serve(listener, app, Limits::default(), input_ended()).await;
        Ok(())
    })
}

async fn input_ended() {
    let mut input = tokio::io::stdin();
    let mut bytes = [0; 64];
    while matches!(input.read(&mut bytes).await, Ok(count) if count > 0) {}
}
