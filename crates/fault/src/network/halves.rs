//! HTTP-HALF: answers with 200 that are no answers, before and after the real server has done its work, and the receipt cut at every byte.
//! Each is unknown: asked again with the same key, never taken for a delivery.

use vault::OutboxState;

use super::desktop::Desktop;
use super::judge::{all_delivered, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::statuses::same_key;
use super::trouble::{Trouble, must};
use crate::hostile::{Answer, Asked, Plan, Reply, Then};

/// The rows of this file.
pub(super) const ROWS: [Row; 3] = [
    row!("HTTP-HALF", "before-the-server-heard-of-it", before),
    row!("HTTP-HALF", "after-the-server-committed", after),
    row!("HTTP-HALF", "the-receipt-cut-at-every-byte", every_byte),
];

const JSON: &str = "application/json";
/// A whole, signed receipt with something beside it: where the server has committed it is as good as any.
const UNKNOWN_FIELD: &str = "depth 10 000 in a field that nobody knows";

/// A receipt that would do, if it were the server's.
fn likely() -> Answer {
    let body = r#"{"decision_id":"018f0000-0000-7000-8000-000000000000","payload_sha256":"00","case_version":2,"state":"concluded","received_at_ms":1,"audit":{"seq":1,"hash":"00"},"signature":"AA=="}"#;
    Answer::new(200, JSON, body)
}

type Spoil = fn(Answer) -> Reply;

/// Each kind by its name; what is spoilt is the real receipt where there is one.
fn kinds() -> Vec<(&'static str, Spoil)> {
    vec![
        ("half JSON", |real| {
            let half = real.body[..real.body.len() / 2].to_vec();
            real.with_body(half).into()
        }),
        ("a length that is too long", |real| {
            Reply::raw(
                [real.head(&format!("content-length: {}\r\n", real.body.len() + 10)), real.body.clone()].concat(),
            )
        }),
        ("a length that is too short", |real| {
            Reply::raw(
                [real.head(&format!("content-length: {}\r\n", real.body.len() - 10)), real.body.clone()].concat(),
            )
        }),
        ("a length that is no number", |real| {
            Reply::raw([real.head("content-length: many\r\n"), real.body.clone()].concat())
        }),
        ("chunks without an end", |real| {
            let chunk = format!("{:x}\r\n", real.body.len());
            let bytes = [&real.head("transfer-encoding: chunked\r\n"), chunk.as_bytes(), &real.body, b"\r\n"].concat();
            Reply::raw(bytes).then(Then::Silence)
        }),
        ("a chunk that is cut", |real| {
            let chunk = format!("{:x}\r\n", real.body.len() + 100);
            Reply::raw([&real.head("transfer-encoding: chunked\r\n"), chunk.as_bytes(), &real.body].concat())
        }),
        ("a login page", |_| Answer::new(200, "text/html", "<html><form action=/login></form></html>").into()),
        ("a login page that says JSON", |_| Answer::new(200, JSON, "<html><form action=/login></form></html>").into()),
        ("204", |_| Answer::new(204, "", "").into()),
        ("an empty 200", |_| Answer::new(200, JSON, "").into()),
        ("an empty 200 without a type", |_| Answer::new(200, "", "").into()),
        ("invalid UTF-8", |real| {
            let spoilt = [&real.body[..20], b"\xff\xfe\xc3\x28", &real.body[20..]].concat();
            real.with_body(spoilt).into()
        }),
        ("a BOM", |real| {
            let spoilt = [b"\xef\xbb\xbf", real.body.as_slice()].concat();
            real.with_body(spoilt).into()
        }),
        ("UTF-16", |real| {
            let wide: Vec<u8> = real.body.iter().flat_map(|&byte| [byte, 0]).collect();
            real.with_body(wide).into()
        }),
        ("a duplicate key", |real| {
            let text = String::from_utf8_lossy(&real.body).into_owned();
            let spoilt = text.replacen('{', r#"{"payload_sha256":"00","#, 1);
            real.with_body(spoilt).into()
        }),
        ("depth 10 000", |real| real.with_body("[".repeat(10_000) + &"]".repeat(10_000)).into()),
        (UNKNOWN_FIELD, |real| {
            let deep = "[".repeat(10_000) + &"]".repeat(10_000);
            let text = String::from_utf8_lossy(&real.body).into_owned();
            real.with_body(text.replacen('{', &format!("{{\"later\":{deep},"), 1)).into()
        }),
        ("10^400", |real| {
            let digits = "1".to_owned() + &"0".repeat(400);
            let text = String::from_utf8_lossy(&real.body).into_owned();
            real.with_body(text.replacen(r#""case_version":"#, &format!(r#""case_version":{digits}"#), 1)).into()
        }),
        ("null", |real| real.with_body("null").into()),
        ("an empty object", |real| real.with_body("{}").into()),
        ("a list", |real| real.with_body("[]").into()),
        ("a number", |real| real.with_body("1e999").into()),
        ("two receipts", |real| {
            let twice = [real.body.clone(), real.body.clone()].concat();
            real.with_body(twice).into()
        }),
        ("compressed, as nobody asked for", |real| real.with("content-encoding", "gzip").into()),
        ("202", |mut real| {
            real.status = 202;
            real.with_body("{}").into()
        }),
        ("no HTTP", |_| Reply::raw(b"SSH-2.0-OpenSSH_9.2\r\n".as_slice())),
        ("only a status line", |_| Reply::raw(b"HTTP/1.1 200 OK\r\n".as_slice())),
        ("only a head, then silence", |real| {
            Reply::raw(real.head(&format!("content-length: {}\r\n", real.body.len()))).then(Then::Silence)
        }),
        ("silence", |_| Reply::nothing().then(Then::Silence)),
        ("hung up", |_| Reply::nothing()),
    ]
}

async fn before(_seed: u64) -> Outcome {
    every_kind(false).await
}

async fn after(_seed: u64) -> Outcome {
    every_kind(true).await
}

async fn every_kind(is_committed: bool) -> Outcome {
    let kinds = kinds();
    let office = Office::open(u32::try_from(kinds.len()).unwrap_or(u32::MAX)).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let leases = desktop.leases().await?;
    must(leases.len() == kinds.len(), format_args!("only {} cases are leased", leases.len()))?;
    for ((what, spoil), lease) in kinds.iter().copied().zip(&leases) {
        let saved = desktop.decide(lease, true)?;
        front.script().plan(if is_committed {
            Plan::after(Asked::is_decision, move |_, real| spoil(real))
        } else {
            Plan::instead(Asked::is_decision, move |_| spoil(likely()))
        });
        desktop.deliver().await;
        let row = desktop.row(&saved)?;
        let may_be_delivered = is_committed && what == UNKNOWN_FIELD;
        let is_unknown = row.state == OutboxState::Queued || may_be_delivered;
        must(is_unknown, format_args!("{what}: the row is {:?} ({:?})", row.state, row.problem))?;
        safe(&office, &[&desktop])?;
        front.script().clear();
        all_delivered(&office, &[&desktop]).await?;
    }
    same_key(&front.script().asked())?;
    Ok(format!("{} kinds of half answers", kinds.len()))
}

async fn every_byte(_seed: u64) -> Outcome {
    let office = Office::open(1).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let leases = desktop.leases().await?;
    let lease = leases.first().ok_or_else(|| Trouble::Unknown("no case is leased".into()))?;
    let saved = desktop.decide(lease, false)?;
    let length = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(usize::MAX));
    let mut cut = 0;
    while cut < length.load(std::sync::atomic::Ordering::SeqCst) {
        let seen = length.clone();
        let plan = Plan::after(Asked::is_decision, move |_, real| {
            let reply = Reply::from(real);
            seen.store(reply.bytes.len(), std::sync::atomic::Ordering::SeqCst);
            reply.cut(cut)
        });
        front.script().plan(plan);
        desktop.deliver().await;
        let row = desktop.row(&saved)?;
        must(
            row.state == OutboxState::Queued,
            format_args!("cut at byte {cut} of {length:?}: the row is {:?}", row.state),
        )?;
        front.script().clear();
        cut += 1;
    }
    safe(&office, &[&desktop])?;
    all_delivered(&office, &[&desktop]).await?;
    same_key(&front.script().asked())?;
    Ok(format!("cut at each of {cut} bytes, one effect"))
}
