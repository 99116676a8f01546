//! What a request can end in besides its answer: a refusal, which the contract names, or a fault, which is the server's own. Neither
//! holds anything personal. Turning them into problem documents is `frame`'s part, since only it knows the incident.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use contract::decision::Standing;
use contract::problem::ProblemCode;
use thiserror::Error;

use crate::store::StoreError;

/// A refusal with what goes along.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: ProblemCode,
    pub(crate) field: Option<String>,
    pub(crate) retry_after_s: Option<u32>,
    pub(crate) standing: Option<Standing>,
}

/// How a request ends when it does not end well.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    #[error("refused: {:?}", .0.code)]
    Refused(Box<Refusal>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Fault(&'static str),
}

/// Carried in the extensions of an answer to `frame`, which logs it: never sent.
#[derive(Debug, Clone)]
pub(crate) struct FaultText(pub(crate) String);

impl From<ProblemCode> for ServerError {
    fn from(code: ProblemCode) -> Self {
        Self::Refused(Box::new(Refusal { code, field: None, retry_after_s: None, standing: None }))
    }
}

impl From<rusqlite::Error> for ServerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(StoreError::Sqlite(error))
    }
}

impl ServerError {
    pub(crate) fn at_field(code: ProblemCode, field: impl Into<String>) -> Self {
        Self::Refused(Box::new(Refusal { code, field: Some(field.into()), retry_after_s: None, standing: None }))
    }

    pub(crate) fn standing(code: ProblemCode, standing: Standing) -> Self {
        Self::Refused(Box::new(Refusal { code, field: None, retry_after_s: None, standing: Some(standing) }))
    }

    pub(crate) fn retry_after(code: ProblemCode, seconds: u32) -> Self {
        Self::Refused(Box::new(Refusal { code, field: None, retry_after_s: Some(seconds), standing: None }))
    }
}

impl IntoResponse for ServerError {
    fn into_response(self) -> Response {
        let (refusal, fault) = match self {
            Self::Refused(refusal) => (*refusal, None),
            Self::Store(error) => {
                let code = if error.is_passing() { ProblemCode::Unavailable } else { ProblemCode::Internal };
                (Refusal { code, field: None, retry_after_s: None, standing: None }, Some(error.to_string()))
            }
            Self::Fault(what) => {
                let code = ProblemCode::Internal;
                (Refusal { code, field: None, retry_after_s: None, standing: None }, Some(what.to_owned()))
            }
        };
        let status = StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(refusal);
        if let Some(text) = fault {
            response.extensions_mut().insert(FaultText(text));
        }
        response
    }
}
