//! One row of the runs: a name under its id in the catalogue, and what is done. A row answers with a short note of what it saw.

use futures::future::LocalBoxFuture;

use super::trouble::Trouble;

/// What a row gives.
pub type Outcome = Result<String, Trouble>;

/// One row.
#[derive(Clone)]
pub struct Row {
    /// The id in the catalogue, such as `HTTP-IND`.
    pub id: &'static str,
    /// What is tried, in a few words with hyphens; unique.
    pub name: &'static str,
    /// Does it, with the dice of this seed.
    pub run: fn(u64) -> LocalBoxFuture<'static, Outcome>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.id, self.name)
    }
}

/// A row from an async function of a seed.
macro_rules! row {
    ($id:literal, $name:literal, $run:path) => {
        $crate::network::row::Row { id: $id, name: $name, run: |seed| ::std::boxed::Box::pin($run(seed)) }
    };
}

pub(crate) use row;
