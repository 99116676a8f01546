//! The port to the network over real HTTP: the one place that knows reqwest. No redirects, no cookies, no decompression, no proxy for
//! this computer; every body is counted against its cap while it is read, because reqwest has none.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::transport::{Method, ServerAddress, Transport, TransportError, WireAnswer, WireRequest};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest silence within an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// Shorter than servers commonly keep an idle connection, so that a request seldom meets one that is just closing.
const POOL_IDLE: Duration = Duration::from_secs(25);
const USER_AGENT: &str = concat!("review-desk/", env!("CARGO_PKG_VERSION"));

/// Chooses ring as the cryptography of TLS for this process. Called again, it does nothing.
pub fn install_tls() {
    // The only failure is that a provider is installed already, which is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// The HTTP client could not be set up (no trust store, no TLS).
#[derive(Debug, Error)]
#[error("the HTTP client cannot be set up")]
pub struct HttpSetupError(#[source] reqwest::Error);

/// HTTP to one server.
#[derive(Clone)]
pub struct HttpTransport {
    address: ServerAddress,
    client: reqwest::Client,
}

impl HttpTransport {
    /// Prepares a client; connects to nothing yet.
    ///
    /// # Errors
    /// When the system's trust store cannot be used.
    pub fn new(address: ServerAddress) -> Result<Self, HttpSetupError> {
        install_tls();
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE)
            .https_only(address.is_https());
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        if !address.is_https() {
            // Nothing is verified on plain http: spare loading the trust store, which a small computer may not even have.
            builder = builder.tls_certs_only(std::iter::empty());
        }
        let client = builder.build().map_err(HttpSetupError)?;
        Ok(Self { address, client })
    }

    /// Where the server is.
    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("address", &self.address).finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: WireRequest) -> Result<WireAnswer, TransportError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut outgoing = self.client.request(method, self.address.join(&request.path)).timeout(request.timeout);
        for (name, value) in &request.headers {
            outgoing = outgoing.header(*name, value.as_str());
        }
        if let Some(body) = &request.body {
            outgoing = outgoing.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        let mut response = outgoing.send().await.map_err(|error| failure(&error))?;
        let cap = request.body_cap;
        if response.content_length().is_some_and(|length| length > cap as u64) {
            return Err(TransportError::TooLarge);
        }
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if body.len().saturating_add(chunk.len()) > cap {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(WireAnswer { status, headers, body })
    }
}

fn failure(error: &reqwest::Error) -> TransportError {
    if is_tls(error) {
        TransportError::NotTrusted
    } else if error.is_connect() {
        TransportError::Unreachable
    } else if error.is_timeout() {
        TransportError::Timeout
    } else {
        TransportError::Incomplete
    }
}

/// Whether TLS refused the connection. An `io::Error` hides what it carries from `source()`, so it is opened by hand.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(cause) = next {
        let carried = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if cause.is::<rustls::Error>() || carried.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        next = match carried {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => cause.source(),
        };
    }
    false
}
