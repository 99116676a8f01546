//! The arrows of a case that are not opinions.

use axum::Json;
use axum::extract::{Path, State};
use casework::Fence;
use contract::case::VoidRequest;
use contract::decision::Standing;
use contract::lease::FenceRequest;
use contract::problem::Problem;

use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, Body, case_id};
use crate::rules::moving;
use crate::state::AppState;

/// Report that a photo cannot be seen: the case waits for a technical repair, its clock runs on.
#[utoipa::path(post, path = "/v1/cases/{case_id}/technical", tag = "case", params(("case_id" = uuid::Uuid, Path)),
    request_body = FenceRequest, security(("access_token" = [])), responses(
    (status = 200, body = Standing),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "lease_lost, state_changed, already_decided", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn report_technical(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
    Body(body): Body<FenceRequest>,
) -> Result<Json<Standing>, ServerError> {
    let now = state.now();
    let answer = state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            moving::report_technical(tx, &viewer, case_id(&case)?, Fence(body?.fence), now)
        })
        .await?;
    Ok(Json(answer))
}

/// A supervisor says that a technical case can be reviewed again.
#[utoipa::path(post, path = "/v1/cases/{case_id}/repaired", tag = "case", params(("case_id" = uuid::Uuid, Path)),
    security(("access_token" = [])), responses(
    (status = 200, body = Standing),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "role_may_not", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "state_changed, already_decided", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn repaired(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
) -> Result<Json<Standing>, ServerError> {
    let now = state.now();
    let answer = state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            moving::repair(tx, &viewer, case_id(&case)?, now)
        })
        .await?;
    Ok(Json(answer))
}

/// A supervisor ends a round that failed by our fault. It uses no attempt.
#[utoipa::path(post, path = "/v1/cases/{case_id}/void", tag = "case", params(("case_id" = uuid::Uuid, Path)),
    request_body = VoidRequest, security(("access_token" = [])), responses(
    (status = 200, body = Standing),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "role_may_not", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "already_decided", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn void_case(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(case): Path<String>,
    Body(body): Body<VoidRequest>,
) -> Result<Json<Standing>, ServerError> {
    let now = state.now();
    let answer = state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            moving::void(tx, &viewer, case_id(&case)?, &body?, now)
        })
        .await?;
    Ok(Json(answer))
}
