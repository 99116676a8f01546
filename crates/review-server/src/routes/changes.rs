//! The change feed.

use axum::Json;
use axum::extract::State;
use contract::feed::{ChangesAnswer, ChangesQuery};
use contract::problem::Problem;

use crate::refusal::ServerError;
use crate::routes::asked::{Asked, Bearer};
use crate::rules::sight;
use crate::state::AppState;

/// What changed in this person's sight after a cursor, each case once as it is now, in the order of commits.
#[utoipa::path(get, path = "/v1/changes", tag = "queue", params(ChangesQuery), security(("access_token" = [])), responses(
    (status = 200, body = ChangesAnswer),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn changes(
    State(state): State<AppState>,
    bearer: Bearer,
    Asked(query): Asked<ChangesQuery>,
) -> Result<Json<ChangesAnswer>, ServerError> {
    let now = state.now();
    let answer = state
        .read(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            sight::changes(tx, &viewer, &query?)
        })
        .await?;
    Ok(Json(answer))
}
