//! The original bytes of a photo.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::headers::quoted;
use contract::problem::{Problem, ProblemCode};

use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, photo_hash, text};
use crate::rules::photos;
use crate::state::AppState;
use crate::store;

/// The original bytes of a photo, for whoever holds the lease of a case that shows it.
#[utoipa::path(get, path = "/v1/photos/{sha256}", tag = "photo", params(("sha256" = String, Path)),
    security(("access_token" = [])), responses(
    (status = 200, description = "the original bytes", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"))),
    (status = 304, description = "the hash named by If-None-Match is this photo's"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "lease_required, role_may_not", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn photo(
    State(state): State<AppState>,
    bearer: Bearer,
    Path(sha256): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ServerError> {
    let now = state.now();
    let sha256 = state
        .write(move |tx, state| {
            let viewer = bearer.viewer(tx, state, now)?;
            let sha256 = photo_hash(&sha256)?;
            photos::look(tx, &viewer, sha256, now)?;
            Ok(sha256)
        })
        .await?;
    let tag = quoted(&sha256.to_string());
    if text(&headers, header::IF_NONE_MATCH.as_str()).as_deref() == Some(tag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let found = state.read(move |tx, _| store::photo::load(tx, sha256)).await?;
    let (photo_type, bytes) = found.ok_or(ProblemCode::NotFound)?;
    let media_type = HeaderValue::from_static(photo_type.media_type());
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}
