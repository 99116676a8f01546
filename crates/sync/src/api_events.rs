//! The calls that wait for the server to say that something changed: a stream, or a long poll. Both carry a cursor and nothing else.

use std::time::Duration;

use contract::events::{HEARTBEAT_S, WAIT_S, WaitAnswer};
use contract::{headers, paths};

use crate::api::{AccessToken, Api, Call};
use crate::api_answer::{media_type_of, refusal};
use crate::api_error::ApiError;
use crate::event_stream::EventStream;
use crate::transport::{Method, TransportError, WireAnswer};

/// The longest line of the stream.
const LINE: usize = 1024;
/// The longest silence of a living stream.
const SILENCE: Duration = Duration::from_secs(3 * HEARTBEAT_S as u64);
/// For the way there and back.
const MARGIN: Duration = Duration::from_secs(10);
const LAST_EVENT_ID: &str = "last-event-id";

impl Api {
    /// Opens the event stream after this cursor.
    ///
    /// # Errors
    /// See [`ApiError`]; what answers with success but is no event stream is [`ApiError::NotAReviewServer`].
    pub(crate) async fn events(&self, token: &AccessToken, after: i64) -> Result<EventStream, ApiError> {
        let call = Call::new(Method::Get, paths::EVENTS)
            .by(token)
            .header("accept", "text/event-stream".to_owned())
            .header(LAST_EVENT_ID, after.to_string())
            .cap(LINE)
            .patient();
        let stream = self.open(call).await?;
        if stream.status != 200 {
            // Only the status counts: the document is not read off the stream.
            let answer = WireAnswer { status: stream.status, headers: stream.headers, body: Vec::new() };
            return Err(match refusal(&answer, self.server_ms(&answer)) {
                ApiError::Unreadable => ApiError::Refused { status: answer.status, incident: None, retry_after: None },
                other => other,
            });
        }
        let is_ours = stream.headers.iter().any(|(name, _)| name == headers::CONTRACT_VERSION);
        if media_type_of(&stream.headers) != "text/event-stream" || !is_ours {
            return Err(ApiError::NotAReviewServer);
        }
        Ok(EventStream::new(stream.lines, SILENCE))
    }

    /// Waits until the server has more than this cursor, at most as long as the contract says; gives the newest cursor.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) async fn wait_for_events(&self, token: &AccessToken, after: i64) -> Result<i64, ApiError> {
        let path = format!("{}?after={after}", paths::EVENTS_WAIT);
        let longest = Duration::from_secs(u64::from(WAIT_S)) + MARGIN;
        let call = Call::new(Method::Get, path).by(token).timeout(longest).patient();
        let answer: WaitAnswer = self.json(call).await?;
        if answer.cursor < 0 { Err(TransportError::Incomplete.into()) } else { Ok(answer.cursor) }
    }
}
