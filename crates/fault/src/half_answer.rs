//! A fail point of the harness itself, in front of the server's router: the answer to a decision is sent by half before the point is reached
//! (K-07). Without that point armed an answer passes untouched.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// The point's name; not one of the server's own.
pub const HALF_ANSWER: &str = "fault::answer::half-sent";

/// Passes the request on and, when the point is built in, sends the answer to a decision in two halves around it.
pub async fn after(request: Request, next: Next) -> Response {
    let is_decision = request.uri().path().ends_with("/decisions");
    let answer = next.run(request).await;
    if is_decision { halved(answer).await } else { answer }
}

#[cfg(not(feature = "failpoints"))]
async fn halved(answer: Response) -> Response {
    answer
}

#[cfg(feature = "failpoints")]
async fn halved(answer: Response) -> Response {
    use std::convert::Infallible;
    use std::time::Duration;

    use axum::body::Body;
    use axum::http::header::CONTENT_LENGTH;
    use futures::{StreamExt, stream};

    /// Far above any receipt or problem.
    const CAP: usize = 1 << 20;

    let (mut head, body) = answer.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, CAP).await else {
        return Response::from_parts(head, Body::empty());
    };
    let (first, second) = (bytes.slice(..bytes.len() / 2), bytes.slice(bytes.len() / 2..));
    // The whole length is promised, so that half of it cannot be taken for all.
    head.headers.insert(CONTENT_LENGTH, bytes.len().into());
    let second = async move {
        // While this waits the first half leaves the buffer.
        tokio::time::sleep(Duration::from_millis(20)).await;
        fail::fail_point!(HALF_ANSWER);
        Ok::<_, Infallible>(second)
    };
    let halves = stream::once(async move { Ok::<_, Infallible>(first) }).chain(stream::once(second));
    Response::from_parts(head, Body::from_stream(halves))
}
