//! One run: a story, a kill in the middle of it, the restart, the end of the work, the same again with nothing to do, and the verdict.

use std::path::Path;
use std::time::{Duration, Instant};

use super::disks::{DeskDisk, DiskError};
use super::judge::Findings;
use super::office::Office;
use super::points::{Story, Victim};
use super::scene::{PATIENCE, Scene, Stop, Strike};
use super::story::{Step, decide_again, sign_in, steps};
use crate::talk::Ask;
use crate::verdict::Verdict;

/// A restart until the desk can be used, or the server listens, takes no longer.
const RESTART: Duration = Duration::from_secs(3);
/// How long delivery goes on alone before the person signs in again, as the desk then asks for.
const ALONE: Duration = Duration::from_secs(6);
/// Restarts of one run; a desk that needs more does not come back by itself.
const MOST_RESTARTS: u32 = 4;

/// When who is killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kill {
    /// At a hit of a fail point.
    Point {
        victim: Victim,
        /// `name:n`.
        fail_point: String,
    },
    /// This long after the person began, and the desk once more this long after its restart.
    Time { victim: Victim, after: Duration, again_after: Option<Duration> },
    /// Nobody: how long the story takes by itself.
    Nobody,
}

/// What a run does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) story: Story,
    pub(super) seed: u64,
    pub(super) kill: Kill,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) kills: u32,
    pub(super) findings: Findings,
    pub(super) slowest_restart: Duration,
    /// How many decisions the desk said to be saved.
    pub(super) saved: u32,
    /// How long the story took from the person's first step to the last, without what comes after it.
    pub(super) story_took: Duration,
}

impl Outcome {
    /// Nothing could be found out.
    pub(super) fn unknown(why: String) -> Self {
        Self {
            verdict: Verdict::Unknown(why),
            kills: 0,
            findings: Findings::default(),
            slowest_restart: Duration::ZERO,
            saved: 0,
            story_took: Duration::ZERO,
        }
    }
}

/// Runs the plan in a folder of its own.
pub(super) fn run(office: &Office, folder: &Path, plan: &Plan) -> Outcome {
    let fail_point = |of: Victim| match &plan.kill {
        Kill::Point { victim, fail_point } if *victim == of => Some(fail_point.as_str()),
        _ => None,
    };
    let mut findings = Findings::default();
    let with_computer = plan.story != Story::FirstDay;
    let mut story_took = Duration::ZERO;
    let opened = Scene::open(office, folder, with_computer, fail_point(Victim::Server));
    let (mut scene, ended) = match opened {
        Ok(mut scene) => {
            let ended = play(&mut scene, plan, fail_point(Victim::Desk), &mut findings, &mut story_took);
            (Some(scene), ended)
        }
        Err(stop) => (None, Err(stop)),
    };
    let kills = scene.as_ref().map_or(0, |scene| scene.kills);
    let slowest_restart = scene.as_ref().map_or(Duration::ZERO, |scene| scene.slowest_restart);
    if slowest_restart > RESTART {
        findings.other.push(format!("a restart took {} ms", slowest_restart.as_millis()));
    }
    let was_meant = plan.kill != Kill::Nobody;
    let wrong = findings.sentence();
    let verdict = match ended {
        _ if !wrong.is_empty() => Verdict::Fail(wrong),
        Err(stop) => Verdict::Unknown(format!("{stop:?}")),
        Ok(()) if was_meant && kills == 0 => Verdict::Unknown("nobody was killed: the place was not reached".into()),
        Ok(()) => Verdict::Pass,
    };
    let saved = scene.take().map_or(0, |scene| u32::try_from(scene.history.saved.len()).unwrap_or(u32::MAX));
    Outcome { verdict, kills, findings, slowest_restart, saved, story_took }
}

fn play(
    scene: &mut Scene,
    plan: &Plan,
    fail_point: Option<&str>,
    findings: &mut Findings,
    story_took: &mut Duration,
) -> Result<(), Stop> {
    scene.start_desk(fail_point)?;
    let from = Instant::now();
    if let Kill::Time { victim, after, .. } = plan.kill {
        scene.strike = Some(Strike { victim, at: from + after });
    }
    let url = scene.url();
    let mut steps = steps(plan.story, plan.seed, &url).into_iter();
    let told = steps.try_for_each(|step| scene.act(&step));
    // A story that was over a little before its time: the kill falls at its very end.
    let told = told.and_then(|()| scene.strike_now());
    *story_took = from.elapsed();
    match told {
        Ok(()) => {}
        Err(Stop::DeskKilled) => come_back(scene, plan, findings)?,
        Err(other) => return Err(other),
    }
    finish(scene, plan, findings)
}

/// The desk was killed. What it owes is still there; it starts, is usable at once, and the person goes on.
fn come_back(scene: &mut Scene, plan: &Plan, findings: &mut Findings) -> Result<(), Stop> {
    let mut again_after = match plan.kill {
        Kill::Time { again_after, .. } => again_after,
        _ => None,
    };
    for restart in 1..=MOST_RESTARTS {
        look_after_the_kill(scene, findings).map_err(|error| Stop::Broken(error.to_string()))?;
        let from = Instant::now();
        scene.strike = again_after.take().map(|after| Strike { victim: Victim::Desk, at: from + after });
        let tried = scene.start_desk(None).and_then(|()| {
            sit_down(scene)?;
            scene.restarted(from);
            scene.act(&decide_again(plan.seed, restart))
        });
        match tried {
            Err(Stop::DeskKilled) => {}
            other => {
                scene.strike = None;
                return other;
            }
        }
    }
    Err(Stop::Broken("the desk did not come back".to_owned()))
}

/// Unlocks; where there is nothing to unlock, signs in. What a person would do who sees the screen.
fn sit_down(scene: &mut Scene) -> Result<(), Stop> {
    let password = scene.password.to_owned();
    match scene.act(&Step::Ask(Ask::Unlock { password })) {
        Err(Stop::Refused(code))
            if ["no_vault", "unlock_failed", "vault_retired", "session_expired"].contains(&code.as_str()) =>
        {
            let url = scene.url();
            let is_forgotten = code == "unlock_failed";
            scene.act(&sign_in(&url, scene.password, is_forgotten))
        }
        other => other,
    }
}

fn look_after_the_kill(scene: &Scene, findings: &mut Findings) -> Result<(), DiskError> {
    let server = super::disks::ServerDisk::open(&scene.folder.join("server"))?;
    let desk = desk_disk(scene)?;
    findings.nothing_lost(&scene.history, &desk, &server)
}

fn desk_disk(scene: &Scene) -> Result<DeskDisk, DiskError> {
    DeskDisk::read(&scene.folder, &scene.folder.join("copy"), scene.now().timestamp_millis())
}

/// Everything is delivered; then the program is closed, started and closed once more, which must change nothing.
fn finish(scene: &mut Scene, plan: &Plan, findings: &mut Findings) -> Result<(), Stop> {
    settle(scene, plan, findings)?;
    scene.quit_desk()?;
    let broken = |error: DiskError| Stop::Broken(error.to_string());
    let before = fingerprint(scene).map_err(broken)?;
    scene.start_desk(None)?;
    sit_down(scene)?;
    scene.act(&Step::Ask(Ask::Connect))?;
    scene.act(&Step::Ask(Ask::Settle))?;
    scene.quit_desk()?;
    scene.close_server()?;
    if fingerprint(scene).map_err(broken)? != before {
        findings.other.push("a second run with nothing to do changed something".to_owned());
    }
    let server = scene.server_disk()?;
    let desk = desk_disk(scene).map_err(broken)?;
    findings.at_the_end(&scene.history, &desk, &server).map_err(broken)?;
    for id in &scene.false_claims {
        findings.other.push(format!("{id} was called delivered before it was"));
    }
    Ok(())
}

/// Settles; where the kill falls only now, the desk comes back and settles then.
fn settle(scene: &mut Scene, plan: &Plan, findings: &mut Findings) -> Result<(), Stop> {
    match settle_once(scene) {
        Err(Stop::DeskKilled) => {
            come_back(scene, plan, findings)?;
            settle_once(scene)
        }
        other => other,
    }
}

/// Ends the undo windows by a lock, and waits until nothing is left to deliver. Delivery needs nobody; where the desk asks for the person (its
/// credential did not come as far as the disk before the kill), the person signs in.
fn settle_once(scene: &mut Scene) -> Result<(), Stop> {
    scene.act(&Step::Ask(Ask::Lock))?;
    match scene.until_arrived(ALONE) {
        Err(Stop::DeskKilled) => return Err(Stop::DeskKilled),
        Ok(()) => {}
        Err(_) => {
            let url = scene.url();
            scene.act(&sign_in(&url, scene.password, false))?;
            scene.act(&Step::Ask(Ask::Lock))?;
        }
    }
    sit_down(scene)?;
    scene.act(&Step::Ask(Ask::Connect))?;
    scene.act(&Step::Ask(Ask::Settle))?;
    // Also what was decided before the password was forgotten, which no outbox on the screen shows.
    scene.until_arrived(PATIENCE)
}

fn fingerprint(scene: &Scene) -> Result<Vec<String>, DiskError> {
    let mut lines = super::disks::ServerDisk::open(&scene.folder.join("server"))?.fingerprint()?;
    lines.extend(desk_disk(scene)?.fingerprint());
    Ok(lines)
}
