//! The server core of a run: the shipped router over its own database, called in this process. It can crash, lose power, go back to a backup,
//! and be looked into past all rules.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use review_server::{AppState, Config, Data, PasswordCost, restoring};
use rusqlite::Connection;
use sync::{Method, TransportError, WireAnswer, WireRequest};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::clock::OfficeClock;
use super::disks;
use super::net::Outcome;
use super::plant::Plant;
use crate::network::trouble::{Trouble, unknown};

/// The intake's credential in every run.
pub const PORTAL: &str = "the-portal-credential-of-the-simulation";

/// A server.
#[derive(Debug)]
pub(super) struct Server {
    folder: PathBuf,
    clock: Arc<OfficeClock>,
    plant: Option<Plant>,
    running: Option<(AppState, Router)>,
}

impl Server {
    /// Starts on the data in this folder.
    pub(super) fn start(folder: PathBuf, clock: Arc<OfficeClock>, plant: Option<Plant>) -> Result<Self, Trouble> {
        let mut server = Self { folder, clock, plant, running: None };
        server.resume()?;
        Ok(server)
    }

    pub(super) fn is_up(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn clock(&self) -> &Arc<OfficeClock> {
        &self.clock
    }

    /// What the running server shares, for an operator's work.
    pub(super) fn state(&self) -> Option<&AppState> {
        self.running.as_ref().map(|(state, _)| state)
    }

    fn config(&self) -> Config {
        let mut config = Config::new(Data::Folder(self.folder.clone()));
        config.clock = Arc::clone(&self.clock) as _;
        config.password_cost = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
        config.portal_credential = Some(PORTAL.to_owned());
        config
    }

    /// Starts it again after it went down.
    pub(super) fn resume(&mut self) -> Result<(), Trouble> {
        if self.is_up() {
            return Ok(());
        }
        let state = AppState::open(self.config()).map_err(unknown("the server does not start"))?;
        if let Some(plant) = self.plant {
            plant.in_database(&self.database()?).map_err(unknown("a planted bug"))?;
        }
        let router = review_server::app(state.clone());
        self.running = Some((state, router));
        Ok(())
    }

    /// Dies where it stands; what it had written is there afterwards, or, with a power cut, what it had synced.
    pub(super) fn crash(&mut self, power: disks::Power<'_>) -> Result<(), Trouble> {
        let running = self.running.take();
        disks::crash(&self.folder, power, || drop(running)).map_err(unknown("a crash of the server"))
    }

    /// A backup of this moment.
    pub(super) fn backup(&self, to: &Path) -> Result<(), Trouble> {
        restoring::backup(&self.folder, to).map_err(unknown("a backup"))
    }

    /// Puts a backup in the place of the data. It is running again afterwards.
    pub(super) fn restore(&mut self, from: &Path) -> Result<(), Trouble> {
        self.running = None;
        restoring::restore(&self.config(), from).map_err(unknown("a restore"))?;
        self.resume()
    }

    /// The database, past all rules.
    pub(super) fn database(&self) -> Result<Connection, Trouble> {
        let open = || {
            let database = Connection::open(self.folder.join("review-server.db"))?;
            database.execute_batch("PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000")?;
            Ok(database)
        };
        open().map_err(|error: rusqlite::Error| Trouble::Unknown(format!("the server's database: {error}")))
    }

    /// Serves one request to its end.
    pub(super) fn serve(&self, runtime: &Runtime, request: &WireRequest) -> Outcome {
        let Some((_, router)) = &self.running else { return Err(TransportError::Unreachable) };
        runtime.block_on(asked(router.clone(), request))
    }
}

/// One request through a router.
pub(super) async fn asked(router: Router, request: &WireRequest) -> Outcome {
    let mut builder = Request::builder().method(word(request.method)).uri(&request.path);
    for (name, value) in &request.headers {
        builder = builder.header(*name, value.as_str());
    }
    if request.body.is_some() {
        builder = builder.header("content-type", "application/json");
    }
    let body = request.body.as_ref().map_or_else(Body::empty, |body| Body::from(body.to_vec()));
    let request_made = builder.body(body).map_err(|_| TransportError::Incomplete)?;
    let answer = match router.oneshot(request_made).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let status = answer.status().as_u16();
    let text = |value: &axum::http::HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers =
        answer.headers().iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
    let body = to_bytes(answer.into_body(), request.body_cap).await.map_err(|_| TransportError::TooLarge)?;
    Ok(WireAnswer { status, headers, body: body.to_vec() })
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    }
}
