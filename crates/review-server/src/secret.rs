//! Random tokens and the hashes under which they are kept. A token is 32 random bytes in base64url; the database holds its SHA-256 only,
//! which is enough since a random token cannot be guessed from its hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest;
use zeroize::Zeroizing;

use crate::refusal::ServerError;

/// What a delivery credential begins with, so that it is told from an access token by looking.
pub(crate) const CREDENTIAL_PREFIX: &str = "rdd_";

/// A token that is about to be given out.
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    pub(crate) fn new() -> Result<Self, ServerError> {
        let bytes = random()?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// A delivery credential.
    pub(crate) fn credential() -> Result<Self, ServerError> {
        let bytes = random()?;
        Ok(Self(Zeroizing::new(format!("{CREDENTIAL_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    pub(crate) fn sha256(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }
}

/// 32 bytes from the operating system.
pub(crate) fn random() -> Result<[u8; 32], ServerError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| ServerError::Fault("the operating system gives no random bytes"))?;
    Ok(bytes)
}

/// SHA-256 in lower-case hex.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(sha2::Sha256::digest(bytes))
}
