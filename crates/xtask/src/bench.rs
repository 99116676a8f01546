//! `cargo xtask bench deadlines`: what our deadlines cost beside those of others; `cargo xtask bench outbox`: what keeping and delivering
//! decisions costs beside bare SQLite. Measured one after the other in one run on this computer, and the aims, each met or missed. A measurement is no test: a missed aim is printed as such and fails nothing.

mod measured;

use clap::{Args, Subcommand};

use crate::crosscheck::environment::Environment;
use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::{self, Step, Steps};
use crate::system;
use crate::workspace::Workspace;

use measured::Measured;

const PACKAGES: &str = "checking the system packages";
const PYTHON: &str = "installing the calendars in Python";
const NODE: &str = "installing the calendar in npm";
const OURS: &str = "measuring ours and the crates";
const RECOMPUTE: &str = "measuring a recomputation of 100,000 cases";
const PYTHON_BENCH: &str = "measuring chinesecalendar";
const OUTBOX: &str = "measuring the outbox and bare SQLite";
const NODE_BENCH: &str = "measuring chinese-days";

/// Options of `bench`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Subject {
    /// The 7th working day after a date, ours beside a day loop and five other libraries, and 100,000 open cases recomputed
    Deadlines,
    /// Decisions kept per second on the desktop and accepted per second by the server, beside bare SQLite, and 200 delivered
    Outbox,
}

/// `cargo xtask bench`.
pub(crate) fn bench(workspace: &Workspace, options: Options) -> Result<(), Failure> {
    match options.subject {
        Subject::Deadlines => deadlines(workspace),
        Subject::Outbox => outbox(workspace),
    }
}

fn outbox(workspace: &Workspace) -> Result<(), Failure> {
    let mut steps = Steps::new(vec![PACKAGES, OUTBOX], workspace.logs());
    steps.run(PACKAGES, |step| system::ensure(step, &[system::COMPILE]))?;
    steps.run(OUTBOX, |step| cargo_bench(workspace, "fault", "outbox").run(step, Echo::Progress))?;
    let outcome = steps.finish();
    step::say(&format!("\n{}", machine(workspace)));
    outcome
}

fn deadlines(workspace: &Workspace) -> Result<(), Failure> {
    let plan = vec![PACKAGES, PYTHON, NODE, OURS, RECOMPUTE, PYTHON_BENCH, NODE_BENCH];
    let mut steps = Steps::new(plan, workspace.logs());
    steps.run(PACKAGES, |step| system::ensure(step, &[system::COMPILE, system::PYTHON]))?;
    let environment = Environment::of(workspace);
    steps.run(PYTHON, |step| environment.install_python(step))?;
    steps.run(NODE, |step| environment.install_node(step))?;
    let mut measured = Measured::default();
    let mut measure = |name, program: Program| steps.try_run(name, |step| read(step, program, &mut measured));
    measure(OURS, cargo_bench(workspace, "working-days", "deadlines"))?;
    measure(RECOMPUTE, cargo_bench(workspace, "review-server", "recompute"))?;
    // Dates and passes: about two seconds each.
    measure(PYTHON_BENCH, environment.python("time_calendar.py").args(["1000", "9"]))?;
    measure(NODE_BENCH, environment.node("time_calendar.mjs").args(["5000", "25"]))?;
    let outcome = steps.finish();
    step::say(&format!("\n{}\n{}", machine(workspace), measured.report()));
    outcome
}

fn cargo_bench(workspace: &Workspace, package: &str, name: &str) -> Program {
    workspace.cargo().args(["bench", "--locked", "--package", package, "--bench", name])
}

fn read(step: &mut Step, program: Program, measured: &mut Measured) -> Result<(), Failure> {
    program.run_heard(step, Echo::Quiet, |line| measured.hear(line))
}

/// What was measured on.
fn machine(workspace: &Workspace) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("a processor of unknown model", |(_, name)| name.trim());
    let version = |name: &str| {
        let answer = Program::new(name).arg("--version").folder(&workspace.root).read();
        answer.map_or_else(|_| format!("{name} ?"), |text| text.trim().to_owned())
    };
    format!("{cores} cores, {model}; {}; {}; Node.js {}", version("rustc"), version("python3"), version("node"))
}
