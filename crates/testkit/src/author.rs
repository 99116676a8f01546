//! A reviewer without a desktop: signs in, registers a device, leases, and seals, signs and delivers decisions, each by one plain request.
//! For tests that need a second person or exact control of what is sent when. Keeps nothing and repeats nothing by itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casework::{CaseId, DecisionId};
use contract::decision::{DecisionPayload, DecisionRequest};
use contract::device::{DeviceAnswer, DeviceRequest};
use contract::headers::{IDEMPOTENCY_KEY, IF_MATCH, quoted};
use contract::lease::LeaseAnswer;
use contract::server_info::ServerInfo;
use contract::session::{Person, SessionAnswer, SignInRequest};
use contract::{CONTRACT_VERSION, envelope, paths, signature};
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use crate::seed::SeedError;

/// How long one request may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Why something could not be done.
#[derive(Debug, Error)]
pub enum AuthorError {
    /// The address.
    #[error(transparent)]
    Address(#[from] SeedError),
    /// The server does not answer, or with something else.
    #[error("the server does not answer")]
    Http(#[from] reqwest::Error),
    /// The server refused.
    #[error("the server refused with status {0}: {1}")]
    Refused(u16, String),
    /// The decision could not be written or sealed.
    #[error("the decision could not be sealed")]
    Seal,
}

/// A signed-in reviewer on a registered device.
#[derive(Clone)]
pub struct Author {
    http: reqwest::Client,
    server: Url,
    /// What the server said of itself.
    pub info: ServerInfo,
    /// Who it is.
    pub person: Person,
    /// The device.
    pub device: Uuid,
    /// The access token.
    pub access_token: String,
    /// The credential that can only deliver.
    pub delivery_credential: String,
}

impl std::fmt::Debug for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Author").field("device", &self.device).finish_non_exhaustive()
    }
}

/// The seeds of a device's key and of its author's key: they follow from its id, so that a device can come back.
#[must_use]
pub fn seeds_of(device: Uuid) -> ([u8; 32], [u8; 32]) {
    let seed = |salt| {
        let mut seed = [salt; 32];
        seed[..16].copy_from_slice(device.as_bytes());
        seed
    };
    (seed(1), seed(2))
}

impl Author {
    /// Signs in on a device and registers it.
    ///
    /// # Errors
    /// See [`AuthorError`].
    pub async fn sign_in(server: &Url, account: &str, password: &str, device: Uuid) -> Result<Self, AuthorError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A connection for each request: a server that was started anew at the same address must not meet an old one.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .pool_max_idle_per_host(0)
            .build()?;
        let at = |path: &str| server.join(path).map_err(|_| SeedError::BadAddress);
        let info: ServerInfo = read(http.get(at(paths::SERVER)?).send().await?).await?;
        let request = SignInRequest {
            account: account.to_owned(),
            password: password.to_owned(),
            device_id: device,
            contract_version: CONTRACT_VERSION,
        };
        let session: SessionAnswer = read(http.post(at(paths::SESSION)?).json(&request).send().await?).await?;
        let (device_seed, author_seed) = seeds_of(device);
        let keys = DeviceRequest {
            device_key: signature::public_key(&device_seed),
            author_key: signature::public_key(&author_seed),
        };
        let put = http.put(at(paths::DEVICE)?).bearer_auth(&session.access_token).json(&keys);
        let registered: DeviceAnswer = read(put.send().await?).await?;
        Ok(Self {
            server: server.clone(),
            info,
            person: session.person,
            device,
            access_token: session.access_token,
            delivery_credential: registered.delivery_credential,
            http,
        })
    }

    /// Opens a case: leases it.
    ///
    /// # Errors
    /// See [`AuthorError`].
    pub async fn lease(&self, case: CaseId) -> Result<LeaseAnswer, AuthorError> {
        let url = self.server.join(&paths::lease(case)).map_err(|_| SeedError::BadAddress)?;
        read(self.http.post(url).bearer_auth(&self.access_token).send().await?).await
    }

    /// A decision on a leased case, made at this time of the server. Every field may be changed before it is sealed.
    #[must_use]
    pub fn payload(&self, lease: &LeaseAnswer, opinion: &str, reasons: &[&str], at_ms: i64) -> DecisionPayload {
        let mut evidence: Vec<String> = lease.case.evidence.iter().map(|one| one.sha256.clone()).collect();
        evidence.sort();
        let row = &lease.case.row;
        DecisionPayload {
            decision_id: Uuid::now_v7(),
            case_id: row.case_id,
            author: self.person.account_id,
            device_id: self.device,
            round: row.round,
            case_version: row.version,
            fence: lease.fence,
            opinion: opinion.to_owned(),
            reasons: reasons.iter().map(|&code| code.to_owned()).collect(),
            reasons_version: 1,
            applicant_text: None,
            internal_note: None,
            evidence,
            reviews_left_shown: (opinion != "approve").then(|| 3u8.saturating_sub(row.round)),
            decided_at_ms: at_ms,
            clock: None,
        }
    }

    /// Seals and signs.
    ///
    /// # Errors
    /// The server's key is not usable.
    pub fn seal(&self, payload: &DecisionPayload) -> Result<DecisionRequest, AuthorError> {
        let bytes = serde_json::to_vec(payload).map_err(|_| AuthorError::Seal)?;
        let key = STANDARD.decode(&self.info.envelope_key.public_key).map_err(|_| AuthorError::Seal)?;
        let (decision, case) = (DecisionId(payload.decision_id), CaseId(payload.case_id));
        let sealed = envelope::seal(&key, decision, case, &bytes).map_err(|_| AuthorError::Seal)?;
        let sha256 = envelope::payload_sha256(&bytes);
        let message = signature::decision_message(decision, case, sha256);
        let (device_seed, author_seed) = seeds_of(payload.device_id);
        Ok(DecisionRequest {
            decision_id: decision.0,
            payload_sha256: sha256.to_string(),
            key_id: self.info.envelope_key.key_id.clone(),
            envelope: STANDARD.encode(sealed),
            author_signature: signature::sign(&author_seed, &message),
            device_signature: signature::sign(&device_seed, &message),
            receipt: None,
        })
    }

    /// Delivers with the delivery credential. Gives the status and the body, whatever they are.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn deliver(
        &self,
        payload: &DecisionPayload,
        request: &DecisionRequest,
    ) -> Result<(u16, Vec<u8>), AuthorError> {
        let path = paths::decisions(CaseId(payload.case_id));
        let url = self.server.join(&path).map_err(|_| SeedError::BadAddress)?;
        let post = self
            .http
            .post(url)
            .bearer_auth(&self.delivery_credential)
            .header(IDEMPOTENCY_KEY, quoted(&payload.decision_id.to_string()))
            .header(IF_MATCH, quoted(&payload.case_version.to_string()))
            .json(request);
        let answer = post.send().await?;
        Ok((answer.status().as_u16(), answer.bytes().await?.to_vec()))
    }
}

async fn read<T: serde::de::DeserializeOwned>(answer: reqwest::Response) -> Result<T, AuthorError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer.json().await?);
    }
    Err(AuthorError::Refused(status.as_u16(), answer.text().await?))
}
