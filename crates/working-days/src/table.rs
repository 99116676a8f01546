//! Rank and select over a run of days: how many working days up to a day, and which day is the r-th. Every question is one or two
//! array loads, whatever the distance and however long the holidays between; outside the run the answer is `None`, never a guess.

use crate::beijing::BeijingDate;

/// Working and off days of consecutive dates from `first` on; at most 65,535 of them (179 years).
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    first: Option<BeijingDate>,
    /// Entry i: working days in [first, first + i].
    rank: Vec<u16>,
    /// Entry r - 1: how many days after `first` the r-th working day is.
    select: Vec<u16>,
}

impl Table {
    /// Builds the two arrays. Days beyond the capacity are left out, which makes them out of range.
    pub(crate) fn new(first: BeijingDate, works: impl Iterator<Item = bool>) -> Self {
        let mut table = Self { first: Some(first), ..Self::default() };
        let mut count = 0u16;
        for (offset, works) in (0..u16::MAX).zip(works) {
            if works {
                count += 1;
                table.select.push(offset);
            }
            table.rank.push(count);
        }
        table
    }

    fn index(&self, day: BeijingDate) -> Option<usize> {
        usize::try_from(day.days_since(self.first?)).ok().filter(|index| *index < self.rank.len())
    }

    fn rank(&self, day: BeijingDate) -> Option<u16> {
        self.rank.get(self.index(day)?).copied()
    }

    fn nth(&self, number: usize) -> Option<BeijingDate> {
        let offset = self.select.get(number.checked_sub(1)?)?;
        Some(self.first?.plus_days(i32::from(*offset)))
    }

    pub(crate) fn is_working_day(&self, day: BeijingDate) -> Option<bool> {
        let index = self.index(day)?;
        let before = if index == 0 { 0 } else { *self.rank.get(index - 1)? };
        Some(*self.rank.get(index)? > before)
    }

    pub(crate) fn add(&self, day: BeijingDate, working_days: u32) -> Option<BeijingDate> {
        let rank = self.rank(day)?;
        if working_days == 0 {
            return Some(day);
        }
        self.nth(usize::from(rank).checked_add(usize::try_from(working_days).ok()?)?)
    }

    pub(crate) fn between(&self, after: BeijingDate, until: BeijingDate) -> Option<i32> {
        Some(i32::from(self.rank(until)?) - i32::from(self.rank(after)?))
    }

    pub(crate) fn previous(&self, day: BeijingDate) -> Option<BeijingDate> {
        let rank = usize::from(self.rank(day)?);
        self.nth(if self.is_working_day(day)? { rank.checked_sub(1)? } else { rank })
    }
}
