//! Sets our answers beside those of the others and says of each whether it agrees, differs as foretold, differs without an explanation,
//! or no longer differs where it should. Pure; the sentences and tables made of it are the report's.

use super::Source;
use super::answers::{Answer, OurDay, Theirs};
use super::explained::{self, Rule};

/// What comes of one deadline set beside ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Agrees,
    /// It differs, and exactly as this rule foretells.
    Explained(Rule),
    Unexplained,
    /// By this rule it should differ, and it does not.
    OutOfDate(Rule),
}

/// One calendar beside ours.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    pub(super) theirs: &'a Theirs,
    /// Whether it is of our opinion on each day being a working day.
    pub(super) is_same_day: Vec<bool>,
    /// Of each day's deadline.
    pub(super) verdicts: Vec<Verdict>,
}

/// All calendars beside ours.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    pub(super) ours: &'a [OurDay],
    pub(super) beside: Vec<Beside<'a>>,
}

impl<'a> Comparison<'a> {
    /// Compares. All answers are for the same days.
    pub(super) fn of(ours: &'a [OurDay], theirs: &'a [Theirs]) -> Self {
        Comparison { ours, beside: theirs.iter().map(|theirs| Beside::of(ours, theirs)).collect() }
    }

    /// Days on which our mark is missing, or stands where every day counted is settled.
    pub(super) fn wrongly_marked(&self) -> impl Iterator<Item = usize> {
        let is_wrong = |our: &OurDay| {
            [our.kept, our.moved].iter().any(|count| count.is_provisional != explained::is_beyond_notices(count.due))
        };
        self.ours.iter().enumerate().filter(move |(_, our)| is_wrong(our)).map(|(at, _)| at)
    }

    /// Days of which something is neither the same nor explained.
    pub(super) fn unexplained(&self) -> impl Iterator<Item = usize> {
        (0..self.ours.len()).filter(|at| self.beside.iter().any(|beside| beside.is_unexplained(*at)))
    }

    /// Rules that explained nothing at all.
    pub(super) fn idle_rules(&self) -> impl Iterator<Item = (Source, Rule)> {
        let is_idle = |source: Source, rule: Rule| {
            let mut of_source = self.beside.iter().filter(move |beside| beside.theirs.source == source);
            of_source.all(|beside| beside.explained_by(rule).next().is_none())
        };
        Rule::ALL.into_iter().filter(move |(source, rule)| is_idle(*source, *rule))
    }
}

impl<'a> Beside<'a> {
    fn of(ours: &[OurDay], theirs: &'a Theirs) -> Self {
        let days = ours.iter().zip(&theirs.days);
        let is_same_day = days.clone().map(|(our, their)| our.is_working_day == their.is_working_day).collect();
        let verdicts = days
            .enumerate()
            .map(|(at, (our, their))| {
                let (foretold, rule) = explained::foretold(theirs.source, ours, at);
                let is_as_ours = their.answer == Answer::Due(our.kept.due);
                match rule {
                    _ if their.answer == foretold && is_as_ours => Verdict::Agrees,
                    Some(rule) if their.answer == foretold => Verdict::Explained(rule),
                    Some(rule) if is_as_ours => Verdict::OutOfDate(rule),
                    _ => Verdict::Unexplained,
                }
            })
            .collect();
        Beside { theirs, is_same_day, verdicts }
    }

    fn is_unexplained(&self, at: usize) -> bool {
        !self.is_same_day[at] || matches!(self.verdicts[at], Verdict::Unexplained | Verdict::OutOfDate(_))
    }

    /// Days whose difference this rule explains.
    pub(super) fn explained_by(&self, rule: Rule) -> impl Iterator<Item = usize> {
        self.verdicts
            .iter()
            .enumerate()
            .filter(move |(_, verdict)| **verdict == Verdict::Explained(rule))
            .map(|(at, _)| at)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::answers::{Counted, TheirDay};
    use super::*;
    use crate::day::Day;

    /// Three weeks before New Year with plain weekends, which is how 2026 ends.
    pub(in super::super) fn ours() -> Vec<OurDay> {
        let is_off = |day: Day| day.is_weekend() || day == Day::of(2027, 1, 1);
        let after = |mut day: Day, mut left: u32| {
            while left > 0 {
                day = day.next();
                left -= u32::from(!is_off(day));
            }
            Counted { due: day, is_provisional: day > Day::of(2026, 12, 31) }
        };
        super::super::answers::days(Day::of(2026, 12, 7), Day::of(2026, 12, 31))
            .map(|day| OurDay {
                day,
                is_working_day: !is_off(day),
                kept: after(day, 7),
                moved: after(day, if is_off(day) { 8 } else { 7 }),
            })
            .collect()
    }

    /// What the calendars say when all is as the rules foretell.
    pub(in super::super) fn theirs(ours: &[OurDay]) -> Vec<Theirs> {
        let answer = |source, at| explained::foretold(source, ours, at).0;
        Source::ALL
            .into_iter()
            .map(|source| Theirs {
                source,
                version: "1".to_owned(),
                days: ours
                    .iter()
                    .enumerate()
                    .map(|(at, our)| TheirDay { is_working_day: our.is_working_day, answer: answer(source, at) })
                    .collect(),
            })
            .collect()
    }

    fn at(ours: &[OurDay], day: Day) -> usize {
        ours.iter().position(|our| our.day == day).unwrap()
    }

    fn complaints(ours: &[OurDay], theirs: &[Theirs]) -> (Vec<usize>, usize, usize) {
        let comparison = Comparison::of(ours, theirs);
        (comparison.unexplained().collect(), comparison.wrongly_marked().count(), comparison.idle_rules().count())
    }

    #[test]
    fn the_known_differences_are_explained_and_counted() {
        let ours = ours();
        let theirs = theirs(&ours);
        assert_eq!(complaints(&ours, &theirs), (vec![], 0, 0));
        let comparison = Comparison::of(&ours, &theirs);
        let count = |beside: usize, rule| comparison.beside[beside].explained_by(rule).count();
        assert_eq!(count(0, Rule::DeemedReceived), 4, "two weekends before the 23rd");
        assert_eq!(count(0, Rule::RefusesNextYear), 9, "23 to 31 December");
        assert_eq!(count(2, Rule::IgnoresNextYear), 9);
        assert!(comparison.beside[1].verdicts.iter().all(|verdict| *verdict == Verdict::Agrees));
    }

    #[test]
    fn counting_new_years_day_is_foretold_day_by_day() {
        let ours = ours();
        let say = |day| explained::foretold(Source::ChineseDays, &ours, at(&ours, Day::of(2026, 12, day))).0;
        assert_eq!(say(23), Answer::Due(Day::of(2027, 1, 1)));
        assert_eq!(say(26), Answer::Due(Day::of(2027, 1, 5)));
        assert_eq!(say(31), Answer::Due(Day::of(2027, 1, 11)));
    }

    #[test]
    fn a_day_that_one_calendar_sees_otherwise_is_a_difference() {
        let ours = ours();
        let mut theirs = theirs(&ours);
        theirs[1].days[3].is_working_day = false;
        assert_eq!(complaints(&ours, &theirs).0, [3]);
    }

    #[test]
    fn a_difference_that_is_not_exactly_the_foretold_one_is_a_difference() {
        let ours = ours();
        let saturday = at(&ours, Day::of(2026, 12, 12));
        let mut theirs = theirs(&ours);
        theirs[0].days[saturday].answer = Answer::Due(ours[saturday].moved.due.next());
        theirs[2].days[ours.len() - 1].answer = Answer::Refuses("raises ValueError".to_owned());
        assert_eq!(complaints(&ours, &theirs).0, [saturday, ours.len() - 1]);
    }

    #[test]
    fn a_difference_that_no_longer_happens_is_a_complaint() {
        let ours = ours();
        let saturday = at(&ours, Day::of(2026, 12, 12));
        let mut theirs = theirs(&ours);
        theirs[0].days[saturday].answer = Answer::Due(ours[saturday].kept.due);
        assert_eq!(complaints(&ours, &theirs).0, [saturday]);
        assert_eq!(
            Comparison::of(&ours, &theirs).beside[0].verdicts[saturday],
            Verdict::OutOfDate(Rule::DeemedReceived)
        );
    }

    #[test]
    fn a_rule_that_explains_nothing_is_a_complaint() {
        let ours: Vec<OurDay> = ours().into_iter().take(5).collect();
        assert_eq!(complaints(&ours, &theirs(&ours)), (vec![], 0, 3));
    }

    #[test]
    fn a_deadline_beyond_the_notices_without_its_mark_is_a_complaint() {
        let mut ours = ours();
        let last = ours.len() - 1;
        ours[last].kept.is_provisional = false;
        ours[0].kept.is_provisional = true;
        assert_eq!(complaints(&ours, &theirs(&ours)).1, 2);
    }
}
