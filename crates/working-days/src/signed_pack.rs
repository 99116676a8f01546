//! A calendar pack with its detached signature, and the keys that are trusted with it: minisign's Ed25519 over the canonical bytes, the
//! serial repeated in the signed comment, two key slots so that a key can be replaced while the other one stays good. Signing is not
//! here: the secret key never is where packs are read.

use std::fmt;

use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};

use crate::pack::{CalendarPack, MAX_PACK_BYTES};
use crate::pack_error::PackError;

/// A public key that calendar packs may be signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarKey {
    text: String,
    key: PublicKey,
}

impl CalendarKey {
    /// Reads a minisign public key: its base64 line alone, or the file with its comment.
    ///
    /// # Errors
    /// [`PackError::KeyUnreadable`].
    pub fn parse(text: &str) -> Result<Self, PackError> {
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let key = PublicKey::from_base64(line).map_err(|_| PackError::KeyUnreadable)?;
        Ok(Self { text: line.to_owned(), key })
    }

    /// The key as minisign writes it, one base64 line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for CalendarKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CalendarKey({})", self.text)
    }
}

/// The two key slots. With none filled, no pack is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedKeys {
    /// Slot 1 and slot 2.
    pub slots: [Option<CalendarKey>; 2],
}

/// A pack as it travels: its canonical bytes as text, and the signature as minisign writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPack {
    /// The canonical bytes, which are UTF-8.
    pub pack: String,
    /// The `.minisig` text; `None` for the pack that comes with the program.
    pub signature: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedPackFile {
    pack: String,
    signature: Option<String>,
}

impl SignedPack {
    /// Reads a pack file: a JSON object of `pack` and `signature`.
    ///
    /// # Errors
    /// Too large or malformed. What the pack says is not looked at yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, PackError> {
        if bytes.len() > 2 * MAX_PACK_BYTES {
            return Err(PackError::TooLarge);
        }
        let file: SignedPackFile = serde_json::from_slice(bytes)
            .map_err(|error| PackError::Malformed { line: error.line(), column: error.column() })?;
        Ok(Self { pack: file.pack, signature: file.signature })
    }

    /// The pack file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let file = SignedPackFile { pack: self.pack.clone(), signature: self.signature.clone() };
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Checks size, signature and signed serial of a pack that was accepted before, perhaps by an older program, and reads its form. The
    /// rules that a pack keeps are not asked again: one that became stricter since takes no calendar away that people count by.
    ///
    /// # Errors
    /// Too large, not signed by one of the keys, or not of the form.
    pub fn verify_accepted(&self, keys: &TrustedKeys) -> Result<CalendarPack, PackError> {
        self.vouched(keys, CalendarPack::read_form)
    }

    /// Checks size, signature and signed serial, and reads the pack. The signature comes first: bytes that nobody vouches for are not parsed.
    ///
    /// # Errors
    /// Any [`PackError`] but those of [`CalendarPack::may_follow`].
    pub fn verify(&self, keys: &TrustedKeys) -> Result<CalendarPack, PackError> {
        self.vouched(keys, CalendarPack::parse)
    }

    fn vouched(
        &self,
        keys: &TrustedKeys,
        read: impl FnOnce(&[u8]) -> Result<CalendarPack, PackError>,
    ) -> Result<CalendarPack, PackError> {
        if self.pack.len() > MAX_PACK_BYTES {
            return Err(PackError::TooLarge);
        }
        let text = self.signature.as_deref().ok_or(PackError::Unsigned)?;
        let signature = Signature::decode(text).map_err(|_| PackError::SignatureUnreadable)?;
        let mut is_key_known = false;
        let is_good = keys.slots.iter().flatten().any(|trusted| {
            let verdict = trusted.key.verify(self.pack.as_bytes(), &signature, false);
            is_key_known |= !matches!(verdict, Err(minisign_verify::Error::UnexpectedKeyId));
            verdict.is_ok()
        });
        if !is_good {
            return Err(if is_key_known { PackError::WrongSignature } else { PackError::UnknownKey });
        }
        let pack = read(self.pack.as_bytes())?;
        if signature.trusted_comment() == trusted_comment(&pack) { Ok(pack) } else { Err(PackError::SerialNotSigned) }
    }
}

/// What the signed comment of a pack's signature says.
#[must_use]
pub fn trusted_comment(pack: &CalendarPack) -> String {
    format!("review-desk-calendar serial {}", pack.serial)
}
