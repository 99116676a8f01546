//! HTTP against a hostile server on loopback: whatever it does, there is a whole answer within the cap or a typed failure in time.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use sync::{Api, ApiError, HttpTransport, Method, ServerAddress, SystemClock, Transport, TransportError, WireRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves every connection with these bytes after it has read a request's head, then closes or keeps silent.
struct Hostile {
    bytes: Vec<u8>,
    then: Then,
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    Close,
    KeepSilent,
    GoOnForEver,
    OneByteAtATime,
}

async fn head(socket: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let mut chunk = [0; 1024];
    while !seen.windows(4).any(|window| window == b"\r\n\r\n") {
        match socket.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(read) => seen.extend_from_slice(&chunk[..read]),
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

impl Hostile {
    async fn serve(&self, listener: TcpListener) {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            head(&mut socket).await;
            // The client may hang up in the middle: that is its right.
            match self.then {
                Then::OneByteAtATime => {
                    for byte in &self.bytes {
                        if socket.write_all(&[*byte]).await.is_err() || socket.flush().await.is_err() {
                            break;
                        }
                        tokio::task::yield_now().await;
                    }
                }
                _ => drop(socket.write_all(&self.bytes).await),
            }
            match self.then {
                Then::Close | Then::OneByteAtATime => drop(socket.shutdown().await),
                Then::KeepSilent => std::future::pending().await,
                Then::GoOnForEver => while socket.write_all(&[b'x'; 4096]).await.is_ok() {},
            }
        }
    }
}

fn request(cap: usize) -> WireRequest {
    WireRequest {
        method: Method::Get,
        path: "/v1/server".to_owned(),
        headers: Vec::new(),
        body: None,
        body_cap: cap,
        timeout: Duration::from_millis(800),
        is_patient: false,
    }
}

async fn listen() -> (TcpListener, HttpTransport) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = ServerAddress::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    (listener, HttpTransport::new(address).unwrap())
}

async fn meet(bytes: &[u8], then: Then, cap: usize) -> Result<sync::WireAnswer, TransportError> {
    let (listener, transport) = listen().await;
    let hostile = Hostile { bytes: bytes.to_vec(), then };
    tokio::select! {
        answer = transport.send(request(cap)) => answer,
        () = hostile.serve(listener) => panic!("the server ended"),
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

#[tokio::test]
async fn an_honest_answer_arrives_whole_also_byte_by_byte() {
    let bytes = format!("{OK}x-server-time-ms: 5\r\ncontent-length: 2\r\n\r\n{{}}");
    for then in [Then::Close, Then::OneByteAtATime, Then::KeepSilent] {
        let answer = meet(bytes.as_bytes(), then, 2).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"{}".as_slice()));
        assert_eq!(answer.header("x-server-time-ms"), Some("5"));
    }
}

#[tokio::test]
async fn redirects_and_other_statuses_are_answers_and_are_not_followed() {
    for (line, status) in [
        ("302 Found\r\nlocation: http://127.0.0.1:1/", 302),
        ("301 Moved\r\nlocation: file:///etc/passwd", 301),
        ("204 No Content", 204),
        ("502 Bad Gateway", 502),
    ] {
        let bytes = format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n");
        let bytes = if status == 204 { bytes.replace("content-length: 0\r\n", "") } else { bytes };
        let answer = meet(bytes.as_bytes(), Then::Close, 100).await.unwrap();
        assert_eq!((answer.status, answer.body.len()), (status, 0));
    }
}

#[tokio::test]
async fn broken_and_half_answers_are_incomplete() {
    for bytes in [
        String::new(),
        "\0\0\0\0".to_owned(),
        "SSH-2.0-OpenSSH_9.2\r\n".to_owned(),
        "HTTP/1.1 200".to_owned(),
        OK.to_owned(),
        format!("{OK}content-length: 50\r\n\r\n{{}}"),
        format!("{OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}"),
        format!("{OK}content-length: -2\r\n\r\n{{}}"),
        format!("{OK}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n"),
        format!("{OK}transfer-encoding: chunked\r\n\r\nzz\r\n"),
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-many: 1\r\n".repeat(2000)),
    ] {
        let outcome = meet(bytes.as_bytes(), Then::Close, 1000).await;
        assert_eq!(outcome.map(drop), Err(TransportError::Incomplete), "{bytes:.80}");
    }
}

#[tokio::test]
async fn a_body_is_counted_against_its_cap() {
    let declared = format!("{OK}content-length: 11\r\n\r\n01234567890");
    assert_eq!(meet(declared.as_bytes(), Then::Close, 10).await.map(drop), Err(TransportError::TooLarge));
    assert_eq!(meet(declared.as_bytes(), Then::Close, 11).await.unwrap().body.len(), 11);
    let huge = format!("{OK}content-length: 10000000000\r\n\r\n");
    assert_eq!(meet(huge.as_bytes(), Then::GoOnForEver, 1000).await.map(drop), Err(TransportError::TooLarge));
    let endless = format!("{OK}\r\n");
    assert_eq!(meet(endless.as_bytes(), Then::GoOnForEver, 100_000).await.map(drop), Err(TransportError::TooLarge));
}

#[tokio::test]
async fn silence_is_a_timeout() {
    for bytes in [
        String::new(),
        "HTTP/1.1 200 OK\r\ncontent-".to_owned(),
        format!("{OK}content-length: 50\r\n\r\n{{}}"),
        format!("{OK}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n"),
    ] {
        let outcome = meet(bytes.as_bytes(), Then::KeepSilent, 1000).await;
        assert_eq!(outcome.map(drop), Err(TransportError::Timeout), "{bytes:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let (listener, transport) = listen().await;
    drop(listener);
    assert_eq!(transport.send(request(10)).await.map(drop), Err(TransportError::Unreachable));
}

#[tokio::test]
async fn a_refused_handshake_is_not_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = ServerAddress::parse(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
    let transport = HttpTransport::new(address).unwrap();
    for hello in [
        b"\x15\x03\x03\x00\x02\x02\x28".as_slice(), // alert: handshake_failure
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ] {
        let serve = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut chunk = [0; 1024];
            let _ = socket.read(&mut chunk).await.unwrap();
            socket.write_all(hello).await.unwrap();
            std::future::pending::<()>().await;
        };
        let outcome = tokio::select! {
            outcome = transport.send(request(10)) => outcome,
            () = serve => panic!("the server ended"),
        };
        assert_eq!(outcome.map(drop), Err(TransportError::NotTrusted));
    }
}

#[tokio::test]
async fn a_request_carries_what_it_should_and_nothing_that_was_not_asked_for() {
    let (listener, transport) = listen().await;
    let mut wanted = request(100);
    wanted.method = Method::Post;
    wanted.headers = vec![("idempotency-key", "\"k\"".to_owned().into())];
    wanted.body = Some(b"{\"a\":1}".to_vec().into());
    let serve = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let seen = head(&mut socket).await;
        socket.write_all(format!("{OK}set-cookie: a=b\r\ncontent-length: 2\r\n\r\n{{}}").as_bytes()).await.unwrap();
        let again = head(&mut socket).await;
        socket.write_all(format!("{OK}content-length: 2\r\n\r\n{{}}").as_bytes()).await.unwrap();
        (seen.to_ascii_lowercase(), again.to_ascii_lowercase())
    };
    let calls = async {
        transport.send(wanted).await.unwrap();
        transport.send(request(100)).await.unwrap();
    };
    let ((seen, again), ()) = tokio::join!(serve, calls);
    for part in [
        "post /v1/server http/1.1",
        "user-agent: review-desk/",
        "idempotency-key: \"k\"",
        "content-type: application/json",
    ] {
        assert!(seen.contains(part), "{part} is missing in {seen}");
    }
    assert!(!seen.contains("accept-encoding"), "{seen}");
    assert!(again.starts_with("get "), "the connection is used again");
    assert!(!again.contains("cookie"), "{again}");
}

#[tokio::test]
async fn over_real_http_a_page_of_html_is_no_review_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = ServerAddress::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let api = Api::over_http(address, Arc::new(SystemClock::new()), None).unwrap();
    let hostile = Hostile {
        bytes: b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>".to_vec(),
        then: Then::Close,
    };
    let outcome = tokio::select! {
        outcome = api.server_info() => outcome,
        () = hostile.serve(listener) => panic!("the server ended"),
    };
    assert_eq!(outcome, Err(ApiError::NotAReviewServer));
}

#[tokio::test]
async fn a_calendar_without_end_is_cut_off_at_its_cap_and_a_broken_off_one_is_no_answer() {
    for (bytes, then, expected) in [
        (OK.to_owned() + "\r\n{\"pack\":\"", Then::GoOnForEver, TransportError::TooLarge),
        // 100 MB announced: not a byte of it is read.
        (OK.to_owned() + "content-length: 104857600\r\n\r\n{", Then::KeepSilent, TransportError::TooLarge),
        (OK.to_owned() + "content-length: 500\r\n\r\n{\"pack\":\"", Then::Close, TransportError::Incomplete),
    ] {
        let (listener, transport) = listen().await;
        let api = Api::new(Arc::new(transport), Arc::new(SystemClock::new()), None);
        let hostile = Hostile { bytes: bytes.into_bytes(), then };
        tokio::select! {
            answer = api.calendar(Some("00")) => assert_eq!(answer, Err(ApiError::Transport(expected))),
            () = hostile.serve(listener) => panic!("the server ended"),
        }
    }
}

async fn lines_of(bytes: &[u8], then: Then, cap: usize) -> (u16, Vec<Result<String, TransportError>>) {
    let (listener, transport) = listen().await;
    let hostile = Hostile { bytes: bytes.to_vec(), then };
    let reading = async {
        let stream = transport.listen(WireRequest { is_patient: true, ..request(cap) }).await.unwrap();
        (stream.status, stream.lines.take(20).collect().await)
    };
    tokio::select! {
        lines = reading => lines,
        () = hostile.serve(listener) => panic!("the server ended"),
    }
}

const EVENTS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

#[tokio::test]
async fn a_stream_comes_line_by_line_however_it_is_cut() {
    let bytes = format!("{EVENTS}: hello\nevent: changed\r\nid: 7\ndata: \u{6837}\u{4f8b}\n\nhalf");
    let expected: Vec<_> =
        [": hello", "event: changed", "id: 7", "data: \u{6837}\u{4f8b}", ""].map(|line| Ok(line.to_owned())).into();
    for then in [Then::Close, Then::OneByteAtATime] {
        let (status, lines) = lines_of(bytes.as_bytes(), then, 100).await;
        assert_eq!((status, &lines), (200, &expected), "a line without an end is none");
    }
}

#[tokio::test]
async fn a_line_without_end_or_that_is_no_text_ends_the_stream() {
    let endless = format!("{EVENTS}ok\n");
    let (_, lines) = lines_of(endless.as_bytes(), Then::GoOnForEver, 100).await;
    assert_eq!(lines, [Ok("ok".to_owned()), Err(TransportError::TooLarge)]);
    let no_text = [EVENTS.as_bytes(), b"ok\n\xFF\xFE\nmore\n"].concat();
    let (_, lines) = lines_of(&no_text, Then::Close, 100).await;
    assert_eq!(lines, [Ok("ok".to_owned()), Err(TransportError::Incomplete)]);
    let broken = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nok\n\r\nzz";
    let (_, lines) = lines_of(broken.as_bytes(), Then::Close, 100).await;
    assert_eq!(lines, [Ok("ok".to_owned()), Err(TransportError::Incomplete)]);
}

#[tokio::test]
async fn a_stream_whose_head_does_not_come_is_a_timeout() {
    let (listener, transport) = listen().await;
    let hostile = Hostile { bytes: b"HTTP/1.1 200".to_vec(), then: Then::KeepSilent };
    let outcome = tokio::select! {
        outcome = transport.listen(request(10)) => outcome,
        () = hostile.serve(listener) => panic!("the server ended"),
    };
    assert_eq!(outcome.map(drop), Err(TransportError::Timeout));
}
