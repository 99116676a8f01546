//! Connections: slow clients, too many of them, and stopping.

use std::time::Duration;

use review_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::office::Office;

struct Running {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinSet<()>,
    _office: Office,
}

async fn start(limits: Limits) -> Running {
    let office = Office::open();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let app = office.app.clone();
    let mut task = tokio::task::JoinSet::new();
    task.spawn(async move {
        review_server::serve(listener, app, limits, async { drop(stopped.await) }).await;
    });
    Running { address, stop, task, _office: office }
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn ask(stream: &mut TcpStream, connection: &str) -> String {
    let request = format!("GET /v1/server HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = vec![0; 4096];
    let count = stream.read(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

fn quick() -> Limits {
    Limits { header: Duration::from_millis(300), grace: Duration::from_millis(300), ..Limits::default() }
}

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_client_that_never_finishes_its_headers_is_closed() {
    let running = start(quick()).await;
    let mut silent = TcpStream::connect(running.address).await.unwrap();
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    slow.write_all(b"GET /v1/server HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    tokio::time::timeout(PATIENCE, async {
        read_all(&mut silent).await;
        read_all(&mut slow).await;
    })
    .await
    .expect("both are closed");
    let mut good = TcpStream::connect(running.address).await.unwrap();
    assert!(ask(&mut good, "close").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn more_connections_than_places_wait_their_turn() {
    let running = start(Limits { connections: 1, header: Duration::from_secs(60), ..quick() }).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    assert!(ask(&mut first, "keep-alive").await.starts_with("HTTP/1.1 200"));
    let mut second = TcpStream::connect(running.address).await.unwrap();
    second.write_all(b"GET /v1/server HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_millis(200), second.read(&mut byte)).await;
    assert!(early.is_err(), "the only place is taken");
    drop(first);
    let answer = tokio::time::timeout(PATIENCE, read_all(&mut second)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn stopping_ends_idle_connections_at_once_and_takes_no_new_ones() {
    let patient = Limits { header: Duration::from_secs(60), grace: Duration::from_secs(60), ..Limits::default() };
    let mut running = start(patient).await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    assert!(ask(&mut idle, "keep-alive").await.starts_with("HTTP/1.1 200"));
    running.stop.send(()).unwrap();
    tokio::time::timeout(PATIENCE, running.task.join_next()).await.expect("it does not wait for who is idle");
    tokio::time::timeout(PATIENCE, read_all(&mut idle)).await.expect("what was open is closed");
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn stopping_lets_an_open_request_finish() {
    let mut running = start(Limits { grace: Duration::from_secs(60), ..Limits::default() }).await;
    let mut open = TcpStream::connect(running.address).await.unwrap();
    let head = "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    open.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body, so the request is open.
    let mut bytes = [0; 25];
    open.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"HTTP/1.1 100 Continue\r\n\r\n");
    running.stop.send(()).unwrap();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    open.write_all(b"{}").await.unwrap();
    let answer = tokio::time::timeout(PATIENCE, read_all(&mut open)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("bad_request"), "{answer}");
    tokio::time::timeout(PATIENCE, running.task.join_next()).await.expect("then it stops");
}

#[tokio::test]
async fn stopping_cuts_off_who_does_not_finish() {
    let mut running = start(Limits { header: Duration::from_secs(60), ..quick() }).await;
    let mut half = TcpStream::connect(running.address).await.unwrap();
    half.write_all(b"GET /v1/server HTTP/1.1\r\n").await.unwrap();
    running.stop.send(()).unwrap();
    tokio::time::timeout(PATIENCE, running.task.join_next()).await.expect("it stops in time");
    tokio::time::timeout(PATIENCE, read_all(&mut half)).await.expect("what was open is closed");
}
