//! EVIL: whatever answers at the address is no friend: it sends elsewhere, sets cookies, is another server, plays an old state back, or was
//! restored from a backup. Neither credential nor decision goes anywhere else, and nothing that was delivered is forgotten.

use serde_json::json;
use vault::OutboxState;

use super::desktop::Desktop;
use super::judge::{all_delivered, arrived, number, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::trouble::{Trouble, must, unknown};
use crate::hostile::{Answer, Asked, Front, Plan};

/// The rows of this file.
pub(super) const ROWS: [Row; 5] = [
    row!("EVIL", "redirects-and-cookies", redirects),
    row!("EVIL", "another-server-at-the-address", another),
    row!("EVIL", "404-for-everything", not_found),
    row!("EVIL", "an-old-snapshot-under-the-same-history", old_snapshot),
    row!("EVIL", "restored-from-a-backup", restored),
];

async fn redirects(_seed: u64) -> Outcome {
    let office = Office::open(12).await?;
    let front = office.front().await?;
    let elsewhere = Front::start(axum::Router::new()).await.map_err(unknown("another server"))?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let there = format!("{}/v1/cases", elsewhere.url());
    let itself = format!("{}/v1/server", front.url());
    let targets = [there, itself, "file:///etc/hostname".to_owned(), "//127.0.0.1:1/".to_owned()];
    let mut cases = office.cases().into_iter();
    for status in [301, 307, 308] {
        for target in &targets {
            let Some(case) = cases.next() else { break };
            let saved = desktop.decide(&desktop.open(case).await?, true)?;
            let answer =
                Answer::new(status, "", "").with("location", target.clone()).with("set-cookie", "session=1; Path=/");
            front.script().plan(Plan::instead(|_| true, move |_| answer.clone().into()));
            for _ in 0..2 {
                desktop.deliver().await;
            }
            let row = desktop.row(&saved)?;
            must(row.state == OutboxState::Queued, format_args!("{status} to {target}: the row is {:?}", row.state))?;
            safe(&office, &[&desktop])?;
            front.script().clear();
            all_delivered(&office, &[&desktop]).await?;
        }
    }
    must(elsewhere.script().asked().is_empty(), "something was sent to another host")?;
    let has_cookie = front.script().asked().iter().any(|asked| asked.header("cookie").is_some());
    must(!has_cookie, "a cookie was sent back")?;
    Ok("12 redirects, none followed, no cookie".to_owned())
}

/// Another review server, or one that only says that it is another, gets neither the credential nor a decision.
async fn another(_seed: u64) -> Outcome {
    let office = Office::open(1).await?;
    let front = office.front().await?;
    let mut desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    desktop.decide(&desktop.open(office.cases()[0]).await?, true)?;
    let stranger = Office::open(0).await?;
    let strange = stranger.front().await?;
    desktop.restart(&strange.url())?;
    for _ in 0..3 {
        desktop.deliver().await;
    }
    let asked = strange.script().asked();
    must(!asked.is_empty(), "the other server was not even asked who it is")?;
    let has_secret = asked.iter().any(|asked| asked.is_decision() || asked.header("authorization").is_some());
    must(!has_secret, "another server got the credential or a decision")?;
    desktop.restart(&front.url())?;
    all_delivered(&office, &[&desktop]).await?;
    Ok("asked who it is, and nothing more".to_owned())
}

async fn not_found(_seed: u64) -> Outcome {
    let office = Office::open(2).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    for case in office.cases() {
        desktop.decide(&desktop.open(case).await?, true)?;
    }
    front.script().plan(Plan::instead(|_| true, |_| Answer::new(404, "text/html", "<h1>Not Found</h1>").into()));
    for _ in 0..3 {
        desktop.deliver().await;
        let is_waiting = desktop.rows()?.iter().all(|row| row.state == OutboxState::Queued);
        must(is_waiting, "a page of a proxy settled a decision")?;
        safe(&office, &[&desktop])?;
    }
    front.script().clear();
    all_delivered(&office, &[&desktop]).await?;
    Ok("2 of 2 waited".to_owned())
}

/// What the server keeps, copied at a moment when nothing is written.
fn snapshot(office: &Office) -> Result<Vec<u8>, Trouble> {
    let copy = office.folder().join("snapshot.db");
    let made = rusqlite::Connection::open(office.folder().join("review-server.db"))
        .and_then(|db| db.execute("VACUUM INTO ?1", [copy.to_string_lossy()]));
    made.map_err(unknown("a snapshot"))?;
    let bytes = std::fs::read(&copy).map_err(unknown("a snapshot"))?;
    std::fs::remove_file(&copy).map_err(unknown("a snapshot"))?;
    Ok(bytes)
}

/// Puts it back under a server that is started anew; as a restore does, with another history, where `history` names one.
fn put_back(office: &Office, snapshot: &[u8], history: Option<&str>) -> Result<(), Trouble> {
    office.stop();
    let database = office.folder().join("review-server.db");
    for file in ["review-server.db-wal", "review-server.db-shm"] {
        drop(std::fs::remove_file(office.folder().join(file)));
    }
    std::fs::write(&database, snapshot).map_err(unknown("a snapshot"))?;
    if let Some(history) = history {
        let changed = rusqlite::Connection::open(&database).and_then(|db| {
            db.execute("UPDATE server SET feed_epoch = ?1, restored_at_ms = ?2", (history, office.now_ms()))
        });
        changed.map_err(unknown("the history"))?;
    }
    office.restart()
}

/// The same history, an older state: what comes again is refused or taken, and never called what it is not.
async fn old_snapshot(_seed: u64) -> Outcome {
    let office = Office::open(2).await?;
    let old = snapshot(&office)?;
    let (kept, mut desktop) = {
        let front = office.front().await?;
        let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
        let kept = desktop.decide(&desktop.open(office.cases()[0]).await?, true)?;
        desktop.settle().await?;
        (kept, desktop)
    };
    put_back(&office, &old, None)?;
    let front = office.front().await?;
    desktop.restart(&front.url())?;
    for _ in 0..3 {
        desktop.deliver().await;
    }
    // It does not know the device any more; nothing that was delivered is forgotten here.
    let row = desktop.row(&kept)?;
    must(row.state == OutboxState::Delivered, format_args!("the delivered row is {:?}", row.state))?;
    let receipt = row.receipt.and_then(|receipt| receipt.json);
    must(receipt.is_some_and(|json| json.contains("signature")), "the proof of the delivery is gone")?;
    must(desktop.own_words(&kept)? == kept.note, "the text is gone")?;
    Ok("the signed receipt and the text stay".to_owned())
}

/// A restore begins a new history: what was delivered is offered again with its receipt, and accepted as it was.
async fn restored(_seed: u64) -> Outcome {
    let office = Office::open(4).await?;
    let cases = office.cases();
    let (mut desktop, backup) = {
        let front = office.front().await?;
        let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
        desktop.decide(&desktop.open(cases[0]).await?, true)?;
        desktop.settle().await?;
        // The lease of the second is in the backup, its decision is not; the third is not even leased in it.
        let lease = desktop.open(cases[1]).await?;
        let backup = snapshot(&office)?;
        desktop.decide(&lease, false)?;
        desktop.decide(&desktop.open(cases[2]).await?, true)?;
        desktop.settle().await?;
        // And this one is never delivered before the restore.
        desktop.decide(&desktop.open(cases[3]).await?, true)?;
        (desktop, backup)
    };
    let before = arrived(&office)?;
    put_back(&office, &backup, Some("another-history"))?;
    must(arrived(&office)?.len() == 1, "the backup is not what it should be")?;
    let front = office.front().await?;
    desktop.restart(&front.url())?;
    all_delivered(&office, &[&desktop]).await?;
    let after = arrived(&office)?;
    must(after.len() == 4, format_args!("{} of 4 decisions are at the restored server", after.len()))?;
    for (id, was) in &before {
        let is_same = after.get(id).is_some_and(|is| is.received_at_ms == was.received_at_ms);
        must(is_same, format_args!("{id} was not accepted as it was"))?;
    }
    let offered = front.script().asked().iter().filter(|asked| asked.is_decision() && has_receipt(asked)).count();
    must(offered >= 2, format_args!("{offered} decisions came with their receipt"))?;
    let notices = number(&office, "SELECT count(*) FROM notices")?;
    must(notices == 4, format_args!("{notices} notices for 4 cases"))?;
    Ok(format!("{offered} offered again, 1 new, the same instants of receipt"))
}

fn has_receipt(asked: &Asked) -> bool {
    serde_json::from_slice::<serde_json::Value>(&asked.body).is_ok_and(|body| body["receipt"] != json!(null))
}
