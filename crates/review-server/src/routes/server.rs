//! Who the server is, and the description of its contract. No sign-in needed.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use contract::server_info::ServerInfo;

use crate::refusal::ServerError;
use crate::state::AppState;

/// Who the server is, which contract it speaks, and the key that decisions are sealed to.
#[utoipa::path(get, path = "/v1/server", tag = "server", responses((status = 200, body = ServerInfo)))]
pub(super) async fn server_info(State(state): State<AppState>) -> Result<Json<ServerInfo>, ServerError> {
    Ok(Json(state.read(|tx, state| state.info(tx)).await?))
}

/// This description.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "server", responses((status = 200, description = "OpenAPI 3.1")))]
pub(super) async fn openapi_json() -> Result<impl IntoResponse, ServerError> {
    let text = super::openapi_json_text().map_err(|_| ServerError::Fault("the description cannot be written"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}
