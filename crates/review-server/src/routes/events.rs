//! The event stream and its long poll. Both tell a cursor and nothing else. They are woken by commits of this process and look into the
//! database only then, at a heartbeat, to see whether the session still stands, and at the end of a long poll.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use contract::events::{CHANGED, WaitAnswer, WaitQuery};
use contract::problem::{Problem, ProblemCode};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use crate::events::Place;
use crate::refusal::ServerError;
use crate::routes::asked::{Asked, Bearer, text};
use crate::rules::sight;
use crate::state::AppState;

/// The header in which a client says which event it got last.
const LAST_EVENT_ID: &str = "last-event-id";

/// Server-sent events: `changed` with the cursor of the change feed as id and `{}` as data, and comments as heartbeats. At most two per
/// session; a third ends the oldest.
#[utoipa::path(get, path = "/v1/events", tag = "queue", security(("access_token" = [])), params(
        ("last-event-id" = Option<String>, Header, description = "the last id that was received")), responses(
    (status = 200, description = "the stream", content_type = "text/event-stream", body = String),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn events(
    State(state): State<AppState>,
    bearer: Bearer,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ServerError> {
    // From before the first look, so that nothing falls between the two.
    let changed = state.store().changes();
    let looking = Looking { state: state.clone(), bearer };
    let (session, _) = looking.look().await?;
    let mut beat = tokio::time::interval(state.config().events.heartbeat);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let told = text(&headers, LAST_EVENT_ID).and_then(|id| id.parse().ok());
    let gather = state.config().events.gather;
    let stream = Streaming { looking, changed, place: state.waiting().enter(session), beat, told, gather };
    let stream = Sse::new(futures::stream::unfold(stream, Streaming::next));
    Ok(([(header::CACHE_CONTROL, "no-store")], stream))
}

/// Wait until there is more than the cursor that is known, at most 25 seconds.
#[utoipa::path(get, path = "/v1/events/wait", tag = "queue", params(WaitQuery), security(("access_token" = [])), responses(
    (status = 200, body = WaitAnswer),
    (status = 400, description = "bad_request", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "sign_in_required, token_expired", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn wait_for_events(
    State(state): State<AppState>,
    bearer: Bearer,
    Asked(query): Asked<WaitQuery>,
) -> Result<Json<WaitAnswer>, ServerError> {
    let mut changed = state.store().changes();
    let looking = Looking { state: state.clone(), bearer };
    let (session, mut cursor) = looking.look().await?;
    let after = query?.after;
    if after < 0 {
        return Err(ServerError::at_field(ProblemCode::BadRequest, "after"));
    }
    let mut place = state.waiting().enter(session);
    let times = state.config().events;
    let mut end = std::pin::pin!(tokio::time::sleep(times.wait));
    while cursor == after {
        tokio::select! {
            biased;
            () = place.must_end() => break,
            () = end.as_mut() => break,
            woken = gathered(&mut changed, times.gather) => if !woken { break },
        }
        (_, cursor) = looking.look().await?;
    }
    Ok(Json(WaitAnswer { cursor }))
}

/// Waits for a change and for those that come right after it. False when there will be none any more.
async fn gathered(changed: &mut watch::Receiver<i64>, gather: Duration) -> bool {
    if changed.changed().await.is_err() {
        return false;
    }
    tokio::time::sleep(gather).await;
    changed.mark_unchanged();
    true
}

/// One asker's looks at the feed.
struct Looking {
    state: AppState,
    bearer: Bearer,
}

impl Looking {
    /// The session, if it still stands, and the newest cursor in its sight.
    async fn look(&self) -> Result<(uuid::Uuid, i64), ServerError> {
        let now = self.state.now();
        let bearer = self.bearer.clone();
        self.state
            .read(move |tx, state| {
                let viewer = bearer.viewer(tx, state, now)?;
                Ok((viewer.session, sight::newest(tx, &viewer)?))
            })
            .await
    }
}

/// An open stream between two events.
struct Streaming {
    looking: Looking,
    changed: watch::Receiver<i64>,
    place: Place,
    beat: Interval,
    /// The cursor that the client has.
    told: Option<i64>,
    gather: Duration,
}

impl Streaming {
    /// The next event or heartbeat; `None` ends the stream. The first comes at once.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            let is_beat = tokio::select! {
                biased;
                () = self.place.must_end() => return None,
                woken = gathered(&mut self.changed, self.gather) => if woken { false } else { return None },
                _ = self.beat.tick() => true,
            };
            // A session that ended, an account that was closed, a token past its time: the client signs in or refreshes, and comes again.
            let (_, newest) = self.looking.look().await.ok()?;
            if self.told != Some(newest) {
                self.told = Some(newest);
                let event = Event::default().event(CHANGED).id(newest.to_string()).data("{}");
                return Some((Ok(event), self));
            }
            if is_beat {
                return Some((Ok(Event::default().comment("")), self));
            }
        }
    }
}
