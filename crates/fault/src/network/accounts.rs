//! AUTH-MID and AUTH-SWITCH: the delivery credential ends, is refused or revoked in the middle of a batch; and two people share a computer. Rows
//! are kept in their order, go on at the same row, and always go as their author's.

use contract::problem::ProblemCode;
use serde_json::json;
use sync::CourierState;
use vault::OutboxState;

use super::desktop::{Desktop, Saved};
use super::judge::{all_delivered, arrived, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::trouble::{Trouble, must, unknown};
use crate::hostile::{Answer, Asked, Front, Plan, Reply};

/// The rows of this file.
pub(super) const ROWS: [Row; 4] = [
    row!("AUTH-MID", "device-unknown-in-mid-batch", device_unknown),
    row!("AUTH-MID", "another-401-and-a-portals-401-in-mid-batch", other_401),
    row!("AUTH-MID", "device-revoked-in-mid-batch", revoked),
    row!("AUTH-SWITCH", "a-colleague-at-the-same-computer", colleague),
];

/// A problem document as the server writes it.
pub(super) fn problem(code: ProblemCode) -> Answer {
    let word = serde_json::to_value(code).unwrap_or_default();
    let status = code.status();
    let body =
        json!({ "type": "about:blank", "title": "", "status": status, "code": word, "incident": "000000000000" });
    Answer::new(status, contract::problem::MEDIA_TYPE, body.to_string())
}

struct Batch {
    office: Office,
    front: Front,
    desktop: Desktop,
    saved: Vec<Saved>,
}

async fn batch() -> Result<Batch, Trouble> {
    let office = Office::open(5).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let leases = desktop.leases().await?;
    let saved = leases.iter().map(|lease| desktop.decide(lease, true)).collect::<Result<_, _>>()?;
    Ok(Batch { office, front, desktop, saved })
}

impl Batch {
    /// Two go through, then this answer to everything.
    fn two_then(&self, answer: impl Fn() -> Reply + Send + Sync + 'static) {
        let script = self.front.script();
        script.plan(Plan::after(Asked::is_decision, |_, real| real.into()).times(2));
        script.plan(Plan::instead(Asked::is_decision, move |_| answer()));
    }

    /// Two are delivered, three wait, and nothing more is asked than the one that was refused.
    fn two_of_five(&self) -> Result<(), Trouble> {
        let rows = self.desktop.rows()?;
        let count = |state| rows.iter().filter(|row| row.state == state).count();
        let counts = (count(OutboxState::Delivered), count(OutboxState::Queued));
        must(counts == (2, 3), format_args!("delivered and waiting: {counts:?}"))?;
        safe(&self.office, &[&self.desktop])
    }

    /// The decisions in the order in which they were asked for.
    fn order(&self) -> Vec<String> {
        let asked = self.front.script().asked();
        let keys = asked.iter().filter(|asked| asked.is_decision()).filter_map(|asked| asked.header("idempotency-key"));
        keys.map(|key| key.trim_matches('"').to_owned()).collect()
    }

    /// The refused one was asked again first, and the order of deadlines was kept.
    fn resumed_in_order(&self) -> Result<(), Trouble> {
        let mut expected = self.desktop.rows()?;
        expected.sort_by_key(|row| (row.breach_ms, row.created_at_ms, row.decision_id));
        let expected: Vec<String> = expected.iter().map(|row| row.decision_id.to_string()).collect();
        let mut order = self.order();
        order.dedup();
        must(order == expected, "delivery did not go on at the same row in the order of deadlines")?;
        must(order.len() == self.saved.len(), "not each of them was asked")
    }
}

async fn device_unknown(_seed: u64) -> Outcome {
    let batch = batch().await?;
    batch.two_then(|| problem(ProblemCode::DeviceUnknown).into());
    batch.desktop.deliver().await;
    batch.two_of_five()?;
    let state = batch.desktop.courier.state();
    must(state == CourierState::NeedsSignIn, format_args!("the courier is {state:?}"))?;
    let credential = batch.desktop.vault.delivery_credential().map_err(unknown("the credential"))?;
    must(credential.is_none(), "a credential that the server does not know is kept")?;
    let before = batch.order().len();
    batch.desktop.deliver().await;
    must(batch.order().len() == before, "it went on without a credential")?;
    batch.front.script().clear();
    batch.desktop.sign_in_again().await?;
    batch.desktop.register().await?;
    all_delivered(&batch.office, &[&batch.desktop]).await?;
    batch.resumed_in_order()?;
    Ok("2 delivered, 3 waited for the author".to_owned())
}

async fn other_401(_seed: u64) -> Outcome {
    let batch = batch().await?;
    batch.two_then(|| {
        Answer::new(401, "text/html", "<html>log in here</html>").with("www-authenticate", "Basic").into()
    });
    batch.desktop.deliver().await;
    batch.two_of_five()?;
    let credential = batch.desktop.vault.delivery_credential().map_err(unknown("the credential"))?;
    must(credential.is_some(), "a portal's 401 took the credential away")?;
    batch.front.script().clear();
    batch.front.script().plan(Plan::instead(Asked::is_decision, |_| problem(ProblemCode::TokenExpired).into()));
    batch.desktop.deliver().await;
    batch.two_of_five()?;
    batch.front.script().clear();
    batch.desktop.sign_in_again().await?;
    batch.desktop.register().await?;
    all_delivered(&batch.office, &[&batch.desktop]).await?;
    Ok("kept, and delivered after the next sign-in".to_owned())
}

async fn revoked(_seed: u64) -> Outcome {
    let batch = batch().await?;
    batch.two_then(|| problem(ProblemCode::DeviceRevoked).into());
    batch.desktop.deliver().await;
    batch.two_of_five()?;
    let state = batch.desktop.courier.state();
    must(state == CourierState::Revoked, format_args!("the courier is {state:?}"))?;
    batch.front.script().clear();
    let before = batch.order().len();
    for _ in 0..3 {
        batch.desktop.deliver().await;
    }
    must(batch.order().len() == before, "a revoked device went on sending")?;
    batch.two_of_five()?;
    Ok("2 delivered, 3 kept for the supervisor".to_owned())
}

/// A decides and locks; B signs in on the same computer and decides. Both couriers run.
async fn colleague(_seed: u64) -> Outcome {
    let office = Office::open(6).await?;
    let front = office.front().await?;
    let first = Desktop::sign_in(&office, &front.url(), "li").await?;
    let cases = office.cases();
    for &case in &cases[..3] {
        first.decide(&first.open(case).await?, true)?;
    }
    first.vault.close().map_err(unknown("locking"))?;
    let second = Desktop::sign_in(&office, &front.url(), "wang").await?;
    for &case in &cases[3..] {
        second.decide(&second.open(case).await?, false)?;
    }
    must(first.decide_is_refused(), "a locked vault takes a decision")?;
    futures::join!(first.deliver(), second.deliver());
    all_delivered(&office, &[&first, &second]).await?;
    let arrived = arrived(&office)?;
    for (desktop, other) in [(&first, &second), (&second, &first)] {
        let rows = desktop.rows()?;
        for row in &rows {
            let author = arrived.get(&row.decision_id.to_string()).map(|there| there.account.clone());
            must(author == Some(desktop.account.to_string()), "a decision was credited to another")?;
            let is_here = other.vault.outbox_row(row.decision_id).map_err(unknown("the outbox"))?.is_some();
            must(!is_here, "a decision of one is in the outbox of the other")?;
        }
        must(!rows.is_empty(), "nothing was decided")?;
    }
    must(!first.opens_with("another password"), "a wrong password opens the vault")?;
    must(first.own_words(&first.saved()[0]).is_err(), "the text of a locked vault can be read")?;
    Ok("each as its author's".to_owned())
}
