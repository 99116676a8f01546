//! HTTP-5xx and HTTP-IND: the server is in trouble before or after it has done its work, says when to come back in every wrong way, or its
//! answer is lost again and again. Nothing is given up, nothing is done twice, and no wait is longer than a quarter of an hour.

use std::collections::BTreeSet;

use vault::OutboxState;

use super::desktop::Desktop;
use super::judge::{all_delivered, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::trouble::{Trouble, must};
use crate::hostile::{Answer, Asked, Plan, Reply};

const LONGEST_WAIT_MS: i64 = 15 * 60 * 1000;
/// The clock is estimated anew with every answer.
const ROUNDING_MS: i64 = 1000;
const STATUSES: [u16; 6] = [500, 502, 503, 504, 520, 429];
const RETRY_AFTER: [Option<&str>; 6] = [
    None,
    Some("999999999"),
    Some("99999999999999999999999999"),
    Some("Thu, 01 Jan 1970 00:00:00 GMT"),
    Some("-5"),
    Some("soon"),
];

/// The rows of this file.
pub(super) const ROWS: [Row; 3] = [
    row!("HTTP-5xx", "before-the-server-heard-of-it", before),
    row!("HTTP-5xx", "after-the-server-committed", after),
    row!("HTTP-IND", "committed-and-the-answer-lost-1-to-20-times", lost),
];

async fn before(_seed: u64) -> Outcome {
    every_status(false).await
}

async fn after(_seed: u64) -> Outcome {
    every_status(true).await
}

fn trouble(status: u16, retry_after: Option<&str>) -> Reply {
    let answer = Answer::new(status, "text/html", "<html><body>Bad Gateway</body></html>");
    match retry_after {
        Some(value) => answer.with("retry-after", value).into(),
        None => answer.into(),
    }
}

async fn every_status(is_committed: bool) -> Outcome {
    let office = Office::open(36).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let leases = desktop.leases().await?;
    let cases = STATUSES.iter().flat_map(|&status| RETRY_AFTER.map(|retry_after| (status, retry_after)));
    let mut count = 0;
    for ((status, retry_after), lease) in cases.zip(&leases) {
        let saved = desktop.decide(lease, true)?;
        let spoil = move || trouble(status, retry_after);
        front.script().plan(if is_committed {
            Plan::after(Asked::is_decision, move |_, _| spoil())
        } else {
            Plan::instead(Asked::is_decision, move |_| spoil())
        });
        for _ in 0..2 {
            desktop.deliver().await;
            let row = desktop.row(&saved)?;
            let what = format!("{status} with Retry-After {retry_after:?}");
            must(row.state == OutboxState::Queued, format_args!("{what}: the row is {:?}", row.state))?;
            let wait_ms = row.next_attempt_ms - desktop.courier.clock().ms;
            must(
                wait_ms <= LONGEST_WAIT_MS + ROUNDING_MS,
                format_args!("{what}: the next attempt is {wait_ms} ms away"),
            )?;
            safe(&office, &[&desktop])?;
        }
        front.script().clear();
        all_delivered(&office, &[&desktop]).await?;
        count += 1;
    }
    must(count == 36, format_args!("only {count} of 36 were tried"))?;
    same_key(&front.script().asked())?;
    Ok(format!("{count} kinds of trouble, twice each"))
}

/// Every attempt of one decision has the same key, version and bytes.
pub(super) fn same_key(asked: &[Asked]) -> Result<(), Trouble> {
    let decisions = || asked.iter().filter(|asked| asked.is_decision());
    let paths: BTreeSet<&str> = decisions().map(|asked| asked.path.as_str()).collect();
    for path in paths {
        let attempts: Vec<&Asked> = decisions().filter(|asked| asked.path == path).collect();
        let of = |asked: &Asked| {
            let header = |name| asked.header(name).unwrap_or_default().to_owned();
            (header("idempotency-key"), header("if-match"), asked.body.clone())
        };
        let is_same = attempts.windows(2).all(|pair| of(pair[0]) == of(pair[1]));
        must(is_same, "an attempt differs from the one before")?;
    }
    Ok(())
}

async fn lost(_seed: u64) -> Outcome {
    let office = Office::open(20).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let leases = desktop.leases().await?;
    must(leases.len() == 20, format_args!("only {} cases are leased", leases.len()))?;
    for (times, lease) in (1..).zip(&leases) {
        let saved = desktop.decide(lease, times % 2 == 0)?;
        front.script().plan(Plan::after(Asked::is_decision, |_, _| Reply::nothing()).times(times));
        for attempt in 1..=times {
            desktop.deliver().await;
            let row = desktop.row(&saved)?;
            let is_waiting = row.state == OutboxState::Queued && row.attempts == attempt;
            must(is_waiting, format_args!("attempt {attempt}: {:?} after {}", row.state, row.attempts))?;
            safe(&office, &[&desktop])?;
        }
        front.script().clear();
        all_delivered(&office, &[&desktop]).await?;
    }
    same_key(&front.script().asked())?;
    Ok(format!("{} answers lost, 20 decisions, 20 effects", front.script().spoilt()))
}
