//! Leases: my next cases by deadline, one case on request, and giving one back.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use casework::Fence;
use contract::lease::{FenceRequest, LeaseAnswer, LeasesAnswer, LeasesRequest};
use contract::problem::Problem;

use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, Body, case_id};
use crate::rules::leasing;
use crate::state::AppState;

/// Note what I opened, renew my leases, and fill them up to my share with the most urgent cases that nobody has; or take more offline.
#[utoipa::path(post, path = "/v1/leases", tag = "lease", request_body = LeasesRequest, security(("access_token" = [])), responses(
    (status = 200, body = LeasesAnswer),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "role_may_not", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn fill_leases(
    State(state): State<AppState>,
    bearer: Bearer,
    Body(body): Body<LeasesRequest>,
) -> Result<Json<LeasesAnswer>, ServerError> {
    let now = state.now();
    let answer = state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            viewer.must_review()?;
            leasing::fill(tx, state, &viewer, &body?, now)
        })
        .await?;
    Ok(Json(answer))
}

/// Open one case: lease it, also a few beyond the limit, and note that it was opened.
#[utoipa::path(post, path = "/v1/cases/{case_id}/lease", tag = "lease", params(("case_id" = uuid::Uuid, Path)),
    security(("access_token" = [])), responses(
    (status = 200, body = LeaseAnswer),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "role_may_not, recused", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "lease_held, not_leasable", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "too_many_requests: too many leases", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn take_lease(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
) -> Result<Json<LeaseAnswer>, ServerError> {
    let now = state.now();
    let answer = state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            leasing::take(tx, state, &viewer, case_id(&case)?, now)
        })
        .await?;
    Ok(Json(answer))
}

/// Give a case back.
#[utoipa::path(delete, path = "/v1/cases/{case_id}/lease", tag = "lease", params(("case_id" = uuid::Uuid, Path)),
    request_body = FenceRequest, security(("access_token" = [])), responses(
    (status = 204, description = "given back"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "lease_lost", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn give_back_lease(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
    Body(body): Body<FenceRequest>,
) -> Result<StatusCode, ServerError> {
    let now = state.now();
    state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            leasing::give_back(tx, &viewer, case_id(&case)?, Fence(body?.fence), now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
