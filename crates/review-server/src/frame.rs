//! What surrounds every request: the incident that names it in the log, the headers that are on every answer, and the one form in which
//! everything that goes wrong is told. Also axum's own refusals, timeouts and panics leave as problem documents.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use casework::AccountId;
use contract::CONTRACT_VERSION;
use contract::headers;
use contract::problem::{MEDIA_TYPE, Problem, ProblemCode};
use uuid::Uuid;

use crate::refusal::{FaultText, Refusal, ServerError};
use crate::rules::viewer::Viewer;
use crate::state::AppState;
use crate::store::ms;

/// Who turned out to ask: filled in by the rule that found out, read when the answer leaves.
#[derive(Clone, Default)]
pub(crate) struct Asker(Arc<Mutex<Option<(AccountId, String)>>>);

impl Asker {
    pub(crate) fn is(&self, viewer: &Viewer) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some((viewer.id(), viewer.epoch.clone()));
    }

    fn known(&self) -> Option<(AccountId, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The outermost layer.
pub(crate) async fn frame(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let incident = Uuid::new_v4().simple().to_string()[..12].to_owned();
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map_or("-", |path| path.as_str()).to_owned();

    let mut response = next.run(request).await;

    let fault = response.extensions_mut().remove::<FaultText>();
    if let Some(refusal) = refusal_of(&mut response) {
        response = as_problem(response, refusal, &incident);
    }
    let asker = asker.known();
    put_headers(&mut response, &state, &incident, asker.as_ref().map(|(_, epoch)| epoch.as_str()));
    let status = response.status().as_u16();
    let account = asker.map(|(account, _)| account.to_string());
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match fault {
        Some(FaultText(fault)) => {
            tracing::error!(%incident, %method, path, status, account, took_ms, fault, "request failed");
        }
        None => tracing::info!(%incident, %method, path, status, account, took_ms, "request"),
    }
    response
}

/// The refusal that an answer stands for; `None` when it is a good one.
fn refusal_of(response: &mut Response) -> Option<Refusal> {
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        return Some(refusal);
    }
    let code = match response.status() {
        status if status.is_success() || status == StatusCode::NOT_MODIFIED => return None,
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMediaType,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => ProblemCode::Unavailable,
        status if status.is_client_error() => ProblemCode::BadRequest,
        _ => ProblemCode::Internal,
    };
    Some(Refusal { code, field: None, retry_after_s: None, standing: None })
}

fn as_problem(response: Response, refusal: Refusal, incident: &str) -> Response {
    let status = refusal.code.status();
    let name = serde_json::to_value(refusal.code).ok();
    let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or("internal");
    let problem = Problem {
        kind: format!("about:blank#{name}"),
        title: name.replace('_', " "),
        status,
        code: refusal.code,
        incident: incident.to_owned(),
        field: refusal.field,
        retry_after_s: refusal.retry_after_s,
        standing: refusal.standing,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut told = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], Body::from(body)).into_response();
    // Which methods a path does know.
    if let Some(allow) = response.headers().get(header::ALLOW) {
        told.headers_mut().insert(header::ALLOW, allow.clone());
    }
    if let Some(seconds) = problem.retry_after_s {
        told.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    told
}

fn put_headers(response: &mut Response, state: &AppState, incident: &str, epoch: Option<&str>) {
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: HeaderValue| {
        headers.insert(HeaderName::from_static(name), value);
    };
    put(headers::SERVER_TIME_MS, HeaderValue::from(ms(state.now())));
    put(headers::CONTRACT_VERSION, HeaderValue::from(CONTRACT_VERSION));
    if let Ok(incident) = HeaderValue::from_str(incident) {
        put(headers::INCIDENT, incident);
    }
    if let Some(epoch) = epoch.and_then(|epoch| HeaderValue::from_str(epoch).ok()) {
        put(headers::FEED_EPOCH, epoch);
    }
    put("x-content-type-options", HeaderValue::from_static("nosniff"));
    // What may be kept says so itself.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// What a panic in a handler becomes.
pub(crate) fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    // What a panic says may hold anything, so it is not repeated.
    ServerError::Fault("a handler panicked").into_response()
}

/// Any path that is not of the contract.
pub(crate) async fn unknown_path() -> ServerError {
    ProblemCode::NotFound.into()
}
