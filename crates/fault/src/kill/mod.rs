//! `fault kill`: the real desktop core and the real server, each a process, killed by SIGKILL at every moment of the catalogue (K-01 to K-14) and
//! at random times. Owns the choice of runs, their numbers and the table; what one run does stands in `run`, the verdict in `judge`.

mod disks;
mod history;
mod judge;
mod office;
pub mod points;
mod process;
mod run;
mod scene;
mod story;
mod tally;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::Args;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use thiserror::Error;

use crate::output;
use office::Office;
use points::{PLACES, Place, Story, Victim};
use run::{Kill, Outcome, Plan};
use tally::Tally;

pub use office::PrepareError;

/// The rows of random times.
const RANDOM_DESK: &str = "random-desk";
const RANDOM_SERVER: &str = "random-server";
/// The first port that is tried; below the range from which the system takes ports for outgoing connections.
const FIRST_PORT: u16 = 21_000;
/// Said how far it is after so many runs.
const SAY_EVERY: usize = 100;
/// After a failure's folder is kept, the folders of so many more are.
const FOLDERS_KEPT: usize = 20;

/// Arguments of `fault kill`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Only rows whose name contains this: `K-05`, `random-desk`, `random-server`.
    #[arg(long)]
    pub only: Option<String>,
    /// Only this seed, once for each row.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Seeds of each place in the code.
    #[arg(long, default_value_t = 1)]
    pub points: u32,
    /// Kills at random times, of the desk and again of the server.
    #[arg(long, default_value_t = 10)]
    pub random: u32,
    /// Runs at one time.
    #[arg(long, default_value_t = 2)]
    pub jobs: u16,
    /// Keep the folders of runs that did not pass, in this folder.
    #[arg(long)]
    pub keep: Option<PathBuf>,
}

/// Why nothing could be run.
#[derive(Debug, Error)]
pub enum KillError {
    /// A folder or a port.
    #[error("the harness cannot begin: {0}")]
    Io(#[from] std::io::Error),
    /// The office that every run starts from.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// Nobody knows how long a story takes, so that no time in it can be chosen.
    #[error("without a kill the story does not end well: {0}")]
    Calm(String),
}

/// A row of the table: a place in the code, or random times of one victim.
#[derive(Debug, Clone, Copy)]
enum Row {
    Place(&'static Place),
    Random(Victim),
}

impl Row {
    fn all() -> Vec<Self> {
        let places = PLACES.iter().map(Self::Place);
        places.chain([Self::Random(Victim::Desk), Self::Random(Victim::Server)]).collect()
    }

    fn id(self) -> &'static str {
        match self {
            Self::Place(place) => place.id,
            Self::Random(Victim::Desk) => RANDOM_DESK,
            Self::Random(Victim::Server) => RANDOM_SERVER,
        }
    }

    /// What `--only` is compared with.
    fn name(self) -> String {
        match self {
            Self::Place(place) => format!("{}/{}", place.id, place.name),
            Self::Random(_) => self.id().to_owned(),
        }
    }

    fn moment(self) -> String {
        match self {
            Self::Place(place) => place.moment.to_owned(),
            Self::Random(Victim::Desk) => "random times, the desk".to_owned(),
            Self::Random(Victim::Server) => "random times, the server".to_owned(),
        }
    }

    /// The plan of a seed. `calm` says how long each story takes when nobody is killed.
    fn plan(self, seed: u64, calm: &Calm) -> Plan {
        match self {
            Self::Place(place) => {
                let hit = 1 + seed.wrapping_sub(1) % u64::from(place.hits.max(1));
                let kill = Kill::Point { victim: place.victim, fail_point: format!("{}:{hit}", place.name) };
                Plan { story: place.story, seed, kill }
            }
            Self::Random(victim) => {
                // Another stream than the one that chooses the decisions.
                let mut random = StdRng::seed_from_u64(seed ^ 0x006B_696C_6C00);
                let story = match random.random_range(0..10) {
                    0 => Story::FirstDay,
                    1 => Story::NewCache,
                    _ => Story::Working,
                };
                let after = calm.of(story).mul_f64(random.random_range(0.0..1.0));
                let is_killed_again = victim == Victim::Desk && random.random_bool(0.25);
                let again_after = is_killed_again.then(|| Duration::from_millis(random.random_range(5..400)));
                Plan { story, seed, kill: Kill::Time { victim, after, again_after } }
            }
        }
    }
}

/// How long each story takes by itself on this computer.
#[derive(Debug, Clone, Copy, Default)]
struct Calm {
    working: Duration,
    first_day: Duration,
    new_cache: Duration,
}

impl Calm {
    fn of(self, story: Story) -> Duration {
        match story {
            Story::Working => self.working,
            Story::FirstDay => self.first_day,
            Story::NewCache => self.new_cache,
        }
    }

    /// Runs each story once without a kill, at the pace of the runs that follow.
    fn measure(office: &Office, scratch: &Path) -> Result<Self, KillError> {
        let mut calm = Self::default();
        for story in [Story::Working, Story::FirstDay, Story::NewCache] {
            let folder = TempDir::new_in(scratch)?;
            let outcome = run::run(office, folder.path(), &Plan { story, seed: 1, kill: Kill::Nobody });
            if !outcome.verdict.is_pass() {
                return Err(KillError::Calm(format!("{story:?}: {}", outcome.verdict)));
            }
            match story {
                Story::Working => calm.working = outcome.story_took,
                Story::FirstDay => calm.first_day = outcome.story_took,
                Story::NewCache => calm.new_cache = outcome.story_took,
            }
        }
        Ok(calm)
    }
}

/// Runs what is asked for, prints the table, and the numbers alone on the last line. Whether everything passed.
///
/// # Errors
/// See [`KillError`].
pub fn run(arguments: &Arguments) -> Result<bool, KillError> {
    sync::install_tls();
    let rows: Vec<Row> = Row::all().into_iter().filter(|row| is_asked(&row.name(), arguments)).collect();
    let work: Vec<(Row, u64)> =
        rows.iter().flat_map(|row| seeds(*row, arguments).map(move |seed| (*row, seed))).collect();
    let scratch = tempfile::Builder::new().prefix("review-desk-kill-").tempdir_in(fast_folder())?;
    let offices = offices(scratch.path(), arguments.jobs.max(1))?;
    let calm = match rows.iter().any(|row| matches!(row, Row::Random(_))) {
        true => Calm::measure(&offices[0], scratch.path())?,
        false => Calm::default(),
    };
    let tally = Mutex::new(Tally::new(rows.iter().map(|row| (row.id(), row.moment()))));
    let next = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for office in &offices {
            threads.spawn(|| {
                while let Some((row, seed)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = in_a_folder(office, scratch.path(), &row.plan(*seed, &calm), *row, arguments);
                    let mut tally = tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    tally.add(&row.moment(), &outcome);
                    if !outcome.verdict.is_pass() {
                        output::line(&format!("{} seed {seed}: {}", row.name(), outcome.verdict));
                        output::line(&format!("  again: cargo xtask fault --only kill/{} --seed {seed}", row.name()));
                    }
                    if tally.runs().is_multiple_of(SAY_EVERY) {
                        output::line(&format!("{} of {} runs", tally.runs(), work.len()));
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    output::line(&tally.table());
    let (passed, failed) = tally.passed_and_failed();
    output::line(&format!("{passed} passed, {failed} failed"));
    Ok(failed == 0 && passed > 0)
}

fn is_asked(name: &str, arguments: &Arguments) -> bool {
    arguments.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
}

fn seeds(row: Row, arguments: &Arguments) -> Box<dyn Iterator<Item = u64>> {
    let count = match row {
        Row::Place(_) => arguments.points,
        Row::Random(_) => arguments.random,
    };
    match arguments.seed {
        Some(seed) => Box::new(std::iter::once(seed)),
        None => Box::new(1..=u64::from(count)),
    }
}

fn in_a_folder(office: &Office, scratch: &Path, plan: &Plan, row: Row, arguments: &Arguments) -> Outcome {
    let folder = match TempDir::new_in(scratch) {
        Ok(folder) => folder,
        Err(error) => return Outcome::unknown(format!("no folder for the run: {error}")),
    };
    let outcome = run::run(office, folder.path(), plan);
    if let Some(keep) = arguments.keep.as_ref().filter(|_| !outcome.verdict.is_pass()) {
        let target = keep.join(format!("{}-{}", row.name().replace(['/', ':'], "_"), plan.seed));
        let is_room = std::fs::read_dir(keep).map_or(0, Iterator::count) < FOLDERS_KEPT;
        if is_room && let Err(error) = office::copy_folder(folder.path(), &target) {
            output::complain(&format!("the folder of a failed run cannot be kept: {error}"));
        }
    }
    outcome
}

/// A folder in memory where there is one: a kill loses nothing that was written, on whatever the files are.
fn fast_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

fn offices(scratch: &Path, count: u16) -> Result<Vec<Office>, KillError> {
    let mut port = office::free_port(FIRST_PORT)?;
    let filled = scratch.join("filled");
    office::fill_server(&filled, port, &scratch.join("log"))?;
    let mut offices = Vec::new();
    for number in 0..count {
        offices.push(office::prepare(&filled, scratch.join(format!("office-{number}")), port)?);
        port = office::free_port(port + 1)?;
    }
    Ok(offices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_plan_again() {
        let calm = Calm { working: Duration::from_secs(2), ..Calm::default() };
        for row in Row::all() {
            for seed in 1..20 {
                assert_eq!(row.plan(seed, &calm), row.plan(seed, &calm), "{}", row.name());
            }
        }
    }

    #[test]
    fn the_name_that_a_failure_prints_chooses_that_row_alone() {
        for row in Row::all() {
            let arguments =
                Arguments { only: Some(row.name()), seed: Some(3), points: 1, random: 1, jobs: 1, keep: None };
            let chosen: Vec<String> =
                Row::all().iter().map(|row| row.name()).filter(|name| is_asked(name, &arguments)).collect();
            assert_eq!(chosen, [row.name()]);
            assert_eq!(seeds(row, &arguments).collect::<Vec<_>>(), [3]);
        }
    }
}
