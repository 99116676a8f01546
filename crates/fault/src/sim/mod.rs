//! `fault sim`: seeded simulation of some desktops and one server core in simulated time, over a simulated network. The router, the databases, the
//! vaults, sync's engine and courier are the shipped ones; what is simulated is time, the network, crashes and persons. A seed gives the same run
//! again. Owns the choice of seeds and what is told of them.

mod calm;
mod clock;
mod computer;
mod cover;
mod desk_steps;
mod dice;
mod disks;
mod fate;
mod judge;
mod model;
mod net;
mod network_steps;
mod office_steps;
mod plant;
mod reaction;
mod server;
mod step;
mod template;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Args;
use tokio::runtime::{Builder, Runtime};

pub use plant::Plant;
/// For the bench beside, whose cases come in the same way.
#[doc(hidden)]
pub use {server::PORTAL, template::submit};

use self::cover::Cover;
use self::template::Template;
use self::world::{Plan, World};
use crate::network::trouble::{Trouble, unknown};
use crate::output;
use crate::verdict::Verdict;

/// A run with at least so many seeds has to meet everything.
const SEEDS_THAT_COVER: u64 = 1_000;
/// A planted bug that so many seeds do not find is not found.
const PLANT_SEEDS: u64 = 2_000;
/// Seeds whose failures are told in full; the rest is counted.
const TOLD_AT_MOST: u64 = 10;

/// Arguments of `fault sim`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// How many seeds, from 1 on.
    #[arg(long, default_value_t = 40)]
    pub seeds: u64,
    /// This seed alone.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Where the seeds begin.
    #[arg(long, default_value_t = 1)]
    pub from: u64,
    /// Computers, at least 3.
    #[arg(long, default_value_t = 3)]
    pub desktops: usize,
    /// Steps of each seed.
    #[arg(long, default_value_t = 240)]
    pub steps: u32,
    /// With this bug planted, which has to be found; `all` plants one after the other.
    #[arg(long)]
    pub plant: Option<String>,
    /// Tell every step.
    #[arg(long)]
    pub trace: bool,
}

/// How one seed ended.
#[derive(Debug)]
pub struct Ended {
    /// The verdict.
    pub verdict: Verdict,
    /// A number into which everything that happened is folded.
    pub print: u64,
    /// Decisions that were confirmed.
    pub decisions: usize,
    cover: Cover,
}

/// A prepared simulation.
#[derive(Debug)]
pub struct Simulation {
    runtime: Runtime,
    template: Template,
    steps: u32,
    is_told: bool,
}

impl Simulation {
    /// Prepares one.
    ///
    /// # Errors
    /// The office that the seeds start from cannot be made.
    pub fn prepare(desktops: usize, steps: u32, is_told: bool) -> Result<Self, Trouble> {
        crate::power::watch().map_err(Trouble::Unknown)?;
        let runtime = Builder::new_current_thread().enable_time().build().map_err(unknown("the runtime"))?;
        let template = Template::make(&runtime, desktops.max(3))?;
        Ok(Self { runtime, template, steps, is_told })
    }

    /// Runs one seed to its verdict.
    pub fn run(&self, seed: u64, plant: Option<Plant>) -> Ended {
        let plan = Plan { seed, steps: self.steps, plant, is_told: self.is_told };
        if let Err(why) = Plant::in_program(plant) {
            return Ended { verdict: Verdict::Unknown(why), print: 0, decisions: 0, cover: Cover::default() };
        }
        let mut world = match World::begin(&self.template, &self.runtime, plan) {
            Ok(world) => world,
            Err(trouble) => {
                return Ended { verdict: trouble.into(), print: 0, decisions: 0, cover: Cover::default() };
            }
        };
        let outcome = world.run().and_then(|()| world.calm_down()).and_then(|()| world.judge());
        let verdict = outcome.map_or_else(Verdict::from, |()| Verdict::Pass);
        let (decisions, cover) = (world.model.decided.len(), world.cover.clone());
        let ended = Ended { verdict, print: world.print, decisions, cover };
        let folder = world.folder.path().to_owned();
        drop(world);
        // Closing the files is the last that is written to them.
        crate::power::forget(&folder);
        ended
    }
}

/// Runs the seeds; `true` when all of them passed, or when every planted bug was found.
///
/// # Errors
/// The simulation cannot be prepared, or there is no such bug.
pub fn run(arguments: &Arguments) -> Result<bool, Trouble> {
    let simulation = Simulation::prepare(arguments.desktops, arguments.steps, arguments.trace)?;
    match arguments.plant.as_deref() {
        None => all_pass(&simulation, arguments),
        Some("all") => {
            let mut are_found = true;
            for plant in Plant::ALL {
                are_found &= is_found(&simulation, arguments, plant);
            }
            Ok(are_found)
        }
        Some(word) => match Plant::ALL.into_iter().find(|plant| plant.word() == word) {
            Some(plant) => Ok(is_found(&simulation, arguments, plant)),
            None => Err(Trouble::Unknown(format!("there is no planted bug {word}"))),
        },
    }
}

fn seeds(arguments: &Arguments, count: u64) -> std::ops::Range<u64> {
    match arguments.seed {
        Some(seed) => seed..seed.saturating_add(1),
        None => arguments.from..arguments.from.saturating_add(count),
    }
}

fn again(seed: u64, plant: Option<Plant>) -> String {
    let plant = plant.map(|plant| format!(" --plant {}", plant.word())).unwrap_or_default();
    format!("  again: cargo xtask fault --only sim --seed {seed}{plant}")
}

/// What the seeds of a run came to.
#[derive(Debug, Default)]
struct Tally {
    cover: Cover,
    passed: u64,
    failed: u64,
    unknown: u64,
    decisions: usize,
}

impl Tally {
    fn hear(&mut self, seed: u64, ended: &Ended, is_alone: bool) {
        self.cover.merge(&ended.cover);
        self.decisions += ended.decisions;
        match &ended.verdict {
            Verdict::Pass => self.passed += 1,
            Verdict::Fail(_) => self.failed += 1,
            Verdict::Unknown(_) => self.unknown += 1,
        }
        if !ended.verdict.is_pass() && self.failed + self.unknown <= TOLD_AT_MOST {
            output::line(&format!("seed {seed}: {}", ended.verdict));
            output::line(&again(seed, None));
        }
        if is_alone {
            output::line(&format!("seed {seed}: {}, print {:016x}", ended.verdict, ended.print));
        }
    }
}

/// Runs the seeds on as many threads as there are cores, each with a world of its own.
fn all_pass(simulation: &Simulation, arguments: &Arguments) -> Result<bool, Trouble> {
    let begun = Instant::now();
    let seeds = seeds(arguments, arguments.seeds);
    let is_alone = arguments.seed.is_some();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = u64::try_from(cores).unwrap_or(1).min(seeds.end - seeds.start).max(1);
    let tally = Mutex::new(Tally::default());
    let next = AtomicU64::new(seeds.start);
    let work = |simulation: &Simulation| {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let ended = simulation.run(seed, None);
            tally.lock().unwrap_or_else(PoisonError::into_inner).hear(seed, &ended, is_alone);
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| {
                scope.spawn(|| {
                    let own = Simulation::prepare(arguments.desktops, arguments.steps, arguments.trace)?;
                    work(&own);
                    Ok::<(), Trouble>(())
                })
            })
            .collect();
        work(simulation);
        others.into_iter().try_for_each(|other| {
            other.join().unwrap_or_else(|_| Err(Trouble::Unknown("a thread of the simulation panicked".into())))
        })
    })?;
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(told(&tally, simulation, begun))
}

fn told(tally: &Tally, simulation: &Simulation, begun: Instant) -> bool {
    let Tally { cover, passed, failed, unknown, decisions } = tally;
    output::line(&cover.text());
    let all = passed + failed + unknown;
    let seconds = begun.elapsed().as_secs_f64();
    output::line(&format!(
        "{passed} of {all} seeds passed, {failed} failed, {unknown} unknown; {} desktops, {} steps, {decisions} decisions, {seconds:.0} s",
        simulation.template.computers.len(),
        simulation.steps,
    ));
    let missing = cover.missing();
    let has_all = all < SEEDS_THAT_COVER || missing.is_empty();
    if !has_all {
        output::line(&format!("never met: {}", missing.join(", ")));
    }
    failed + unknown == 0 && *passed > 0 && has_all
}

/// Plants a bug and looks for it, seed after seed. Unknown is not found.
fn is_found(simulation: &Simulation, arguments: &Arguments, plant: Plant) -> bool {
    for (number, seed) in (1..).zip(seeds(arguments, PLANT_SEEDS)) {
        if let Verdict::Fail(what) = simulation.run(seed, Some(plant)).verdict {
            output::line(&format!("{}: found within {number} seeds, by seed {seed}: {what}", plant.word()));
            output::line(&again(seed, Some(plant)));
            return true;
        }
    }
    output::line(&format!("{}: NOT FOUND", plant.word()));
    false
}
