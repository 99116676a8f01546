//! A TCP proxy that spoils connections on purpose, with the toxics of toxiproxy, each for one direction, switched while connections run. It
//! knows bytes and no HTTP, and promises that without a toxic every byte passes in order. Its randomness comes from one seed.

mod carry;
mod toxic;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub use carry::{End, carry};
pub use toxic::{Direction, Toxic, Toxics};

/// A running proxy; it ends when it is dropped, and its connections with it.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    toxics: Toxics,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free loopback port for connections to `server`.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(server: SocketAddr, seed: u64) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let toxics = Toxics::default();
        let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        let task = background(accept(listener, server, toxics.clone(), random));
        Ok(Self { address, toxics, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The toxics, to be put and taken away at any time.
    #[must_use]
    pub fn toxics(&self) -> &Toxics {
        &self.toxics
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "the proxy owns its accept loop and ends it when it is dropped")]
fn background(work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(work)
}

async fn accept(listener: TcpListener, server: SocketAddr, toxics: Toxics, random: Arc<Mutex<StdRng>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                // A seed for each connection, so that one does not disturb the dice of another.
                let seed = random.lock().unwrap_or_else(PoisonError::into_inner).random();
                connections.spawn(connection(client, server, toxics.clone(), seed));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Carries both directions until one of them is cut or both have ended.
async fn connection(client: TcpStream, server: SocketAddr, toxics: Toxics, seed: u64) {
    let Ok(upstream) = TcpStream::connect(server).await else { return };
    let _ = (client.set_nodelay(true), upstream.set_nodelay(true));
    let (mut client_reads, mut client_writes) = client.into_split();
    let (mut server_reads, mut server_writes) = upstream.into_split();
    let mut dice = StdRng::seed_from_u64(seed);
    let (up_dice, down_dice) = (StdRng::seed_from_u64(dice.random()), StdRng::seed_from_u64(dice.random()));
    let mut is_up = true;
    let mut is_down = true;
    let end = {
        let up = carry(&mut client_reads, &mut server_writes, Direction::Up, &toxics, up_dice);
        let down = carry(&mut server_reads, &mut client_writes, Direction::Down, &toxics, down_dice);
        tokio::pin!(up, down);
        loop {
            let end = tokio::select! {
                end = &mut up, if is_up => { is_up = false; end }
                end = &mut down, if is_down => { is_down = false; end }
            };
            if end != End::Ended || !(is_up || is_down) {
                break end;
            }
        }
    };
    let client = client_reads.reunite(client_writes).ok();
    let upstream = server_reads.reunite(server_writes).ok();
    for mut stream in [client, upstream].into_iter().flatten() {
        match end {
            End::Reset => drop(stream.set_zero_linger()),
            End::Ended | End::Cut => drop(stream.shutdown().await),
        }
    }
}
