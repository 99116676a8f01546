//! What a delivered decision is: the envelope opens, belongs to its header, its case and its author, and is signed by author and device.
//! Nothing of one that fails any of it is looked at.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casework::{AccountId, CaseId, CaseVersion, DecisionId, Sha256};
use contract::decision::{DecisionPayload, DecisionRequest};
use contract::envelope::payload_sha256;
use contract::headers::unquoted;
use contract::problem::ProblemCode;
use contract::signature;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::viewer::Author;
use crate::secret::sha256_hex;
use crate::state::AppState;
use crate::store::case::CaseRecord;
use crate::store::device;

/// What came in: body and headers, not yet believed.
pub(crate) struct Incoming {
    pub(crate) request: DecisionRequest,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) if_match: Option<String>,
}

/// A decision whose envelope opened and belongs to its header, its case and its author.
pub(crate) struct Opened {
    pub(crate) decision: DecisionId,
    pub(crate) payload: DecisionPayload,
    pub(crate) bytes: Vec<u8>,
    pub(crate) sha256: Sha256,
}

impl Opened {
    /// The same payload sealed again is the same decision: sealing is randomised, so the envelope's bytes say nothing.
    pub(crate) fn fingerprint(&self) -> String {
        let Self { payload, sha256, .. } = self;
        sha256_hex(format!("{sha256} {} {}", payload.case_id, payload.author).as_bytes())
    }
}

fn bad_envelope(field: &str) -> ServerError {
    ServerError::at_field(ProblemCode::BadEnvelope, field)
}

/// The payload of an envelope that opens, before anything else is known of it: for finding out whose it claims to be.
pub(crate) fn peek(state: &AppState, case: CaseId, request: &DecisionRequest) -> Result<DecisionPayload, ServerError> {
    let bytes = unsealed(state, case, request)?;
    serde_json::from_slice(&bytes).map_err(|_| bad_envelope("payload"))
}

fn unsealed(state: &AppState, case: CaseId, request: &DecisionRequest) -> Result<Vec<u8>, ServerError> {
    let pair = state.envelope_key(&request.key_id).ok_or_else(|| bad_envelope("key_id"))?;
    let sealed = STANDARD.decode(&request.envelope).map_err(|_| bad_envelope("envelope"))?;
    pair.open(DecisionId(request.decision_id), case, &sealed).map_err(|_| bad_envelope("envelope"))
}

/// Opens the envelope and checks everything that it must agree with, its signatures last.
pub(crate) fn open(
    db: &Connection,
    state: &AppState,
    author: &Author,
    case: &CaseRecord,
    incoming: &Incoming,
) -> Result<Opened, ServerError> {
    let request = &incoming.request;
    let decision = DecisionId(request.decision_id);
    let key = incoming.idempotency_key.as_deref().and_then(unquoted);
    let key = key.ok_or_else(|| ServerError::at_field(ProblemCode::BadRequest, "idempotency-key"))?;
    if key.parse() != Ok(decision) {
        return Err(bad_envelope("idempotency-key"));
    }
    let claimed: Sha256 = request.payload_sha256.parse().map_err(|_| bad_envelope("payload_sha256"))?;
    let bytes = unsealed(state, case.id, request)?;
    let sha256 = payload_sha256(&bytes);
    if sha256 != claimed {
        return Err(bad_envelope("payload_sha256"));
    }
    let payload: DecisionPayload = serde_json::from_slice(&bytes).map_err(|_| bad_envelope("payload"))?;
    if payload.decision_id != decision.0 {
        return Err(bad_envelope("decision_id"));
    }
    if payload.case_id != case.id.0 {
        return Err(bad_envelope("case_id"));
    }
    if payload.author != author.viewer.id().0 {
        return Err(bad_envelope("author"));
    }
    if author.delivers_for.is_some_and(|device| device != payload.device_id) {
        return Err(bad_envelope("device_id"));
    }
    if payload.round != case.round.number() {
        return Err(bad_envelope("round"));
    }
    let opened = Opened { decision, payload, bytes, sha256 };
    must_be_signed(db, author, case, &opened, request)?;
    Ok(opened)
}

/// Refuses what author and device did not both sign with the keys that they registered.
fn must_be_signed(
    db: &Connection,
    author: &Author,
    case: &CaseRecord,
    opened: &Opened,
    request: &DecisionRequest,
) -> Result<(), ServerError> {
    let payload = &opened.payload;
    let device = device::load(db, payload.device_id, AccountId(payload.author))?.ok_or(ProblemCode::DeviceUnknown)?;
    if device.revoked_at_ms.is_some() && !author.may_be_revoked {
        return Err(ProblemCode::DeviceRevoked.into());
    }
    let message = signature::decision_message(opened.decision, case.id, opened.sha256);
    for (field, key, signature) in [
        ("author_signature", &device.author_key, &request.author_signature),
        ("device_signature", &device.device_key, &request.device_signature),
    ] {
        signature::verify(key, &message, signature)
            .map_err(|_| ServerError::at_field(ProblemCode::BadSignature, field))?;
    }
    Ok(())
}

/// The version that was seen. Saying so is not optional.
pub(crate) fn version_seen(incoming: &Incoming, payload: &DecisionPayload) -> Result<CaseVersion, ServerError> {
    let header = incoming.if_match.as_deref().ok_or(ProblemCode::VersionRequired)?;
    let seen = unquoted(header)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ServerError::at_field(ProblemCode::BadRequest, "if-match"))?;
    if seen == payload.case_version { Ok(CaseVersion(seen)) } else { Err(bad_envelope("case_version")) }
}
