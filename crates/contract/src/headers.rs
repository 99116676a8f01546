//! Names of our own headers, in lower case.

/// On every answer: the server's time in milliseconds since the Unix epoch.
pub const SERVER_TIME_MS: &str = "x-server-time-ms";
/// On every answer to a signed-in person: the epoch of the change feed as this person sees it.
pub const FEED_EPOCH: &str = "x-feed-epoch";
/// On every answer: the contract version that the server speaks.
pub const CONTRACT_VERSION: &str = "x-contract-version";
/// On a decision and on an intake request: the key under which a repetition is recognised, a quoted string.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// On a decision: the version of the case that was seen, a quoted number.
pub const IF_MATCH: &str = "if-match";
/// On the calendar: the hash of the pack, a quoted string.
pub const ETAG: &str = "etag";
/// When asking for the calendar: the hash of the pack that is here already.
pub const IF_NONE_MATCH: &str = "if-none-match";
/// On every answer: names this request in the server's log, without personal data.
pub const INCIDENT: &str = "x-incident";

/// Writes a value as an RFC 8941 string item; `value` holds only visible ASCII without quotes.
#[must_use]
pub fn quoted(value: &str) -> String {
    format!("\"{value}\"")
}

/// Reads an RFC 8941 string item back; `None` when it is not quoted.
#[must_use]
pub fn unquoted(value: &str) -> Option<&str> {
    value.trim().strip_prefix('"')?.strip_suffix('"')
}
