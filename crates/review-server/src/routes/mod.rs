//! The paths of the contract. A handler reads the request, runs one rule in one transaction, and writes the answer: a few lines each.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::frame;
use crate::state::AppState;

mod access_logs;
mod asked;
mod calendar;
mod case_work;
mod cases;
mod changes;
mod decisions;
mod devices;
mod events;
mod intake;
mod leases;
mod photos;
mod reasons;
mod server;
mod session;
mod stuck;

/// The largest body of an ordinary request.
const SMALL_BODY: usize = 64 * 1024;
/// The largest decision: a full envelope in base64 and its header.
const DECISION_BODY: usize = contract::envelope::MAX_PAYLOAD / 3 * 4 + 8 * 1024;
/// The largest part of an access log: as many entries as a request may carry, in full.
const LOG_BODY: usize = 500 * 700;
/// The largest application: every photo that one may carry, and the form around them.
const INTAKE_BODY: usize = casework::Evidence::MAX_PER_CASE * photo::FILE_LIMIT + 1024 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Review Desk server",
        description = "Manual identity-document review: queue, leases, photos, decisions, and the portal's intake.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(
        contract::problem::Problem,
        contract::decision::DecisionPayload,
        contract::intake::IntakeApplication
    )),
    modifiers(&Credentials)
)]
struct Description;

struct Credentials;

impl utoipa::Modify for Credentials {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
        let bearer = |what: &str| {
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(what)).build())
        };
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("access_token", bearer("The access token of a session."));
        components.add_security_scheme("delivery_credential", bearer("The delivery credential of a device."));
        components.add_security_scheme("portal_credential", bearer("A portal's credential for the intake."));
    }
}

fn described() -> OpenApiRouter<AppState> {
    let small = OpenApiRouter::new()
        .routes(routes!(server::server_info))
        .routes(routes!(server::openapi_json))
        .routes(routes!(calendar::calendar))
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(session::refresh))
        .routes(routes!(changes::changes))
        .routes(routes!(devices::register_device))
        .routes(routes!(devices::unseal_device_key))
        .routes(routes!(leases::fill_leases))
        .routes(routes!(leases::take_lease, leases::give_back_lease))
        .routes(routes!(case_work::put_case_work))
        .routes(routes!(case_work::recuse))
        .routes(routes!(case_work::revoke))
        .routes(routes!(stuck::stuck_decisions))
        .routes(routes!(cases::report_technical))
        .routes(routes!(cases::repaired))
        .routes(routes!(cases::void_case))
        .routes(routes!(photos::photo))
        .routes(routes!(reasons::reasons))
        .layer(RequestBodyLimitLayer::new(SMALL_BODY));
    let decisions =
        OpenApiRouter::new().routes(routes!(decisions::decide)).layer(RequestBodyLimitLayer::new(DECISION_BODY));
    let logs =
        OpenApiRouter::new().routes(routes!(access_logs::ship_access_log)).layer(RequestBodyLimitLayer::new(LOG_BODY));
    OpenApiRouter::with_openapi(Description::openapi()).merge(small).merge(decisions).merge(logs)
}

fn described_intake() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(intake::submit))
        .layer(RequestBodyLimitLayer::new(INTAKE_BODY))
        .layer(DefaultBodyLimit::disable())
}

/// Requests that wait longer than any other may, and end by themselves.
fn described_events() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(events::events))
        .routes(routes!(events::wait_for_events))
        .layer(RequestBodyLimitLayer::new(SMALL_BODY))
}

/// The whole server as a service: every path, with limits, and the frame around all.
pub fn app(state: AppState) -> Router {
    let timeouts = state.config().timeouts;
    let too_slow = |limit| TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limit);
    let (quick, _) = described().layer(too_slow(timeouts.request)).split_for_parts();
    let (intake, _) = described_intake().layer(too_slow(timeouts.intake)).split_for_parts();
    let (events, _) = described_events().split_for_parts();
    framed(quick.merge(intake).merge(events), state)
}

/// Puts the frame around paths.
fn framed(router: Router<AppState>, state: AppState) -> Router {
    router
        .fallback(frame::unknown_path)
        .layer(CatchPanicLayer::custom(frame::panicked))
        .layer(from_fn_with_state(state.clone(), frame::frame))
        .with_state(state)
}

/// The description of the contract, OpenAPI 3.1, made from the handlers.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().merge(described_events()).merge(described_intake()).into_openapi()
}

/// The description as pretty JSON.
///
/// # Errors
/// When it cannot be written, which the snapshot test would have seen.
pub fn openapi_json_text() -> Result<String, serde_json::Error> {
    let mut text = openapi().to_pretty_json()?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::Request;
    use axum::routing::get;
    use contract::problem::{Problem, ProblemCode};
    use tower::ServiceExt;

    use super::*;
    use crate::config::{Config, Data};

    async fn panics() -> StatusCode {
        panic!("李小明 110105199001010010")
    }

    #[tokio::test]
    async fn a_panic_leaves_as_a_problem_without_its_text() {
        let state = AppState::open(Config::new(Data::Memory)).unwrap();
        let app = framed(Router::new().route("/panics", get(panics)), state);
        let response = app.oneshot(Request::get("/panics").body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 500);
        assert!(response.headers().contains_key(contract::headers::SERVER_TIME_MS));
        assert!(response.headers().contains_key(contract::headers::INCIDENT));
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.code, ProblemCode::Internal);
        assert!(!String::from_utf8_lossy(&body).contains("110105"));
    }
}
