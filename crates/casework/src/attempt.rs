//! Three manual reviews in 1 January – 31 August and three in 1 September – 31 December (rule 6), and what a rejection costs.
//! Dates are Beijing civil dates. A voided round uses no attempt, so callers count without it.

use thiserror::Error;
use working_days::BeijingDate;

/// How many manual reviews a person has in one period.
pub const REVIEWS_PER_PERIOD: u8 = 3;

/// One of the two periods of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    /// Beijing civil year.
    pub year: i32,
    /// False for January–August, true for September–December.
    pub is_autumn: bool,
}

impl Period {
    /// The period of a Beijing civil date.
    #[must_use]
    pub fn of(date: BeijingDate) -> Self {
        use chrono::Datelike;
        let date = date.naive();
        Self { year: date.year(), is_autumn: date.month() >= 9 }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Option<BeijingDate> {
        BeijingDate::from_ymd(self.year, if self.is_autumn { 9 } else { 1 }, 1)
    }

    /// The period after it.
    #[must_use]
    pub fn following(self) -> Self {
        if self.is_autumn {
            Self { year: self.year + 1, is_autumn: false }
        } else {
            Self { year: self.year, is_autumn: true }
        }
    }
}

/// Which of the applicant's applications in the period this is: 1, 2 or 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Round(u8);

/// A round outside 1 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a round is 1, 2 or 3")]
pub struct RoundError;

impl Round {
    /// Checks the number.
    ///
    /// # Errors
    /// Anything but 1, 2, 3.
    pub fn new(number: u8) -> Result<Self, RoundError> {
        if (1..=REVIEWS_PER_PERIOD).contains(&number) { Ok(Self(number)) } else { Err(RoundError) }
    }

    /// The round that follows `used` rounds in the same period; `None` when none is left.
    #[must_use]
    pub fn after(used: u8) -> Option<Self> {
        Self::new(used.checked_add(1)?).ok()
    }

    /// 1, 2 or 3.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// Whether this is the last one of its period, whose rejection needs a second person.
    #[must_use]
    pub fn is_last(self) -> bool {
        self.0 == REVIEWS_PER_PERIOD
    }
}

/// How many manual reviews are left when `used` were submitted in the period.
#[must_use]
pub fn reviews_left(used: u8) -> u8 {
    REVIEWS_PER_PERIOD.saturating_sub(used)
}

/// What a rejection means for the applicant; shown before it is confirmed and counted again by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consequence {
    /// Attempt k of 3, in the period of the submission.
    pub attempt: u8,
    /// Manual reviews left, in the period of the moment of rejection.
    pub left: u8,
    /// When none is left: from which Beijing date one can be applied for again.
    pub again_from: Option<BeijingDate>,
}

/// Counts what a rejection at `now` costs. While a review is pending the applicant cannot apply again, so in a later period none is used yet.
#[must_use]
pub fn consequence_of_rejection(round: Round, submitted: BeijingDate, now: BeijingDate) -> Consequence {
    let (then, today) = (Period::of(submitted), Period::of(now));
    let used = if today > then { 0 } else { round.number() };
    let left = reviews_left(used);
    Consequence {
        attempt: round.number(),
        left,
        again_from: if left == 0 { today.max(then).following().first_day() } else { None },
    }
}
