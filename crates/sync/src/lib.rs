//! Pull, prefetch, deliver, reconcile: everything between this computer and the review server, and the server's clock.
//!
//! Owns HTTP alone. It knows neither SQL nor the window: the local store is the port [`Ledger`], the network the port [`Transport`], and
//! whoever listens gets small [`SyncEvent`]s without content. Nothing here decides anything about a case.

mod api;
mod api_error;
mod backoff;
mod calendar;
mod cycle;
mod delivery;
mod disposition;
mod engine;
mod error;
mod event;
mod http;
mod ledger;
mod local_clock;
mod prefetch;
mod pull;
mod server_clock;
mod session;
mod transport;

pub use api::{AccessToken, Api};
pub use api_error::ApiError;
pub use backoff::{Jitter, SystemJitter, delay};
pub use disposition::{DeliveryProblem, Disposition, disposition};
pub use engine::{Engine, Settings};
pub use error::{SyncError, SyncErrorKind};
pub use event::{ConnectionState, SyncEvent};
pub use http::{HttpSetupError, HttpTransport, install_tls};
pub use ledger::{CalendarStored, FeedPosition, Ledger, LedgerError, Outgoing, PhotoStored, PhotoWanted};
pub use local_clock::{LocalClock, SystemClock};
pub use server_clock::{ServerClock, ServerTime, SharedClock, TimeSample};
pub use session::{SignedIn, sign_in};
pub use transport::{AddressError, Method, ServerAddress, Transport, TransportError, WireAnswer, WireRequest};
