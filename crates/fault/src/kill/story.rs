//! What a person does in a run, step by step; what is chosen is chosen by the seed. The same seed makes the same steps.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::points::Story;
use crate::talk::{Ask, Choice};

/// The account of every run.
pub(super) const ACCOUNT: &str = "li";
/// Its password.
pub(super) const PASSWORD: &str = "Specimen-2026";
/// Its password after somebody changed it.
pub(super) const NEW_PASSWORD: &str = "Specimen-2027";

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The person does this.
    Ask(Ask),
    /// Everything that is saved and was not taken back arrives at the server.
    UntilArrived,
    /// The office gives the account another password.
    ChangePassword,
}

/// The steps of a story.
pub(super) fn steps(story: Story, seed: u64, server: &str) -> Vec<Step> {
    let mut chooser = Chooser { random: StdRng::seed_from_u64(seed), seed, number: 0 };
    let unlock = || Step::Ask(Ask::Unlock { password: PASSWORD.to_owned() });
    match story {
        Story::Working => {
            let mut steps = vec![unlock(), chooser.decide(), chooser.decide(), Step::Ask(Ask::Undo)];
            steps.extend((0..chooser.random.random_range(1..=2)).map(|_| chooser.decide()));
            // The end of the undo windows: delivery begins, and goes on without the person.
            steps.extend([Step::Ask(Ask::Lock), Step::UntilArrived, unlock(), Step::Ask(Ask::Settle)]);
            steps.extend([Step::Ask(Ask::UntilReady { count: 1 }), chooser.decide(), Step::Ask(Ask::SignOut)]);
            steps.push(Step::UntilArrived);
            steps
        }
        Story::FirstDay => {
            let mut steps = vec![sign_in(server, PASSWORD, false), Step::Ask(Ask::UntilReady { count: 4 })];
            steps.extend([chooser.decide(), chooser.decide(), Step::Ask(Ask::Lock), Step::UntilArrived]);
            steps
        }
        Story::NewCache => vec![
            unlock(),
            chooser.decide(),
            chooser.decide(),
            Step::ChangePassword,
            sign_in(server, NEW_PASSWORD, true),
            Step::UntilArrived,
            Step::Ask(Ask::UntilReady { count: 1 }),
            chooser.decide(),
            Step::Ask(Ask::Lock),
            Step::UntilArrived,
        ],
    }
}

/// Signs in as the account of the run.
pub(super) fn sign_in(server: &str, password: &str, new_cache: bool) -> Step {
    Step::Ask(Ask::SignIn {
        server: server.to_owned(),
        account: ACCOUNT.to_owned(),
        password: password.to_owned(),
        new_cache,
    })
}

/// After a restart: the person decides the next case if one is ready, which may be the one that the kill interrupted.
pub(super) fn decide_again(seed: u64, restart: u32) -> Step {
    let note = format!("seed {seed} after restart {restart}");
    let choice = Choice { opinion: "approve".to_owned(), reasons: Vec::new(), note };
    Step::Ask(Ask::Decide { choice, is_optional: true })
}

struct Chooser {
    random: StdRng,
    seed: u64,
    number: u32,
}

impl Chooser {
    fn decide(&mut self) -> Step {
        self.number += 1;
        let reasons = ["blurred", "glare", "cropped", "copy", "expired"];
        let note = format!("seed {} decision {}", self.seed, self.number);
        let choice = if self.random.random_bool(0.5) {
            Choice { opinion: "approve".to_owned(), reasons: Vec::new(), note }
        } else {
            let reason = reasons[self.random.random_range(0..reasons.len())];
            Choice { opinion: "reject".to_owned(), reasons: vec![reason.to_owned()], note }
        };
        Step::Ask(Ask::Decide { choice, is_optional: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_steps_again_and_another_one_others() {
        let of = |seed| steps(Story::Working, seed, "http://127.0.0.1:1");
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }
}
