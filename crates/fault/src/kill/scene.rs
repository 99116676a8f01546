//! One server and one desk, each a process, and the person who uses the desk. Owns that a killed server is started again at once, that a kill
//! at a random time falls at its time, and that a claim of delivery is checked at the moment at which it is made.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::disks::ServerDisk;
use super::history::History;
use super::office::{self, Office};
use super::points::Victim;
use super::process::{Child, Heard};
use super::story::{ACCOUNT, NEW_PASSWORD, PASSWORD, Step};
use crate::child_server::config;
use crate::talk::{Ask, Fact};

/// How long one step may take. Longer than every wait of the desk between two attempts at a server that was just killed.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);
/// The finest step of time at which a random kill can fall.
const TICK: Duration = Duration::from_millis(1);
/// How often the server's tables are looked at while something is to arrive.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Why a step was not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// The desk was killed.
    DeskKilled,
    /// The desk refused, with its code.
    Refused(String),
    /// Something that is no part of the plan.
    Broken(String),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(format!("the harness: {error}"))
    }
}

/// A kill that is to fall at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strike {
    pub(super) victim: Victim,
    pub(super) at: Instant,
}

/// The scene of one run.
pub(super) struct Scene {
    pub(super) folder: PathBuf,
    pub(super) history: History,
    /// How often somebody was killed.
    pub(super) kills: u32,
    /// The longest time from a start after a kill until it could be used.
    pub(super) slowest_restart: Duration,
    /// Claims of delivery that were not true when they were made (I5).
    pub(super) false_claims: Vec<String>,
    pub(super) strike: Option<Strike>,
    pub(super) password: &'static str,
    started: Instant,
    port: u16,
    worker: PathBuf,
    server: Child,
    desk: Option<Child>,
}

impl Scene {
    /// Copies the office to a folder and starts its server. `with_computer` says whether the desk was used before.
    pub(super) fn open(
        office: &Office,
        folder: &Path,
        with_computer: bool,
        server_fail_point: Option<&str>,
    ) -> Result<Self, Stop> {
        office::copy_folder(&office.folder.join("server"), &folder.join("server"))?;
        if with_computer {
            for name in ["desk", "keychain"] {
                office::copy_folder(&office.folder.join(name), &folder.join(name))?;
            }
        } else {
            std::fs::create_dir_all(folder.join("desk"))?;
        }
        let log = folder.join("log");
        let mut server =
            office::start_server(&folder.join("server"), office.port, office::now(), server_fail_point, &log)?;
        office::until_listening(&mut server).map_err(|error| Stop::Broken(error.to_string()))?;
        Ok(Self {
            folder: folder.to_owned(),
            history: History::default(),
            kills: 0,
            slowest_restart: Duration::ZERO,
            false_claims: Vec::new(),
            strike: None,
            password: PASSWORD,
            started: Instant::now(),
            port: office.port,
            worker: office.worker.clone(),
            server,
            desk: None,
        })
    }

    /// The server's address.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The server's time now, as its clock shows it.
    pub(super) fn now(&self) -> DateTime<FixedOffset> {
        office::now() + TimeDelta::from_std(self.started.elapsed()).unwrap_or_default()
    }

    /// The server's tables.
    pub(super) fn server_disk(&self) -> Result<ServerDisk, Stop> {
        ServerDisk::open(&self.folder.join("server")).map_err(|error| Stop::Broken(error.to_string()))
    }

    /// Starts the desk and waits until it answers.
    pub(super) fn start_desk(&mut self, fail_point: Option<&str>) -> Result<(), Stop> {
        self.desk = Some(office::start_desk(&self.folder, &self.worker, fail_point, &self.folder.join("log"))?);
        self.until("the desk did not start", |fact| matches!(fact, Fact::Started))
    }

    /// Ends the desk: the person closes the window.
    pub(super) fn quit_desk(&mut self) -> Result<(), Stop> {
        self.act(&Step::Ask(Ask::Quit))?;
        let is_over = self.desk.take().is_some_and(|mut desk| desk.stop(PATIENCE));
        if is_over { Ok(()) } else { Err(Stop::Broken("the desk did not end when it was closed".to_owned())) }
    }

    /// Does one step and waits until it is done.
    pub(super) fn act(&mut self, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Ask(ask) => {
                let line = serde_json::to_string(ask).map_err(|error| Stop::Broken(error.to_string()))?;
                if let Some(desk) = &mut self.desk {
                    desk.say(&line);
                }
                self.until("the desk did not answer", |fact| matches!(fact, Fact::Done))
            }
            Step::UntilArrived => self.until_arrived(PATIENCE),
            Step::ChangePassword => {
                let config = config(self.folder.join("server"), self.now(), office::LEASES);
                let broken = |what: String| Stop::Broken(format!("the password cannot be changed: {what}"));
                let state = review_server::AppState::open(config).map_err(|error| broken(error.to_string()))?;
                review_server::admin::reset_account(&state, ACCOUNT, NEW_PASSWORD)
                    .map_err(|error| broken(error.to_string()))?;
                self.password = NEW_PASSWORD;
                Ok(())
            }
        }
    }

    /// Waits until all that is owed is at the server, at most this long.
    pub(super) fn until_arrived(&mut self, patience: Duration) -> Result<(), Stop> {
        let until = Instant::now() + patience;
        loop {
            let disk = self.server_disk()?;
            let has = |id: &String| disk.has(id).map_err(|error| Stop::Broken(error.to_string()));
            let mut missing = 0;
            for id in self.history.owed() {
                missing += usize::from(!has(id)?);
            }
            if missing == 0 {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(Stop::Broken(format!("{missing} decisions did not arrive in time")));
            }
            let look_again = Instant::now() + LOOK_EVERY;
            while Instant::now() < look_again {
                self.tick(|_| false)?;
            }
        }
    }

    /// Listens until the wanted fact is told. A refusal ends the step.
    fn until(&mut self, otherwise: &str, wanted: impl Fn(&Fact) -> bool) -> Result<(), Stop> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if self.tick(&wanted)? {
                return Ok(());
            }
        }
        Err(Stop::Broken(otherwise.to_owned()))
    }

    /// One moment: a planned kill falls, a killed server is started again, and the next fact is heard.
    fn tick(&mut self, wanted: impl Fn(&Fact) -> bool) -> Result<bool, Stop> {
        self.fall();
        self.keep_server()?;
        let Some(desk) = &mut self.desk else { return Err(Stop::Broken("there is no desk".to_owned())) };
        match desk.hear(TICK) {
            Heard::Fact(fact) => {
                self.history.hear(&fact);
                if let Fact::Delivered { decision_id } = &fact {
                    self.check_claim(decision_id)?;
                }
                if let Fact::Refused { code } = &fact {
                    return Err(Stop::Refused(code.clone()));
                }
                Ok(wanted(&fact))
            }
            Heard::Silence => Ok(false),
            Heard::End => {
                let Some(mut desk) = self.desk.take() else { return Ok(false) };
                desk.stop(PATIENCE);
                if desk.ended() == Some(true) {
                    self.kills += 1;
                    return Err(Stop::DeskKilled);
                }
                Err(Stop::Broken("the desk ended by itself".to_owned()))
            }
        }
    }

    fn check_claim(&mut self, decision_id: &str) -> Result<(), Stop> {
        let is_there = self.server_disk()?.has(decision_id).map_err(|error| Stop::Broken(error.to_string()))?;
        if !is_there {
            self.false_claims.push(decision_id.to_owned());
        }
        Ok(())
    }

    /// Lets a planned kill fall now, if it has not fallen yet, and waits until it is noticed.
    pub(super) fn strike_now(&mut self) -> Result<(), Stop> {
        let Some(strike) = &mut self.strike else { return Ok(()) };
        strike.at = Instant::now();
        let kills = self.kills;
        while self.kills == kills {
            self.tick(|_| false)?;
        }
        Ok(())
    }

    fn fall(&mut self) {
        let Some(strike) = self.strike.filter(|strike| Instant::now() >= strike.at) else { return };
        self.strike = None;
        match strike.victim {
            // Noticed when it is listened to, after what it told before its end.
            Victim::Desk => {
                if let Some(desk) = &mut self.desk {
                    desk.kill();
                }
            }
            Victim::Server => self.server.kill(),
        }
    }

    fn keep_server(&mut self) -> Result<(), Stop> {
        match self.server.ended() {
            None => Ok(()),
            Some(false) => Err(Stop::Broken("the server ended by itself".to_owned())),
            Some(true) => {
                self.kills += 1;
                let from = Instant::now();
                let (data, log) = (self.folder.join("server"), self.folder.join("log"));
                self.server = office::start_server(&data, self.port, self.now(), None, &log)?;
                office::until_listening(&mut self.server).map_err(|error| Stop::Broken(error.to_string()))?;
                self.restarted(from);
                Ok(())
            }
        }
    }

    /// Notes how long a restart took.
    pub(super) fn restarted(&mut self, from: Instant) {
        self.slowest_restart = self.slowest_restart.max(from.elapsed());
    }

    /// Ends the server gracefully, so that its files are at rest.
    pub(super) fn close_server(&mut self) -> Result<(), Stop> {
        if self.server.stop(PATIENCE) { Ok(()) } else { Err(Stop::Broken("the server did not stop".to_owned())) }
    }
}
