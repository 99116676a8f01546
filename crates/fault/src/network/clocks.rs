//! CLK: the clocks of the server and of the desktop are wrong, jump, stand still, or are set in the middle of a delivery. Decisions go out all
//! the same, in the order of their deadlines, and each once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use vault::OutboxState;

use super::desktop::Desktop;
use super::judge::{all_delivered, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::trouble::{Trouble, must, unknown};
use crate::hostile::{Asked, Plan, Reply};

/// The rows of this file.
pub(super) const ROWS: [Row; 4] = [
    row!("CLK", "the-server-in-another-year", server),
    row!("CLK", "the-server-says-an-absurd-time", said),
    row!("CLK", "the-desktops-wall-clock-jumps", wall),
    row!("CLK", "the-desktops-forward-clock-stands-still", frozen),
];

fn time(text: &str) -> Result<DateTime<Utc>, Trouble> {
    text.parse().map_err(unknown("a time"))
}

/// Decides all cases, and says in which order they have to go.
async fn decide_all(office: &Office, desktop: &Desktop) -> Result<Vec<String>, Trouble> {
    for case in office.cases() {
        desktop.decide(&desktop.open(case).await?, true)?;
    }
    let mut rows = desktop.rows()?;
    rows.sort_by_key(|row| row.breach_ms);
    Ok(rows.iter().map(|row| row.case_id.to_string()).collect())
}

fn asked_in_order(asked: &[Asked], expected: &[String]) -> Result<(), Trouble> {
    let mut order: Vec<String> =
        asked.iter().filter(|asked| asked.is_decision()).map(|asked| asked.path.replace("/v1/cases/", "")).collect();
    order.dedup();
    let order: Vec<String> = order.into_iter().map(|path| path.replace("/decisions", "")).collect();
    must(order == expected, format_args!("the order of deadlines was not kept: {order:?} instead of {expected:?}"))
}

/// The server's clock is set, with decisions waiting, and stepped once more between two of them.
async fn server(_seed: u64) -> Outcome {
    let years = [
        "2016-03-10T10:00:00+08:00",
        "1970-01-01T00:00:01Z",
        "2038-01-19T03:14:08Z",
        "2099-12-31T23:59:59Z",
        "2026-03-11T10:00:00+08:00",
        "2026-03-10T02:00:00+08:00",
    ];
    for year in years {
        let office = Office::open(3).await?;
        let front = office.front().await?;
        let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
        let expected = decide_all(&office, &desktop).await?;
        let (clock, then) = (office.clock().clone(), time(year)?);
        clock.set(then);
        // An NTP step in the middle of the round.
        let stepping = clock.clone();
        front.script().plan(
            Plan::after(Asked::is_decision, move |_, real| {
                stepping.set(then + TimeDelta::hours(8));
                Reply::from(real)
            })
            .times(1),
        );
        desktop.deliver_while_the_server_stands_still().await;
        safe(&office, &[&desktop])?;
        all_delivered(&office, &[&desktop]).await.map_err(|trouble| named(trouble, year))?;
        asked_in_order(&front.script().asked(), &expected).map_err(|trouble| named(trouble, year))?;
    }
    Ok(format!("{} clocks, each stepped by 8 hours in mid-round", years.len()))
}

fn named(trouble: Trouble, what: &str) -> Trouble {
    match trouble {
        Trouble::Broken(why) => Trouble::Broken(format!("{what}: {why}")),
        Trouble::Unknown(why) => Trouble::Unknown(format!("{what}: {why}")),
    }
}

/// The header that tells the server's time is no time, or an impossible one.
async fn said(_seed: u64) -> Outcome {
    let words = ["", "now", "-1", "0", "-62135596800000", "253402300800000", "9223372036854775807", "1e400", "1.5"];
    let office = Office::open(u32::try_from(words.len()).unwrap_or(0)).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    for (word, case) in words.into_iter().zip(office.cases()) {
        let saved = desktop.decide(&desktop.open(case).await?, true)?;
        front
            .script()
            .plan(Plan::after(|_| true, move |_, real| real.with(contract::headers::SERVER_TIME_MS, word).into()));
        for _ in 0..3 {
            desktop.deliver().await;
        }
        let state = desktop.row(&saved)?.state;
        must(state == OutboxState::Delivered, format_args!("{word:?}: the row is {state:?}"))?;
        safe(&office, &[&desktop])?;
        front.script().clear();
        desktop.deliver().await;
    }
    all_delivered(&office, &[&desktop]).await?;
    Ok(format!("{} words for the time", words.len()))
}

const YEAR_MS: i64 = 365 * 86_400_000;
const HOUR_MS: i64 = 3_600_000;

async fn wall(_seed: u64) -> Outcome {
    let jumps = [-10 * YEAR_MS, 12 * YEAR_MS, 24 * HOUR_MS, 8 * HOUR_MS, -8 * HOUR_MS, 72 * HOUR_MS];
    let office = Office::open(u32::try_from(jumps.len()).unwrap_or(0)).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    for (by_ms, case) in jumps.into_iter().zip(office.cases()) {
        let lease = desktop.open(case).await?;
        desktop.clock.jump_wall(by_ms);
        let time = desktop.courier.clock();
        must(time.is_estimate, format_args!("after a jump of {by_ms} ms the time is not called an estimate"))?;
        desktop.decide(&lease, true)?;
        desktop.deliver().await;
        safe(&office, &[&desktop])?;
        all_delivered(&office, &[&desktop]).await?;
        let off_ms = (desktop.courier.clock().ms - office.now_ms()).abs();
        must(off_ms < HOUR_MS, format_args!("after contact the time is {off_ms} ms off"))?;
    }
    Ok(format!("{} jumps", jumps.len()))
}

async fn frozen(_seed: u64) -> Outcome {
    let office = Office::open(2).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let cases = office.cases();
    desktop.clock.freeze_mono(true);
    desktop.decide(&desktop.open(cases[0]).await?, true)?;
    desktop.courier.step().await;
    safe(&office, &[&desktop])?;
    // As if the computer had slept for three days: only the wall clock went on.
    desktop.decide(&desktop.open(cases[1]).await?, true)?;
    office.clock().advance(TimeDelta::days(3));
    desktop.clock.jump_wall(i64::try_from(Duration::from_secs(3 * 86_400).as_millis()).unwrap_or(0));
    desktop.courier.step().await;
    safe(&office, &[&desktop])?;
    desktop.clock.freeze_mono(false);
    all_delivered(&office, &[&desktop]).await?;
    Ok("2 decisions".to_owned())
}
