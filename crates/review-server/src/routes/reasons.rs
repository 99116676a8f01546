//! The reasons catalogue.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::headers::quoted;
use contract::problem::Problem;
use contract::reason::ReasonsAnswer;

use crate::catalogue;
use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, text};
use crate::state::AppState;

/// The newest reasons catalogue.
#[utoipa::path(get, path = "/v1/reasons", tag = "reason", security(("access_token" = [])), responses(
    (status = 200, body = ReasonsAnswer),
    (status = 304, description = "the version named by If-None-Match is the newest"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn reasons(
    State(state): State<AppState>,
    bearer: Bearer,
    headers: HeaderMap,
) -> Result<Response, ServerError> {
    let now = state.now();
    let answer = state
        .read(move |tx, state| {
            bearer.viewer(tx, state, now)?;
            catalogue::newest(tx)
        })
        .await?;
    let tag = quoted(&format!("reasons-{}", answer.version));
    if text(&headers, header::IF_NONE_MATCH.as_str()).as_deref() == Some(tag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(answer)).into_response())
}
