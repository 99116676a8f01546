//! The simulated network: sync's own port, behind which every request waits until the simulation says what becomes of it. Owns the waiting
//! requests; their fates are chosen elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use casework::{CaseId, DecisionId};
use contract::headers::IDEMPOTENCY_KEY;
use futures::channel::oneshot;
use sync::{Method, Transport, TransportError, WireAnswer, WireRequest};

/// One vault on one computer: who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// The computer.
    pub(super) pc: usize,
    /// The vault on it.
    pub(super) vault: usize,
}

/// What comes back.
pub(super) type Outcome = Result<WireAnswer, TransportError>;

/// A request on its way.
pub(super) struct Flight {
    /// Who sent it.
    pub(super) from: Place,
    /// What is asked.
    pub(super) request: WireRequest,
    tell: oneshot::Sender<Outcome>,
}

impl std::fmt::Debug for Flight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flight").field("from", &self.from).field("request", &self.request).finish_non_exhaustive()
    }
}

impl Flight {
    /// Whether nobody waits for the answer any more.
    pub(super) fn is_forgotten(&self) -> bool {
        self.tell.is_canceled()
    }

    /// Gives the answer; `false` when nobody waited for it.
    pub(super) fn answer(self, outcome: Outcome) -> bool {
        self.tell.send(outcome).is_ok()
    }
}

/// The decision that a request delivers, if it does.
pub(super) fn decision_of(request: &WireRequest) -> Option<DecisionId> {
    if request.method != Method::Post || !request.path.ends_with("/decisions") {
        return None;
    }
    let key = request.headers.iter().find(|(name, _)| *name == IDEMPOTENCY_KEY)?;
    key.1.trim_matches('"').parse().ok()
}

/// The case in a path of the contract.
pub(super) fn case_of(path: &str) -> Option<CaseId> {
    path.strip_prefix("/v1/cases/")?.split('/').next()?.parse().ok()
}

/// All requests on their way, in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Net(Arc<Mutex<Vec<Flight>>>);

impl Net {
    pub(super) fn flights(&self) -> MutexGuard<'_, Vec<Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many wait for their fate.
    pub(super) fn count(&self) -> usize {
        let mut flights = self.flights();
        flights.retain(|flight| !flight.is_forgotten());
        flights.len()
    }

    /// Takes one out.
    pub(super) fn take(&self, index: usize) -> Option<Flight> {
        let mut flights = self.flights();
        (index < flights.len()).then(|| flights.remove(index))
    }

    /// The way to the server from this place.
    pub(super) fn wire(&self, from: Place) -> Arc<dyn Transport> {
        Arc::new(Wire { net: self.clone(), from })
    }
}

struct Wire {
    net: Net,
    from: Place,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: WireRequest) -> Outcome {
        let (tell, told) = oneshot::channel();
        self.net.flights().push(Flight { from: self.from, request, tell });
        told.await.unwrap_or(Err(TransportError::Unreachable))
    }
}
