//! The Chinese working-day calendar, the counting policies, and the deadlines and lamps that follow from them.
//! Everything here is a pure function of its arguments: no clock, no files, no network, no time zone of the PC, and no panic.
//! It knows nothing of cases, offices or half-year periods; those are `casework`'s.

mod beijing;
mod calendar;
mod deadline;
mod lamp;
mod notice;
mod policy;
mod statutory;
mod table;

pub use beijing::{BEIJING, BeijingDate};
pub use calendar::{Calendar, DayKind};
pub use deadline::{Deadline, Due, ProvisionalReason, deadline};
pub use lamp::{Lamp, lamp, next_change};
pub use notice::{CalendarError, Notice};
pub use policy::{FirstDay, OffDay, Policy};
