//! How the domain's values stand in columns: ids and dates as text, hashes as blobs, enumerations as their words. A stored value that no
//! program of ours wrote is an error of the row, never a default.

use std::str::FromStr;

use casework::{CaseId, Round, Sha256};
use rusqlite::types::Type;
use rusqlite::{Error, Row};
use working_days::BeijingDate;

/// The error of a value that cannot stand where it stands.
pub(crate) fn unreadable(column: &'static str) -> Error {
    Error::FromSqlConversionFailure(0, Type::Text, format!("{column} cannot be read").into())
}

/// A text that a type parses.
pub(crate) fn parsed<T: FromStr>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<T> {
    optional(row, column)?.ok_or_else(|| unreadable(column))
}

/// The same, where there may be none.
pub(crate) fn optional<T: FromStr>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<T>> {
    let value = row.get_ref(column)?;
    let text = value.as_str_or_null().map_err(|_| unreadable(column))?;
    text.map(|text| text.parse().map_err(|_| unreadable(column))).transpose()
}

/// A word of an enumeration.
pub(crate) fn word<T>(
    row: &Row<'_>,
    column: &'static str,
    from_word: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str().map_err(|_| unreadable(column))?;
    from_word(text).ok_or_else(|| unreadable(column))
}

/// A SHA-256.
pub(crate) fn sha256(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Sha256> {
    Ok(Sha256(row.get(column)?))
}

/// The same, where there may be none.
pub(crate) fn optional_sha256(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<Sha256>> {
    Ok(row.get::<_, Option<_>>(column)?.map(Sha256))
}

/// A Beijing date, where there may be none.
pub(crate) fn date(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<BeijingDate>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| BeijingDate::parse(&text).ok_or_else(|| unreadable(column))).transpose()
}

/// Attempt 1, 2 or 3.
pub(crate) fn round(row: &Row<'_>) -> rusqlite::Result<Round> {
    Round::new(row.get("round")?).map_err(|_| unreadable("round"))
}

/// Ids as a JSON array, for `json_each`: any number of them in one parameter.
pub(crate) fn json_ids(ids: &[CaseId]) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    format!("[{}]", quoted.join(","))
}

/// Hashes as a JSON array of upper-case hexadecimal texts, as SQL's `hex()` writes them.
pub(crate) fn json_hashes(hashes: &[Sha256]) -> String {
    let quoted: Vec<String> = hashes.iter().map(|hash| format!("\"{}\"", hex::encode_upper(hash.0))).collect();
    format!("[{}]", quoted.join(","))
}
