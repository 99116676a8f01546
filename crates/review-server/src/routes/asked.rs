//! Reading requests. A body or query that is not of the contract's form is kept as a refusal until the rule has found out who asks: a
//! stranger is told to sign in, not what is wrong with the body.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use casework::{CaseId, Sha256};
use chrono::{DateTime, Utc};
use contract::problem::ProblemCode;
use rusqlite::Connection;
use serde::de::DeserializeOwned;

use crate::frame::Asker;
use crate::refusal::ServerError;
use crate::rules::viewer::{Author, Viewer, authenticate, authenticate_author};
use crate::secret::{CREDENTIAL_PREFIX, sha256_hex};
use crate::state::AppState;

/// The bearer token of a request, as a hash; not yet believed.
#[derive(Clone)]
pub(super) struct Bearer {
    token_sha256: Option<String>,
    /// Whether it is written as a delivery credential is.
    is_credential: bool,
    asker: Asker,
}

impl Bearer {
    /// The person whose access token it is.
    pub(super) fn viewer(&self, db: &Connection, state: &AppState, now: DateTime<Utc>) -> Result<Viewer, ServerError> {
        let viewer = authenticate(db, state, self.token_sha256.as_deref(), now)?;
        self.asker.is(&viewer);
        Ok(viewer)
    }

    /// The person for whom it delivers: by an access token or by a delivery credential.
    pub(super) fn author(&self, db: &Connection, state: &AppState, now: DateTime<Utc>) -> Result<Author, ServerError> {
        let author = authenticate_author(db, state, self.token_sha256.as_deref(), self.is_credential, now)?;
        self.asker.is(&author.viewer);
        Ok(author)
    }

    pub(super) fn token_sha256(&self) -> Option<&str> {
        self.token_sha256.as_deref()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = ServerError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ServerError> {
        let token = text(&parts.headers, header::AUTHORIZATION.as_str()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        Ok(Self {
            is_credential: token.as_deref().is_some_and(|token| token.starts_with(CREDENTIAL_PREFIX)),
            token_sha256: token.map(|token| sha256_hex(token.as_bytes())),
            asker: parts.extensions.get::<Asker>().cloned().unwrap_or_default(),
        })
    }
}

/// Who turned out to ask, for handlers that find out by themselves.
pub(super) struct AskedBy(pub(super) Asker);

impl<S: Send + Sync> FromRequestParts<S> for AskedBy {
    type Rejection = ServerError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ServerError> {
        Ok(Self(parts.extensions.get::<Asker>().cloned().unwrap_or_default()))
    }
}

/// A JSON body, or what is wrong with it.
pub(super) struct Body<T>(pub(super) Result<T, ServerError>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ServerError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ServerError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(Ok(body))),
            Err(JsonRejection::MissingJsonContentType(_)) => Ok(Self(Err(ProblemCode::UnsupportedMediaType.into()))),
            // The rest of the body was not read, so there is nothing to wait for.
            Err(rejection) if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ProblemCode::TooLarge.into())
            }
            Err(_) => Ok(Self(Err(ServerError::at_field(ProblemCode::BadRequest, "body")))),
        }
    }
}

/// A query, or what is wrong with it.
pub(super) struct Asked<T>(pub(super) Result<T, ServerError>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ServerError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ServerError> {
        Ok(Self(match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(query),
            Err(_) => Err(ServerError::at_field(ProblemCode::BadRequest, "query")),
        }))
    }
}

/// A header's value, when there is one and it is plain text.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The case that a path names. A text that cannot be an id names nothing.
pub(super) fn case_id(text: &str) -> Result<CaseId, ServerError> {
    text.parse().map_err(|_| ProblemCode::NotFound.into())
}

/// The photo that a path names.
pub(super) fn photo_hash(text: &str) -> Result<Sha256, ServerError> {
    text.parse().map_err(|_| ProblemCode::NotFound.into())
}
