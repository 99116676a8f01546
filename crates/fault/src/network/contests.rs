//! CONF-2, CONF-VER and LEASE-EXP: two desktops decide the same case while they cannot see each other, a lease ends in every way while its
//! holder is away, the photos change under a decision. One wins; the other's text is kept and readable beside what stands.

use std::time::Duration;

use casework::CaseId;
use chrono::TimeDelta;
use contract::lease::LeaseAnswer;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use vault::OutboxState;

use super::desktop::{Desktop, Saved};
use super::judge::{lost_fairly, number, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::trouble::{Trouble, must, unknown};
use crate::hostile::Front;

/// Contests of one office, before another one is opened.
const BATCH: u32 = 20;

const LAPSE_DAYS: i64 = 12;

/// The rows of this file, without the contest, which is run as often as is asked for.
pub(super) const ROWS: [Row; 5] = [
    row!("CONF-VER", "the-photos-are-replaced-after-download", photos_replaced),
    row!("LEASE-EXP", "lapsed-and-nobody-took-it", nobody_took_it),
    row!("LEASE-EXP", "lapsed-and-granted-to-another", granted_to_another),
    row!("LEASE-EXP", "revoked", revoked),
    row!("LEASE-EXP", "recused", recused),
];

struct Scene {
    office: Office,
    _front: Front,
    first: Desktop,
    second: Desktop,
    supervisor: Desktop,
}

impl Scene {
    async fn set(cases: u32) -> Result<Self, Trouble> {
        let office = Office::open(cases).await?;
        let front = office.front().await?;
        let url = front.url();
        let first = Desktop::sign_in(&office, &url, "li").await?;
        let second = Desktop::sign_in(&office, &url, "wang").await?;
        let supervisor = Desktop::sign_in(&office, &url, "zhao").await?;
        Ok(Self { office, _front: front, first, second, supervisor })
    }

    async fn leased(&self, place: usize) -> Result<LeaseAnswer, Trouble> {
        let leases = self.first.leases().await?;
        leases.into_iter().nth(place).ok_or_else(|| Trouble::Unknown("no case is leased".into()))
    }

    /// Longer than any lease lasts, the longest holidays included: every lease lapses, every session ends.
    async fn lapse(&self) -> Result<(), Trouble> {
        self.office.clock().advance(TimeDelta::days(LAPSE_DAYS));
        for desktop in [&self.first, &self.second, &self.supervisor] {
            desktop.clock.pass(Duration::from_secs(86_400 * LAPSE_DAYS.unsigned_abs()));
            desktop.sign_in_again().await?;
        }
        Ok(())
    }

    fn is_pending(&self, case: CaseId) -> Result<bool, Trouble> {
        let sql = format!("SELECT count(*) FROM cases WHERE case_id = '{case}' AND state = 'pending'");
        Ok(number(&self.office, &sql)? == 1)
    }

    fn safe(&self) -> Result<(), Trouble> {
        safe(&self.office, &[&self.first, &self.second])
    }

    /// Sent once, not sent again by itself, and everything readable.
    async fn came_back(&self, saved: &Saved, codes: &[&str]) -> Result<(), Trouble> {
        self.first.deliver().await;
        lost_fairly(&self.first, saved, codes)?;
        let attempts = self.first.row(saved)?.attempts;
        for _ in 0..3 {
            self.first.deliver().await;
        }
        must(self.first.row(saved)?.attempts == attempts, "a conflict was sent again by itself")?;
        self.safe()
    }
}

async fn photos_replaced(_seed: u64) -> Outcome {
    let scene = Scene::set(2).await?;
    let lease = scene.leased(0).await?;
    let saved = scene.first.decide(&lease, true)?;
    // As the portal's repair would: another photo in the place of the one that was seen.
    let database = rusqlite::Connection::open(scene.office.folder().join("review-server.db"));
    let replaced = database.and_then(|db| {
        db.execute(
            "UPDATE evidence SET sha256 = (SELECT sha256 FROM photos WHERE sha256 NOT IN
                 (SELECT sha256 FROM evidence WHERE case_id = ?1) LIMIT 1) WHERE case_id = ?1 AND position =
                 (SELECT min(position) FROM evidence WHERE case_id = ?1)",
            [lease.case.row.case_id.to_string()],
        )
    });
    must(replaced.map_err(unknown("replacing a photo"))? == 1, "no photo was replaced")?;
    scene.came_back(&saved, &["evidence_changed", "version_changed"]).await?;
    must(scene.is_pending(saved.case_id)?, "the case was decided on photos that nobody saw")?;
    // Put away by its author; a new look is a new decision.
    scene.first.vault.outbox_dismiss(saved.decision_id).map_err(unknown("putting a conflict away"))?;
    let again = scene.first.open(saved.case_id).await?;
    let second = scene.first.decide(&again, false)?;
    scene.first.settle().await?;
    must(scene.first.row(&second)?.state == OutboxState::Delivered, "the new decision is not delivered")?;
    scene.safe()?;
    Ok("a conflict, and a new decision on the new photos".to_owned())
}

async fn nobody_took_it(_seed: u64) -> Outcome {
    let scene = Scene::set(1).await?;
    let saved = scene.first.decide(&scene.leased(0).await?, true)?;
    scene.lapse().await?;
    scene.first.settle().await?;
    must(scene.first.row(&saved)?.state == OutboxState::Delivered, "a lapsed lease that nobody took does not deliver")?;
    scene.safe()?;
    Ok("delivered".to_owned())
}

async fn granted_to_another(_seed: u64) -> Outcome {
    let scene = Scene::set(1).await?;
    let saved = scene.first.decide(&scene.leased(0).await?, true)?;
    scene.lapse().await?;
    let lease = scene.second.open(saved.case_id).await?;
    scene.came_back(&saved, &["lease_lost"]).await?;
    must(scene.is_pending(saved.case_id)?, "a stale fence decided the case")?;
    let is_taken_again = scene.first.leases().await?.iter().any(|lease| lease.case.row.case_id == saved.case_id.0);
    must(!is_taken_again, "a lapsed lease was taken again silently")?;
    // Given back by the other, it is still not the first one's.
    scene.second.sign_in_again().await?;
    let given = scene.second.api.give_back(&scene.second.token(), saved.case_id, lease.fence).await;
    given.map_err(unknown("giving back"))?;
    scene.came_back(&saved, &["lease_lost"]).await?;
    must(scene.is_pending(saved.case_id)?, "a stale fence decided the case")?;
    Ok("refused while the case is still pending".to_owned())
}

async fn revoked(_seed: u64) -> Outcome {
    let scene = Scene::set(1).await?;
    let saved = scene.first.decide(&scene.leased(0).await?, true)?;
    let done = scene.supervisor.api.revoke(&scene.supervisor.token(), saved.case_id, "on leave").await;
    done.map_err(unknown("revoking"))?;
    scene.came_back(&saved, &["lease_lost"]).await?;
    must(scene.is_pending(saved.case_id)?, "a revoked lease decided the case")?;
    Ok("refused while the case is still pending".to_owned())
}

async fn recused(_seed: u64) -> Outcome {
    let scene = Scene::set(1).await?;
    let saved = scene.first.decide(&scene.leased(0).await?, true)?;
    let done = scene.first.api.recuse(&scene.first.token(), saved.case_id, "a relative").await;
    done.map_err(unknown("recusing"))?;
    scene.first.deliver().await;
    let row = scene.first.row(&saved)?;
    let is_kept = matches!(row.state, OutboxState::Conflict | OutboxState::Parked);
    must(is_kept && scene.first.own_words(&saved)? == saved.note, format_args!("the row is {:?}", row.state))?;
    must(scene.is_pending(saved.case_id)?, "somebody who stood back decided the case")?;
    scene.safe()?;
    Ok(format!("kept as {}", scene.first.problem(&saved)?))
}

/// How the case comes to the second person.
#[derive(Debug, Clone, Copy)]
enum Change {
    Lapsed,
    Revoked,
    GivenBack,
}

/// Who is at the server first.
#[derive(Debug, Clone, Copy)]
enum Race {
    FirstThenSecond,
    SecondThenFirst,
    AtOnce,
    /// The second one takes the case and decides while the first one delivers: either may win.
    TakenWhileDelivering,
}

/// CONF-2: so many contests, by the dice of this seed. Gives how often who won.
///
/// # Errors
/// The first contest that did not end as it must.
pub(super) async fn contests(seed: u64, count: u32) -> Outcome {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut won = [0u32; 2];
    let mut done = 0;
    while done < count {
        let batch = BATCH.min(count - done);
        let scene = Scene::set(batch).await?;
        for case in scene.office.cases() {
            let lease = scene.first.open(case).await.map_err(|trouble| at(trouble, done))?;
            let winner = contest(&scene, &lease, &mut dice).await.map_err(|trouble| at(trouble, done))?;
            won[winner] += 1;
            done += 1;
        }
        scene.safe()?;
    }
    Ok(format!("{count} contests, the one who lost the case won {}, the one who got it {}", won[0], won[1]))
}

fn at(trouble: Trouble, contest: u32) -> Trouble {
    match trouble {
        Trouble::Broken(what) => Trouble::Broken(format!("contest {contest}: {what}")),
        Trouble::Unknown(what) => Trouble::Unknown(format!("contest {contest}: {what}")),
    }
}

/// One contest; gives the winner's place.
async fn contest(scene: &Scene, lease: &LeaseAnswer, dice: &mut StdRng) -> Result<usize, Trouble> {
    let case = CaseId(lease.case.row.case_id);
    let change = [Change::Lapsed, Change::Revoked, Change::GivenBack][dice.random_range(0..3)];
    let race = [Race::FirstThenSecond, Race::SecondThenFirst, Race::AtOnce, Race::TakenWhileDelivering]
        [dice.random_range(0..4)];
    let (first, second) = (&scene.first, &scene.second);
    let mine = first.decide(lease, dice.random())?;
    let opinion: bool = dice.random();
    if matches!(race, Race::TakenWhileDelivering) {
        scene.lapse().await?;
        let head_start = Duration::from_micros(dice.random_range(0..60_000));
        let takes = async {
            tokio::time::sleep(head_start).await;
            match second.open(case).await {
                Ok(lease) => {
                    let saved = second.decide(&lease, opinion)?;
                    second.deliver_while_the_server_stands_still().await;
                    Ok(Some(saved))
                }
                // Too late: it is decided.
                Err(_) => Ok(None),
            }
        };
        let (_, taken) = futures::join!(first.deliver_while_the_server_stands_still(), takes);
        return match taken? {
            None => only_one(scene, case, &mine).map(|()| 0),
            Some(theirs) => judged(scene, case, &mine, &theirs).await,
        };
    }
    match change {
        Change::Lapsed => scene.lapse().await?,
        Change::Revoked => {
            scene.supervisor.sign_in_again().await?;
            let done = scene.supervisor.api.revoke(&scene.supervisor.token(), case, "on leave").await;
            done.map_err(unknown("revoking"))?;
        }
        Change::GivenBack => {
            first.sign_in_again().await?;
            // From another window of the same person, while this one is offline.
            first.api.give_back(&first.token(), case, lease.fence).await.map_err(unknown("giving back"))?;
        }
    }
    second.sign_in_again().await?;
    let theirs = second.decide(&second.open(case).await?, opinion)?;
    match race {
        Race::FirstThenSecond => {
            first.deliver().await;
            second.deliver().await;
        }
        Race::SecondThenFirst => {
            second.deliver().await;
            first.deliver().await;
        }
        Race::AtOnce | Race::TakenWhileDelivering => {
            futures::join!(first.deliver(), second.deliver());
        }
    }
    let winner = judged(scene, case, &mine, &theirs).await?;
    // The case was the second one's before either of them was sent.
    must(winner == 1, format_args!("a stale fence won ({change:?}, {race:?})"))?;
    Ok(winner)
}

fn only_one(scene: &Scene, case: CaseId, winner: &Saved) -> Result<(), Trouble> {
    let conclusions = number(&scene.office, &format!("SELECT count(*) FROM conclusions WHERE case_id = '{case}'"))?;
    must(conclusions == 1, format_args!("the case has {conclusions} conclusions"))?;
    let by = format!("SELECT count(*) FROM conclusions WHERE decision_id = '{}'", winner.decision_id);
    must(number(&scene.office, &by)? == 1, "the winner's desktop and the server do not agree")
}

/// Exactly one of the two stands; the other is a conflict that tells the winner's decision.
async fn judged(scene: &Scene, case: CaseId, mine: &Saved, theirs: &Saved) -> Result<usize, Trouble> {
    scene.first.settle().await?;
    scene.second.settle().await?;
    let state = |desktop: &Desktop, saved| desktop.row(saved).map(|row| row.state == OutboxState::Delivered);
    let delivered = [state(&scene.first, mine)?, state(&scene.second, theirs)?];
    let (winner, (win, loser, lose)) = match delivered {
        [true, false] => (0, (mine, &scene.second, theirs)),
        [false, true] => (1, (theirs, &scene.first, mine)),
        both => return Err(Trouble::Broken(format!("I2: delivered by the first and the second: {both:?}"))),
    };
    only_one(scene, case, win)?;
    lost_fairly(loser, lose, &["already_decided", "lease_lost"])?;
    let standing = loser.standing(lose)?;
    let is_told = standing.as_ref().is_some_and(|standing| match standing.state.as_str() {
        // It came before the winner's: then it tells who holds the case.
        "pending" => standing.by_name.is_some(),
        _ => {
            standing.decision_id == Some(win.decision_id.0) && standing.outcome.is_some() && standing.by_name.is_some()
        }
    });
    must(is_told, format_args!("the loser is not told what stands: {standing:?}"))?;
    Ok(winner)
}
