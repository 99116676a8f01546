//! How calls of a local store are made: on blocking threads beside a real disk, or inline where a seed must repeat a run exactly. Owns
//! nothing else; what the calls mean is said by the ports.

use std::fmt;
use std::sync::Arc;

use crate::ledger::LedgerError;

/// Where the blocking calls of a store run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Calls {
    /// On the runtime's blocking threads.
    #[default]
    Blocking,
    /// On the thread that polls, at once: for a simulation, whose seed must give the same run again.
    Inline,
}

/// A store behind its port.
pub(crate) struct Store<L: ?Sized> {
    ledger: Arc<L>,
    calls: Calls,
}

// By hand: a derive would ask for `L: Clone`.
impl<L: ?Sized> Clone for Store<L> {
    fn clone(&self) -> Self {
        Self { ledger: Arc::clone(&self.ledger), calls: self.calls }
    }
}

impl<L: ?Sized> fmt::Debug for Store<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("calls", &self.calls).finish_non_exhaustive()
    }
}

impl<L: ?Sized + Send + Sync + 'static> Store<L> {
    pub(crate) fn new(ledger: Arc<L>, calls: Calls) -> Self {
        Self { ledger, calls }
    }

    /// The port itself, for its asynchronous calls.
    pub(crate) fn ledger(&self) -> &L {
        &self.ledger
    }

    /// Makes a call where it may block.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&L) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        match self.calls {
            Calls::Inline => call(&self.ledger),
            Calls::Blocking => {
                let ledger = Arc::clone(&self.ledger);
                // A store that panics has failed.
                tokio::task::spawn_blocking(move || call(&ledger)).await.unwrap_or(Err(LedgerError::Storage))
            }
        }
    }
}
