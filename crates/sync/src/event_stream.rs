//! Reads a stream of server-sent events line by line (WHATWG HTML, "Server-sent events"), as far as the contract uses them: the one event
//! `changed` with a cursor as its id. Heartbeats and whatever a newer server says besides only show that the stream is alive.

use std::fmt;
use std::time::Duration;

use contract::events::CHANGED;
use futures::StreamExt;
use futures::stream::BoxStream;

use crate::transport::TransportError;

/// What came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something changed; the newest cursor, where it was told.
    Changed(Option<i64>),
    /// The stream lives.
    Alive,
}

/// A living stream.
pub(crate) struct EventStream {
    lines: BoxStream<'static, Result<String, TransportError>>,
    silence: Duration,
    is_changed: bool,
    id: Option<i64>,
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

impl EventStream {
    pub(crate) fn new(lines: BoxStream<'static, Result<String, TransportError>>, silence: Duration) -> Self {
        Self { lines, silence, is_changed: false, id: None }
    }

    /// What comes next. A stream that is silent for too long has broken, like one that ends.
    pub(crate) async fn next(&mut self) -> Result<Heard, TransportError> {
        let line = match tokio::time::timeout(self.silence, self.lines.next()).await {
            Err(_) => return Err(TransportError::Timeout),
            Ok(None) => return Err(TransportError::Incomplete),
            Ok(Some(line)) => line?,
        };
        if line.is_empty() {
            let (is_changed, id) = (std::mem::take(&mut self.is_changed), self.id.take());
            return Ok(if is_changed { Heard::Changed(id) } else { Heard::Alive });
        }
        let (field, value) = line.split_once(':').unwrap_or((line.as_str(), ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.is_changed = value == CHANGED,
            "id" => self.id = value.parse().ok(),
            _ => {}
        }
        Ok(Heard::Alive)
    }
}
