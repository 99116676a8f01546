//! Runs the real review server as a child process, with its real command line: nothing is faked that can be run. Owns the starting and
//! ending of that process; a server that is dropped is killed, so that no test leaves one behind.

#![expect(clippy::disallowed_methods, reason = "this is the one module of the kit that starts processes")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use casework::Role;
use chrono::{DateTime, SecondsFormat, Utc};
use contract::session::{SessionAnswer, SignInRequest};
use contract::{CONTRACT_VERSION, paths};
use rustix::process::{Pid, Signal, kill_process};
use thiserror::Error;
use url::Url;
use uuid::Uuid;

/// The name of the server's program.
pub const SERVER: &str = "review-server";

/// How long a server may take to say where it listens, and how long to stop when asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a program could not be run or did not do what was asked.
#[derive(Debug, Error)]
pub enum ServerProcessError {
    /// The program is not built.
    #[error("the program {name} is not beside this test; run the tests with `cargo xtask test`, which builds it first")]
    NotBuilt {
        /// Its name.
        name: String,
    },
    /// Starting, reading or signalling failed.
    #[error("the server process could not be handled")]
    Process(#[from] std::io::Error),
    /// It ended before it said where it listens.
    #[error("the server ended at once ({status}); its log says: {log}")]
    EndedAtOnce {
        /// How.
        status: String,
        /// The last lines of its log.
        log: String,
    },
    /// It said nothing for a minute.
    #[error("the server did not say in time where it listens")]
    Silent,
    /// It did not stop within a minute of being asked; it was killed.
    #[error("the server did not stop when asked and was killed")]
    DidNotStop,
    /// A sub-command failed.
    #[error("`{SERVER} {command}` failed ({status}): {message}")]
    CommandFailed {
        /// Which.
        command: String,
        /// How it ended.
        status: String,
        /// What it wrote to standard error.
        message: String,
    },
    /// What a sub-command printed is not understood.
    #[error("`{SERVER} {0}` printed something unexpected")]
    StrangeOutput(String),
    /// Signing in failed.
    #[error("signing in failed with status {0}")]
    SignIn(u16),
    /// Signing in could not be tried.
    #[error("the server does not answer")]
    Http(#[from] reqwest::Error),
}

/// The path of a program of this workspace: beside this program, or beside the folder `deps` of a test.
///
/// # Errors
/// [`ServerProcessError::NotBuilt`].
pub fn binary(name: &str) -> Result<PathBuf, ServerProcessError> {
    let here = std::env::current_exe()?;
    here.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|path| path.is_file())
        .ok_or_else(|| ServerProcessError::NotBuilt { name: name.to_owned() })
}

/// How the server is started.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Its data folder.
    pub data: PathBuf,
    /// The demonstration clock's start; the real time without it.
    pub now: Option<DateTime<Utc>>,
    /// How many cases it leases ahead.
    pub lease_limit: Option<u32>,
    /// How long a lease lasts.
    pub lease_minutes: Option<u32>,
    /// The loopback port; a free one without it.
    pub port: Option<u16>,
}

impl ServerOptions {
    /// The defaults, for data kept there.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), now: None, lease_limit: None, lease_minutes: None, port: None }
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            "--data".to_owned(),
            self.data.display().to_string(),
            "--listen".to_owned(),
            format!("127.0.0.1:{}", self.port.unwrap_or(0)),
        ];
        let mut option = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                arguments.extend([name.to_owned(), value]);
            }
        };
        option("--now", self.now.map(|now| now.to_rfc3339_opts(SecondsFormat::Millis, true)));
        option("--lease-limit", self.lease_limit.map(|number| number.to_string()));
        option("--lease-minutes", self.lease_minutes.map(|number| number.to_string()));
        arguments
    }
}

/// A running server.
#[derive(Debug)]
pub struct ServerProcess {
    url: Url,
    log: PathBuf,
    pid: Pid,
    exit: Receiver<std::io::Result<ExitStatus>>,
    has_ended: bool,
}

impl ServerProcess {
    /// Starts it and waits until it says where it listens. What it writes goes to a file beside the data folder, see [`Self::log`].
    ///
    /// # Errors
    /// It is not built, does not start, or says nothing.
    pub fn start(options: &ServerOptions) -> Result<Self, ServerProcessError> {
        let log = log_of(&options.data);
        let mut log_file = OpenOptions::new().create(true).append(true).open(&log)?;
        let mut child = Command::new(binary(SERVER)?)
            .arg("serve")
            .args(options.arguments())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log_file.try_clone()?))
            .spawn()?;
        let pid = Pid::from_child(&child);
        let (say_line, lines) = channel();
        if let Some(stdout) = child.stdout.take() {
            // Reads to the end, so that the server never blocks on a full pipe; told lines after the first only go to the log.
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = writeln!(log_file, "{line}");
                    let _ = say_line.send(line);
                }
            });
        }
        let mut server = Self {
            url: Url::parse("http://127.0.0.1/").map_err(|_| ServerProcessError::Silent)?,
            log,
            pid,
            exit: wait(child),
            has_ended: false,
        };
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(url) = address_in(&line) {
                        server.url = url;
                        return Ok(server);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(ServerProcessError::Silent),
                Err(RecvTimeoutError::Disconnected) => {
                    let status = server.ended(PATIENCE)?.to_string();
                    return Err(ServerProcessError::EndedAtOnce { status, log: tail(&server.log) });
                }
            }
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Its port, to start it again at the same place.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(0)
    }

    /// The file that its standard output and error go to.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    ///
    /// # Errors
    /// It does not stop; then it is killed.
    pub fn stop(mut self) -> Result<ExitStatus, ServerProcessError> {
        self.signal(Signal::TERM)?;
        self.ended(PATIENCE)
    }

    /// Kills it in the middle of whatever it does (SIGKILL), as a power cut would.
    ///
    /// # Errors
    /// The signal could not be sent.
    pub fn kill(mut self) -> Result<(), ServerProcessError> {
        self.signal(Signal::KILL)?;
        self.ended(PATIENCE).map(|_| ())
    }

    /// Signs in as the desktop does.
    ///
    /// # Errors
    /// The server refuses or does not answer.
    pub async fn sign_in(&self, account: &str, password: &str) -> Result<SessionAnswer, ServerProcessError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let url = self.url.join(paths::SESSION).map_err(|_| ServerProcessError::Silent)?;
        let request = SignInRequest {
            account: account.to_owned(),
            password: password.to_owned(),
            device_id: Uuid::nil(),
            contract_version: CONTRACT_VERSION,
        };
        let answer = client.post(url).json(&request).send().await?;
        if answer.status().is_success() {
            Ok(answer.json().await?)
        } else {
            Err(ServerProcessError::SignIn(answer.status().as_u16()))
        }
    }

    /// Posts JSON with somebody's access token, for what no desk offers yet. Gives the HTTP status.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn post(
        &self,
        access_token: &str,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<u16, ServerProcessError> {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let url = self.url.join(path).map_err(|_| ServerProcessError::Silent)?;
        let answer = client.post(url).bearer_auth(access_token).json(body).send().await?;
        Ok(answer.status().as_u16())
    }

    fn signal(&mut self, signal: Signal) -> Result<(), ServerProcessError> {
        if !self.has_ended {
            match kill_process(self.pid, signal) {
                Ok(()) | Err(rustix::io::Errno::SRCH) => {}
                Err(error) => return Err(std::io::Error::from(error).into()),
            }
        }
        Ok(())
    }

    fn ended(&mut self, patience: Duration) -> Result<ExitStatus, ServerProcessError> {
        match self.exit.recv_timeout(patience) {
            Ok(status) => {
                self.has_ended = true;
                Ok(status?)
            }
            Err(_) => {
                self.signal(Signal::KILL)?;
                Err(ServerProcessError::DidNotStop)
            }
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended by itself meanwhile; then its number must not be signalled any more.
        if self.exit.try_recv().is_ok() {
            self.has_ended = true;
        }
        if self.signal(Signal::KILL).is_ok() && !self.has_ended {
            let _ = self.exit.recv_timeout(PATIENCE);
        }
    }
}

/// Waits for the child on a thread of its own, so that the wait can have a limit.
fn wait(mut child: Child) -> Receiver<std::io::Result<ExitStatus>> {
    let (say, exit) = channel();
    std::thread::spawn(move || {
        let _ = say.send(child.wait());
    });
    exit
}

/// The log of the server with this data folder: a sibling, so that the folder holds only what the server put there.
#[must_use]
pub fn log_of(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(".log");
    data.with_file_name(name)
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join(" | ")
}

/// The first http address in a line, be it plain text or JSON.
fn address_in(line: &str) -> Option<Url> {
    let start = line.find("http://")?;
    let end = line[start..].find(|c: char| c.is_whitespace() || c == '"').map_or(line.len(), |length| start + length);
    Url::parse(&line[start..end]).ok()
}

/// An account that is to be made.
#[derive(Clone)]
pub struct NewAccount {
    /// Sign-in name.
    pub account: String,
    /// Password; goes to the server's standard input, never to its command line.
    pub password: String,
    /// Role.
    pub role: Role,
    /// The office's name; made when missing.
    pub office: String,
    /// The name that colleagues see.
    pub display_name: String,
}

impl std::fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAccount").field("account", &self.account).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Makes an account with `review-server account create`; works beside a running server as well.
///
/// # Errors
/// The program is not built or refuses.
pub fn create_account(data: &Path, new: &NewAccount) -> Result<(), ServerProcessError> {
    let arguments = [
        "account",
        "create",
        "--account",
        &new.account,
        "--role",
        new.role.word(),
        "--office",
        &new.office,
        "--display-name",
        &new.display_name,
        "--password-stdin",
    ];
    run(data, "account create", &arguments, &new.password).map(|_| ())
}

/// Makes a new portal credential with `review-server portal-credential`.
///
/// # Errors
/// The program is not built, refuses, or prints no credential.
pub fn portal_credential(data: &Path) -> Result<String, ServerProcessError> {
    let printed = run(data, "portal-credential", &["portal-credential"], "")?;
    let text = String::from_utf8_lossy(&printed.stdout);
    text.split_whitespace()
        .next_back()
        .map(str::to_owned)
        .ok_or_else(|| ServerProcessError::StrangeOutput("portal-credential".to_owned()))
}

/// Runs a sub-command on a data folder; `--data` is added at its end.
pub(crate) fn run(data: &Path, name: &str, arguments: &[&str], input: &str) -> Result<Output, ServerProcessError> {
    let mut command = Command::new(binary(SERVER)?);
    command.args(arguments).arg("--data").arg(data);
    finished(command, name, input)
}

/// Runs a sub-command that needs no data folder, such as `deadline`, and gives what it printed.
///
/// # Errors
/// The program is not built or refuses.
pub fn run_alone(name: &str, arguments: &[&str], input: &str) -> Result<String, ServerProcessError> {
    let mut command = Command::new(binary(SERVER)?);
    command.args(arguments);
    Ok(String::from_utf8_lossy(&finished(command, name, input)?.stdout).into_owned())
}

fn finished(mut command: Command, name: &str, input: &str) -> Result<Output, ServerProcessError> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that reads no input may have closed it already.
        match writeln!(stdin, "{input}") {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(error.into()),
            _ => {}
        }
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(output);
    }
    Err(ServerProcessError::CommandFailed {
        command: name.to_owned(),
        status: output.status.to_string(),
        message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
