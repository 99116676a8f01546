//! Reading typed values out of columns. A stored value that is not what its column promises is a fault of the database, never a guess.

use std::str::FromStr;

use casework::{AccountId, CaseId, DecisionId, OfficeId, Role, Sha256};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::Row;
use rusqlite::types::Type;

/// A stored value that is not what its column promises. Names the column only, never the value.
#[derive(Debug, thiserror::Error)]
#[error("a stored value is not a {0}")]
struct ColumnError(&'static str);

fn bad(index: usize, kind: Type, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, kind, Box::new(ColumnError(what)))
}

fn parsed<T: FromStr>(row: &Row<'_>, index: usize, what: &'static str) -> rusqlite::Result<T> {
    row.get_ref(index)?.as_str()?.parse().map_err(|_| bad(index, Type::Text, what))
}

pub(crate) fn account_id(row: &Row<'_>, index: usize) -> rusqlite::Result<AccountId> {
    parsed(row, index, "account id")
}

pub(crate) fn maybe_account_id(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<AccountId>> {
    if row.get_ref(index)? == rusqlite::types::ValueRef::Null { Ok(None) } else { account_id(row, index).map(Some) }
}

pub(crate) fn case_id(row: &Row<'_>, index: usize) -> rusqlite::Result<CaseId> {
    parsed(row, index, "case id")
}

pub(crate) fn decision_id(row: &Row<'_>, index: usize) -> rusqlite::Result<DecisionId> {
    parsed(row, index, "decision id")
}

pub(crate) fn office_id(row: &Row<'_>, index: usize) -> rusqlite::Result<OfficeId> {
    parsed(row, index, "office id")
}

pub(crate) fn uuid(row: &Row<'_>, index: usize) -> rusqlite::Result<uuid::Uuid> {
    parsed(row, index, "uuid")
}

pub(crate) fn sha256(row: &Row<'_>, index: usize) -> rusqlite::Result<Sha256> {
    parsed(row, index, "SHA-256")
}

/// A word of a fixed list, such as a state or a role.
pub(crate) fn word<T>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    read(row.get_ref(index)?.as_str()?).ok_or_else(|| bad(index, Type::Text, what))
}

pub(crate) fn role(row: &Row<'_>, index: usize) -> rusqlite::Result<Role> {
    word(row, index, "role", Role::from_word)
}

pub(crate) fn instant(row: &Row<'_>, index: usize) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(row.get(index)?).ok_or_else(|| bad(index, Type::Integer, "time"))
}

pub(crate) fn date(row: &Row<'_>, index: usize) -> rusqlite::Result<NaiveDate> {
    word(row, index, "date", |text| text.parse().ok())
}

pub(crate) fn maybe_date(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<NaiveDate>> {
    if row.get_ref(index)? == rusqlite::types::ValueRef::Null { Ok(None) } else { date(row, index).map(Some) }
}

/// A list of texts kept as JSON.
pub(crate) fn texts(row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<String>> {
    word(row, index, "list of texts", |text| serde_json::from_str(text).ok())
}

/// A count or number that is never negative.
pub(crate) fn number(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(index)?;
    u64::try_from(number).map_err(|_| bad(index, Type::Integer, "number"))
}

/// A value that may be missing.
pub(crate) fn maybe<T>(
    row: &Row<'_>,
    index: usize,
    read: impl FnOnce(&Row<'_>, usize) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    if row.get_ref(index)? == rusqlite::types::ValueRef::Null { Ok(None) } else { read(row, index).map(Some) }
}
