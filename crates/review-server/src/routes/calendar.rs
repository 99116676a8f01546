//! The calendar pack in force. No sign-in needed: it is public, and whoever takes it checks who signed it.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::calendar::CalendarAnswer;
use contract::headers::quoted;

use crate::refusal::ServerError;
use crate::routes::asked::text;
use crate::state::AppState;

/// The calendar pack in force, as a pack file. Its signature is `null` as long as the server uses the pack that it was built with.
#[utoipa::path(get, path = "/v1/calendar", tag = "calendar", responses(
    (status = 200, body = CalendarAnswer, description = "the pack; ETag is its SHA-256 in hex, quoted"),
    (status = 304, description = "the hash named by If-None-Match is this pack's"),
))]
pub(super) async fn calendar(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, ServerError> {
    let pack = state.read(|tx, state| state.calendar(tx)).await?;
    let tag = quoted(pack.sha256());
    // To be asked for again each time: an activation must be seen at once.
    let told = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if text(&headers, header::IF_NONE_MATCH.as_str()).is_some_and(|known| names(&known, &tag)) {
        return Ok((StatusCode::NOT_MODIFIED, told).into_response());
    }
    let media_type = [(header::CONTENT_TYPE, "application/json")];
    Ok((told, media_type, pack.signed().to_bytes()).into_response())
}

/// Whether an `If-None-Match` names this tag. A cache on the way may have made it weak or put others beside it.
fn names(known: &str, tag: &str) -> bool {
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
