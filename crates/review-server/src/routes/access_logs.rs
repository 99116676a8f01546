//! Access logs that desktops ship.

use axum::Json;
use axum::extract::State;
use contract::access_log::{AccessLogAnswer, AccessLogRequest};
use contract::problem::Problem;

use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, Body};
use crate::rules::access_logs;
use crate::state::AppState;

/// Ship entries of a device's access log. Those that the server has are compared and skipped. A log that does not go on where the server's
/// copy ends is refused with the number that is wanted next in `field`; one that differs from it is refused without a number.
#[utoipa::path(post, path = "/v1/audit", tag = "audit", request_body = AccessLogRequest,
    security(("delivery_credential" = []), ("access_token" = [])), responses(
    (status = 200, body = AccessLogAnswer),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "device_unknown, sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "account_disabled, device_revoked", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "audit_chain_broken", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn ship_access_log(
    State(state): State<AppState>,
    bearer: Bearer,
    Body(body): Body<AccessLogRequest>,
) -> Result<Json<AccessLogAnswer>, ServerError> {
    let now = state.now();
    // A difference is written down, so its refusal is a value of a transaction that commits.
    let answer = state
        .write(move |tx, state| {
            let author = bearer.author(tx, state, now)?;
            access_logs::receive(tx, state, &author, &body?, now)
        })
        .await??;
    Ok(Json(answer))
}
