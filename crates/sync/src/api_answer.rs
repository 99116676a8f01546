//! Reads what came: an answer of the contract, a refusal of it, or something that is no review server's. Decided by status, media type and
//! code alone; nothing here is asked again or kept.

use std::time::Duration;

use chrono::DateTime;
use contract::headers;
use contract::problem::{MEDIA_TYPE, Problem};
use serde::de::DeserializeOwned;

use crate::api_error::ApiError;
use crate::error::is_server_trouble;
use crate::transport::WireAnswer;

pub(crate) fn said_time(answer: &WireAnswer) -> Option<i64> {
    answer.header(headers::SERVER_TIME_MS)?.trim().parse().ok()
}

pub(crate) fn media_type(answer: &WireAnswer) -> String {
    media_type_of(&answer.headers)
}

pub(crate) fn media_type_of(headers: &[(String, String)]) -> String {
    let value = headers.iter().find(|(name, _)| name == "content-type").map_or("", |(_, value)| value);
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// No compressed body was asked for, so one that comes is not the contract's.
pub(crate) fn is_encoded(answer: &WireAnswer) -> bool {
    answer.header("content-encoding").is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"))
}

pub(crate) fn read_json<T: DeserializeOwned>(answer: &WireAnswer, server_ms: i64) -> Result<T, ApiError> {
    if !(200..300).contains(&answer.status) {
        return Err(refusal(answer, server_ms));
    }
    if answer.body.is_empty() || is_encoded(answer) {
        return Err(ApiError::Unreadable);
    }
    if media_type(answer) != "application/json" {
        return Err(ApiError::NotAReviewServer);
    }
    serde_json::from_slice(&answer.body).map_err(|_| ApiError::Unreadable)
}

/// The least that a refusal of a newer server still has.
#[derive(serde::Deserialize)]
struct UnknownProblem {
    #[serde(rename = "code")]
    _code: String,
    #[serde(default)]
    incident: Option<String>,
    #[serde(default)]
    retry_after_s: Option<u32>,
}

pub(crate) fn refusal(answer: &WireAnswer, server_ms: i64) -> ApiError {
    let status = answer.status;
    let header_says = retry_after(answer, server_ms);
    let incident = answer.header(headers::INCIDENT).map(str::to_owned);
    let is_problem = media_type(answer) == MEDIA_TYPE && !is_encoded(answer);
    if !is_problem {
        return if is_server_trouble(status) {
            ApiError::Refused { status, incident, retry_after: header_says }
        } else {
            ApiError::NotAReviewServer
        };
    }
    let seconds = |seconds: Option<u32>| seconds.map(|s| Duration::from_secs(u64::from(s)));
    if let Ok(problem) = serde_json::from_slice::<Problem>(&answer.body)
        && problem.code.status() == status
    {
        let retry_after = header_says.or(seconds(problem.retry_after_s));
        return ApiError::Problem { problem: Box::new(problem), retry_after };
    }
    match serde_json::from_slice::<UnknownProblem>(&answer.body) {
        Ok(unknown) => ApiError::Refused {
            status,
            incident: unknown.incident.or(incident),
            retry_after: header_says.or(seconds(unknown.retry_after_s)),
        },
        Err(_) if is_server_trouble(status) => ApiError::Refused { status, incident, retry_after: header_says },
        Err(_) => ApiError::Unreadable,
    }
}

/// `Retry-After` in seconds or as a date, which is read against the server's own time. What makes no sense (negative, past) is nothing.
fn retry_after(answer: &WireAnswer, server_ms: i64) -> Option<Duration> {
    let value = answer.header("retry-after")?.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = DateTime::parse_from_rfc2822(value).ok()?.timestamp_millis();
    let wait_ms = u64::try_from(until.checked_sub(server_ms)?).ok()?;
    (wait_ms > 0).then(|| Duration::from_millis(wait_ms))
}
