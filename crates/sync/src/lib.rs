//! Pull, prefetch, deliver, reconcile: everything between this computer and the review server, and the server's clock.
//!
//! Owns HTTP alone. It knows neither SQL nor the window: the local store is the two ports [`Ledger`] and [`OutboxLedger`], the network the
//! port [`Transport`], and whoever listens gets small [`SyncEvent`]s without content. The [`Courier`] delivers, whoever is signed in; the
//! [`Engine`] does the rest, for whoever is. Nothing here decides anything about a case.

mod access_log;
mod api;
mod api_answer;
mod api_delivery;
mod api_error;
mod api_events;
mod api_lease;
mod backoff;
mod calendar;
mod calls;
mod case_work;
mod courier;
mod cycle;
mod delivery;
mod device;
mod disposition;
mod engine;
mod error;
mod event;
mod event_stream;
mod failpoint;
mod http;
mod leases;
mod ledger;
mod lines;
mod listening;
mod local_clock;
mod offering;
mod outbox_ledger;
mod prefetch;
mod pull;
mod rest;
mod server_clock;
mod session;
mod transport;

pub use api::{AccessToken, Api};
pub use api_error::ApiError;
pub use backoff::{Jitter, SystemJitter, delay};
pub use calls::Calls;
pub use courier::{Courier, CourierLink, CourierSettings};
pub use disposition::{Awaited, DeliveryProblem, Disposition, disposition};
pub use engine::{Engine, Settings};
pub use error::{SyncError, SyncErrorKind};
pub use event::{ConnectionState, CourierState, SyncEvent};
pub use http::{HttpSetupError, HttpTransport, install_tls};
pub use leases::TakenOffline;
pub use ledger::{CalendarStored, FeedPosition, Ledger, LedgerError, PhotoStored, PhotoWanted, UnsentWork};
pub use local_clock::{LocalClock, SystemClock};
pub use outbox_ledger::{OutboxLedger, Outgoing};
pub use rest::Rest;
pub use server_clock::{ServerClock, ServerTime, SharedClock, TimeSample};
pub use session::{SignedIn, sign_in};
pub use transport::{
    AddressError, Method, ServerAddress, Transport, TransportError, WireAnswer, WireRequest, WireStream,
};
