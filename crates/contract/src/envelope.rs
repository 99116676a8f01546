//! The sealed envelope of a decision: HPKE (RFC 9180) base mode, X25519 + HKDF-SHA256 + ChaCha20-Poly1305, to the server's key.
//! Sealing needs only public data, so a device that cannot read a decision can still deliver it. Bound to its decision and case: an
//! envelope under another header does not open. The key of a device's `work.db` is sealed in the same way under a label of its own.

use casework::{CaseId, DecisionId, Sha256};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem as KemTrait, OpModeR, OpModeS, Serializable};
use sha2::Digest;
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

type Kem = X25519HkdfSha256;

const INFO: &[u8] = b"review-desk decision envelope v1";
const DEVICE_KEY_INFO: &[u8] = b"review-desk device key v1";

/// Length of the encapsulated key that stands before the ciphertext.
const ENCAPPED: usize = 32;

/// The largest payload that is sealed or opened, in bytes.
pub const MAX_PAYLOAD: usize = 64 * 1024;

/// Length of the authentication tag behind the ciphertext.
const TAG: usize = 16;

/// The length of a sealed device key, in bytes.
pub const SEALED_DEVICE_KEY: usize = ENCAPPED + 32 + TAG;

/// Why an envelope cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// The key is not an X25519 key.
    #[error("the envelope key is not valid")]
    BadKey,
    /// Too short, altered, sealed to another key, or under another header.
    #[error("the envelope does not open")]
    DoesNotOpen,
    /// Larger than [`MAX_PAYLOAD`].
    #[error("the payload is too large")]
    TooLarge,
}

/// A key pair for envelopes; the private half is zeroised on drop.
#[derive(Clone)]
pub struct EnvelopeKeyPair {
    private: Zeroizing<[u8; 32]>,
    public: [u8; 32],
}

impl std::fmt::Debug for EnvelopeKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvelopeKeyPair").field("public", &hex::encode(self.public)).finish_non_exhaustive()
    }
}

impl EnvelopeKeyPair {
    /// Derives the pair from 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let (private, public) = Kem::derive_keypair(seed);
        let mut pair = Self { private: Zeroizing::new([0; 32]), public: [0; 32] };
        pair.private.copy_from_slice(&private.to_bytes());
        pair.public.copy_from_slice(&public.to_bytes());
        pair
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Names the public half: the first 8 bytes of its SHA-256, hex.
    #[must_use]
    pub fn key_id(&self) -> String {
        hex::encode(&sha2::Sha256::digest(self.public)[..8])
    }

    /// Opens an envelope.
    ///
    /// # Errors
    /// When it was not sealed to this key for this decision and case.
    pub fn open(&self, decision: DecisionId, case: CaseId, envelope: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        if envelope.len() > MAX_PAYLOAD + 1024 {
            return Err(EnvelopeError::TooLarge);
        }
        self.open_under(INFO, &aad(decision, case), envelope)
    }

    /// Opens the key of a device's `work.db`.
    ///
    /// # Errors
    /// When it was not sealed to this key for this device, or is not 32 bytes.
    pub fn open_device_key(&self, device: Uuid, sealed: &[u8]) -> Result<Zeroizing<[u8; 32]>, EnvelopeError> {
        if sealed.len() > SEALED_DEVICE_KEY {
            return Err(EnvelopeError::TooLarge);
        }
        let opened = Zeroizing::new(self.open_under(DEVICE_KEY_INFO, device.as_bytes(), sealed)?);
        let mut key = Zeroizing::new([0u8; 32]);
        if opened.len() != key.len() {
            return Err(EnvelopeError::DoesNotOpen);
        }
        key.copy_from_slice(&opened);
        Ok(key)
    }

    fn open_under(&self, info: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let (encapped, ciphertext) = sealed.split_at_checked(ENCAPPED).ok_or(EnvelopeError::DoesNotOpen)?;
        let private =
            <Kem as KemTrait>::PrivateKey::from_bytes(&self.private[..]).map_err(|_| EnvelopeError::BadKey)?;
        let encapped = <Kem as KemTrait>::EncappedKey::from_bytes(encapped).map_err(|_| EnvelopeError::DoesNotOpen)?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Base,
            &private,
            &encapped,
            info,
            ciphertext,
            aad,
        )
        .map_err(|_| EnvelopeError::DoesNotOpen)
    }
}

/// Seals a payload to the server's public key, for this decision and case.
///
/// # Errors
/// When the key is not valid or the payload too large.
pub fn seal(public_key: &[u8], decision: DecisionId, case: CaseId, payload: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(EnvelopeError::TooLarge);
    }
    seal_under(public_key, INFO, &aad(decision, case), payload)
}

/// Seals the key of a device's `work.db` to the server's public key, so that the server can give it back to the device's account
/// (`POST /v1/device/unseal`).
///
/// # Errors
/// When the public key is not valid.
pub fn seal_device_key(public_key: &[u8], device: Uuid, key: &[u8; 32]) -> Result<Vec<u8>, EnvelopeError> {
    seal_under(public_key, DEVICE_KEY_INFO, device.as_bytes(), key)
}

fn seal_under(public_key: &[u8], info: &[u8], aad: &[u8], content: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    let public = <Kem as KemTrait>::PublicKey::from_bytes(public_key).map_err(|_| EnvelopeError::BadKey)?;
    let (encapped, ciphertext) =
        hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Kem>(&OpModeS::Base, &public, info, content, aad)
            .map_err(|_| EnvelopeError::BadKey)?;
    let mut envelope = encapped.to_bytes().to_vec();
    envelope.extend_from_slice(&ciphertext);
    Ok(envelope)
}

/// The hash that a receipt must repeat.
#[must_use]
pub fn payload_sha256(payload: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(payload).into())
}

fn aad(decision: DecisionId, case: CaseId) -> [u8; 32] {
    let mut aad = [0u8; 32];
    aad[..16].copy_from_slice(decision.0.as_bytes());
    aad[16..].copy_from_slice(case.0.as_bytes());
    aad
}
