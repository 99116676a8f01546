//! The rules of the server, each run inside one transaction. They know the domain and the tables, not HTTP.

pub(crate) mod case_view;
pub(crate) mod deciding;
pub(crate) mod intake;
pub(crate) mod leasing;
pub(crate) mod moving;
pub(crate) mod photos;
pub(crate) mod recomputing;
pub(crate) mod sight;
pub(crate) mod signing_in;
pub(crate) mod viewer;
