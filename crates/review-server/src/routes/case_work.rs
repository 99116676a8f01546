//! Draft, note and hold of a case; standing back from a case; ending somebody's lease.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use contract::case_work::CaseWorkRequest;
use contract::lease::WhyRequest;
use contract::problem::Problem;

use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, Body, case_id};
use crate::rules::{case_work, standing_back};
use crate::state::AppState;

/// Keep draft, note and hold of a case for its next holder. Replaces what was kept, unless the same person put something newer.
#[utoipa::path(put, path = "/v1/cases/{case_id}/work", tag = "lease", params(("case_id" = uuid::Uuid, Path)),
    request_body = CaseWorkRequest, security(("access_token" = [])), responses(
    (status = 204, description = "kept"),
    (status = 400, description = "bad_request: a text is too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "role_may_not, recused", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "lease_lost", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn put_case_work(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
    Body(body): Body<CaseWorkRequest>,
) -> Result<StatusCode, ServerError> {
    let now = state.now();
    state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            case_work::put(tx, &viewer, case_id(&case)?, body?, now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stand back from a case for good. Ends the lease if the person holds it.
#[utoipa::path(post, path = "/v1/cases/{case_id}/recuse", tag = "lease", params(("case_id" = uuid::Uuid, Path)),
    request_body = WhyRequest, security(("access_token" = [])), responses(
    (status = 204, description = "stood back, now or before"),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "role_may_not", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "already_decided", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn recuse(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
    Body(body): Body<WhyRequest>,
) -> Result<StatusCode, ServerError> {
    let now = state.now();
    state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            standing_back::recuse(tx, &viewer, case_id(&case)?, &body?, now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End the holder's lease, as a supervisor. Nothing that was decided under it comes in any more.
#[utoipa::path(post, path = "/v1/cases/{case_id}/revoke", tag = "lease", params(("case_id" = uuid::Uuid, Path)),
    request_body = WhyRequest, security(("access_token" = [])), responses(
    (status = 204, description = "nobody holds the case"),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "role_may_not", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn revoke(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
    Body(body): Body<WhyRequest>,
) -> Result<StatusCode, ServerError> {
    let now = state.now();
    state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            standing_back::revoke(tx, &viewer, case_id(&case)?, &body?, now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
