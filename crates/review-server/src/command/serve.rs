//! `serve`: listens, prints where as one line, and serves until it is interrupted or terminated.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use review_server::{AppState, Data, LeaseTime, Limits, audit_heads, restoring};
use tracing_subscriber::EnvFilter;

use crate::command::{CommandError, DataFolder};
use crate::output;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// Where to listen. Port 0 takes a free one; the line `listening on http://…` tells which.
    #[arg(long, env = "REVIEW_SERVER_LISTEN", default_value = "127.0.0.1:8470")]
    listen: SocketAddr,
    /// Demonstration: run on a clock that shows this time at the start (RFC 3339). Never in a release build.
    #[cfg(any(debug_assertions, feature = "demonstration"))]
    #[arg(long)]
    now: Option<chrono::DateTime<chrono::FixedOffset>>,
    /// How many cases are leased to a person ahead at most.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=500))]
    lease_limit: u32,
    /// How long a lease lasts, in minutes; without it, until the end of the next working day.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    lease_minutes: Option<u32>,
    /// A file that holds a portal credential, besides those made by `portal-credential`.
    #[arg(long, env = "REVIEW_SERVER_PORTAL_CREDENTIAL_FILE")]
    portal_credential_file: Option<PathBuf>,
    /// The same credential itself, from the environment.
    #[arg(long, env = "REVIEW_SERVER_PORTAL_CREDENTIAL", hide = true, hide_env_values = true)]
    portal_credential: Option<String>,
    /// Where heads of the audit are written, best on another disk or machine; without it, beside the database.
    #[arg(long, env = "REVIEW_SERVER_AUDIT_HEADS")]
    audit_heads: Option<PathBuf>,
    /// What is logged, as for `RUST_LOG`.
    #[arg(long, env = "RUST_LOG", default_value = "info")]
    log: String,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<(), CommandError> {
        let filter = EnvFilter::try_new(&self.log).map_err(|_| CommandError::LogFilter)?;
        tracing_subscriber::fmt()
            .json()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .log_internal_errors(false)
            .init();
        let config = self.config()?;
        let _lock = match &config.data {
            Data::Folder(folder) => Some(restoring::lock(folder)?),
            Data::Memory => None,
        };
        let state = AppState::open(config)?;
        review_server::calendar::catch_up(&state)?;
        audit_heads::write(&state)?;
        let failed = |what: &str| {
            let what = what.to_owned();
            move |source| CommandError::Io { what, source }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(failed("the runtime cannot start"))?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind(self.listen)
                .await
                .map_err(failed(&format!("cannot listen on {}", self.listen)))?;
            let address = listener.local_addr().map_err(failed("the address is not known"))?;
            let shutdown = interrupted().map_err(failed("signals cannot be waited for"))?;
            output::line(&format!("listening on http://{address}"))?;
            let open = state.clone();
            let shutdown = async {
                shutdown.await;
                open.end_streams();
            };
            review_server::serve(listener, review_server::app(state.clone()), Limits::default(), shutdown).await;
            Ok::<_, CommandError>(())
        })?;
        Ok(audit_heads::write(&state)?)
    }

    fn config(&self) -> Result<review_server::Config, CommandError> {
        let mut config = self.data.config();
        config.lease_limit = self.lease_limit;
        config.audit_heads = self.audit_heads.clone();
        if let Some(minutes) = self.lease_minutes {
            config.lease_time = LeaseTime::Minutes(minutes);
        }
        let mut credential = self.portal_credential.clone();
        if let Some(file) = &self.portal_credential_file {
            let read = std::fs::read_to_string(file);
            let failed = |source| CommandError::Io { what: "the portal credential cannot be read".to_owned(), source };
            credential = Some(read.map_err(failed)?);
        }
        if credential.as_ref().is_some_and(|credential| credential.trim().is_empty()) {
            return Err(CommandError::EmptyCredential);
        }
        config.portal_credential = credential;
        #[cfg(any(debug_assertions, feature = "demonstration"))]
        if let Some(now) = self.now {
            config.clock = std::sync::Arc::new(review_server::OffsetClock::starting_at(now.to_utc()));
            config.is_demonstration = true;
        }
        Ok(config)
    }
}

/// Done when the program is asked to end. Listens from now on, not from the first poll.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async {
            let _ = tokio::signal::ctrl_c().await;
        })
    }
}
