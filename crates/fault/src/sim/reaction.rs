//! The client's reaction table (security.md 4.5), read anew from its text and not from the program: what an answer to a delivery is, and how the
//! row must stand afterwards.

use contract::decision::Receipt;
use contract::signature::{receipt_message, verify};
use sync::{TransportError, WireAnswer};
use uuid::Uuid;
use vault::OutboxState;

use super::model::Decided;
use super::net::Outcome;

/// Every row of the table, in its order.
pub(super) const ROWS: [&str; 28] = [
    MATCHES,
    "2xx of another receipt",
    "2xx that cannot be read",
    "time-out",
    "reset",
    "408",
    "425",
    "429",
    "5xx",
    "4xx of no review server",
    "409 decision_in_progress",
    "409 already_decided",
    "409 state_changed",
    "409 lease_lost",
    "409 evidence_changed",
    "412 version_changed",
    "409 consequence_changed",
    "401 token",
    "401 device_unknown",
    "403 device_revoked",
    "403 account_disabled",
    "426 desktop_too_old",
    "400",
    "404",
    "410",
    "422",
    "403 recused",
    "403 own_first_opinion",
];
const MATCHES: &str = "2xx that matches";

/// Who gives receipts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signer<'a> {
    pub(super) server_id: Uuid,
    pub(super) key: &'a str,
}

impl Signer<'_> {
    /// Whether this is the server's receipt for that decision.
    pub(super) fn gave(&self, receipt: &Receipt, decided: &Decided) -> bool {
        receipt.decision_id == decided.id.0
            && receipt.payload_sha256 == decided.payload_sha256
            && verify(self.key, &receipt_message(self.server_id, receipt), &receipt.signature).is_ok()
    }
}

/// Which row of the table an outcome is, and the state in which it must leave a row that was being sent.
pub(super) fn read(outcome: &Outcome, decided: &Decided, signer: Signer<'_>) -> (&'static str, OutboxState) {
    let answer = match outcome {
        Err(TransportError::Timeout) => return ("time-out", OutboxState::Queued),
        Err(_) => return ("reset", OutboxState::Queued),
        Ok(answer) => answer,
    };
    match answer.status {
        200..=299 => match serde_json::from_slice::<Receipt>(&answer.body) {
            Ok(receipt) if is_json(answer, "application/json") && signer.gave(&receipt, decided) => {
                (MATCHES, OutboxState::Delivered)
            }
            Ok(_) => ("2xx of another receipt", OutboxState::Queued),
            Err(_) => ("2xx that cannot be read", OutboxState::Queued),
        },
        408 => ("408", OutboxState::Queued),
        425 => ("425", OutboxState::Queued),
        429 => ("429", OutboxState::Queued),
        500..=599 => ("5xx", OutboxState::Queued),
        status => refused(status, answer, decided),
    }
}

fn is_json(answer: &WireAnswer, media_type: &str) -> bool {
    answer.header("content-type").is_some_and(|value| value.starts_with(media_type))
}

fn refused(status: u16, answer: &WireAnswer, decided: &Decided) -> (&'static str, OutboxState) {
    let problem: Option<serde_json::Value> =
        is_json(answer, "application/problem+json").then(|| serde_json::from_slice(&answer.body).ok()).flatten();
    let Some(problem) = problem else { return ("4xx of no review server", OutboxState::Queued) };
    let code = problem["code"].as_str().unwrap_or_default();
    let is_mine = problem["standing"]["decision_id"].as_str() == Some(&decided.id.to_string());
    match (status, code) {
        (409, "decision_in_progress") => ("409 decision_in_progress", OutboxState::Queued),
        // Its winner is this very decision: the receipt is asked for again.
        (409, "already_decided") if is_mine => ("409 already_decided", OutboxState::Queued),
        (409, "already_decided") => ("409 already_decided", OutboxState::Conflict),
        (409, "state_changed") => ("409 state_changed", OutboxState::Conflict),
        (409, "lease_lost") => ("409 lease_lost", OutboxState::Conflict),
        (409, "evidence_changed") => ("409 evidence_changed", OutboxState::Conflict),
        (412, _) => ("412 version_changed", OutboxState::Conflict),
        (409, _) => ("409 consequence_changed", OutboxState::Conflict),
        (401, "device_unknown") => ("401 device_unknown", OutboxState::Queued),
        (401, _) => ("401 token", OutboxState::Queued),
        (403, "device_revoked") => ("403 device_revoked", OutboxState::Queued),
        (403, "account_disabled") => ("403 account_disabled", OutboxState::Queued),
        (426, _) => ("426 desktop_too_old", OutboxState::Queued),
        (403, "recused") => ("403 recused", OutboxState::Parked),
        (403, "own_first_opinion") => ("403 own_first_opinion", OutboxState::Parked),
        (404, _) => ("404", OutboxState::Parked),
        (410, _) => ("410", OutboxState::Parked),
        (422, _) => ("422", OutboxState::Parked),
        _ => ("400", OutboxState::Parked),
    }
}

/// How a row that was delivered before stands after it was offered again.
pub(super) fn offered(expected: OutboxState) -> OutboxState {
    match expected {
        OutboxState::Conflict | OutboxState::Parked => OutboxState::Conflict,
        _ => OutboxState::Delivered,
    }
}
