//! The rules by which seven working days are counted, as values. A policy has an id and a version, so that every recorded deadline can
//! say by which one it was made. Sources of the defaults: 民法典 201 and 203, 国办公开办函〔2015〕207号.

use chrono::NaiveTime;

const CLOSE_OF_BUSINESS: NaiveTime = match NaiveTime::from_hms_opt(17, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN, // not reached: 17:00 exists
};

/// Whether the day of receipt counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FirstDay {
    /// Never: day 1 is the next working day (民法典 201).
    Excluded,
    /// When it is a working day and the receipt is before the cut-off (at any hour, if there is none), it is day 1.
    IncludedBeforeCutOff,
}

/// Which day counts as the day of receipt when the submission falls on a day off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffDay {
    /// The civil date of the submission.
    KeepCivilDate,
    /// The next working day, from its first hour.
    NextWorkingDay,
}

/// What stops the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pause {
    /// Nothing: the portal has no state in which it waits for the applicant, and a technical fault of ours stops no clock.
    Never,
}

/// How a deadline is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Short stable name, e.g. `P0`; stands in every record.
    pub id: &'static str,
    /// Raised whenever a field changes.
    pub version: u32,
    /// Whether the day of receipt counts.
    pub first_day: FirstDay,
    /// What a submission on a day off is received as.
    pub off_day: OffDay,
    /// Beijing time from which (inclusive) a submission on a working day is late for that day: with [`FirstDay::Excluded`] it is
    /// received on the next working day, with [`FirstDay::IncludedBeforeCutOff`] its own day is not counted.
    pub cut_off: Option<NaiveTime>,
    /// Beijing time of the due day at which the target is reached; the breach is 24:00 whatever this says.
    pub close_of_business: NaiveTime,
    /// What stops the count.
    pub pause: Pause,
    /// Length in working days; 0 makes the day of receipt the due day.
    pub working_days: u8,
}

impl Policy {
    /// The default: the day of submission is not counted and keeps its civil date, no cut-off.
    #[must_use]
    pub const fn p0() -> Self {
        Self {
            id: "P0",
            version: 1,
            first_day: FirstDay::Excluded,
            off_day: OffDay::KeepCivilDate,
            cut_off: None,
            close_of_business: CLOSE_OF_BUSINESS,
            pause: Pause::Never,
            working_days: 7,
        }
    }

    /// A submission on a day off, or from 17:00 on, is received on the next working day; that day is not counted.
    #[must_use]
    pub const fn p1() -> Self {
        Self { id: "P1", off_day: OffDay::NextWorkingDay, cut_off: Some(CLOSE_OF_BUSINESS), ..Self::p0() }
    }

    /// A submission before 17:00 of a working day counts that day as day 1.
    #[must_use]
    pub const fn p2() -> Self {
        Self { id: "P2", first_day: FirstDay::IncludedBeforeCutOff, cut_off: Some(CLOSE_OF_BUSINESS), ..Self::p0() }
    }

    /// The policy with this id; `None` for an unknown one.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        [Self::p0(), Self::p1(), Self::p2()].into_iter().find(|policy| policy.id == id)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::p0()
    }
}
