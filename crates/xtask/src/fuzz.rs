//! The fuzz target of calendar packs: its build, which needs flags that nothing else has and so a target folder of its own, and a run of
//! it. What was learned stays in that folder for the next run; an input that breaks something is kept there and tried first until it
//! breaks nothing any more. Knows nothing of packs; what must hold of them stands in `crates/fuzz`.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::Step;
use crate::workspace::Workspace;

/// The program, and the folder of its seeds.
const NAME: &str = "calendar-pack";
/// Coverage as libFuzzer reads it, which stable compilers offer only as a pass; and every check that a release build leaves out.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks";
/// No pack of the program comes near to it; longer inputs only make the run slower.
const MAX_LEN: u32 = 65_536;
/// Seconds that one input may take.
const TIMEOUT_S: u32 = 5;

/// The fuzz target in this repository.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    /// The kind of machine that this is. Named to cargo so that the flags do not reach what runs while building.
    host: String,
}

/// What libFuzzer says of a run, as far as it did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    runs: Option<String>,
    coverage: Option<String>,
    input: Option<PathBuf>,
}

impl<'a> Target<'a> {
    /// Finds out for which kind of machine it is built.
    pub(crate) fn of(workspace: &'a Workspace) -> Result<Self, Failure> {
        let version = Program::new("rustc").arg("-vV").folder(&workspace.root).read()?;
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or_else(|| Failure::of("rustc does not say for which machine it compiles"))?;
        Ok(Target { workspace, folder: workspace.target.join("fuzz"), host: host.to_owned() })
    }

    /// The lints of the code that the other lints pass over, since it is compiled with libFuzzer only.
    pub(crate) fn lint(&self, step: &mut Step) -> Result<(), Failure> {
        self.cargo("clippy").args(["--", "-D", "warnings"]).run(step, Echo::Quiet)
    }

    /// Builds it.
    pub(crate) fn build(&self, step: &mut Step) -> Result<(), Failure> {
        self.cargo("build").run(step, Echo::Quiet)
    }

    /// Runs it for so many seconds. An input that breaks something fails the step and stays in the folder of crashes.
    pub(crate) fn run(&self, step: &mut Step, seconds: u32) -> Result<(), Failure> {
        if seconds == 0 {
            step.skip("left out");
            return Ok(());
        }
        let (corpus, crashes) = (self.folder.join("corpus"), self.folder.join("crashes"));
        for folder in [&corpus, &crashes] {
            std::fs::create_dir_all(folder)
                .map_err(|error| Failure::of(format!("cannot make {}: {error}", folder.display())))?;
        }
        let mut heard = Heard::default();
        let outcome = self.fuzzer(&corpus, &crashes, seconds).run_heard(step, Echo::Quiet, |line| heard.hear(line));
        match (outcome, heard.input) {
            (Ok(()), _) => {
                let words = |value: Option<String>| value.unwrap_or_else(|| "?".to_owned());
                step.say(&format!("      {} inputs, {} places reached", words(heard.runs), words(heard.coverage)));
                Ok(())
            }
            (Err(Failure::Program { tail, .. }), Some(input)) => Err(self.finding(&input, &tail)),
            (Err(failure), _) => Err(failure),
        }
    }

    fn cargo(&self, command: &str) -> Program {
        self.workspace
            .cargo()
            .setting("CARGO_TARGET_DIR", &self.folder)
            .setting("CARGO_PROFILE_RELEASE_LTO", "off")
            .setting("RUSTFLAGS", FLAGS)
            .args([command, "--release", "--locked", "--target", &self.host])
            .args(["--package", "fuzz", "--features", "libfuzzer", "--bin", NAME])
    }

    fn program(&self) -> PathBuf {
        self.folder.join(&self.host).join("release").join(format!("{NAME}{}", std::env::consts::EXE_SUFFIX))
    }

    fn fuzzer(&self, corpus: &Path, crashes: &Path, seconds: u32) -> Program {
        // Written to is only the first folder; what the others hold is tried at the start.
        let mut prefix = std::ffi::OsString::from("-artifact_prefix=");
        prefix.push(crashes.join(""));
        Program::new(self.program())
            .arg(corpus)
            .arg(crashes)
            .arg(Path::new("crates/fuzz/seeds").join(NAME))
            .arg("crates/working-days/data")
            .arg(prefix)
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_LEN}"))
            .arg(format!("-timeout={TIMEOUT_S}"))
            .arg("-print_final_stats=1")
            .folder(&self.workspace.root)
    }

    fn finding(&self, input: &Path, tail: &[String]) -> Failure {
        let says = tail.iter().position(|line| line.contains("panicked at")).unwrap_or(0);
        let words: String = tail.iter().skip(says).take(8).map(|line| format!("\n    {line}")).collect();
        Failure::of(format!(
            "an input breaks what must hold of calendar packs:{words}\n\
             the input is {input}. Once more with it alone:\n    {program} {input}\n\
             Copy it to crates/fuzz/seeds/{NAME}/, where the tests try it from then on",
            input = input.display(),
            program = self.program().display(),
        ))
    }
}

impl Heard {
    fn hear(&mut self, line: &str) {
        if let Some(runs) = line.strip_prefix("stat::number_of_executed_units:") {
            self.runs = Some(runs.trim().to_owned());
        }
        if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.input = Some(PathBuf::from(path.trim()));
        }
        if let Some((_, rest)) = line.split_once(" cov: ") {
            self.coverage = rest.split_whitespace().next().map(str::to_owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_understood() {
        let mut heard = Heard::default();
        for line in [
            "#2\tINITED cov: 713 ft: 720 corp: 1/28Kb exec/s: 0 rss: 45Mb",
            "#17\tNEW    cov: 725 ft: 801 corp: 2/30Kb lim: 4096 exec/s: 0 rss: 45Mb L: 10/28 MS: 1 EraseBytes-",
            "artifact_prefix='target/fuzz/crashes/'; Test unit written to target/fuzz/crashes/crash-da39a3",
            "stat::number_of_executed_units: 81214",
        ] {
            heard.hear(line);
        }
        assert_eq!(heard.runs.as_deref(), Some("81214"));
        assert_eq!(heard.coverage.as_deref(), Some("725"));
        assert_eq!(heard.input.as_deref(), Some(Path::new("target/fuzz/crashes/crash-da39a3")));
    }
    #[cfg(unix)]
    fn run_a_fuzzer_that(says: &str) -> Result<(), Failure> {
        use std::sync::atomic::{AtomicU32, Ordering};

        use crate::step::Steps;

        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("review-desk-xtask-fuzz-{}-{number}", std::process::id()));
        let workspace = Workspace { root: root.clone(), target: root.join("target"), packages: Vec::new() };
        let target = Target { workspace: &workspace, folder: root.join("target/fuzz"), host: "here".to_owned() };
        let program = target.program();
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        let script = root.join("script");
        std::fs::write(&script, format!("#!/bin/sh\n{says}\n")).unwrap();
        // By another process: what is still open for writing here, in whatever a test beside started, cannot be run.
        Program::new("install").args(["-m", "700"]).arg(&script).arg(&program).read().unwrap();
        let outcome = Steps::new(vec!["fuzzing"], root.join("logs")).run("fuzzing", |step| target.run(step, 1));
        std::fs::remove_dir_all(root).unwrap();
        outcome
    }

    #[cfg(unix)]
    #[test]
    fn a_crash_fails_with_its_input_and_the_way_to_see_it_again() {
        let says = "echo \"thread '<unnamed>' panicked at crates/fuzz/src/calendar_pack.rs:1: a pack has one form\" >&2\n\
                    echo \"artifact_prefix='x/'; Test unit written to x/crash-da39a3\" >&2\nexit 77";
        let Err(Failure::Sentence(sentence)) = run_a_fuzzer_that(says) else {
            panic!("a crash must fail the step");
        };
        for words in
            ["panicked at crates/fuzz", "release/calendar-pack x/crash-da39a3", "crates/fuzz/seeds/calendar-pack/"]
        {
            assert!(sentence.contains(words), "{sentence}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_run_without_a_finding_passes_and_one_that_does_not_start_fails() {
        assert!(run_a_fuzzer_that("echo 'stat::number_of_executed_units: 7' >&2").is_ok());
        assert!(matches!(run_a_fuzzer_that("exit 1"), Err(Failure::Program { .. })));
    }
}
