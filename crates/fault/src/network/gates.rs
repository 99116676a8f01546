//! VERSION-GATE: the server wants a newer desktop, speaks words and fields that this one does not know, or is too old itself. New work stops, what
//! is here is still delivered where the server takes it, and waits with its reason where it does not.

use contract::problem::ProblemCode;
use serde_json::json;
use sync::CourierState;
use vault::OutboxState;

use super::accounts::problem;
use super::desktop::Desktop;
use super::judge::{all_delivered, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::trouble::{must, unknown};
use crate::hostile::{Asked, Plan};

/// The rows of this file.
pub(super) const ROWS: [Row; 4] = [
    row!("VERSION-GATE", "a-newer-desktop-wanted-and-the-outbox-still-taken", still_taken),
    row!("VERSION-GATE", "a-newer-desktop-wanted-and-nothing-taken", nothing_taken),
    row!("VERSION-GATE", "fields-that-nobody-knows", unknown_fields),
    row!("VERSION-GATE", "a-code-that-nobody-knows", unknown_code),
];

fn is_server_info(asked: &Asked) -> bool {
    asked.is("GET", contract::paths::SERVER)
}

fn newer_wanted() -> Plan {
    Plan::after(is_server_info, |_, real| real.with_json(|v| v["oldest_desktop"] = json!(99)).into())
}

async fn still_taken(_seed: u64) -> Outcome {
    let office = Office::open(3).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    for lease in desktop.leases().await? {
        desktop.decide(&lease, true)?;
    }
    front.script().plan(newer_wanted());
    let fresh = Desktop::sign_in(&office, &front.url(), "wang").await;
    must(fresh.is_err(), "new work began with a server that wants a newer desktop")?;
    all_delivered(&office, &[&desktop]).await?;
    Ok("new work refused, 3 of 3 delivered".to_owned())
}

async fn nothing_taken(_seed: u64) -> Outcome {
    let office = Office::open(3).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    for lease in desktop.leases().await? {
        desktop.decide(&lease, true)?;
    }
    front.script().plan(newer_wanted());
    front.script().plan(Plan::instead(Asked::is_decision, |_| problem(ProblemCode::DesktopTooOld).into()));
    for _ in 0..2 {
        desktop.deliver().await;
        let state = desktop.courier.state();
        must(matches!(state, CourierState::Stopped(_)), format_args!("the courier is {state:?}"))?;
        let is_waiting = desktop.rows()?.iter().all(|row| row.state == OutboxState::Queued);
        must(is_waiting, "a decision does not wait for a newer program")?;
        safe(&office, &[&desktop])?;
    }
    let ids: Vec<_> = desktop.saved().iter().map(|saved| saved.decision_id).collect();
    let exported = desktop.vault.outbox_export(&ids).map_err(unknown("exporting"))?;
    must(exported.len() == 3, format_args!("{} of 3 can be exported", exported.len()))?;
    front.script().clear();
    all_delivered(&office, &[&desktop]).await?;
    Ok("3 waited, could be exported, and went when they were taken".to_owned())
}

async fn unknown_fields(_seed: u64) -> Outcome {
    let office = Office::open(2).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    for lease in desktop.leases().await? {
        desktop.decide(&lease, true)?;
    }
    front.script().plan(Plan::after(
        |_| true,
        |_, real| {
            if real.body.first() == Some(&b'{') {
                real.with_json(|v| v["later"] = json!({ "deep": [1, { "x": null }] })).into()
            } else {
                real.into()
            }
        },
    ));
    all_delivered(&office, &[&desktop]).await?;
    Ok("2 of 2 delivered".to_owned())
}

/// A refusal of a newer server: parked with its status, kept, and sent again when its author says so.
async fn unknown_code(_seed: u64) -> Outcome {
    let office = Office::open(2).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    for lease in desktop.leases().await? {
        desktop.decide(&lease, true)?;
    }
    front.script().plan(Plan::instead(Asked::is_decision, |_| {
        problem(ProblemCode::BadOpinion).with_json(|v| v["code"] = json!("a_code_of_later")).into()
    }));
    desktop.deliver().await;
    safe(&office, &[&desktop])?;
    for saved in desktop.saved() {
        let row = desktop.row(&saved)?;
        must(row.state == OutboxState::Parked, format_args!("the row is {:?}", row.state))?;
        must(row.problem.is_some_and(|problem| problem.status == Some(422)), "nothing says why")?;
    }
    front.script().clear();
    for saved in desktop.saved() {
        let now_ms = desktop.courier.clock().ms;
        desktop.vault.outbox_retry_now(saved.decision_id, now_ms).map_err(unknown("unparking"))?;
    }
    all_delivered(&office, &[&desktop]).await?;
    Ok("2 parked with 422, delivered when asked for".to_owned())
}
