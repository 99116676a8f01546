//! The keys with which the server signs receipts and heads of its audit.

use casework::Sha256;
use contract::signature;
use rusqlite::{Connection, params};
use sha2::Digest;
use zeroize::Zeroizing;

use crate::refusal::ServerError;

/// A key pair; the private half is zeroised on drop.
#[derive(Clone)]
pub(crate) struct SigningKey {
    seed: Zeroizing<[u8; 32]>,
    public: String,
}

impl SigningKey {
    fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        let public = signature::public_key(&seed);
        Self { seed, public }
    }

    /// The public half, standard base64.
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    pub(crate) fn sign(&self, message: &[u8]) -> String {
        signature::sign(&self.seed, message)
    }

    /// Whether this key made the signature.
    pub(crate) fn made(&self, message: &[u8], signature: &str) -> bool {
        signature::verify(&self.public, message, signature).is_ok()
    }
}

/// All signing keys, the newest first.
pub(crate) fn all(db: &Connection) -> Result<Vec<SigningKey>, ServerError> {
    let mut statement = db.prepare("SELECT seed FROM signing_keys ORDER BY made_at_ms DESC, key_id")?;
    let keys = statement
        .query_map([], |row| Ok(SigningKey::from_seed(Zeroizing::new(row.get::<_, [u8; 32]>(0)?))))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(keys)
}

pub(crate) fn insert(db: &Connection, seed: &[u8; 32], now_ms: i64) -> Result<(), ServerError> {
    let key_id = Sha256(sha2::Sha256::digest(signature::public_key(seed)).into()).to_string();
    db.execute(
        "INSERT INTO signing_keys (key_id, seed, made_at_ms) VALUES (?1, ?2, ?3)",
        params![&key_id[..16], &seed[..], now_ms],
    )?;
    Ok(())
}
