//! Decisions.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use contract::decision::{DecisionRequest, Receipt};
use contract::headers;
use contract::problem::Problem;

use crate::failpoint::failpoint;
use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, Body, case_id, text};
use crate::rules::deciding;
use crate::rules::opening::Incoming;
use crate::state::AppState;

/// Deliver a decision. Repeating it with the same id and payload gets the same receipt, also after weeks.
///
/// Checked in this order, and the first that fails is told: who asks and which office; the envelope and its signatures; the idempotency
/// key; `If-Match` present; not concluded; state; recused; lease; photos; version; consequence of a rejection; the opinion itself.
#[utoipa::path(post, path = "/v1/cases/{case_id}/decisions", tag = "decision", params(
        ("case_id" = uuid::Uuid, Path),
        ("idempotency-key" = String, Header, description = "the decision id, quoted"),
        ("if-match" = String, Header, description = "the version that was seen, quoted")),
    request_body = DecisionRequest, security(("delivery_credential" = []), ("access_token" = [])), responses(
    (status = 200, body = Receipt),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "device_unknown, sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "account_disabled, device_revoked, role_may_not, own_first_opinion, recused", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "already_decided, state_changed, lease_lost, evidence_changed, consequence_changed, decision_in_progress", body = Problem, content_type = "application/problem+json"),
    (status = 412, description = "version_changed", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "bad_envelope, bad_signature, decision_id_reused, bad_opinion", body = Problem, content_type = "application/problem+json"),
    (status = 428, description = "version_required", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn decide(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
    headers: HeaderMap,
    Body(body): Body<DecisionRequest>,
) -> Result<impl IntoResponse, ServerError> {
    let now = state.now();
    let idempotency_key = text(&headers, headers::IDEMPOTENCY_KEY);
    let if_match = text(&headers, headers::IF_MATCH);
    let receipt = state
        .write(move |tx, state| {
            let author = bearer.author(tx, state, now)?;
            let case = case_id(&case)?;
            // Before the body is looked at: a case of another office does not exist.
            author.viewer.must_review()?;
            author.viewer.case(tx, case)?;
            let incoming = Incoming { request: body?, idempotency_key, if_match };
            deciding::decide(tx, state, &author, case, &incoming, now)
        })
        .await?;
    failpoint!("server::decide::after-commit");
    Ok(([(header::CONTENT_TYPE, "application/json")], receipt))
}
