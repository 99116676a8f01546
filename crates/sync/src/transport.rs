//! The port to the network: one request, one whole answer or one stream of lines, and the address that it goes to. It promises bounded
//! bodies and typed failures; it knows nothing of cases. What is personal or secret (query, headers, body) never shows in a debug print.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use thiserror::Error;
use url::{Host, Url};
use zeroize::Zeroizing;

/// The methods that the contract uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something.
    Post,
    /// Puts something in the place of what is there.
    Put,
    /// Ends something.
    Delete,
}

/// One request.
#[derive(Clone)]
pub struct WireRequest {
    /// The method.
    pub method: Method,
    /// Path below the server's address and, after `?`, the query.
    pub path: String,
    /// Header names in lower case with their values.
    pub headers: Vec<(&'static str, Zeroizing<String>)>,
    /// A JSON body.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// The largest answer body that is read, in bytes.
    pub body_cap: usize,
    /// How long the whole exchange may take; of a stream, how long until its head is here.
    pub timeout: Duration,
    /// Whether the server may keep silent as long as the exchange may take, as it does on a long poll.
    pub is_patient: bool,
}

impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        f.debug_struct("WireRequest").field("method", &self.method).field("path", &path).finish_non_exhaustive()
    }
}

/// One whole answer.
#[derive(Clone)]
pub struct WireAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body, never longer than the request's cap.
    pub body: Vec<u8>,
}

impl WireAnswer {
    /// The first header of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for WireAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireAnswer")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// An answer whose body has no end of its own: its head, and line after line as they come.
pub struct WireStream {
    /// The HTTP status.
    pub status: u16,
    /// As in [`WireAnswer`].
    pub headers: Vec<(String, String)>,
    /// The lines without their ends, none longer than the request's cap; after an error nothing comes.
    pub lines: BoxStream<'static, Result<String, TransportError>>,
}

impl fmt::Debug for WireStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireStream").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there is no answer. In every case the server may nevertheless have done what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TransportError {
    /// No connection.
    #[error("the server cannot be reached")]
    Unreachable,
    /// Connected, but no whole answer in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// No secure connection: the certificate is not trusted, or the other side does not speak TLS properly.
    #[error("no trusted connection to the server")]
    NotTrusted,
    /// The answer broke off or is no HTTP.
    #[error("the answer broke off")]
    Incomplete,
    /// The answer is longer than the request allowed.
    #[error("the answer is too long")]
    TooLarge,
}

/// The port.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and reads its whole answer, of whatever status. Redirects are answers.
    ///
    /// # Errors
    /// When there is no whole answer.
    async fn send(&self, request: WireRequest) -> Result<WireAnswer, TransportError>;

    /// Sends one request and gives its answer line by line. A transport that knows no streams says that the answer broke off.
    ///
    /// # Errors
    /// When there is no head of an answer.
    async fn listen(&self, request: WireRequest) -> Result<WireStream, TransportError> {
        drop(request);
        Err(TransportError::Incomplete)
    }
}

/// Why a text is no usable server address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Not a web address, or one with credentials, query or fragment.
    #[error("not a server address")]
    BadAddress,
    /// Plain http to another computer.
    #[error("plain http is allowed to this computer only")]
    Insecure,
}

/// Where a server is: `https`, or `http` on this computer only. May have a path, when a proxy serves it under one.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerAddress {
    url: Url,
    is_loopback: bool,
}

impl ServerAddress {
    /// Reads an address as a person types it; spaces around it and slashes at its end do not matter.
    ///
    /// # Errors
    /// When it is no web address, has credentials, query or fragment, or is plain http to another computer.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut url = Url::parse(text.trim()).map_err(|_| AddressError::BadAddress)?;
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(AddressError::BadAddress),
        };
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::BadAddress);
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => return Err(AddressError::Insecure),
            _ => return Err(AddressError::BadAddress),
        }
        let path: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
        let path = format!("/{}", path.join("/"));
        url.set_path(&path);
        Ok(Self { url, is_loopback })
    }

    /// Whether it is this computer.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether TLS protects the way.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The full URL of a path of the contract.
    pub(crate) fn join(&self, path_and_query: &str) -> String {
        format!("{self}{path_and_query}")
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerAddress({self})")
    }
}

impl FromStr for ServerAddress {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}
