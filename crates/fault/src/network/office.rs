//! The server of a network run: real rules and a real database in a folder of its own, on a clock that is set by hand, with people and
//! made-up cases. It is reached through the hostile server, or by its own accept loop behind the proxy.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use casework::{CaseId, Role};
use chrono::{DateTime, TimeDelta, Utc};
use contract::case::DeclaredWire;
use contract::headers::{IDEMPOTENCY_KEY, quoted};
use contract::intake::{IntakeAnswer, IntakeApplication};
use contract::paths;
use review_server::admin::{self, NewAccount};
use review_server::{AppState, Config, Data, Limits, ManualClock, PasswordCost};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

use super::trouble::{Trouble, unknown};
use crate::hostile::Front;

/// The password of everybody.
pub(super) const PASSWORD: &str = "Specimen-2026";
/// A Tuesday with known working days on both sides.
const NOW: &str = "2026-03-10T10:00:00+08:00";
const PORTAL: &str = "the-portal-credential-of-the-network-runs";
const OFFICE: &str = "样例审核机构";
/// Whoever works there: sign-in name, role.
const PEOPLE: [(&str, Role); 3] = [("li", Role::Reviewer), ("wang", Role::Reviewer), ("zhao", Role::Supervisor)];

/// A running office.
#[derive(Debug)]
pub(super) struct Office {
    folder: TempDir,
    clock: Arc<ManualClock>,
    router: Mutex<Router>,
    office_id: Uuid,
    submitted: AtomicU32,
    cases: Mutex<Vec<CaseId>>,
}

impl Office {
    /// Opens an office with so many pending cases.
    pub(super) async fn open(cases: u32) -> Result<Self, Trouble> {
        let folder = scratch()?;
        let now: DateTime<Utc> = NOW.parse().map_err(unknown("the office's clock"))?;
        let clock = Arc::new(ManualClock::at(now));
        let state = AppState::open(config(folder.path(), &clock)).map_err(unknown("the server's data"))?;
        for (name, role) in PEOPLE {
            let new = NewAccount { name, display_name: name, role, office: OFFICE, password: PASSWORD };
            admin::create_account(&state, &new).map_err(unknown("an account"))?;
        }
        let office_id = admin::ensure_office(&state, OFFICE).map_err(unknown("the office"))?.0;
        let router = Mutex::new(review_server::app(state));
        let office = Self { folder, clock, router, office_id, submitted: AtomicU32::new(0), cases: Mutex::default() };
        office.submit(cases).await?;
        Ok(office)
    }

    /// The clock of the server.
    pub(super) fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    /// Server time now, in milliseconds since the Unix epoch.
    pub(super) fn now_ms(&self) -> i64 {
        use review_server::Clock;
        self.clock.now().timestamp_millis()
    }

    /// The real server as a service.
    pub(super) fn router(&self) -> Router {
        self.router.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server's folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server ends; its files can be changed. Every server in front must be gone by then.
    pub(super) fn stop(&self) {
        *self.router.lock().unwrap_or_else(PoisonError::into_inner) = Router::new();
    }

    /// The same data under a server that is started anew. Whoever holds the old router still speaks to the old one.
    pub(super) fn restart(&self) -> Result<(), Trouble> {
        let state = AppState::open(config(self.folder.path(), &self.clock)).map_err(unknown("the server's data"))?;
        *self.router.lock().unwrap_or_else(PoisonError::into_inner) = review_server::app(state);
        Ok(())
    }

    /// A hostile server in front of it, which passes everything as long as it has no plan.
    pub(super) async fn front(&self) -> Result<Front, Trouble> {
        Front::start(self.router()).await.map_err(unknown("the hostile server"))
    }

    /// Its own accept loop on a loopback port.
    pub(super) async fn serve(&self, limits: Limits) -> Result<Served, Trouble> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(unknown("a port"))?;
        let address = listener.local_addr().map_err(unknown("a port"))?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = background(review_server::serve(listener, self.router(), limits, async move {
            // Told to stop, or nobody is there to tell it.
            drop(stopped.await);
        }));
        Ok(Served { address, stop: Some(stop), task })
    }

    /// Submits cases of new applicants, as the portal would.
    pub(super) async fn submit(&self, count: u32) -> Result<(), Trouble> {
        for _ in 0..count {
            let number = self.submitted.fetch_add(1, Ordering::SeqCst);
            let case = self.submit_one(number).await?;
            self.cases.lock().unwrap_or_else(PoisonError::into_inner).push(case);
        }
        Ok(())
    }

    /// Every case that was submitted, in that order.
    pub(super) fn cases(&self) -> Vec<CaseId> {
        self.cases.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn submit_one(&self, number: u32) -> Result<CaseId, Trouble> {
        use review_server::Clock;
        // Some days old, none overdue, each at an instant of its own.
        let age = TimeDelta::days(i64::from(number % 5)) + TimeDelta::seconds(i64::from(number));
        let application = IntakeApplication {
            applicant_ref: format!("network-{number}"),
            office_id: self.office_id,
            submitted_at_ms: (self.clock.now() - age).timestamp_millis(),
            declared: DeclaredWire {
                name: "样本·测试".to_owned(),
                former_name: None,
                document_type: "resident_id_card".to_owned(),
                document_number: "11010519491231002X".to_owned(),
                valid_from: "2020-01-01".to_owned(),
                valid_until: None,
            },
        };
        let application = serde_json::to_vec(&application).map_err(unknown("an application"))?;
        let mut body = part("application", &application);
        body.extend(part("portrait_side", &photo(number, 1)));
        body.extend(part("emblem_side", &photo(number, 2)));
        body.extend_from_slice(b"--BOUNDARY--\r\n");
        let request = Request::post(paths::INTAKE)
            .header(header::AUTHORIZATION, format!("Bearer {PORTAL}"))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=BOUNDARY")
            .header(IDEMPOTENCY_KEY, quoted(&format!("network-{number}")))
            .body(Body::from(body))
            .map_err(unknown("an application"))?;
        let answer = match self.router().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let body = to_bytes(answer.into_body(), 1 << 20).await.map_err(unknown("the intake's answer"))?;
        let answer: IntakeAnswer = serde_json::from_slice(&body)
            .map_err(|_| Trouble::Unknown(format!("the intake refuses a case: {}", String::from_utf8_lossy(&body))))?;
        Ok(CaseId(answer.case_id))
    }
}

/// A folder of the run, in memory where the computer has such a place.
pub(super) fn scratch() -> Result<TempDir, Trouble> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.map_err(unknown("a folder"))
}

fn config(folder: &Path, clock: &Arc<ManualClock>) -> Config {
    let mut config = Config::new(Data::Folder(folder.to_owned()));
    config.clock = Arc::clone(clock) as _;
    config.password_cost = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
    config.portal_credential = Some(PORTAL.to_owned());
    config.lease_limit = 100;
    config.lease_extra = 100;
    config
}

fn part(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--BOUNDARY\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

/// A picture of one pixel, then bytes of its own: the server keeps it by its hash and decodes nothing.
fn photo(number: u32, side: u8) -> Vec<u8> {
    const ONE_PIXEL: &[u8] =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\x0a\
        IDAT\x78\x9c\x63\0\x01\0\0\x05\0\x01\x0d\x0a\x2d\xb4\0\0\0\0IEND\xae\x42\x60\x82";
    [ONE_PIXEL, format!("{number} {side}").as_bytes()].concat()
}

#[expect(clippy::disallowed_methods, reason = "the office owns its accept loop and ends it when it is dropped")]
fn background(work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(work)
}

/// The real accept loop, running; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Served {
    /// Where it listens.
    pub(super) address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Served {
    /// Asks it to stop, as a signal would, and waits until it has.
    pub(super) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended already.
            let _ = stop.send(());
        }
        drop((&mut self.task).await);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}
