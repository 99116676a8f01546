//! Sign in, refresh, sign out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::problem::Problem;
use contract::session::{RefreshRequest, SessionAnswer, SignInRequest};

use crate::refusal::ServerError;
use crate::routes::asked::{AskedBy, Bearer, Body};
use crate::rules::signing_in;
use crate::state::AppState;

/// Sign in with account and password. Five wrong passwords in a row lock the name for ten minutes.
#[utoipa::path(post, path = "/v1/session", tag = "session", request_body = SignInRequest, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, description = "wrong_password", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "account_disabled, device_revoked", body = Problem, content_type = "application/problem+json"),
    (status = 426, description = "desktop_too_old", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "account_locked", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "unavailable", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn sign_in(
    State(state): State<AppState>,
    AskedBy(asker): AskedBy,
    Body(body): Body<SignInRequest>,
) -> Result<Json<SessionAnswer>, ServerError> {
    let (viewer, answer) = signing_in::sign_in(&state, body?).await?;
    asker.is(&viewer);
    Ok(Json(answer))
}

/// Exchange a refresh token for new tokens. The used one stays good until the new one is first used.
#[utoipa::path(post, path = "/v1/session/refresh", tag = "session", request_body = RefreshRequest, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, description = "session_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "account_disabled", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn refresh(
    State(state): State<AppState>,
    AskedBy(asker): AskedBy,
    Body(body): Body<RefreshRequest>,
) -> Result<Json<SessionAnswer>, ServerError> {
    let request = body?;
    let now = state.now();
    let (viewer, answer) =
        state.write(move |tx, state| signing_in::refresh(tx, state, &request.refresh_token, now)).await?;
    asker.is(&viewer);
    Ok(Json(answer))
}

/// Sign out. The person's leases lapse at once; what was decided under them still comes in until somebody takes the cases.
#[utoipa::path(delete, path = "/v1/session", tag = "session", security(("access_token" = [])), responses(
    (status = 204, description = "signed out"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn sign_out(State(state): State<AppState>, bearer: Bearer) -> Result<StatusCode, ServerError> {
    let now = state.now();
    state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            signing_in::sign_out(tx, &viewer, now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
