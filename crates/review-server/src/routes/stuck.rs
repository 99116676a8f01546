//! Decisions that desktops cannot deliver.

use axum::Json;
use axum::extract::State;
use contract::access_log::StuckAnswer;
use contract::problem::Problem;

use crate::refusal::ServerError;
use crate::routes::asked::Bearer;
use crate::rules::stuck;
use crate::state::AppState;

/// Decisions of the own office that a desktop has had for more than an hour and cannot deliver, for supervisors.
#[utoipa::path(get, path = "/v1/stuck", tag = "queue", security(("access_token" = [])), responses(
    (status = 200, body = StuckAnswer),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "role_may_not", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn stuck_decisions(
    State(state): State<AppState>,
    bearer: Bearer,
) -> Result<Json<StuckAnswer>, ServerError> {
    let now = state.now();
    let answer = state
        .read(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            stuck::list(tx, &viewer)
        })
        .await?;
    Ok(Json(answer))
}
