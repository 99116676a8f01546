//! The contract's calls over a [`Transport`]: what is asked, how long an answer may be, and whether what came is an answer of a review
//! server at all. Every answer feeds the server's clock. Nothing is retried and nothing is stored here. The calls about leases, deliveries
//! and events stand in files of their own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use casework::Sha256;
use contract::calendar::CalendarAnswer;
use contract::feed::ChangesAnswer;
use contract::headers;
use contract::reason::ReasonsAnswer;
use contract::server_info::{PRODUCT, ServerInfo};
use contract::session::{RefreshRequest, SessionAnswer, SignInRequest};
use contract::{CONTRACT_VERSION, paths};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Digest;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::api_answer::{is_encoded, media_type, read_json, refusal, said_time};
use crate::api_error::ApiError;
use crate::error::{SyncError, SyncErrorKind};
use crate::http::HttpTransport;
use crate::local_clock::LocalClock;
use crate::server_clock::SharedClock;
use crate::transport::{Method, ServerAddress, Transport, TransportError, WireAnswer, WireRequest, WireStream};

pub(crate) const SMALL: usize = 64 * 1024;
pub(crate) const CATALOGUE: usize = 1024 * 1024;
pub(crate) const PAGE: usize = 8 * 1024 * 1024;
/// A pack file of the largest kind, and what its JSON adds. Whoever sends more is cut off there.
const CALENDAR: usize = 2 * working_days::MAX_PACK_BYTES + SMALL;
const NOT_MODIFIED: u16 = 304;
const QUICK: Duration = Duration::from_secs(20);
const SIGN_OUT: Duration = Duration::from_secs(3);
const PHOTO: Duration = Duration::from_secs(180);

/// The right to call: an access token, which lives in memory only, or a delivery credential.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(Arc<Zeroizing<String>>);

impl AccessToken {
    /// Takes the token out of a session answer, or a credential out of the store.
    #[must_use]
    pub fn new(token: String) -> Self {
        Self(Arc::new(Zeroizing::new(token)))
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// The calls to one server.
#[derive(Clone)]
pub struct Api {
    transport: Arc<dyn Transport>,
    clock: SharedClock,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

pub(crate) struct Call<'a> {
    method: Method,
    path: String,
    token: Option<&'a AccessToken>,
    headers: Vec<(&'static str, String)>,
    body: Option<Zeroizing<Vec<u8>>>,
    cap: usize,
    timeout: Duration,
    is_patient: bool,
}

impl<'a> Call<'a> {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            token: None,
            headers: Vec::new(),
            body: None,
            cap: SMALL,
            timeout: QUICK,
            is_patient: false,
        }
    }

    pub(crate) fn by(mut self, token: &'a AccessToken) -> Self {
        self.token = Some(token);
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        // The contract's requests are plain structs: they always serialise. An empty body would be refused as a bad request.
        self.body = Some(Zeroizing::new(serde_json::to_vec(body).unwrap_or_default()));
        self
    }

    pub(crate) fn cap(mut self, bytes: usize) -> Self {
        self.cap = bytes;
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The server may keep silent until the time-out.
    pub(crate) fn patient(mut self) -> Self {
        self.is_patient = true;
        self
    }
}

impl Api {
    /// Calls over this transport. `remembered_offset_ms` is the offset of the last run ([`crate::Ledger::put_clock_offset`]).
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, local: Arc<dyn LocalClock>, remembered_offset_ms: Option<i64>) -> Self {
        Self { transport, clock: SharedClock::new(local, remembered_offset_ms) }
    }

    /// Calls over HTTP to this address.
    ///
    /// # Errors
    /// [`SyncErrorKind::ClientSetup`](crate::SyncErrorKind::ClientSetup) when the system's trust store cannot be used.
    pub fn over_http(
        address: ServerAddress,
        local: Arc<dyn LocalClock>,
        remembered_offset_ms: Option<i64>,
    ) -> Result<Self, SyncError> {
        match HttpTransport::new(address) {
            Ok(transport) => Ok(Self::new(Arc::new(transport), local, remembered_offset_ms)),
            Err(error) => {
                tracing::error!(%error, "no HTTP client");
                Err(SyncErrorKind::ClientSetup.into())
            }
        }
    }

    /// The server's clock, fed by every answer.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// Who the server is; no sign-in needed. Whatever is not a review server's own word is [`ApiError::NotAReviewServer`].
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn server_info(&self) -> Result<ServerInfo, ApiError> {
        let answer = self.send(Call::new(Method::Get, paths::SERVER)).await?;
        let info: ServerInfo = read_json(&answer, self.server_ms(&answer)).map_err(|error| match error {
            ApiError::Unreadable => ApiError::NotAReviewServer,
            other => other,
        })?;
        if info.product == PRODUCT { Ok(info) } else { Err(ApiError::NotAReviewServer) }
    }

    /// Signs in.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn sign_in(&self, account: &str, password: &str, device_id: Uuid) -> Result<SessionAnswer, ApiError> {
        let request = SignInRequest {
            account: account.to_owned(),
            password: password.to_owned(),
            device_id,
            contract_version: CONTRACT_VERSION,
        };
        let call = Call::new(Method::Post, paths::SESSION).json(&request);
        zeroize::Zeroize::zeroize(&mut { request.password });
        self.json(call).await
    }

    /// Exchanges the refresh token for a new pair.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn refresh(&self, refresh_token: &str) -> Result<SessionAnswer, ApiError> {
        let request = RefreshRequest { refresh_token: refresh_token.to_owned() };
        let call = Call::new(Method::Post, paths::SESSION_REFRESH).json(&request);
        zeroize::Zeroize::zeroize(&mut { request.refresh_token });
        self.json(call).await
    }

    /// Ends the session; waits three seconds at most.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn sign_out(&self, token: &AccessToken) -> Result<(), ApiError> {
        self.nothing(Call::new(Method::Delete, paths::SESSION).by(token).timeout(SIGN_OUT)).await
    }

    /// One page of changes after a cursor.
    ///
    /// # Errors
    /// See [`ApiError`]; a page that leads backwards or nowhere is [`ApiError::Unreadable`].
    pub async fn changes(&self, token: &AccessToken, after: i64, limit: u32) -> Result<ChangesAnswer, ApiError> {
        let path = format!("{}?after={after}&limit={limit}", paths::CHANGES);
        let page: ChangesAnswer = self.json(Call::new(Method::Get, path).by(token).cap(PAGE)).await?;
        let leads_nowhere = page.has_more && page.cursor <= after;
        if page.cursor < 0 || leads_nowhere || page.epoch.is_empty() {
            return Err(ApiError::Unreadable);
        }
        Ok(page)
    }

    /// The reasons catalogue.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn reasons(&self, token: &AccessToken) -> Result<ReasonsAnswer, ApiError> {
        self.json(Call::new(Method::Get, paths::REASONS).by(token).cap(CATALOGUE)).await
    }

    /// The calendar pack in force at the server; `None` when it is the one whose hash (hex) is `known`. No sign-in needed. What is in the
    /// pack, and who signed it, is not looked at here.
    ///
    /// # Errors
    /// See [`ApiError`]; a hash in the answer's head that is not that of its pack is [`ApiError::Unreadable`].
    pub async fn calendar(&self, known: Option<&str>) -> Result<Option<CalendarAnswer>, ApiError> {
        let mut call = Call::new(Method::Get, paths::CALENDAR).cap(CALENDAR);
        if let Some(known) = known {
            call = call.header(headers::IF_NONE_MATCH, headers::quoted(known));
        }
        let answer = self.send(call).await?;
        if answer.status == NOT_MODIFIED && known.is_some() {
            // A proxy's word is no review server's.
            let is_ours = answer.header(headers::CONTRACT_VERSION).is_some();
            return if is_ours { Ok(None) } else { Err(ApiError::NotAReviewServer) };
        }
        let calendar: CalendarAnswer = read_json(&answer, self.server_ms(&answer))?;
        let said = answer.header(headers::ETAG).and_then(headers::unquoted);
        if said == Some(Sha256(sha2::Sha256::digest(calendar.pack.as_bytes()).into()).to_string().as_str()) {
            Ok(Some(calendar))
        } else {
            Err(ApiError::Unreadable)
        }
    }

    /// The original bytes of a photo, at most `max_bytes`, with exactly this hash.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn photo(&self, token: &AccessToken, sha256: Sha256, max_bytes: usize) -> Result<Vec<u8>, ApiError> {
        // A refusal must fit as well.
        let call = Call::new(Method::Get, paths::photo(sha256)).by(token);
        let answer = self.send(call.cap(max_bytes.max(SMALL)).timeout(PHOTO)).await?;
        if !(200..300).contains(&answer.status) {
            return Err(refusal(&answer, self.server_ms(&answer)));
        }
        let media_type = media_type(&answer);
        if !(media_type.starts_with("image/") || media_type == "application/octet-stream") {
            return Err(ApiError::NotAReviewServer);
        }
        if is_encoded(&answer) || answer.status != 200 {
            return Err(ApiError::Unreadable);
        }
        if answer.body.len() > max_bytes {
            return Err(ApiError::Transport(TransportError::TooLarge));
        }
        if sha2::Sha256::digest(&answer.body).as_slice() == sha256.0 {
            Ok(answer.body)
        } else {
            Err(ApiError::PhotoDiffers)
        }
    }

    pub(crate) async fn send(&self, call: Call<'_>) -> Result<WireAnswer, ApiError> {
        let t0 = self.clock.mono_ms();
        let answer = self.transport.send(wire(call)).await?;
        if let Some(server_ms) = said_time(&answer) {
            self.clock.hear(t0, server_ms);
        }
        Ok(answer)
    }

    /// Opens a stream; whether it is one of the contract is for the caller to say.
    pub(crate) async fn open(&self, call: Call<'_>) -> Result<WireStream, ApiError> {
        Ok(self.transport.listen(wire(call)).await?)
    }

    pub(crate) async fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ApiError> {
        let answer = self.send(call).await?;
        read_json(&answer, self.server_ms(&answer))
    }

    /// For calls whose answer tells nothing but that it was done.
    pub(crate) async fn nothing(&self, call: Call<'_>) -> Result<(), ApiError> {
        let answer = self.send(call).await?;
        if !(200..300).contains(&answer.status) {
            Err(refusal(&answer, self.server_ms(&answer)))
        } else if answer.header(headers::CONTRACT_VERSION).is_none() {
            Err(ApiError::NotAReviewServer)
        } else {
            Ok(())
        }
    }

    pub(crate) fn server_ms(&self, answer: &WireAnswer) -> i64 {
        said_time(answer).unwrap_or_else(|| self.clock.now().ms)
    }
}

fn wire(call: Call<'_>) -> WireRequest {
    let mut wire_headers: Vec<_> =
        call.headers.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect();
    wire_headers.push((headers::CONTRACT_VERSION, Zeroizing::new(CONTRACT_VERSION.to_string())));
    if let Some(AccessToken(token)) = call.token {
        wire_headers.push(("authorization", Zeroizing::new(format!("Bearer {}", token.as_str()))));
    }
    WireRequest {
        method: call.method,
        path: call.path,
        headers: wire_headers,
        body: call.body,
        body_cap: call.cap,
        timeout: call.timeout,
        is_patient: call.is_patient,
    }
}
