//! The differences that are known and why they are there, each as a rule that foretells what the other calendar says. A difference is explained
//! only when it is exactly the foretold one; a rule that foretells what does not come is out of date, which is a failure too.

use super::Source;
use super::answers::{Answer, OurDay};
use crate::day::Day;

/// The last day that the pinned calendars know by a notice.
pub(super) const KNOWN_UNTIL: Day = Day::of(2026, 12, 31);
const WORKING_DAYS: u32 = 7;

/// Why another calendar says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// It takes a submission on a day off as received on the next working day.
    DeemedReceived,
    /// It has no notice for the next year and refuses.
    RefusesNextYear,
    /// It has no notice for the next year and counts its days Monday to Friday, without a word.
    IgnoresNextYear,
}

impl Rule {
    /// Every rule, with the calendar that it is about.
    pub(super) const ALL: [(Source, Rule); 3] = [
        (Source::ChineseCalendar, Rule::DeemedReceived),
        (Source::ChineseCalendar, Rule::RefusesNextYear),
        (Source::ChineseDays, Rule::IgnoresNextYear),
    ];

    /// In a sentence.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Rule::DeemedReceived => {
                "find_workday takes a day off as received on the next working day, which is not counted; ours (P0) keeps the civil \
                 date. It says what ours says by P1 before the cut-off"
            }
            Rule::RefusesNextYear => {
                "the count reaches into 2027, whose notice is not out: it raises NotImplementedError; ours is provisional"
            }
            Rule::IgnoresNextYear => {
                "the count reaches into 2027, whose notice is not out: it silently counts Monday to Friday, New Year's Day \
                 included; ours is provisional"
            }
        }
    }
}

/// Whether a count is beyond what the calendars know, so that ours must carry its mark.
pub(super) fn is_beyond_notices(due: Day) -> bool {
    due > KNOWN_UNTIL
}

/// What a calendar must say of the day `ours[at]`, and the rule by which it differs from ours, if one applies.
pub(super) fn foretold(source: Source, ours: &[OurDay], at: usize) -> (Answer, Option<Rule>) {
    let our = &ours[at];
    match source {
        Source::ChineseCalendar => {
            let by_its_rule = if our.is_working_day { our.kept } else { our.moved };
            if is_beyond_notices(by_its_rule.due) {
                (Answer::Refuses("raises NotImplementedError".to_owned()), Some(Rule::RefusesNextYear))
            } else if our.is_working_day {
                (Answer::Due(our.kept.due), None)
            } else {
                (Answer::Due(our.moved.due), Some(Rule::DeemedReceived))
            }
        }
        Source::ChineseDays if is_beyond_notices(our.kept.due) => {
            (Answer::Due(monday_to_friday(ours, at)), Some(Rule::IgnoresNextYear))
        }
        // It computes New Year's Day as we do, only without saying so.
        Source::Holidays | Source::ChineseDays => (Answer::Due(our.kept.due), None),
    }
}

/// The 7th working day after `ours[at]` when every Monday to Friday after the notices is one.
fn monday_to_friday(ours: &[OurDay], at: usize) -> Day {
    let mut day = ours[at].day;
    let mut left = WORKING_DAYS;
    let known = |day: Day| ours.get(at..).and_then(|rest| rest.iter().find(|our| our.day == day));
    while left > 0 {
        day = day.next();
        let is_counted = match known(day).filter(|_| day <= KNOWN_UNTIL) {
            Some(our) => our.is_working_day,
            None => !day.is_weekend(),
        };
        left -= u32::from(is_counted);
    }
    day
}
