//! What a recomputation does to the open cases, in numbers and case by case.

use chrono::{DateTime, Utc};

/// The effect of a pack or a region on the open cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Open cases that are computed again.
    pub computed: u32,
    /// Of these, those that get another due date, or get or lose one.
    pub moved: u32,
    /// Moved to an earlier date, or got one at all: out of range is later than every date.
    pub earlier: u32,
    /// Moved to a later date, or lost it.
    pub later: u32,
    /// Moved, and overdue by that alone: in time by the old date, late by the new one.
    pub newly_overdue: u32,
    /// The moved ones, by new date and number.
    pub cases: Vec<MovedCase>,
}

/// One moved case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedCase {
    /// Its number.
    pub case_no: String,
    /// When it was submitted, UTC.
    pub submitted_at: DateTime<Utc>,
    /// Beijing date that it was due on; `None` when out of range.
    pub from: Option<String>,
    /// Beijing date that it is due on.
    pub to: Option<String>,
    /// Whether the move alone makes it overdue.
    pub is_newly_overdue: bool,
}
