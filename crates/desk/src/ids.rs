//! Makes the random parts: decision ids (UUIDv7 by server time), photo and case tokens.

use uuid::Uuid;

use crate::error::DeskError;

fn random<const N: usize>() -> Result<[u8; N], DeskError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| DeskError::NoRandomness)?;
    Ok(bytes)
}

/// A decision id, made once per decision; ids of later decisions sort after earlier ones.
pub(crate) fn decision_id(now_ms: i64) -> Result<Uuid, DeskError> {
    let now = u64::try_from(now_ms).unwrap_or(0);
    Ok(uuid::Builder::from_unix_timestamp_millis(now, &random::<10>()?).into_uuid())
}

/// A random id.
pub(crate) fn random_id() -> Result<Uuid, DeskError> {
    Ok(uuid::Builder::from_random_bytes(random::<16>()?).into_uuid())
}

/// A token that cannot be guessed: 128 bits, hex.
pub(crate) fn token() -> Result<String, DeskError> {
    Ok(hex::encode(random::<16>()?))
}
