//! The program itself: arguments, output, exit codes, and that it serves what the operator made.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

#[expect(clippy::disallowed_methods, reason = "the one place of these tests that starts the program")]
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_review-server"));
    command.args(arguments).env("RUST_LOG", "info").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = program(arguments).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) struct Served {
    child: Child,
    address: String,
}

impl Served {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = program(arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, address }
    }

    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn sign_in(&self, account: &str, password: &str) -> String {
        let body = format!(
            r#"{{"account":"{account}","password":"{password}","device_id":"0198c0de-0000-7000-8000-000000000000","contract_version":1}}"#
        );
        self.send(&format!(
            "POST /v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// Asks the program to end, and returns how it ended and what it logged.
    pub(crate) fn stop(mut self) -> (bool, String) {
        let pid = self.child.id().to_string();
        #[expect(clippy::disallowed_methods, reason = "a signal is sent by a program")]
        let killed = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(killed.success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().success(), log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn an_operator_makes_an_account_while_the_server_runs_and_it_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let served =
        Served::start(&["serve", "--data", data, "--listen", "127.0.0.1:0", "--now", "2026-12-29T10:00:00+08:00"]);
    let create = [
        "account",
        "create",
        "--data",
        data,
        "--account",
        "wang",
        "--role",
        "reviewer",
        "--office",
        "海淀区",
        "--display-name",
        "王老师",
        "--password-stdin",
    ];
    let made = run(&create, "a password of some length\n");
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("account: ") && !text(&made.stdout).contains("password"));
    let again = run(&create, "a password of some length\n");
    assert!(!again.status.success());
    assert!(text(&again.stderr).contains("exists already"));

    let answer = served.sign_in("wang", "a password of some length");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // The demonstration clock: 2026-12-29T02:00Z and a little.
    let time = answer.lines().find_map(|line| line.strip_prefix("x-server-time-ms: ")).unwrap();
    let time: i64 = time.trim().parse().unwrap();
    assert!((1_798_509_600_000..1_798_509_720_000).contains(&time), "{time}");

    assert!(run(&["account", "disable", "--data", data, "--account", "wang"], "").status.success());
    assert!(served.sign_in("wang", "a password of some length").contains("account_disabled"));
    let reset = run(&["account", "reset", "--data", data, "--account", "wang"], "");
    let made_up = text(&reset.stdout).trim().strip_prefix("password: ").unwrap().to_owned();
    for _ in 0..5 {
        served.sign_in("wang", "wrong password");
    }
    assert!(served.sign_in("wang", &made_up).contains("account_locked"));
    assert!(run(&["account", "unlock", "--data", data, "--account", "wang"], "").status.success());
    assert!(served.sign_in("wang", &made_up).starts_with("HTTP/1.1 200"));
    let unknown = run(&["account", "unlock", "--data", data, "--account", "nobody"], "");
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("no account"));

    let (is_well, log) = served.stop();
    assert!(is_well, "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["fields"]["path"] == "/v1/session" && line["fields"]["status"] == 200));
    for secret in ["wang", "王老师", "a password of some length", &made_up] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn a_portal_credential_is_told_once_and_kept_as_a_hash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let made = run(&["portal-credential", "--data", data], "");
    let credential = text(&made.stdout).trim().to_owned();
    assert_eq!(credential.len(), 43);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(credential.len()).any(|window| window == credential.as_bytes()));
    }
}

#[test]
fn the_description_is_printed_without_any_data() {
    let printed = run(&["openapi"], "");
    assert_eq!(text(&printed.stdout), review_server::openapi_json_text().unwrap());
}

#[test]
fn what_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("review-server.db"), "x".repeat(4096)).unwrap();
    let refused = run(&["serve", "--data", folder.path().to_str().unwrap(), "--listen", "127.0.0.1:0"], "");
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("database"), "{}", text(&refused.stderr));
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let refused = run(&["serve", "--data", data.path().to_str().unwrap(), "--listen", &address], "");
    assert!(text(&refused.stderr).contains("cannot listen on"), "{}", text(&refused.stderr));
    assert!(!run(&["serve"], "").status.success());
}
