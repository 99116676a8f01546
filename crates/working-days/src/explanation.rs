//! A deadline told day by day: every civil day from the submission to the due day, what it is, by which notice, and which of the seven it
//! counts as. It is the same computation seen from the side, never a second one: its last counted day is the deadline's due day.

use chrono::{DateTime, Utc};

use crate::beijing::BeijingDate;
use crate::calendar::{Calendar, DayKind};
use crate::deadline::{Deadline, deadline};
use crate::policy::Policy;

/// One civil day between submission and due day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExplainedDay<'a> {
    /// Beijing date.
    pub date: BeijingDate,
    /// What it is, and by which notice.
    pub kind: DayKind<'a>,
    /// Which working day of the count it is, from 1; `None` for a day that is not counted: a day off, or a working day before day 1.
    pub number: Option<u8>,
    /// Whether no notice stands behind what it is: it may still change.
    pub is_provisional: bool,
}

/// A deadline and how it was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The result.
    pub deadline: Deadline,
    /// Beijing date of the submission.
    pub submitted_on: BeijingDate,
    /// From the submission to the due day, both included; empty when the deadline is out of range.
    pub days: Vec<ExplainedDay<'a>>,
}

/// The deadline of a case submitted at this instant, with the reason for every day.
#[must_use]
pub fn explain<'a>(calendar: &'a Calendar, policy: &Policy, submitted_at: DateTime<Utc>) -> Explanation<'a> {
    let deadline = deadline(calendar, policy, submitted_at);
    let submitted_on = BeijingDate::of(submitted_at);
    let mut days = Vec::new();
    if let Some(due) = deadline.due() {
        let mut counted = 0u8;
        for date in submitted_on.through(due.date) {
            let Some(kind) = calendar.day(date) else { break };
            let is_counted = due.day1 <= date && kind.is_working_day();
            counted = counted.saturating_add(u8::from(is_counted));
            let is_provisional = calendar.is_provisional(date).unwrap_or(false);
            days.push(ExplainedDay { date, kind, number: is_counted.then_some(counted), is_provisional });
        }
    }
    Explanation { deadline, submitted_on, days }
}
