//! BIG and SL-1: answers and requests without measure, and clients that take for ever. Neither side keeps what it cannot use, and neither stops
//! serving the others.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use review_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vault::OutboxState;

use super::desktop::Desktop;
use super::judge::{all_delivered, safe};
use super::office::Office;
use super::row::{Outcome, Row, row};
use super::trouble::{Trouble, must, unknown};
use crate::hostile::{Answer, Asked, Plan, Reply, Then};

/// The rows of this file.
pub(super) const ROWS: [Row; 3] = [
    row!("BIG", "answers-without-measure", answers),
    row!("BIG", "requests-without-measure", requests),
    row!("SL-1", "slow-and-silent-clients", slow),
];

const MIB: usize = 1 << 20;
const TEN_GIB: u64 = 10 << 30;
/// What an honest desktop needs in a row of this file, several times over.
const MEMORY_KIB: u64 = 256 * 1024;

type Giant = fn(Answer) -> Reply;

const GIANTS: [(&str, Giant); 7] = [
    ("10 GB with its length", |real| {
        let head = real.head(&format!("content-length: {TEN_GIB}\r\n"));
        Reply::raw(head).then(Then::Repeat(vec![b' '; MIB], 10 << 10))
    }),
    ("10 GB in chunks", |real| {
        let chunk = [format!("{MIB:x}\r\n").as_bytes(), &vec![b' '; MIB], b"\r\n"].concat();
        Reply::raw(real.head("transfer-encoding: chunked\r\n")).then(Then::Repeat(chunk, 10 << 10))
    }),
    ("10 GB without a length", |real| {
        Reply::raw(real.head("connection: close\r\n")).then(Then::Repeat(vec![b' '; MIB], 10 << 10))
    }),
    ("a bomb, compressed", |real| {
        // Never unpacked: what is compressed was not asked for, and 64 KiB of it is too much already.
        real.with("content-encoding", "gzip").with_body(vec![0x1f; 10 * MIB]).into()
    }),
    ("1 M items", |real| real.with_body(format!("[{}0]", "0,".repeat(1_000_000))).into()),
    ("a field of 100 MB", |real| {
        let field = vec![b'x'; 100 * MIB];
        real.with_body([b"{\"state\":\"".as_slice(), &field, b"\"}"].concat()).into()
    }),
    ("a header of 10 MB", |real| {
        let header = "x".repeat(10 * MIB);
        real.with("x-large", header).into()
    }),
];

async fn answers(_seed: u64) -> Outcome {
    let office = Office::open(u32::try_from(GIANTS.len()).unwrap_or(0)).await?;
    let front = office.front().await?;
    let desktop = Desktop::sign_in(&office, &front.url(), "li").await?;
    let before_kib = peak_kib();
    for ((what, giant), case) in GIANTS.into_iter().zip(office.cases()) {
        let saved = desktop.decide(&desktop.open(case).await?, true)?;
        front.script().plan(Plan::after(Asked::is_decision, move |_, real| giant(real)));
        let begun = Instant::now();
        desktop.deliver().await;
        must(begun.elapsed() < Duration::from_secs(5), format_args!("{what} was read for {:?}", begun.elapsed()))?;
        let row = desktop.row(&saved)?;
        must(row.state == OutboxState::Queued, format_args!("{what}: the row is {:?}", row.state))?;
        safe(&office, &[&desktop])?;
        front.script().clear();
        all_delivered(&office, &[&desktop]).await.map_err(|trouble| match trouble {
            Trouble::Broken(why) => Trouble::Broken(format!("{what}: {why}")),
            unknown => unknown,
        })?;
    }
    let grown_kib = peak_kib().saturating_sub(before_kib);
    // The hostile side of this process holds the largest answer twice.
    must(grown_kib < MEMORY_KIB + 300 * 1024, format_args!("the memory grew by {grown_kib} KiB"))?;
    Ok(format!("{} giants", GIANTS.len()))
}

/// The most memory that this process ever had, where the system tells.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Sends a head and as much as is taken of a body without end; gives what came back, and how much was sent.
async fn pour(address: SocketAddr, head: &str) -> Result<(String, u64), Trouble> {
    let stream = TcpStream::connect(address).await.map_err(unknown("connecting"))?;
    let (mut reads, mut writes) = stream.into_split();
    let head = head.to_owned();
    let pouring = async move {
        let mut sent = 0;
        let piece = vec![b'x'; 64 * 1024];
        if writes.write_all(head.as_bytes()).await.is_err() {
            return sent;
        }
        while sent < TEN_GIB && writes.write_all(&piece).await.is_ok() {
            sent += piece.len() as u64;
        }
        sent
    };
    let reading = async move {
        let mut answer = vec![0; 16 * 1024];
        let read = reads.read(&mut answer).await.unwrap_or(0);
        String::from_utf8_lossy(&answer[..read]).into_owned()
    };
    tokio::pin!(pouring, reading);
    let limit = tokio::time::sleep(Duration::from_secs(20));
    tokio::pin!(limit);
    let mut sent = None;
    loop {
        tokio::select! {
            answer = &mut reading => return Ok((answer, sent.unwrap_or(0))),
            poured = &mut pouring, if sent.is_none() => sent = Some(poured),
            () = &mut limit => return Err(Trouble::Broken("a body without end is taken for 20 s".into())),
        }
    }
}

async fn requests(_seed: u64) -> Outcome {
    let office = Office::open(1).await?;
    let served = office.serve(Limits::default()).await?;
    let url = format!("http://{}", served.address);
    let desktop = Desktop::sign_in(&office, &url, "li").await?;
    let before_kib = peak_kib();
    let path = contract::paths::decisions(office.cases()[0]);
    for path in [path.as_str(), contract::paths::SESSION, contract::paths::LEASES, contract::paths::AUDIT] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {TEN_GIB}\r\n\r\n"
        );
        let (answer, _) = pour(served.address, &head).await?;
        let is_refused = answer.starts_with("HTTP/1.1 413") || answer.starts_with("HTTP/1.1 401");
        must(is_refused, format_args!("{path}: 10 GB are answered by {:?}", answer.lines().next()))?;
    }
    let (answer, sent) = pour(served.address, "GET /v1/server HTTP/1.1\r\nx-large: ").await?;
    let is_refused = answer.is_empty() || answer.starts_with("HTTP/1.1 431") || answer.starts_with("HTTP/1.1 400");
    must(is_refused, format_args!("a header without end is answered by {:?}", answer.lines().next()))?;
    let grown_kib = peak_kib().saturating_sub(before_kib);
    must(grown_kib < MEMORY_KIB, format_args!("the memory grew by {grown_kib} KiB"))?;
    desktop.decide(&desktop.open(office.cases()[0]).await?, true)?;
    all_delivered(&office, &[&desktop]).await?;
    Ok(format!("4 bodies of 10 GB, a header of which {sent} bytes were sent"))
}

/// Clients that say little and slowly, by a tenth of the shipped limits; the shipped ones are below 30 s.
async fn slow(_seed: u64) -> Outcome {
    let shipped = Limits::default();
    let at_most = Duration::from_secs(30);
    must(shipped.header <= at_most && shipped.grace <= at_most, "a shipped limit is above 30 s")?;
    let limits = Limits { header: shipped.header / 10, grace: shipped.grace / 10, ..shipped };
    let office = Office::open(6).await?;
    let served = office.serve(limits).await?;
    let url = format!("http://{}", served.address);
    let desktop = Desktop::sign_in(&office, &url, "li").await?;
    let mut clients = Vec::new();
    for place in 0..200 {
        let mut client = TcpStream::connect(served.address).await.map_err(unknown("connecting"))?;
        // Some say nothing, some half a head, some a head and no body.
        let said: &[u8] = match place % 3 {
            0 => b"",
            1 => b"GET /v1/server HTTP/1.1\r\nhost:",
            _ => b"GET /v1/server HTTP/1.1\r\nhost: x\r\n\r\nG",
        };
        client.write_all(said).await.map_err(unknown("writing"))?;
        clients.push(client);
    }
    let begun = Instant::now();
    for case in office.cases() {
        desktop.decide(&desktop.open(case).await?, true)?;
        desktop.deliver().await;
    }
    let took = begun.elapsed();
    all_delivered(&office, &[&desktop]).await?;
    let mut closed = 0;
    for client in &mut clients {
        let mut all = Vec::new();
        let closing = tokio::time::timeout(limits.header * 3, client.read_to_end(&mut all)).await;
        closed += usize::from(closing.is_ok());
    }
    must(closed == clients.len(), format_args!("{closed} of {} idle connections are closed", clients.len()))?;
    let begun = Instant::now();
    served.stop().await;
    must(begun.elapsed() <= limits.grace + Duration::from_secs(2), "the server did not stop in time")?;
    Ok(format!("6 decisions beside 200 idle clients in {} ms", took.as_millis()))
}
