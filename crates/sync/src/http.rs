//! The port to the network over real HTTP: the one place that knows reqwest. No redirects, no cookies, no decompression, no proxy for
//! this computer; every body is counted against its cap while it is read, because reqwest has none.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use thiserror::Error;

#[cfg(feature = "failpoints")]
use crate::failpoint::failpoint;
use crate::lines::lines;
use crate::transport::{Method, ServerAddress, Transport, TransportError, WireAnswer, WireRequest, WireStream};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest silence within an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest silence of a server that may keep silent: more than three heartbeats.
const PATIENT_READ_TIMEOUT: Duration = Duration::from_secs(60);
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
    /// The same for long polls and streams.
    patient: reqwest::Client,
}

impl HttpTransport {
    /// Prepares a client; connects to nothing yet.
    ///
    /// # Errors
    /// When the system's trust store cannot be used.
    pub fn new(address: ServerAddress) -> Result<Self, HttpSetupError> {
        install_tls();
        let client = client(&address, READ_TIMEOUT).map_err(HttpSetupError)?;
        let patient = self::client(&address, PATIENT_READ_TIMEOUT).map_err(HttpSetupError)?;
        Ok(Self { address, client, patient })
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

fn client(address: &ServerAddress, read_timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
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
        .read_timeout(read_timeout)
        .pool_idle_timeout(POOL_IDLE)
        .https_only(address.is_https());
    if address.is_loopback() {
        builder = builder.no_proxy();
    }
    if !address.is_https() {
        // Nothing is verified on plain http: spare loading the trust store, which a small computer may not even have.
        builder = builder.tls_certs_only(std::iter::empty());
    }
    builder.build()
}

impl HttpTransport {
    fn prepare(&self, request: &WireRequest) -> reqwest::RequestBuilder {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let client = if request.is_patient { &self.patient } else { &self.client };
        let mut outgoing = client.request(method, self.address.join(&request.path));
        for (name, value) in &request.headers {
            outgoing = outgoing.header(*name, value.as_str());
        }
        if let Some(body) = &request.body {
            outgoing =
                outgoing.header(reqwest::header::CONTENT_TYPE, "application/json").body(wire_body(request, body));
        }
        outgoing
    }
}

#[cfg(not(feature = "failpoints"))]
fn wire_body(_request: &WireRequest, body: &[u8]) -> reqwest::Body {
    body.to_vec().into()
}

/// In two parts, with a fail point between them, which is reached when the head and the first part are on their way.
#[cfg(feature = "failpoints")]
fn wire_body(request: &WireRequest, body: &[u8]) -> reqwest::Body {
    if !is_decision(request) {
        return body.to_vec().into();
    }
    let half = body.len() / 2;
    let (first, second) = (body[..half].to_vec(), body[half..].to_vec());
    let second = async move {
        // So that the first part is written before.
        tokio::time::sleep(Duration::from_millis(20)).await;
        failpoint!("sync::deliver::during-body", Err(io::Error::other("fail point")));
        Ok(second)
    };
    let parts = futures::stream::once(async move { Ok::<_, io::Error>(first) }).chain(futures::stream::once(second));
    reqwest::Body::wrap_stream(parts)
}

#[cfg(feature = "failpoints")]
fn is_decision(request: &WireRequest) -> bool {
    request.path.ends_with("/decisions")
}

/// Header names with their values, where these are text.
fn head(response: &reqwest::Response) -> Vec<(String, String)> {
    let headers = response.headers().iter();
    headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect()
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: WireRequest) -> Result<WireAnswer, TransportError> {
        let outgoing = self.prepare(&request).timeout(request.timeout);
        let mut response = outgoing.send().await.map_err(|error| failure(&error))?;
        #[cfg(feature = "failpoints")]
        if is_decision(&request) {
            failpoint!("sync::deliver::mid-response", Err(TransportError::Incomplete));
        }
        let cap = request.body_cap;
        if response.content_length().is_some_and(|length| length > cap as u64) {
            return Err(TransportError::TooLarge);
        }
        let status = response.status().as_u16();
        let headers = head(&response);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if body.len().saturating_add(chunk.len()) > cap {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(WireAnswer { status, headers, body })
    }

    async fn listen(&self, request: WireRequest) -> Result<WireStream, TransportError> {
        // No limit for the whole of it: whoever reads notices its silence.
        let head_comes = tokio::time::timeout(request.timeout, self.prepare(&request).send());
        let response = head_comes.await.map_err(|_| TransportError::Timeout)?.map_err(|error| failure(&error))?;
        let (status, headers) = (response.status().as_u16(), head(&response));
        let chunks = response.bytes_stream().map(|chunk| match chunk {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(error) => Err(failure(&error)),
        });
        Ok(WireStream { status, headers, lines: lines(chunks.boxed(), request.body_cap).boxed() })
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
