//! The calendar on this desktop: which pack is in force, which pack may take its place, what that moved, and how the window is told.

mod accepting;
mod in_force;
mod recount;
mod refusal;
mod trust;
mod use_cases;

pub(crate) use in_force::{Calendars, Counting};
pub(crate) use use_cases::health_view;

#[cfg(test)]
mod tests;
