//! Keys that sign calendar packs, and signing. Meant for a computer that may be off the network: nothing here touches the server's data. The
//! files are minisign's, so that its own program can make the key or check the signature as well.

use minisign::{KeyPair, SecretKeyBox};
use thiserror::Error;
use working_days::{CalendarPack, SignedPack, trusted_comment};
use zeroize::Zeroizing;

/// A shorter passphrase is refused.
const MIN_PASSPHRASE_CHARS: usize = 8;

const SECRET_COMMENT: &str = "Review Desk calendar: secret key, keep it off the server";
const SIGNATURE_COMMENT: &str = "signature of a Review Desk calendar pack";

/// Why a key was not made or a pack not signed.
#[derive(Debug, Error)]
pub enum SigningError {
    /// The passphrase is too short.
    #[error("a passphrase has at least {MIN_PASSPHRASE_CHARS} characters")]
    ShortPassphrase,
    /// The passphrase is not that of the key, or the file holds no encrypted minisign secret key.
    #[error("the secret key cannot be opened: {0}")]
    Secret(String),
    /// The operating system's randomness, or the library.
    #[error("it cannot be signed: {0}")]
    Failed(String),
    /// The pack is not text.
    #[error("the calendar pack is not text")]
    NotText,
}

/// A key pair that was just made.
pub struct NewKey {
    /// The secret key's file, encrypted by the passphrase.
    pub secret: Zeroizing<String>,
    /// The public key, one base64 line.
    pub public: String,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Makes a key pair. Takes a second or so: the passphrase is stretched.
///
/// # Errors
/// The passphrase is too short, or randomness fails.
pub fn new_key(passphrase: &str) -> Result<NewKey, SigningError> {
    if passphrase.chars().count() < MIN_PASSPHRASE_CHARS {
        return Err(SigningError::ShortPassphrase);
    }
    let failed = |error: minisign::PError| SigningError::Failed(error.to_string());
    let KeyPair { pk, sk } = KeyPair::generate_encrypted_keypair(Some(passphrase.to_owned())).map_err(failed)?;
    let secret = Zeroizing::new(sk.to_box(Some(SECRET_COMMENT)).map_err(failed)?.into_string());
    Ok(NewKey { secret, public: pk.to_base64() })
}

/// Signs a pack with the secret key of a file's text.
///
/// # Errors
/// The passphrase is wrong, or the text is no encrypted secret key.
pub fn sign(pack: &CalendarPack, secret: &str, passphrase: &str) -> Result<SignedPack, SigningError> {
    let secret = SecretKeyBox::from_string(secret)
        .and_then(|secret| secret.into_secret_key(Some(passphrase.to_owned())))
        .map_err(|error| SigningError::Secret(error.to_string()))?;
    let text = String::from_utf8(pack.canonical_bytes()).map_err(|_| SigningError::NotText)?;
    let comment = trusted_comment(pack);
    let signature = minisign::sign(None, &secret, text.as_bytes(), Some(&comment), Some(SIGNATURE_COMMENT))
        .map_err(|error| SigningError::Failed(error.to_string()))?;
    Ok(SignedPack { pack: text, signature: Some(signature.into_string()) })
}
