//! The portal's intake: multipart, read piece by piece, everything in it bounded before it is kept. File names and declared media types
//! are never looked at; what a photo is, its bytes say.

use axum::Json;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use casework::{Evidence, EvidenceKind};
use contract::envelope::payload_sha256;
use contract::headers::{IDEMPOTENCY_KEY, unquoted};
use contract::intake::{IntakeAnswer, IntakeApplication};
use contract::problem::{Problem, ProblemCode};

use crate::refusal::ServerError;
use crate::routes::asked::{Bearer, text};
use crate::rules::intake::{Application, accept};
use crate::state::AppState;
use crate::store::photo::PhotoRecord;
use crate::store::{portal_credential, run_blocking};

/// The largest part `application`.
const MAX_APPLICATION: usize = 64 * 1024;

/// The longest idempotency key.
const MAX_KEY_CHARS: usize = 64;

/// Submit one application for manual review: a part `application` (JSON, `IntakeApplication`) and one file part per photo, named by its
/// kind. The same key with the same content gets the same answer.
#[utoipa::path(post, path = "/v1/intake/applications", tag = "intake", params(
        ("idempotency-key" = String, Header, description = "1 to 64 visible characters, quoted")),
    request_body(content = IntakeForm, content_type = "multipart/form-data"),
    security(("portal_credential" = [])), responses(
    (status = 200, body = IntakeAnswer),
    (status = 401, description = "bad_credential", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "review_pending, no_reviews_left", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "too_large", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "bad_photo, unsupported_media_type", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "bad_application, side_missing, submitted_at_out_of_bounds, key_reused", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn submit(
    State(state): State<AppState>,
    bearer: Bearer,
    request: Request,
) -> Result<Json<IntakeAnswer>, ServerError> {
    let key = text(request.headers(), IDEMPOTENCY_KEY);
    let portal = bearer.token_sha256().map(str::to_owned).ok_or(ProblemCode::BadCredential)?;
    let is_good = state
        .read(move |tx, state| Ok(state.portal_sha256() == Some(&portal) || portal_credential::is_good(tx, &portal)?))
        .await?;
    if !is_good {
        return Err(ProblemCode::BadCredential.into());
    }
    let key = key.as_deref().and_then(unquoted).filter(|key| is_key(key)).map(str::to_owned);
    let key = key.ok_or_else(|| bad(IDEMPOTENCY_KEY))?;

    let _place = state.intake().acquire().await.map_err(|_| ProblemCode::Unavailable)?;
    let multipart = Multipart::from_request(request, &state).await.map_err(|_| ProblemCode::UnsupportedMediaType)?;
    let form = read_form(multipart).await?;
    let application = run_blocking(move || form.checked(key)).await?;
    let now = state.now();
    state.write(move |tx, state| accept(tx, state, &application, now)).await.map(Json)
}

/// The multipart form, for the description only.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form; it is read piece by piece")]
struct IntakeForm {
    /// The application as JSON.
    application: IntakeApplication,
    /// The side with the portrait.
    #[schema(content_media_type = "application/octet-stream")]
    portrait_side: Vec<u8>,
    /// The other side.
    #[schema(content_media_type = "application/octet-stream")]
    emblem_side: Vec<u8>,
    /// The applicant holding the document.
    #[schema(content_media_type = "application/octet-stream")]
    holding: Option<Vec<u8>>,
    /// Further pages; the part may repeat.
    #[schema(content_media_type = "application/octet-stream")]
    supporting: Option<Vec<u8>>,
}

fn bad(field: &str) -> ServerError {
    ServerError::at_field(ProblemCode::BadApplication, field)
}

fn is_key(key: &str) -> bool {
    (1..=MAX_KEY_CHARS).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// What was read, within its limits, not yet understood.
struct Form {
    application: Vec<u8>,
    photos: Vec<(EvidenceKind, Vec<u8>)>,
}

async fn read_form(mut multipart: Multipart) -> Result<Form, ServerError> {
    let mut application = None;
    let mut photos = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().map(str::to_owned);
        match name.as_deref() {
            Some("application") if application.is_none() => {
                let bytes = read_field(field, MAX_APPLICATION).await?;
                application = Some(bytes.ok_or_else(|| bad("application"))?);
            }
            Some(name) => {
                // A name that is no kind is somebody else's text: it is not repeated.
                let kind = EvidenceKind::from_word(name).ok_or_else(|| bad("multipart"))?;
                if photos.len() >= Evidence::MAX_PER_CASE {
                    return Err(bad("supporting"));
                }
                let bytes = read_field(field, photo::FILE_LIMIT).await?;
                photos.push((kind, bytes.ok_or_else(|| bad_photo(kind))?));
            }
            None => return Err(bad("multipart")),
        }
    }
    Ok(Form { application: application.ok_or_else(|| bad("application"))?, photos })
}

/// A part's bytes; `None` when there are more than `limit`.
async fn read_field(mut field: Field<'_>, limit: usize) -> Result<Option<Vec<u8>>, ServerError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

fn broken(error: MultipartError) -> ServerError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { ProblemCode::TooLarge.into() } else { bad("multipart") }
}

fn bad_photo(kind: EvidenceKind) -> ServerError {
    ServerError::at_field(ProblemCode::BadPhoto, kind.word())
}

impl Form {
    /// Looks at every byte: runs on a thread that may block.
    fn checked(self, key: String) -> Result<Application, ServerError> {
        let wire: IntakeApplication = serde_json::from_slice(&self.application).map_err(|_| bad("application"))?;
        let mut photos = Vec::with_capacity(self.photos.len());
        for (kind, bytes) in self.photos {
            let probe = photo::probe(&bytes).map_err(|_| bad_photo(kind))?;
            let record = PhotoRecord {
                sha256: payload_sha256(&bytes),
                photo_type: probe.photo_type,
                width: probe.width,
                height: probe.height,
                bytes: bytes.into(),
            };
            photos.push((kind, record));
        }
        Ok(Application { key, wire, photos })
    }
}
