//! Ed25519 signatures of the contract: a decision is signed by its author and by the device that it was made on, a receipt and the head of
//! the audit log by the server. Owns what exactly is signed, each kind under its own label; where keys are kept is not said here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casework::{CaseId, DecisionId, Sha256};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use thiserror::Error;

use crate::decision::Receipt;

/// Why a signature is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// Not the base64 of a key or a signature.
    #[error("not a key or a signature")]
    Malformed,
    /// It does not fit message and key.
    #[error("the signature does not fit")]
    DoesNotFit,
}

/// What author and device sign of a decision: the envelope's two names, and the hash of the payload inside it.
#[must_use]
pub fn decision_message(decision: DecisionId, case: CaseId, payload: Sha256) -> Vec<u8> {
    let mut message = b"review-desk decision v1\0".to_vec();
    message.extend_from_slice(decision.0.as_bytes());
    message.extend_from_slice(case.0.as_bytes());
    message.extend_from_slice(&payload.0);
    message
}

/// What the server signs of a receipt: every field but the signature, each with its length before it.
#[must_use]
pub fn receipt_message(server_id: uuid::Uuid, receipt: &Receipt) -> Vec<u8> {
    let mut message = b"review-desk receipt v1\0".to_vec();
    message.extend_from_slice(server_id.as_bytes());
    message.extend_from_slice(receipt.decision_id.as_bytes());
    message.extend_from_slice(&receipt.case_version.to_be_bytes());
    message.extend_from_slice(&receipt.received_at_ms.to_be_bytes());
    message.extend_from_slice(&receipt.audit.seq.to_be_bytes());
    let outcome = receipt.outcome.as_deref().unwrap_or_default();
    for field in [&receipt.payload_sha256, &receipt.state, outcome, &receipt.audit.hash] {
        message.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        message.extend_from_slice(field.as_bytes());
    }
    message
}

/// What the server signs of its audit log: how far it went when, and the hash of its last entry.
#[must_use]
pub fn audit_head_message(server_id: uuid::Uuid, seq: u64, hash: Sha256, at_ms: i64) -> Vec<u8> {
    let mut message = b"review-desk audit head v1\0".to_vec();
    message.extend_from_slice(server_id.as_bytes());
    message.extend_from_slice(&seq.to_be_bytes());
    message.extend_from_slice(&hash.0);
    message.extend_from_slice(&at_ms.to_be_bytes());
    message
}

/// Signs with the key of this seed; standard base64.
#[must_use]
pub fn sign(seed: &[u8; 32], message: &[u8]) -> String {
    STANDARD.encode(SigningKey::from_bytes(seed).sign(message).to_bytes())
}

/// The public key of a seed; standard base64.
#[must_use]
pub fn public_key(seed: &[u8; 32]) -> String {
    STANDARD.encode(SigningKey::from_bytes(seed).verifying_key().to_bytes())
}

/// Checks a signature by a public key, both in standard base64, and refuses weak keys.
///
/// # Errors
/// Malformed, or it does not fit.
pub fn verify(public_key: &str, message: &[u8], signature: &str) -> Result<(), SignatureError> {
    let key: [u8; 32] = bytes(public_key)?;
    let signature: [u8; 64] = bytes(signature)?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| SignatureError::Malformed)?;
    key.verify_strict(message, &Signature::from_bytes(&signature)).map_err(|_| SignatureError::DoesNotFit)
}

/// Whether a text is a usable Ed25519 public key in standard base64, in the one way to write it, and not a weak one.
#[must_use]
pub fn is_public_key(text: &str) -> bool {
    bytes::<32>(text)
        .is_ok_and(|key| STANDARD.encode(key) == text && VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak()))
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], SignatureError> {
    STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(SignatureError::Malformed)
}
