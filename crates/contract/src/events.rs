//! The event stream: it says that something changed, never what. `GET /v1/events` is a stream of server-sent events: `event: changed` with
//! the cursor as `id` and `{}` as data, and a comment line as heartbeat. `GET /v1/events/wait` is the same for networks that break streams.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The name of the one event.
pub const CHANGED: &str = "changed";

/// Seconds between two heartbeats of the stream.
pub const HEARTBEAT_S: u32 = 15;

/// The longest wait of `GET /v1/events/wait`, in seconds.
pub const WAIT_S: u32 = 25;

/// Query of `GET /v1/events/wait`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, IntoParams, ToSchema)]
pub struct WaitQuery {
    /// The cursor of the change feed as far as it is known; answered at once when there is more.
    pub after: i64,
}

/// Answer of `GET /v1/events/wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitAnswer {
    /// The newest cursor; equals `after` when nothing changed within the wait.
    pub cursor: i64,
}
