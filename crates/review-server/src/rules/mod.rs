//! The rules of the server, each run inside one transaction. They know the domain and the tables, not HTTP.

pub(crate) mod accepting;
pub(crate) mod access_logs;
pub(crate) mod case_view;
pub(crate) mod case_work;
pub(crate) mod deciding;
pub(crate) mod devices;
pub(crate) mod intake;
pub(crate) mod lease_time;
pub(crate) mod leasing;
pub(crate) mod lost_history;
pub(crate) mod moving;
pub(crate) mod opening;
pub(crate) mod photos;
pub(crate) mod reason_text;
pub(crate) mod recomputing;
pub(crate) mod sight;
pub(crate) mod signing_in;
pub(crate) mod standing_back;
pub(crate) mod stuck;
pub(crate) mod viewer;
