//! When a case is due, by calendar, policy and instant of submission. A date that rests on a missing notice says so and carries the
//! span within which that notice can still move it; beyond the calendar there is no date. Never decides anything by itself.

use chrono::{DateTime, NaiveTime, Timelike, Utc};

use crate::beijing::{BEIJING, BeijingDate};
use crate::calendar::Calendar;
use crate::policy::{FirstDay, OffDay, Policy};
use crate::table::Table;

/// A due day and how it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The Beijing date that counts as the day of receipt.
    pub receipt_day: BeijingDate,
    /// The first day counted.
    pub day1: BeijingDate,
    /// The last day counted: the due day.
    pub date: BeijingDate,
    /// Close of business on the due day.
    pub target: DateTime<Utc>,
    /// 24:00 Beijing time of the due day, exclusive: from this instant on the case is overdue.
    pub breach: DateTime<Utc>,
}

/// Why a date is provisional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProvisionalReason {
    /// The count reaches into a year whose notice the calendar does not have.
    NoticeMissing {
        /// That year.
        year: i32,
    },
}

/// The deadline of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// Every day up to the due day is settled by notices.
    Final(Due),
    /// The count crosses into the year without notice (暂定).
    Provisional {
        /// By the statutory holidays and their weekend compensation only.
        due: Due,
        /// Not before this: as if every day that is off, not statutory, and within two weeks of a holiday were worked.
        earliest: BeijingDate,
        /// Not after this, as long as no holiday gets a longer block than any had from 2016 to 2026 and nothing extraordinary is
        /// ordered (as on 2020-01-26): as if every day within reach of a block were off and nothing made up.
        latest: BeijingDate,
        /// What is missing.
        why: ProvisionalReason,
    },
    /// The submission or the due day lies outside the calendar.
    OutOfRange,
}

impl Deadline {
    /// The due day, final or provisional.
    #[must_use]
    pub fn due(&self) -> Option<&Due> {
        match self {
            Self::Final(due) | Self::Provisional { due, .. } => Some(due),
            Self::OutOfRange => None,
        }
    }

    /// Whether the date must be shown with its mark.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        matches!(self, Self::Provisional { .. })
    }
}

/// The deadline of a case submitted at this instant.
#[must_use]
pub fn deadline(calendar: &Calendar, policy: &Policy, submitted_at: DateTime<Utc>) -> Deadline {
    let Some(count) = Count::run(calendar.expected(), policy, submitted_at) else {
        return Deadline::OutOfRange;
    };
    let due = Due {
        receipt_day: count.receipt_day,
        day1: count.day1,
        date: count.last,
        target: count.last.at(policy.close_of_business),
        breach: count.last.end(),
    };
    if count.last <= calendar.official_until() {
        return Deadline::Final(due);
    }
    let span =
        Count::run(calendar.earliest(), policy, submitted_at).zip(Count::run(calendar.latest(), policy, submitted_at));
    let Some((earliest, latest)) = span else {
        return Deadline::OutOfRange;
    };
    Deadline::Provisional {
        due,
        earliest: earliest.last.min(count.last),
        latest: latest.last.max(count.last),
        why: ProvisionalReason::NoticeMissing { year: calendar.official_until().succ().year() },
    }
}

/// The three days that a count names.
struct Count {
    receipt_day: BeijingDate,
    day1: BeijingDate,
    last: BeijingDate,
}

impl Count {
    fn run(days: &Table, policy: &Policy, submitted_at: DateTime<Utc>) -> Option<Self> {
        let civil = BeijingDate::of(submitted_at);
        let is_working_day = days.is_working_day(civil)?;
        let is_in_time = policy.cut_off.is_none_or(|cut_off| beijing_time(submitted_at) < cut_off);

        let receipt_day = match (is_working_day, policy.off_day, policy.first_day) {
            (false, OffDay::NextWorkingDay, _) => days.add(civil, 1)?,
            (true, _, FirstDay::Excluded) if !is_in_time => days.add(civil, 1)?,
            _ => civil,
        };
        // A receipt moved from a day off to a working day is there from its first hour, so before any cut-off.
        let counts_itself = policy.first_day == FirstDay::IncludedBeforeCutOff
            && if is_working_day { is_in_time } else { policy.off_day == OffDay::NextWorkingDay };
        let day1 = if counts_itself { receipt_day } else { days.add(receipt_day, 1)? };
        let further = u32::from(policy.working_days);
        let last = days.add(receipt_day, if counts_itself { further.saturating_sub(1) } else { further })?;
        Some(Self { receipt_day, day1, last })
    }
}

/// The time of day on a Beijing clock.
fn beijing_time(instant: DateTime<Utc>) -> NaiveTime {
    let offset = i64::from(BEIJING.local_minus_utc());
    let second_of_day = instant.timestamp().saturating_add(offset).rem_euclid(86_400);
    u32::try_from(second_of_day)
        .ok()
        .and_then(|seconds| {
            NaiveTime::from_num_seconds_from_midnight_opt(seconds, instant.nanosecond().min(999_999_999))
        })
        .unwrap_or(NaiveTime::MIN)
}
