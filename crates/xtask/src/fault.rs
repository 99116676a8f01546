//! `cargo xtask fault`: builds the harness with its fail points and lets it break the program on purpose, in every way or in one. Knows the
//! ways by name only; what each does, and what must hold, stands in `crates/fault`.

use std::path::PathBuf;

use clap::Args;

use crate::build;
use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::Steps;
use crate::system;
use crate::workspace::Workspace;

const PACKAGES: &str = "checking the system packages";
const PROGRAMS: &str = "building the photo worker";
const HARNESS: &str = "building the harness with its fail points";

/// A way of breaking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Kill,
    Network,
    Sim,
}

impl Way {
    const ALL: [Way; 3] = [Way::Kill, Way::Network, Way::Sim];

    /// The harness's word for it.
    fn word(self) -> &'static str {
        match self {
            Way::Kill => "kill",
            Way::Network => "network",
            Way::Sim => "sim",
        }
    }

    /// The name of its step.
    fn step(self) -> &'static str {
        match self {
            Way::Kill => "killing the desktop core and the server",
            Way::Network => "a hostile network and hostile servers",
            Way::Sim => "desktops and a server in simulated time",
        }
    }

    /// How the harness is told how many to run: kills at random times, contests of two desktops, simulated worlds.
    fn count(self) -> &'static str {
        match self {
            Way::Kill => "--random",
            Way::Network | Way::Sim => "--seeds",
        }
    }
}

/// Options of `fault`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// Kills at random times of each victim, contests, simulated worlds; without it, as many as run in a few minutes
    #[arg(long, value_name = "N")]
    seeds: Option<u32>,
    /// One way alone, `kill`, `network` or `sim`; after a slash, rows of it alone: `kill/K-05`, `network/CONF-2`
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Only this seed
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Simulation: with this bug planted, which must be found; `all` plants one after the other
    #[arg(long, value_name = "NAME")]
    plant: Option<String>,
    /// With optimised code: longer to build, for large numbers
    #[arg(long)]
    release: bool,
    /// Kills: keep the folders of runs that did not pass here
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

impl Options {
    /// The ways that are asked for, and the rows.
    fn chosen(&self) -> Result<(Vec<Way>, Option<&str>), Failure> {
        let Some(only) = self.only.as_deref() else {
            return Ok(if self.plant.is_some() { (vec![Way::Sim], None) } else { (Way::ALL.to_vec(), None) });
        };
        let (word, row) = only.split_once('/').map_or((only, None), |(word, row)| (word, Some(row)));
        let way = Way::ALL.into_iter().find(|way| way.word() == word).ok_or_else(|| {
            Failure::of(format!("{only} begins with no way of breaking; there are kill, network and sim"))
        })?;
        Ok((vec![way], row))
    }

    fn arguments(&self, way: Way, row: Option<&str>) -> Vec<String> {
        let mut words = vec![way.word().to_owned()];
        let mut say = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                words.extend([name.to_owned(), value]);
            }
        };
        say(way.count(), self.seeds.map(|count| count.to_string()));
        say("--seed", self.seed.map(|seed| seed.to_string()));
        match way {
            Way::Kill => {
                say("--only", row.map(str::to_owned));
                say("--keep", self.keep.as_ref().map(|folder| folder.display().to_string()));
            }
            Way::Network => say("--only", row.map(str::to_owned)),
            Way::Sim => say("--plant", self.plant.clone()),
        }
        words
    }
}

/// `cargo xtask fault`.
pub(crate) fn fault(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let (ways, row) = options.chosen()?;
    let mut plan = vec![PACKAGES, PROGRAMS, HARNESS];
    plan.extend(ways.iter().map(|way| way.step()));
    let mut steps = Steps::new(plan, workspace.logs());
    steps.run(PACKAGES, |step| system::ensure(step, &[system::COMPILE, system::WEB_VIEW, system::FONTS]))?;
    steps.run(PROGRAMS, |step| build::programs(workspace, step, &[build::PHOTO_WORKER], options.release))?;
    steps.run(HARNESS, |step| build::harness(workspace, step, options.release))?;
    for way in ways {
        steps.try_run(way.step(), |step| {
            let program =
                Program::new(workspace.built(build::HARNESS, options.release)).args(options.arguments(way, row));
            program.apart().folder(&workspace.root).run(step, Echo::Progress)
        })?;
    }
    steps.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(only: Option<&str>) -> Options {
        Options { seeds: Some(7), only: only.map(str::to_owned), seed: None, plant: None, release: false, keep: None }
    }

    #[test]
    fn without_a_name_every_way_runs_and_a_name_chooses_a_way_and_its_rows() {
        let everything = asked(None);
        let (ways, row) = everything.chosen().unwrap();
        assert_eq!((ways, row), (Way::ALL.to_vec(), None));
        let one = asked(Some("kill/K-05/commit"));
        let (ways, row) = one.chosen().unwrap();
        assert_eq!((ways.as_slice(), row), (&[Way::Kill][..], Some("K-05/commit")));
        assert_eq!(one.arguments(Way::Kill, row), ["kill", "--random", "7", "--only", "K-05/commit"]);
        assert!(asked(Some("K-05")).chosen().is_err());
    }

    #[test]
    fn a_planted_bug_is_looked_for_by_the_simulation_alone() {
        let options = Options { plant: Some("all".to_owned()), ..asked(None) };
        assert_eq!(options.chosen().unwrap().0, [Way::Sim]);
        assert_eq!(options.arguments(Way::Sim, None), ["sim", "--seeds", "7", "--plant", "all"]);
    }
}
