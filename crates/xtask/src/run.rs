//! `cargo xtask run`: from a fresh clone to a desktop with cases in it. Builds, starts the reference server on this computer, fills
//! it once, and opens the desktop, connected. Whatever it started ends with it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant as Moment};

use clap::Args;

use crate::demo_clock::{self, Instant};
use crate::demonstration::{ACCOUNTS, Demonstration, OFFICE, PASSWORD};
use crate::display::Display;
use crate::failure::Failure;
use crate::program::{Echo, Program, Running};
use crate::step::{self, Step, Steps};
use crate::workspace::Workspace;
use crate::{build, interrupt, system, tools, ui};

/// The port that the demonstration server takes when it is free: the desktop's vault belongs to an address.
const PORT: u16 = 8473;
/// Same seed, same cases.
const SEED: &str = "1";
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const NOTE_EVERY: Duration = Duration::from_secs(20);

const PACKAGES: &str = "checking the system packages";
const DRIVER: &str = "installing the window's driver";
const PAGE_PACKAGES: &str = "installing the page's packages";
const PAGE_BUILD: &str = "building the page";
const PROGRAMS: &str = "building the programs";
const ACCOUNTS_STEP: &str = "making the accounts";
const START: &str = "starting the server";
const FILL: &str = "filling it with synthetic cases";
const OPEN: &str = "opening the desktop";
const PICTURE: &str = "taking the picture";

/// Options of `run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// How many synthetic cases an empty server is filled with
    #[arg(long, default_value_t = 200)]
    cases: u32,
    /// Begin anew: empties the server's and the desktop's data of the demonstration
    #[arg(long)]
    fresh: bool,
    /// Start the server only, until Ctrl-C
    #[arg(long, conflicts_with = "screenshot")]
    server_only: bool,
    /// Build as shipped; such a server has no demonstration clock
    #[arg(long, conflicts_with = "now")]
    release: bool,
    /// Instead of leaving the desktop to you: sign in, open the most urgent case, save a picture of the window here
    #[arg(long, value_name = "FILE")]
    screenshot: Option<PathBuf>,
    /// Where the demonstration clock starts (RFC 3339); else where it stopped, and at first 2026-12-29T10:00+08:00
    #[arg(long, value_name = "TIME", value_parser = parse_now)]
    now: Option<Instant>,
    /// Folder of the demonstration's data; else `demo` in cargo's folder of build results
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

fn parse_now(text: &str) -> Result<Instant, String> {
    Instant::parse(text).ok_or_else(|| format!("expected a time like {}", demo_clock::START))
}

/// `cargo xtask run`.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let with_desktop = !options.server_only;
    let is_invisible = with_desktop && (options.screenshot.is_some() || !system::has_display());
    let mut steps = Steps::new(plan(options), workspace.logs());

    let driver = prepare(workspace, options, is_invisible, &mut steps)?;
    let folder = options.data.clone().unwrap_or_else(|| workspace.target.join("demo"));
    let mut demonstration = Demonstration::open(&folder, options.fresh)?;
    steps.run(ACCOUNTS_STEP, |step| make_accounts(workspace, options, &mut demonstration, step))?;
    let mut server = steps.run(START, |step| Server::start(workspace, options, &mut demonstration, step))?;
    steps.run(FILL, |step| fill(workspace, options, &mut demonstration, &server, step))?;
    introduce(&server, &demonstration);

    let outcome = if options.server_only {
        step::say("The server runs until Ctrl-C.");
        server.wait(&mut demonstration, None)
    } else {
        show(workspace, options, &mut demonstration, &mut server, &driver, is_invisible, &mut steps)
    };
    server.stop(&mut demonstration)?;
    match outcome {
        // Ctrl-C is how a person ends this.
        Err(Failure::Interrupted) if options.screenshot.is_none() => Ok(()),
        other => other,
    }
}

fn plan(options: &Options) -> Vec<&'static str> {
    let mut plan = vec![PACKAGES];
    plan.extend(options.screenshot.is_some().then_some(DRIVER));
    if !options.server_only {
        plan.extend([PAGE_PACKAGES, PAGE_BUILD]);
    }
    plan.extend([PROGRAMS, ACCOUNTS_STEP, START, FILL]);
    if options.screenshot.is_some() {
        plan.push(PICTURE);
    } else if !options.server_only {
        plan.push(OPEN);
    }
    plan
}

/// Installs and builds what is needed. Returns where the window's driver is, when it is needed.
fn prepare(
    workspace: &Workspace,
    options: &Options,
    is_invisible: bool,
    steps: &mut Steps,
) -> Result<PathBuf, Failure> {
    let mut groups = vec![system::COMPILE, system::FONTS];
    let mut programs = vec![build::SERVER, build::SEEDER];
    if !options.server_only {
        groups.push(system::WEB_VIEW);
        programs.extend([build::DESKTOP, build::PHOTO_WORKER]);
    }
    if is_invisible {
        groups.push(system::DISPLAY);
    }
    let mut driver = PathBuf::new();
    if options.screenshot.is_some() {
        groups.push(system::WINDOW);
        programs.push(build::WINDOW_SHOT);
    }
    steps.run(PACKAGES, |step| system::ensure(step, &groups))?;
    if options.screenshot.is_some() {
        driver = steps.run(DRIVER, |step| tools::ensure(workspace, step, tools::TAURI_DRIVER))?;
    }
    if !options.server_only {
        steps.run(PAGE_PACKAGES, |step| ui::install(workspace, step))?;
        steps.run(PAGE_BUILD, |step| ui::build(workspace, step))?;
    }
    steps.run(PROGRAMS, |step| build::programs(workspace, step, &programs, options.release))?;
    Ok(driver)
}

fn make_accounts(
    workspace: &Workspace,
    options: &Options,
    demonstration: &mut Demonstration,
    step: &mut Step,
) -> Result<(), Failure> {
    if demonstration.is_prepared {
        step.skip("they are there");
        return Ok(());
    }
    let server = || Program::new(workspace.built(build::SERVER, options.release));
    for account in ACCOUNTS {
        step.glance(account.name);
        let printed = server()
            .args(["account", "create", "--account", account.name, "--role", account.role])
            .args(["--office", OFFICE, "--display-name", account.display_name, "--password-stdin", "--data"])
            .arg(demonstration.server())
            .input(format!("{PASSWORD}\n"))
            .read()?;
        let office = printed.lines().find_map(|line| line.strip_prefix("office: "));
        demonstration.office_id = office
            .ok_or_else(|| Failure::of("the server does not say which office the account belongs to"))?
            .trim()
            .to_owned();
    }
    let printed = server().arg("portal-credential").arg("--data").arg(demonstration.server()).read()?;
    let credential =
        printed.split_whitespace().next_back().ok_or_else(|| Failure::of("the server printed no portal credential"))?;
    demonstration.keep_credential(credential)?;
    demonstration.is_prepared = true;
    demonstration.note()
}

/// The running server of a demonstration.
struct Server {
    running: Running,
    url: String,
    /// What its clock showed at its start, and when that was; nothing on a release server.
    clock: Option<(Instant, Moment)>,
    noted: Moment,
}

impl Server {
    fn start(
        workspace: &Workspace,
        options: &Options,
        demonstration: &mut Demonstration,
        step: &mut Step,
    ) -> Result<Self, Failure> {
        let port = match TcpListener::bind(("127.0.0.1", PORT)) {
            Ok(_) => PORT,
            Err(_) => {
                step.say(&format!("      port {PORT} is taken; the server takes another one"));
                0
            }
        };
        let mut program = Program::new(workspace.built(build::SERVER, options.release))
            .args(["serve", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("--data")
            .arg(demonstration.server());
        let mut clock = None;
        if !options.release {
            let start = options.now.or(demonstration.clock).or(Instant::parse(demo_clock::START));
            let start = start.ok_or_else(|| Failure::of("the demonstration clock has no start"))?;
            program = program.arg("--now").arg(start.rfc3339());
            clock = Some((start, Moment::now()));
        }
        let mut running = program.start(&demonstration.log("server"))?;
        let url = running.first(PATIENCE, address)?;
        let mut server = Server { running, url, clock, noted: Moment::now() };
        server.note_clock(demonstration)?;
        Ok(server)
    }

    /// Waits until the desktop ends; without one, until this program is asked to end.
    fn wait(&mut self, demonstration: &mut Demonstration, mut desktop: Option<&mut Running>) -> Result<(), Failure> {
        loop {
            if interrupt::raised() {
                return Err(Failure::Interrupted);
            }
            if let Some(status) = self.running.status() {
                return Err(self.running.failure(format!("the server ended by itself ({status})")));
            }
            if let Some(desktop) = desktop.as_deref_mut()
                && let Some(status) = desktop.status()
            {
                return if status.success() {
                    Ok(())
                } else {
                    Err(desktop.failure(format!("the desktop ended with an error ({status})")))
                };
            }
            if self.noted.elapsed() > NOTE_EVERY {
                self.note_clock(demonstration)?;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn note_clock(&mut self, demonstration: &mut Demonstration) -> Result<(), Failure> {
        self.noted = Moment::now();
        let Some((start, since)) = self.clock else {
            return Ok(());
        };
        // One second on, so that no instant comes twice.
        demonstration.clock = Some(start.plus(since.elapsed().as_secs() + 1));
        demonstration.note()
    }

    fn stop(&mut self, demonstration: &mut Demonstration) -> Result<(), Failure> {
        self.note_clock(demonstration)?;
        if !self.running.stop(Duration::from_secs(20)) {
            step::complain("the server did not end when asked; it was ended by force");
        }
        Ok(())
    }
}

fn fill(
    workspace: &Workspace,
    options: &Options,
    demonstration: &mut Demonstration,
    server: &Server,
    step: &mut Step,
) -> Result<(), Failure> {
    if demonstration.cases > 0 {
        step.skip(format!("it was filled with {} before; --fresh begins anew", demonstration.cases));
        return Ok(());
    }
    if options.cases == 0 {
        step.skip("none are wanted");
        return Ok(());
    }
    let now = demonstration.seeded_for.or(server.clock.map(|(start, _)| start)).unwrap_or_else(Instant::real);
    demonstration.seeded_for = Some(now);
    demonstration.note()?;
    Program::new(workspace.built(build::SEEDER, options.release))
        .args(["--server", &server.url, "--office-id", &demonstration.office_id, "--seed", SEED])
        .args(["--cases", &options.cases.to_string(), "--now", &now.rfc3339(), "--credential-file"])
        .arg(demonstration.credential())
        .run(step, Echo::Progress)?;
    demonstration.cases = options.cases;
    demonstration.note()
}

fn introduce(server: &Server, demonstration: &Demonstration) {
    step::say(&format!("\n  The server listens on {}", server.url));
    if let Some((start, since)) = server.clock {
        let now = start.plus(since.elapsed().as_secs());
        step::say(&format!("  Its demonstration clock shows {}", now.rfc3339()));
    }
    step::say(&format!("  All of it is in {}", demonstration.server().with_file_name("").display()));
    step::say("\n  account            role         name    password");
    for account in ACCOUNTS {
        step::say(&format!("  {:<18} {:<12} {}    {PASSWORD}", account.name, account.role, account.display_name));
    }
    step::say("");
}

/// Opens the desktop for the person, or has its picture taken.
fn show(
    workspace: &Workspace,
    options: &Options,
    demonstration: &mut Demonstration,
    server: &mut Server,
    driver: &std::path::Path,
    is_invisible: bool,
    steps: &mut Steps,
) -> Result<(), Failure> {
    let display = if is_invisible { Some(Display::start(workspace)?) } else { None };
    let on_display = |program: Program| display.as_ref().map_or(program.clone(), |display| display.on(program));
    let desktop = workspace.built(build::DESKTOP, options.release);
    if let Some(picture) = &options.screenshot {
        return steps.run(PICTURE, |step| {
            let program = Program::new(workspace.built(build::WINDOW_SHOT, options.release))
                .arg("--app")
                .arg(&desktop)
                .args(["--server", &server.url, "--account", ACCOUNTS[0].name, "--password-stdin", "--data"])
                .arg(demonstration.desktop())
                .arg("--server-data")
                .arg(demonstration.server())
                .arg("--tauri-driver")
                .arg(driver)
                .arg("--out")
                .arg(picture)
                .input(format!("{PASSWORD}\n"));
            on_display(program).run(step, Echo::Progress)?;
            step.say(&format!("      {}", picture.display()));
            Ok(())
        });
    }
    let mut window = steps.run(OPEN, |step| {
        if is_invisible {
            step.say("      There is no display here: the window is on an invisible one (Xvfb). Ctrl-C ends it.");
        }
        let program = Program::new(&desktop).args(["--server", &server.url, "--data"]).arg(demonstration.desktop());
        on_display(program).start(&demonstration.log("desktop"))
    })?;
    let outcome = server.wait(demonstration, Some(&mut window));
    window.stop(Duration::from_secs(10));
    outcome
}

/// The first http address in a line.
fn address(line: &str) -> Option<String> {
    let start = line.find("http://")?;
    let rest = &line[start..];
    let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_plain_text_and_from_json() {
        let expected = Some("http://127.0.0.1:8473".to_owned());
        assert_eq!(address("listening on http://127.0.0.1:8473"), expected);
        assert_eq!(address("{\"listening\":\"http://127.0.0.1:8473/\"}"), expected);
        assert_eq!(address("starting"), None);
    }

    #[test]
    fn every_step_of_a_plan_has_its_number() {
        let options = |server_only, screenshot: Option<&str>| Options {
            cases: 1,
            fresh: false,
            server_only,
            release: false,
            screenshot: screenshot.map(PathBuf::from),
            now: None,
            data: None,
        };
        assert_eq!(plan(&options(true, None)), [PACKAGES, PROGRAMS, ACCOUNTS_STEP, START, FILL]);
        assert_eq!(plan(&options(false, None)).last(), Some(&OPEN));
        assert_eq!(plan(&options(false, Some("shot.png"))).last(), Some(&PICTURE));
    }
}
