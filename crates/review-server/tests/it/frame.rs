//! What is on every answer, and the one form in which everything that goes wrong is told.

use axum::body::Body;
use axum::http::{Method, Request, header};
use contract::paths;
use contract::problem::ProblemCode;
use contract::server_info::ServerInfo;

use crate::office::{Answer, Office};

fn has_all_headers(answer: &Answer, office: &Office) {
    assert_eq!(answer.header("x-server-time-ms"), office.now().timestamp_millis().to_string());
    assert_eq!(answer.header("x-contract-version"), "1");
    assert_eq!(answer.header("x-incident").len(), 12);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_server_says_who_it_is_to_anybody() {
    let office = Office::open();
    let answer = office.get(paths::SERVER, None).await;
    has_all_headers(&answer, &office);
    let info: ServerInfo = answer.json();
    assert_eq!(info.product, "review-desk-server");
    assert_eq!((info.contract_version, info.is_demonstration), (1, false));
    assert_eq!(info.envelope_key.public_key.len(), 44);
    assert_eq!(info.envelope_key, office.state.offered_envelope_key());
    assert!(info.calendar_keys.is_empty());
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_every_refusal_is_a_problem() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let bearer = format!("Bearer {}", wang.token);
    let send = async |method: Method, path: &str, media_type: Option<&str>, body: Body| {
        let mut request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, &bearer);
        if let Some(media_type) = media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        office.send(request.body(body).unwrap()).await
    };
    let json = Some("application/json");
    let large = || Body::from(vec![b' '; 65 * 1024]);
    for (answer, code) in [
        (send(Method::GET, "/", None, Body::empty()).await, ProblemCode::NotFound),
        (send(Method::GET, "/v1/unknown?name=x", None, Body::empty()).await, ProblemCode::NotFound),
        (send(Method::PUT, paths::SERVER, None, Body::empty()).await, ProblemCode::MethodNotAllowed),
        (send(Method::GET, paths::SESSION, None, Body::empty()).await, ProblemCode::MethodNotAllowed),
        (send(Method::POST, paths::SESSION, json, large()).await, ProblemCode::TooLarge),
        (send(Method::POST, paths::SESSION, None, Body::from("{}")).await, ProblemCode::UnsupportedMediaType),
        (send(Method::POST, paths::SESSION, json, Body::from("{")).await, ProblemCode::BadRequest),
        (send(Method::POST, paths::SESSION, json, Body::from("{\"account\":1}")).await, ProblemCode::BadRequest),
        (
            send(Method::POST, paths::SESSION_REFRESH, json, Body::from(r#"{"refresh_token":"x","more":1}"#)).await,
            ProblemCode::BadRequest,
        ),
        (send(Method::GET, "/v1/changes?after=a", None, Body::empty()).await, ProblemCode::BadRequest),
        (send(Method::POST, "/v1/cases/not-an-id/lease", None, Body::empty()).await, ProblemCode::NotFound),
        (send(Method::GET, "/v1/photos/%ff", None, Body::empty()).await, ProblemCode::BadRequest),
    ] {
        has_all_headers(&answer, &office);
        assert_eq!(answer.code(), code);
    }
    let answer = send(Method::PUT, paths::SERVER, None, Body::empty()).await;
    assert!(answer.header("allow").contains("GET"));
    let fine = send(Method::GET, paths::REASONS, None, Body::empty()).await;
    has_all_headers(&fine, &office);
    assert!(fine.headers.contains_key("x-feed-epoch"));
}

#[tokio::test]
async fn bodies_are_limited_also_when_they_do_not_say_how_long_they_are() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.new_case("a-1").await.case_id;
    let endless = |pieces: usize| {
        let mut left = pieces;
        Body::new(StreamOfSpaces(std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            Some(vec![b' '; 16 * 1024])
        })))
    };
    for (path, pieces) in [
        (paths::SESSION.to_owned(), 5),
        (format!("/v1/cases/{case}/decisions"), 9),
        (format!("/v1/cases/{case}/void"), 5),
    ] {
        let request = Request::post(&path)
            .header(header::AUTHORIZATION, format!("Bearer {}", wang.token))
            .header(header::CONTENT_TYPE, "application/json");
        let answer = office.send(request.body(endless(pieces)).unwrap()).await;
        assert_eq!(answer.code(), ProblemCode::TooLarge, "{path}");
    }
    // A whole application is limited before it is read.
    let request = Request::post(paths::INTAKE)
        .header(header::AUTHORIZATION, format!("Bearer {}", crate::office::PORTAL))
        .header("idempotency-key", "\"k\"")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=X")
        .header(header::CONTENT_LENGTH, "10000000000");
    assert_eq!(office.send(request.body(Body::empty()).unwrap()).await.code(), ProblemCode::TooLarge);
}

/// A body in pieces, without a length.
struct StreamOfSpaces<I>(I);

impl<I: Iterator<Item = Vec<u8>> + Unpin> hyper::body::Body for StreamOfSpaces<I> {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Ready(self.0.next().map(|piece| Ok(hyper::body::Frame::data(piece.into()))))
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_told_to_come_back() {
    let office = Office::open_with(|config| config.timeouts.request = std::time::Duration::from_millis(50));
    let request = Request::post(paths::SESSION).header(header::CONTENT_TYPE, "application/json");
    let answer = office.send(request.body(Body::new(NeverEnding)).unwrap()).await;
    assert_eq!(answer.code(), ProblemCode::Unavailable);
    has_all_headers(&answer, &office);
}

struct NeverEnding;

impl hyper::body::Body for NeverEnding {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn reasons_come_with_a_version_that_need_not_be_sent_twice() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let answer = office.get(paths::REASONS, Some(&wang.token)).await;
    let reasons: contract::reason::ReasonsAnswer = answer.json();
    assert_eq!((reasons.version, reasons.reasons.len()), (1, 17));
    let request = Request::get(paths::REASONS)
        .header(header::AUTHORIZATION, format!("Bearer {}", wang.token))
        .header(header::IF_NONE_MATCH, answer.header("etag"));
    let again = office.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, 304);
    has_all_headers(&again, &office);
}
