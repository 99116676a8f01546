//! Connections: how many, how long each may take to say what it wants, and how they end. An accept loop of its own, since axum's has no
//! limit on the time in which a client may send its headers. HTTP/1.1 only: TLS and HTTP/2 are a proxy's part.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Limits of connections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at one time; more wait in the kernel's queue.
    pub connections: usize,
    /// In which a client must have sent the headers of a request, and for which a kept-alive connection may idle.
    pub header: Duration,
    /// After which a connection is asked to end.
    pub lifetime: Duration,
    /// For which a connection may finish what it does, at its own end and at the server's.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            header: Duration::from_secs(15),
            lifetime: Duration::from_secs(30 * 60),
            grace: Duration::from_secs(20),
        }
    }
}

/// Serves `app` until `shutdown` is done; then takes no new connection, lets open requests finish, and returns. A request that takes
/// longer than [`Limits::grace`] is cut off.
pub async fn serve(listener: TcpListener, app: Router, limits: Limits, shutdown: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = shutdown.as_mut() => break,
            accepted = accept(&listener, &places) => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, place)) => {
                let (app, stopped) = (app.clone(), stopped.clone());
                connections.spawn(async move {
                    connection(stream, app, limits, stopped).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file handles, most likely: wait for some to come back instead of spinning.
                tracing::warn!(kind = ?error.kind(), "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let _ = stop.send(true);
    let finished = tokio::time::timeout(limits.grace + Duration::from_secs(1), async {
        while connections.join_next().await.is_some() {}
    });
    if finished.await.is_err() {
        tracing::warn!(open = connections.len(), "connections were cut off at shutdown");
        connections.shutdown().await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

async fn connection(stream: TcpStream, app: Router, limits: Limits, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_buf_size(32 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|&is_stopped| is_stopped) => {}
        () = tokio::time::sleep(limits.lifetime) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(limits.grace, connection).await;
}
