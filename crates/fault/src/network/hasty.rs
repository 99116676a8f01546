//! The real HTTP transport with little patience: every time-out is capped, so that a server that says nothing costs a fraction of a second
//! instead of twenty. Nothing else differs from what is shipped.

use std::time::Duration;

use async_trait::async_trait;
use sync::{HttpTransport, Transport, TransportError, WireAnswer, WireRequest, WireStream};

/// HTTP for people in a hurry.
#[derive(Clone)]
pub(super) struct Hasty {
    real: HttpTransport,
    patience: Duration,
}

impl std::fmt::Debug for Hasty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasty").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Hasty {
    /// No exchange takes longer than `patience`.
    #[must_use]
    pub(super) fn new(real: HttpTransport, patience: Duration) -> Self {
        Self { real, patience }
    }
}

#[async_trait]
impl Transport for Hasty {
    async fn send(&self, mut request: WireRequest) -> Result<WireAnswer, TransportError> {
        request.timeout = request.timeout.min(self.patience);
        self.real.send(request).await
    }

    async fn listen(&self, request: WireRequest) -> Result<WireStream, TransportError> {
        self.real.listen(request).await
    }
}
