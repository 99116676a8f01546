//! The Chinese working-day calendar, the counting policies, and the deadlines, lamps and explanations that follow from them.
//! Everything here is a pure function of its arguments: no clock, no files, no network, no time zone of the PC, and no panic.
//! It knows nothing of cases, offices or half-year periods; those are `casework`'s.

mod beijing;
mod calendar;
mod deadline;
mod explanation;
mod health;
mod lamp;
mod notice;
mod pack;
mod pack_error;
mod pack_file;
mod pack_rules;
mod policy;
mod signed_pack;
mod statutory;
mod table;

pub use beijing::{BEIJING, BeijingDate};
pub use calendar::{Calendar, DayKind};
pub use deadline::{Deadline, Due, ProvisionalReason, deadline};
pub use explanation::{ExplainedDay, Explanation, explain};
pub use health::{CalendarHealth, calendar_health};
pub use lamp::{Lamp, lamp, next_change};
pub use notice::{Arrangement, DaysOff, MakeUpDay, Notice};
pub use pack::{CalendarPack, MAX_PACK_BYTES, PackId, PackYear, Region, RegionalDayOff};
pub use pack_error::PackError;
pub use policy::{FirstDay, OffDay, Pause, Policy};
pub use signed_pack::{CalendarKey, SignedPack, TrustedKeys, trusted_comment};
