//! The change feed: a delta after a cursor, in commit order. A new epoch means: keep everything, start again from nothing, and only then
//! drop what did not come. An empty or shrunken answer alone wipes nothing.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::case::CaseRow;

/// Query of `GET /v1/changes`.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams, ToSchema)]
pub struct ChangesQuery {
    /// The cursor of the last page that was applied; 0 at first.
    pub after: i64,
    /// At most this many changes, 1 to 500.
    pub limit: u32,
}

/// Answer of `GET /v1/changes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangesAnswer {
    /// The epoch of the feed as this person sees it.
    pub epoch: String,
    /// Where to go on; equals `after` when nothing changed.
    pub cursor: i64,
    /// Whether another page is ready.
    pub has_more: bool,
    /// Each case once, as it is now.
    pub changes: Vec<Change>,
}

/// What happened to a case, in this person's sight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every change is a row")]
pub enum Change {
    /// It is new or changed.
    Case {
        /// Its row.
        row: CaseRow,
    },
    /// It left this person's sight.
    Gone {
        /// The case.
        case_id: Uuid,
        /// How it ended; `moved` when it goes on without this person.
        why: GoneWhy,
    },
}

/// How a case left a person's sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoneWhy {
    /// It is concluded.
    Concluded,
    /// It was voided.
    Void,
    /// It goes on, but not before this person.
    Moved,
}
