//! What is done to which request: plans in their order, each for a number of requests that it fits, and a record of everything that was
//! asked. Shared between the server in front and whoever writes the script, and changed at any time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::answer::{Answer, Reply};
use super::request::Asked;

type Fits = Arc<dyn Fn(&Asked) -> bool + Send + Sync>;
type Spoil = Arc<dyn Fn(&Asked, Option<Answer>) -> Reply + Send + Sync>;

/// One thing to do.
#[derive(Clone)]
pub struct Plan {
    fits: Fits,
    left: u32,
    reaches: bool,
    spoil: Spoil,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("left", &self.left).field("reaches", &self.reaches).finish_non_exhaustive()
    }
}

impl Plan {
    /// Spoils the answer to what fits after the real server has done its work.
    pub fn after(
        fits: impl Fn(&Asked) -> bool + Send + Sync + 'static,
        spoil: impl Fn(&Asked, Answer) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let spoil = move |asked: &Asked, answer: Option<Answer>| match answer {
            Some(answer) => spoil(asked, answer),
            None => Reply::nothing(),
        };
        Self { fits: Arc::new(fits), left: u32::MAX, reaches: true, spoil: Arc::new(spoil) }
    }

    /// Answers what fits in the place of the real server, which never hears of it.
    pub fn instead(
        fits: impl Fn(&Asked) -> bool + Send + Sync + 'static,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let spoil = move |asked: &Asked, _: Option<Answer>| answer(asked);
        Self { fits: Arc::new(fits), left: u32::MAX, reaches: false, spoil: Arc::new(spoil) }
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = times;
        self
    }
}

#[derive(Default)]
struct Inner {
    plans: Vec<Plan>,
    asked: Vec<Asked>,
    spoilt: u32,
}

/// The plans and the record. Cheap to clone; all clones are the same script.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<Inner>>);

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("spoilt", &self.spoilt()).finish_non_exhaustive()
    }
}

impl Script {
    /// Adds a plan after the others.
    pub fn plan(&self, plan: Plan) {
        self.inner().plans.push(plan);
    }

    /// No plans any more.
    pub fn clear(&self) {
        self.inner().plans.clear();
    }

    /// How many answers were spoilt so far.
    #[must_use]
    pub fn spoilt(&self) -> u32 {
        self.inner().spoilt
    }

    /// Everything that was asked so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.inner().asked.clone()
    }

    /// Takes note of a request and finds what to do with it: whether the real server hears of it, and what becomes of the answer.
    pub(super) fn next(&self, asked: &Asked) -> Option<(bool, Spoil)> {
        let mut inner = self.inner();
        inner.asked.push(asked.clone());
        let plan = inner.plans.iter_mut().find(|plan| plan.left > 0 && (plan.fits)(asked))?;
        plan.left = plan.left.saturating_sub(u32::from(plan.left != u32::MAX));
        let found = (plan.reaches, plan.spoil.clone());
        inner.spoilt += 1;
        Some(found)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
