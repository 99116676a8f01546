//! HTTP-DUP: receipts of other decisions, of other bytes, by other hands, late ones of earlier attempts, and answers that come twice. None of
//! them is a delivery, and each is called what it is.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use vault::OutboxState;

use super::desktop::Desktop;
use super::judge::{all_delivered, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::statuses::same_key;
use super::trouble::must;
use crate::hostile::{Answer, Asked, Plan, Reply};

/// The rows of this file.
pub(super) const ROWS: [Row; 3] = [
    row!("HTTP-DUP", "receipts-that-do-not-match", mismatches),
    row!("HTTP-DUP", "a-receipt-of-another-decision", of_another),
    row!("HTTP-DUP", "late-and-doubled-answers", late_and_doubled),
];

type Spoil = fn(Answer) -> Answer;

const KINDS: [(&str, Spoil); 9] = [
    ("another decision id", |real| real.with_json(|v| v["decision_id"] = json!(uuid::Uuid::nil()))),
    ("another payload hash", |real| real.with_json(|v| v["payload_sha256"] = json!("00".repeat(32)))),
    ("another state", |real| real.with_json(|v| v["state"] = json!("second_opinion"))),
    ("another outcome", |real| real.with_json(|v| v["outcome"] = json!("rejected"))),
    ("another time", |real| real.with_json(|v| v["received_at_ms"] = json!(1))),
    ("another place in the audit", |real| real.with_json(|v| v["audit"]["seq"] = json!(1))),
    ("a bit of the signature", |real| real.with_json(flip_signature)),
    ("no signature", |real| real.with_json(|v| v["signature"] = json!(""))),
    ("another key's signature", |real| real.with_json(sign_with_another_key)),
];

fn flip_signature(receipt: &mut serde_json::Value) {
    let signature = receipt["signature"].as_str().unwrap_or_default();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    receipt["signature"] = json!(format!("{first}{}", signature.get(1..).unwrap_or_default()));
}

fn sign_with_another_key(receipt: &mut serde_json::Value) {
    receipt["signature"] = json!(contract::signature::sign(&[7; 32], b"whatever"));
}

async fn mismatches(_seed: u64) -> Outcome {
    let office = Office::open(9).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let leases = desktop.leases().await?;
    for ((what, spoil), lease) in KINDS.into_iter().zip(&leases) {
        let saved = desktop.decide(lease, true)?;
        front.script().plan(Plan::after(Asked::is_decision, move |_, real| spoil(real).into()));
        desktop.deliver().await;
        let (state, problem) = (desktop.row(&saved)?.state, desktop.problem(&saved)?);
        must(state == OutboxState::Queued, format_args!("{what}: the row is {state:?}"))?;
        must(problem == "receipt_mismatch", format_args!("{what} is called {problem}"))?;
        safe(&office, &[&desktop])?;
        front.script().clear();
        all_delivered(&office, &[&desktop]).await?;
    }
    same_key(&front.script().asked())?;
    Ok(format!("{} kinds of receipts", KINDS.len()))
}

/// The real, signed receipt of one decision comes as the answer to the next, and that one never reaches the server.
async fn of_another(_seed: u64) -> Outcome {
    let office = Office::open(2).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let leases = desktop.leases().await?;
    let kept = Arc::new(Mutex::new(None));
    let keep = kept.clone();
    front.script().plan(
        Plan::after(Asked::is_decision, move |_, real| {
            *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(real.clone());
            real.into()
        })
        .times(1),
    );
    desktop.decide(&leases[0], true)?;
    desktop.settle().await?;
    let second = desktop.decide(&leases[1], true)?;
    front.script().plan(Plan::instead(Asked::is_decision, move |_| {
        kept.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or_else(Reply::nothing, Reply::from)
    }));
    for _ in 0..3 {
        desktop.deliver().await;
        must(desktop.problem(&second)? == "receipt_mismatch", "another's receipt was taken")?;
        safe(&office, &[&desktop])?;
    }
    front.script().clear();
    all_delivered(&office, &[&desktop]).await?;
    Ok("3 times".to_owned())
}

/// Answers that come after the desktop gave up, and two answers to one question on a connection that is used again.
async fn late_and_doubled(_seed: u64) -> Outcome {
    let office = Office::open(6).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let leases = desktop.leases().await?;
    for lease in &leases[..3] {
        desktop.decide(lease, true)?;
    }
    let late =
        Plan::after(Asked::is_decision, |_, real| Reply::from(real).after(std::time::Duration::from_millis(500)));
    front.script().plan(late.times(3));
    for _ in 0..3 {
        desktop.deliver().await;
        safe(&office, &[&desktop])?;
    }
    for lease in &leases[3..] {
        desktop.decide(lease, false)?;
    }
    front.script().plan(Plan::after(Asked::is_decision, |_, real| {
        let mut reply = Reply::from(real);
        reply.bytes = [reply.bytes.clone(), reply.bytes].concat();
        reply
    }));
    for _ in 0..3 {
        desktop.deliver().await;
        safe(&office, &[&desktop])?;
    }
    front.script().clear();
    all_delivered(&office, &[&desktop]).await?;
    same_key(&front.script().asked())?;
    Ok("6 decisions".to_owned())
}
