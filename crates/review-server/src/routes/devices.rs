//! Devices: their keys, and the key of an own device's `work.db`.

use axum::Json;
use axum::extract::State;
use contract::device::{DeviceAnswer, DeviceRequest, UnsealAnswer, UnsealRequest};
use contract::problem::Problem;

use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, Body};
use crate::rules::devices;
use crate::state::AppState;

/// Register the public keys of the session's device and get a delivery credential. Repeating it gives another; the ones before stay good.
#[utoipa::path(put, path = "/v1/device", tag = "device", request_body = DeviceRequest, security(("access_token" = [])), responses(
    (status = 200, body = DeviceAnswer),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "device_revoked", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "device_key_differs", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn register_device(
    State(state): State<AppState>,
    bearer: Bearer,
    Body(body): Body<DeviceRequest>,
) -> Result<Json<DeviceAnswer>, ServerError> {
    let now = state.now();
    let answer = state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            devices::register(tx, &viewer, &body?, now)
        })
        .await?;
    Ok(Json(answer))
}

/// Open the key of a device's `work.db`, which that device of the same account had sealed to the server. Five a day at most.
#[utoipa::path(post, path = "/v1/device/unseal", tag = "device", request_body = UnsealRequest, security(("access_token" = [])), responses(
    (status = 200, body = UnsealAnswer),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "device_revoked", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found: no device of this account", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "bad_envelope", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "too_many_requests", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn unseal_device_key(
    State(state): State<AppState>,
    bearer: Bearer,
    Body(body): Body<UnsealRequest>,
) -> Result<Json<UnsealAnswer>, ServerError> {
    let now = state.now();
    let answer = state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            devices::unseal(tx, state, &viewer, &body?, now)
        })
        .await?;
    Ok(Json(answer))
}
