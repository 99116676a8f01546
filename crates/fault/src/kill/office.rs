//! The office that every run starts from: a server with accounts and synthetic cases, and a computer on which the reviewer has signed in and
//! fetched cases. Made once for each port and copied for each run, so that a run costs files and no drawing. Real code made all of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use casework::Role;
use chrono::{DateTime, FixedOffset};
use review_server::{AppState, admin};
use testkit::office::NOW;
use testkit::seed::{SeedError, Seeding, seed};
use testkit::server::{ServerProcessError, binary};
use thiserror::Error;
use url::Url;

use super::process::{Child, Heard};
use super::story::{ACCOUNT, PASSWORD};
use crate::child_server::{ChildServerError, config};
use crate::talk::{Ask, Fact};

/// Cases in the office.
const CASES: u32 = 12;
/// Cases that are leased ahead.
pub(super) const LEASES: u32 = 8;
/// The seed of the cases; the seeds of the runs choose what is done with them.
const CASES_SEED: u64 = 4;
/// How long a step of the preparation may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why the office could not be prepared.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// Files or processes.
    #[error("a folder or a process of the harness failed: {0}")]
    Io(#[from] std::io::Error),
    /// The server's data.
    #[error(transparent)]
    Server(#[from] ChildServerError),
    /// Accounts.
    #[error("an account could not be made: {0}")]
    Account(#[from] admin::AdminError),
    /// The cases.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// A program is not built.
    #[error(transparent)]
    Program(#[from] ServerProcessError),
    /// A child did not do what was asked.
    #[error("the preparation got stuck: {0}")]
    Stuck(String),
}

/// What the runs of one port are copied from.
#[derive(Debug, Clone)]
pub(super) struct Office {
    /// Folder with `server`, and `desk` and `keychain` of the computer that was used before.
    pub(super) folder: PathBuf,
    /// The loopback port of its server.
    pub(super) port: u16,
    /// The photo worker's program.
    pub(super) worker: PathBuf,
}

/// The instant at which every run starts.
pub(super) fn now() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(NOW).unwrap_or_default()
}

/// Makes a server's data: accounts, credential, cases with drawn photos. `port` is used meanwhile.
pub(super) fn fill_server(data: &Path, port: u16, log: &Path) -> Result<(), PrepareError> {
    let state = AppState::open(config(data.to_owned(), now(), LEASES)).map_err(ChildServerError::from)?;
    for (name, display_name, role) in [(ACCOUNT, "李审核", Role::Reviewer), ("zhao", "赵主管", Role::Supervisor)]
    {
        let new = admin::NewAccount { name, display_name, role, office: "样例审核机构", password: PASSWORD };
        admin::create_account(&state, &new)?;
    }
    let office_id = admin::ensure_office(&state, "样例审核机构")?.0;
    let credential = admin::new_portal_credential(&state)?;
    drop(state);
    let mut server = start_server(data, port, now(), None, log)?;
    let url = until_listening(&mut server)?;
    let seeding = Seeding { server: url, credential, office_id, count: CASES, seed: CASES_SEED, now: now().to_utc() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(seed(&seeding, |_, _| {}))?;
    server.stop(PATIENCE);
    Ok(())
}

/// Copies the server's data to a folder for this port, signs in there on an empty computer and fetches cases.
pub(super) fn prepare(filled: &Path, folder: PathBuf, port: u16) -> Result<Office, PrepareError> {
    let office = Office { folder, port, worker: binary("photo-worker")? };
    copy_folder(filled, &office.folder.join("server"))?;
    let log = office.folder.join("log");
    let mut server = start_server(&office.folder.join("server"), port, now(), None, &log)?;
    let url = until_listening(&mut server)?;
    let mut desk = start_desk(&office.folder, &office.worker, None, &log)?;
    let sign_in = Ask::SignIn {
        server: url.to_string(),
        account: ACCOUNT.to_owned(),
        password: PASSWORD.to_owned(),
        new_cache: false,
    };
    for ask in [sign_in, Ask::UntilReady { count: LEASES }, Ask::Quit] {
        desk.say(&serde_json::to_string(&ask).unwrap_or_default());
        until_done(&mut desk)?;
    }
    desk.stop(PATIENCE);
    server.stop(PATIENCE);
    Ok(office)
}

/// Starts a server on the data in this folder.
pub(super) fn start_server(
    data: &Path,
    port: u16,
    now: DateTime<FixedOffset>,
    fail_point: Option<&str>,
    log: &Path,
) -> std::io::Result<Child> {
    let words = ["child-server", "--data", &text(data), "--port", &port.to_string(), "--now", &now.to_rfc3339()]
        .map(str::to_owned);
    let mut arguments = words.to_vec();
    arguments.extend(["--lease-limit".to_owned(), LEASES.to_string()]);
    Child::start(&arguments, fail_point, log)
}

/// Starts a desk on the computer in this folder.
pub(super) fn start_desk(folder: &Path, worker: &Path, fail_point: Option<&str>, log: &Path) -> std::io::Result<Child> {
    let (data, keychain) = (text(&folder.join("desk")), text(&folder.join("keychain")));
    let words = ["child-desk", "--data", &data, "--keychain", &keychain, "--worker", &text(worker)];
    Child::start(&words.map(str::to_owned), fail_point, log)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Waits until a server says where it listens.
pub(super) fn until_listening(server: &mut Child) -> Result<Url, PrepareError> {
    match server.hear(PATIENCE) {
        Heard::Fact(Fact::Listening { url }) => {
            Url::parse(&url).map_err(|_| PrepareError::Stuck(format!("the server listens at {url}")))
        }
        heard => Err(PrepareError::Stuck(format!("the server did not listen: {heard:?}"))),
    }
}

fn until_done(desk: &mut Child) -> Result<(), PrepareError> {
    loop {
        match desk.hear(PATIENCE) {
            Heard::Fact(Fact::Done) => return Ok(()),
            Heard::Fact(Fact::Refused { code }) => return Err(PrepareError::Stuck(format!("the desk says {code}"))),
            Heard::Fact(_) => {}
            heard => return Err(PrepareError::Stuck(format!("the desk: {heard:?}"))),
        }
    }
}

/// Copies a folder with everything in it.
pub(super) fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// A loopback port that is free now, outside the range from which the system takes ports for outgoing connections: a desk that tries to
/// reach a killed server must not meet itself.
pub(super) fn free_port(first: u16) -> std::io::Result<u16> {
    (first..32_000)
        .find(|port| std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or_else(|| std::io::Error::from(std::io::ErrorKind::AddrInUse))
}
