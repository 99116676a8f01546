//! What becomes of a request on the simulated network: it and its answer arrive, or one of them does not, or twice, or late, or something else
//! answers. Owns the list and the forged answers; the real ones come from the real server.

use contract::headers::{CONTRACT_VERSION, INCIDENT, SERVER_TIME_MS};
use serde_json::{Value, json};
use sync::{TransportError, WireAnswer};

use super::net::Outcome;

/// A fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It arrives, and so does the answer.
    Delivered,
    /// It never arrives: no connection.
    LostRequest,
    /// It arrives; the answer is lost.
    LostAnswer,
    /// It arrives; the answer does not come in time.
    NoAnswerInTime,
    /// It arrives twice; the second answer comes.
    Doubled,
    /// It is given up, and arrives long after.
    Late,
    /// A page of something else answers with 200, in its place.
    Html,
    /// The same with 404.
    HtmlNotFound,
    /// A proxy says 502 to 504 in its place.
    BadGateway,
    /// It arrives, and a proxy says 500.
    FaultAfter,
    /// It arrives; the answer is cut and looks whole.
    Cut,
    /// 429 with a Retry-After, in its place.
    TooMany,
    /// 408, in its place.
    RequestTimeout,
    /// 425, in its place.
    TooEarly,
    /// It arrives; the receipt is changed on the way.
    Spoiled,
    /// An answer that an earlier request got comes in its place.
    Stale,
    /// A refusal that the server did not give, of a request that never arrived.
    Forged,
}

impl Fate {
    /// Every fate.
    pub(super) const ALL: [Self; 17] = [
        Self::Delivered,
        Self::LostRequest,
        Self::LostAnswer,
        Self::NoAnswerInTime,
        Self::Doubled,
        Self::Late,
        Self::Html,
        Self::HtmlNotFound,
        Self::BadGateway,
        Self::FaultAfter,
        Self::Cut,
        Self::TooMany,
        Self::RequestTimeout,
        Self::TooEarly,
        Self::Spoiled,
        Self::Stale,
        Self::Forged,
    ];

    /// How often, beside the others; deliveries meet more.
    pub(super) fn weight(self, is_delivery: bool) -> u64 {
        match self {
            Self::Delivered => 120,
            Self::LostRequest | Self::LostAnswer | Self::NoAnswerInTime | Self::Doubled | Self::Late => 6,
            Self::Html | Self::BadGateway | Self::FaultAfter | Self::Cut => 3,
            Self::TooMany | Self::RequestTimeout => 2,
            Self::HtmlNotFound => 1,
            Self::Spoiled | Self::Stale if is_delivery => 5,
            Self::TooEarly if is_delivery => 2,
            Self::Forged if is_delivery => 10,
            Self::Spoiled | Self::Stale | Self::TooEarly | Self::Forged => 0,
        }
    }

    /// As it is counted.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::LostRequest => "lost request",
            Self::LostAnswer => "lost answer",
            Self::NoAnswerInTime => "no answer in time",
            Self::Doubled => "arrives twice",
            Self::Late => "given up, arrives late",
            Self::Html => "HTML with 200",
            Self::HtmlNotFound => "HTML with 404",
            Self::BadGateway => "502 to 504",
            Self::FaultAfter => "500 after it was done",
            Self::Cut => "cut body",
            Self::TooMany => "429 with Retry-After",
            Self::RequestTimeout => "408",
            Self::TooEarly => "425",
            Self::Spoiled => "spoiled receipt",
            Self::Stale => "an earlier answer",
            Self::Forged => "a forged refusal",
        }
    }
}

/// An answer of something that is no review server.
pub(super) fn page(status: u16) -> Outcome {
    let headers = vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())];
    Ok(WireAnswer { status, headers, body: b"<!doctype html><title>Welcome</title>".to_vec() })
}

/// The same, asking for a rest of this many seconds.
pub(super) fn asks_to_wait(status: u16, retry_after: &str) -> Outcome {
    let mut answer = page(status)?;
    answer.headers.push(("retry-after".to_owned(), retry_after.to_owned()));
    Ok(answer)
}

/// Half of what came, as if it were all.
pub(super) fn cut(outcome: Outcome, keep: usize) -> Outcome {
    let mut answer = outcome?;
    answer.body.truncate(keep % answer.body.len().max(1));
    Ok(answer)
}

/// A receipt that says something else than was signed.
pub(super) fn spoiled(outcome: Outcome, how: usize) -> Outcome {
    let mut answer = outcome?;
    let Ok(mut said) = serde_json::from_slice::<Value>(&answer.body) else { return Err(TransportError::Incomplete) };
    let (field, value) = match how % 4 {
        0 => ("payload_sha256", json!("00".repeat(32))),
        1 => ("decision_id", json!(uuid::Uuid::nil())),
        2 => ("signature", json!("")),
        _ => ("case_version", json!(1_000_000)),
    };
    said[field] = value;
    answer.body = said.to_string().into_bytes();
    Ok(answer)
}

/// Refusals that no seed brings about by itself, or seldom.
pub(super) const FORGED: [(u16, &str); 8] = [
    (400, "bad_request"),
    (404, "not_found"),
    (410, "gone"),
    (422, "bad_opinion"),
    (426, "desktop_too_old"),
    (409, "decision_in_progress"),
    (401, "sign_in_required"),
    (401, "device_unknown"),
];

/// A problem document as the server writes them.
pub(super) fn problem(status: u16, code: &str, now_ms: i64) -> Outcome {
    let headers = [
        ("content-type", "application/problem+json".to_owned()),
        (CONTRACT_VERSION, contract::CONTRACT_VERSION.to_string()),
        (SERVER_TIME_MS, now_ms.to_string()),
        (INCIDENT, "0".to_owned()),
    ];
    let body = json!({ "type": format!("about:blank#{code}"), "title": code, "status": status, "code": code, "incident": "0" });
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(WireAnswer { status, headers, body: body.to_string().into_bytes() })
}
