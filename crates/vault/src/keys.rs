//! The keys of a vault: how they are made, derived and wrapped. Secrets are zeroed when dropped and have no `Debug`; what is written to disk
//! is only ever sealed by XChaCha20-Poly1305 with a random nonce.
//!
//! ```text
//! password ─argon2id(salt, cost)─┐
//!                                ├─HKDF──> wrapping key ──wraps──> vault key ──HKDF──> cases.db · photos.db · author · session · header ·
//!                                │                                                   author's signature
//! device secret (OS keychain) ───┘
//! device secret ─HKDF──> device wrapping key ──wraps──> device key = key of work.db ──HKDF──> device's signature
//!                                               (without a keychain: wrapped by the wrapping key)
//! ```

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use zeroize::Zeroizing;

use crate::error::VaultError;

const NONCE_BYTES: usize = 24;
/// Bytes of the salt of the password.
pub(crate) const SALT_BYTES: usize = 16;

/// What one guess of the password costs: argon2id's three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfCost {
    /// 64 MiB, 3 passes, 1 lane: above the second recommended option's memory of RFC 9106, within what an office PC has.
    #[must_use]
    pub fn standard() -> Self {
        Self { memory_kib: 64 * 1024, iterations: 3, lanes: 1 }
    }

    /// Nearly nothing, so that tests do not wait. Never for a real vault.
    #[must_use]
    pub fn for_tests() -> Self {
        Self { memory_kib: 64, iterations: 1, lanes: 1 }
    }

    /// Bounds for a cost that was read from a file: a hostile header must not take the memory or the day.
    pub(crate) fn is_bearable(self) -> bool {
        (8..=1024 * 1024).contains(&self.memory_kib)
            && (1..=16).contains(&self.iterations)
            && (1..=8).contains(&self.lanes)
            && self.memory_kib >= 8 * self.lanes
    }
}

/// 32 secret bytes.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// Fresh from the system's randomness.
    pub(crate) fn random() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        fill_random(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Takes exactly 32 bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The key for one purpose, named by `label`.
    pub(crate) fn derive(&self, label: &str) -> Result<Self, VaultError> {
        hkdf(None, self.bytes(), label)
    }

    /// The Ed25519 key of which this is the seed.
    pub(crate) fn signing_key(&self) -> Result<SigningKey, VaultError> {
        let seed: &[u8; 32] = self.bytes().try_into().map_err(|_| VaultError::Keys)?;
        Ok(SigningKey::from_bytes(seed))
    }

    /// Seals `plain`; `bound` must be the same again to open it.
    pub(crate) fn seal(&self, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0u8; NONCE_BYTES];
        fill_random(&mut nonce)?;
        let cipher = XChaCha20Poly1305::new_from_slice(self.bytes()).map_err(|_| VaultError::Keys)?;
        let sealed =
            cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound }).map_err(|_| VaultError::Keys)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Secret::seal`] made; `None` for another key, other bound bytes or any changed byte.
    pub(crate) fn open(&self, bound: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let cipher = XChaCha20Poly1305::new_from_slice(self.bytes()).ok()?;
        let plain = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: bound });
        plain.ok().map(Zeroizing::new)
    }
}

/// Stretches the password and, where there is one, mixes in the device secret.
pub(crate) fn wrapping_key(
    password: &str,
    salt: &[u8; SALT_BYTES],
    cost: KdfCost,
    device_secret: Option<&Secret>,
) -> Result<Secret, VaultError> {
    if !cost.is_bearable() {
        return Err(VaultError::Keys);
    }
    let params = Params::new(cost.memory_kib, cost.iterations, cost.lanes, Some(32)).map_err(|_| VaultError::Keys)?;
    let mut stretched = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, stretched.as_mut_slice())
        .map_err(|_| VaultError::Keys)?;
    let mut material = Zeroizing::new(Vec::with_capacity(64));
    material.extend_from_slice(stretched.as_slice());
    let label = match device_secret {
        Some(secret) => {
            material.extend_from_slice(secret.bytes());
            "review-desk vault 1: wrapping key, password and keychain"
        }
        None => "review-desk vault 1: wrapping key, password only",
    };
    hkdf(Some(salt), &material, label)
}

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(|_| VaultError::Keys)
}

fn hkdf(salt: Option<&[u8]>, material: &[u8], label: &str) -> Result<Secret, VaultError> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    Hkdf::<sha2::Sha256>::new(salt, material)
        .expand(label.as_bytes(), bytes.as_mut_slice())
        .map_err(|_| VaultError::Keys)?;
    Ok(Secret(bytes))
}
