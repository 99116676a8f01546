//! The listening part: a connection at a time reads a request, asks the script, passes the request to the real router where it is to reach
//! it, and writes what the script made of the answer.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use futures::StreamExt;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use super::answer::{Answer, Reply, Then};
use super::request::{self, Asked};
use super::script::Script;

/// Above any answer of the real server.
const LARGEST: usize = 64 << 20;

/// A running hostile server; it ends when it is dropped.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    script: Script,
    task: JoinHandle<()>,
}

impl Front {
    /// Listens on a free loopback port, in front of this router.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(router: Router) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let script = Script::default();
        let task = background(accept(listener, router, script.clone()));
        Ok(Self { address, script, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The plans, and the record of what was asked.
    #[must_use]
    pub fn script(&self) -> &Script {
        &self.script
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "the server owns its accept loop and ends it when it is dropped")]
fn background(work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(work)
}

async fn accept(listener: TcpListener, router: Router, script: Script) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connection(stream, router.clone(), script.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router, script: Script) {
    let _ = stream.set_nodelay(true);
    let (reads, mut writes) = stream.into_split();
    let mut reader = BufReader::new(reads);
    while let Some(asked) = request::read(&mut reader).await {
        let is_going_on = match script.next(&asked) {
            None => pass(&router, &asked, &mut writes).await,
            Some((reaches, spoil)) => {
                let answer = if reaches { Some(whole(real(&router, &asked).await).await) } else { None };
                reply(spoil(&asked, answer), &mut writes).await
            }
        };
        if !is_going_on {
            break;
        }
    }
    // The desktop may be gone already.
    drop(writes.shutdown().await);
}

/// What the real server answers.
async fn real(router: &Router, asked: &Asked) -> Response {
    let mut request = Request::builder().method(asked.method.as_str()).uri(&asked.path);
    for (name, value) in &asked.headers {
        if name != "transfer-encoding" && name != "content-length" {
            request = request.header(name, value);
        }
    }
    match request.body(Body::from(asked.body.clone())) {
        Ok(request) => match router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        Err(_) => Response::new(Body::empty()),
    }
}

fn head(response: &Response) -> Answer {
    let headers = response.headers().iter().filter(|(name, _)| *name != "content-length");
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    Answer { status: response.status().as_u16(), headers, body: Vec::new() }
}

async fn whole(response: Response) -> Answer {
    let answer = head(&response);
    let body = to_bytes(response.into_body(), LARGEST).await.unwrap_or_default();
    answer.with_body(body.to_vec())
}

/// Streams the real answer as it comes; events never end.
async fn pass<W: AsyncWriteExt + Unpin>(router: &Router, asked: &Asked, to: &mut W) -> bool {
    let response = real(router, asked).await;
    if response.headers().get("content-type").is_none_or(|kind| kind != "text/event-stream") {
        return reply(whole(response).await.into(), to).await;
    }
    if to.write_all(&head(&response).head("transfer-encoding: chunked\r\n")).await.is_err() {
        return false;
    }
    let mut pieces = response.into_body().into_data_stream();
    while let Some(Ok(piece)) = pieces.next().await {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
        if to.write_all(&chunk).await.is_err() {
            return false;
        }
    }
    to.write_all(b"0\r\n\r\n").await.is_ok()
}

/// Writes a reply; whether the connection goes on.
async fn reply<W: AsyncWriteExt + Unpin>(reply: Reply, to: &mut W) -> bool {
    if !reply.after.is_zero() {
        tokio::time::sleep(reply.after).await;
    }
    if to.write_all(&reply.bytes).await.is_err() || to.flush().await.is_err() {
        return false;
    }
    match reply.then {
        Then::KeepAlive => true,
        Then::Close => false,
        Then::Silence => std::future::pending().await,
        Then::Repeat(bytes, times) => {
            for _ in 0..times {
                if to.write_all(&bytes).await.is_err() {
                    return false;
                }
            }
            false
        }
    }
}
