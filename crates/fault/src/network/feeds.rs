//! SYNC-EMPTY, SYNC-CANCEL and the "delete all" of EVIL: a whole desk whose server answers with less than there is, breaks off between pages,
//! repeats itself, or lies about where the feed stands. Decisions stay whatever is said; what is only a copy comes back.

use std::sync::{Arc, Mutex, PoisonError};

use contract::paths;
use contract::problem::ProblemCode;
use desk::view::OutboxStateView;
use serde_json::json;

use super::accounts::problem;
use super::judge::number;
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::sitting::Sitting;
use super::trouble::{Trouble, must};
use crate::hostile::{Answer, Asked, Front, Plan, Reply};

/// The rows of this file.
pub(super) const ROWS: [Row; 5] = [
    row!("SYNC-EMPTY", "empty-lists-and-404-for-everything", empty),
    row!("SYNC-CANCEL", "cut-in-mid-page-and-between-pages", cut_between_pages),
    row!("SYNC-CANCEL", "a-page-that-comes-twice", replayed),
    row!("SYNC-CANCEL", "a-cursor-from-the-future", future_cursor),
    row!("EVIL", "delete-all", delete_all),
];

fn is_feed(asked: &Asked) -> bool {
    asked.is("GET", paths::CHANGES)
}

fn is_lease_list(asked: &Asked) -> bool {
    asked.is("POST", paths::LEASES)
}

/// The events go another way for these rows: the desk is told by hand when to look.
fn without_events(front: &Front) {
    let is_event = |asked: &Asked| asked.path.starts_with(paths::EVENTS);
    front.script().plan(Plan::instead(is_event, |_| Answer::new(502, "text/html", "no streams here").into()));
}

struct Scene {
    office: Office,
    front: Front,
    sitting: Sitting,
    first_page: Arc<Mutex<Option<Answer>>>,
}

impl Scene {
    async fn set(cases: u32) -> Result<Self, Trouble> {
        let office = Office::open(cases).await?;
        let front = office.front().await?;
        without_events(&front);
        let first_page = Arc::new(Mutex::new(None));
        let keep = first_page.clone();
        let note = move |_: &Asked, real: Answer| {
            *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(real.clone());
            real.into()
        };
        front.script().plan(Plan::after(is_feed, note).times(1));
        let sitting = Sitting::sign_in(&office, &front.url(), "li").await?;
        Ok(Self { office, front, sitting, first_page })
    }

    fn good_again(&self) {
        self.front.script().clear();
        without_events(&self.front);
    }

    async fn is_kept(&self, decision: &str, after: &str) -> Result<(), Trouble> {
        let state = self.sitting.state(decision).await?;
        let is_waiting =
            matches!(state, OutboxStateView::Queued | OutboxStateView::Sending | OutboxStateView::Delivered);
        must(is_waiting, format_args!("{after}: the decision is {state:?}"))
    }

    /// The decision is delivered once, and the queue shows everything that is still open.
    async fn ends_well(&self, decision: &str, open: u32) -> Result<(), Trouble> {
        self.good_again();
        self.sitting.until_delivered(decision).await?;
        self.sitting.pull(&self.front, is_feed, 1).await?;
        self.sitting.until_queue_is(open).await?;
        let conclusions = number(&self.office, "SELECT count(*) FROM conclusions")?;
        must(conclusions == 1, format_args!("{conclusions} conclusions for one decision"))?;
        self.sitting.desk.quit().await;
        Ok(())
    }
}

async fn empty(_seed: u64) -> Outcome {
    let scene = Scene::set(8).await?;
    let (sitting, script) = (&scene.sitting, scene.front.script());
    sitting.until_queue_is(8).await?;
    let decision = sitting.decide().await?;
    let shown = sitting.queue().await?;
    script.plan(Plan::after(is_feed, |_, real| real.with_json(|v| v["changes"] = json!([])).into()));
    sitting.pull(&scene.front, is_feed, 2).await?;
    must(sitting.queue().await? == shown, "an empty list wiped the queue")?;
    scene.is_kept(&decision, "an empty list").await?;
    scene.good_again();
    script.plan(Plan::after(is_lease_list, |_, real| real.with_json(|v| v["leases"] = json!([])).into()));
    sitting.pull(&scene.front, is_lease_list, 1).await?;
    must(sitting.queue().await? == shown, "an empty list of leases wiped the queue")?;
    scene.is_kept(&decision, "an empty list of leases").await?;
    scene.good_again();
    let is_other = |asked: &Asked| !asked.is_decision();
    script.plan(Plan::instead(is_other, |_| problem(ProblemCode::NotFound).into()));
    sitting.pull(&scene.front, |asked| asked.is("GET", paths::SERVER) || is_feed(asked), 2).await?;
    must(sitting.queue().await? == shown, "404 for everything wiped the queue")?;
    scene.is_kept(&decision, "404 for everything").await?;
    scene.ends_well(&decision, 7).await?;
    Ok(format!("{shown} cases stayed"))
}

/// Three pages; each is cut in the middle, and the connection is lost between them.
async fn cut_between_pages(_seed: u64) -> Outcome {
    const CASES: u32 = 450;
    let office = Office::open(CASES).await?;
    let front = office.front().await?;
    without_events(&front);
    let is_later_page = |asked: &Asked| is_feed(asked) && !asked.path.contains("after=0&");
    let half = |_: &Asked, real: Answer| {
        let reply = Reply::from(real);
        let middle = reply.bytes.len() / 2;
        reply.cut(middle)
    };
    front.script().plan(Plan::after(is_feed, half).times(2));
    front.script().plan(Plan::after(is_later_page, half).times(1));
    front.script().plan(Plan::after(is_later_page, |_, real| real.into()).times(1));
    front.script().plan(Plan::instead(is_later_page, |_| Reply::nothing()).times(2));
    let sitting = Sitting::sign_in(&office, &front.url(), "li").await?;
    sitting.pull(&front, is_feed, 8).await?;
    sitting.until_queue_is(CASES).await?;
    sitting.desk.quit().await;
    Ok(format!("{CASES} cases in 3 pages, 5 of them lost"))
}

/// The first page of the feed comes again in the place of new ones.
async fn replayed(_seed: u64) -> Outcome {
    let scene = Scene::set(6).await?;
    let sitting = &scene.sitting;
    sitting.until_queue_is(6).await?;
    let decision = sitting.decide().await?;
    scene.office.submit(3).await?;
    let first = scene.first_page.clone();
    let again = move |_: &Asked| first.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let plan = Plan::instead(is_feed, move |asked| again(asked).map_or_else(Reply::nothing, Reply::from));
    scene.front.script().plan(plan.times(2));
    sitting.pull(&scene.front, is_feed, 3).await?;
    scene.is_kept(&decision, "an old page").await?;
    scene.ends_well(&decision, 8).await?;
    Ok("no gap, no double".to_owned())
}

/// The server says that the feed is far ahead, then tells the truth again.
async fn future_cursor(_seed: u64) -> Outcome {
    let scene = Scene::set(6).await?;
    let sitting = &scene.sitting;
    sitting.until_queue_is(6).await?;
    let decision = sitting.decide().await?;
    let ahead = |_: &Asked, real: Answer| real.with_json(|v| v["cursor"] = json!(9_000_000_000_000_000_i64)).into();
    scene.front.script().plan(Plan::after(is_feed, ahead).times(1));
    sitting.pull(&scene.front, is_feed, 2).await?;
    scene.office.submit(3).await?;
    scene.is_kept(&decision, "a cursor from the future").await?;
    scene.ends_well(&decision, 8).await?;
    Ok("no gap, no double".to_owned())
}

/// Every case is said to be gone, in the same history and in a new one that is empty. The queue is a copy; what was decided is not.
async fn delete_all(_seed: u64) -> Outcome {
    let scene = Scene::set(6).await?;
    let (sitting, script) = (&scene.sitting, scene.front.script());
    sitting.until_queue_is(6).await?;
    let decision = sitting.decide().await?;
    let gone: Vec<_> =
        scene.office.cases().iter().map(|case| json!({ "kind": "gone", "case_id": case.0, "why": "void" })).collect();
    script.plan(Plan::after(is_feed, move |_, real| real.with_json(|v| v["changes"] = json!(gone)).into()).times(1));
    sitting.pull(&scene.front, is_feed, 2).await?;
    scene.is_kept(&decision, "tombstones for everything").await?;
    script.plan(
        Plan::after(is_feed, |_, real| {
            real.with_json(|v| {
                v["changes"] = json!([]);
                v["epoch"] = json!("an empty history");
                v["has_more"] = json!(false);
            })
            .into()
        })
        .times(2),
    );
    sitting.pull(&scene.front, is_feed, 2).await?;
    scene.is_kept(&decision, "an empty history").await?;
    scene.ends_well(&decision, 5).await?;
    Ok("the decision stayed, the queue came back".to_owned())
}
