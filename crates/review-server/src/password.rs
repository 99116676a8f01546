//! Password hashes: argon2id, with salt and cost kept beside each. Hashing costs time and memory on purpose, so callers run it off the
//! async threads and a few at a time.

use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq;

use crate::config::PasswordCost;
use crate::refusal::ServerError;
use crate::secret;

/// The shortest password that an account can be given, in characters.
pub const MIN_PASSWORD_CHARS: usize = 8;
/// The longest, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// A stored password.
#[derive(Clone)]
pub(crate) struct PasswordHash {
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    pub(crate) cost: PasswordCost,
}

impl PasswordHash {
    /// Hashes a new password under a fresh salt.
    pub(crate) fn make(password: &str, cost: PasswordCost) -> Result<Self, ServerError> {
        let salt = secret::random()?[..16].to_vec();
        let hash = digest(password, &salt, cost)?.to_vec();
        Ok(Self { salt, hash, cost })
    }

    /// A hash that no password has, of the same cost: verified for names without an account, so that both take as long.
    pub(crate) fn of_nobody(cost: PasswordCost) -> Self {
        Self { salt: vec![0; 16], hash: Vec::new(), cost }
    }

    /// Whether this is the password.
    pub(crate) fn verify(&self, password: &str) -> Result<bool, ServerError> {
        if password.len() > MAX_PASSWORD_BYTES {
            return Ok(false);
        }
        let digest = digest(password, &self.salt, self.cost)?;
        Ok(digest[..].ct_eq(&self.hash[..]).into())
    }
}

fn digest(password: &str, salt: &[u8], cost: PasswordCost) -> Result<[u8; 32], ServerError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|_| ServerError::Fault("the password cost is out of range"))?;
    let mut out = [0u8; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut out)
        .map_err(|_| ServerError::Fault("the password cannot be hashed"))?;
    Ok(out)
}
