//! The questions and the answers, read into one shape: for each day whether it is a working day, and the 7th working day after it. Answers
//! must cover exactly the days asked about, in order; anything else is a failure, never a day silently left out. Judges nothing.

use std::fmt;

use super::Source;
use crate::day::Day;
use crate::failure::Failure;

/// Late in the morning of each day: before every cut-off.
const AT: &str = "T10:00:00+08:00";
/// A submission on a day off keeps its civil date.
const KEPT: &str = "P0";
/// A submission on a day off is received on the next working day.
const MOVED: &str = "P1";

/// One of our deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    /// The due day.
    pub(super) due: Day,
    /// Whether it carries the mark 暂定.
    pub(super) is_provisional: bool,
}

/// What our program says of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OurDay {
    pub(super) day: Day,
    pub(super) is_working_day: bool,
    /// By policy P0, which is ours.
    pub(super) kept: Counted,
    /// By policy P1, which before its cut-off differs on days off only.
    pub(super) moved: Counted,
}

/// The due day of another calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Due(Day),
    /// It does not answer; the words that it says.
    Refuses(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Due(day) => write!(to, "{day}"),
            Answer::Refuses(words) => to.write_str(words),
        }
    }
}

/// What another calendar says of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TheirDay {
    pub(super) is_working_day: bool,
    pub(super) answer: Answer,
}

/// Another calendar's answers, day by day as ours.
#[derive(Debug, Clone)]
pub(super) struct Theirs {
    pub(super) source: Source,
    /// As it names itself.
    pub(super) version: String,
    pub(super) days: Vec<TheirDay>,
}

/// The days from `first` to `last`.
pub(super) fn days(first: Day, last: Day) -> impl Iterator<Item = Day> {
    (first.number()..=last.number()).map(Day::numbered)
}

/// The lines for `review-server deadline --batch`: both policies for each day.
pub(super) fn questions(first: Day, last: Day) -> String {
    let mut text = String::from("submitted_at,policy\n");
    for (day, policy) in days(first, last).flat_map(|day| [(day, KEPT), (day, MOVED)]) {
        text.push_str(&format!("{day}{AT},{policy}\n"));
    }
    text
}

/// Reads what `review-server calendar days` and `review-server deadline --batch` print.
pub(super) fn ours(first: Day, last: Day, kinds: &str, deadlines: &str) -> Result<Vec<OurDay>, Failure> {
    let mut kinds = Table::read("calendar days", kinds, &["date", "is_workday"])?;
    let mut counts = Table::read("deadline --batch", deadlines, &["submitted_at", "policy", "due_date", "status"])?;
    let mut ours = Vec::new();
    for day in days(first, last) {
        let is_working_day = {
            let [date, is_workday] = kinds.next()?;
            (date == day.to_string()).then(|| flag(is_workday)).flatten()
        };
        let is_working_day = is_working_day.ok_or_else(|| kinds.unexpected(day))?;
        let kept = counted(&mut counts, day, KEPT)?;
        let moved = counted(&mut counts, day, MOVED)?;
        ours.push(OurDay { day, is_working_day, kept, moved });
    }
    kinds.end()?;
    counts.end()?;
    Ok(ours)
}

fn counted(counts: &mut Table<'_>, day: Day, policy: &str) -> Result<Counted, Failure> {
    let [submitted_at, by, due, status] = counts.next()?;
    let is_asked = submitted_at == format!("{day}{AT}") && by == policy;
    let is_provisional = match status {
        "final" => Some(false),
        "provisional" => Some(true),
        _ => None,
    };
    match (is_asked, Day::parse(due), is_provisional) {
        (true, Some(due), Some(is_provisional)) => Ok(Counted { due, is_provisional }),
        _ => Err(counts.unexpected(day)),
    }
}

/// Reads what a script prints.
pub(super) fn theirs(source: Source, first: Day, last: Day, text: &str) -> Result<Theirs, Failure> {
    let mut lines = text.lines();
    let unexpected = |line: Option<&str>, wanted: &str| {
        Failure::of(format!("{}: expected {wanted}, got {}", source.name(), line.unwrap_or("nothing more")))
    };
    let head = lines.next();
    let version = head
        .and_then(|line| line.strip_prefix("source ")?.strip_prefix(source.name())?.strip_prefix(' '))
        .ok_or_else(|| unexpected(head, "its name and version"))?;
    let mut days = Vec::new();
    for day in self::days(first, last) {
        let line = lines.next();
        let read = line.and_then(|line| {
            let mut cells = line.splitn(3, ',');
            (cells.next()? == day.to_string()).then_some(())?;
            let is_working_day = flag(cells.next()?)?;
            let answer = cells.next().filter(|words| !words.is_empty())?;
            let answer = Day::parse(answer).map_or_else(|| Answer::Refuses(answer.to_owned()), Answer::Due);
            Some(TheirDay { is_working_day, answer })
        });
        days.push(read.ok_or_else(|| unexpected(line, &day.to_string()))?);
    }
    match lines.next() {
        None => Ok(Theirs { source, version: version.to_owned(), days }),
        more => Err(unexpected(more, "no more")),
    }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

/// Lines of comma-separated values under a head line, of which some columns are read. No value of ours has quotes.
struct Table<'a> {
    command: &'static str,
    columns: Vec<usize>,
    lines: std::str::Lines<'a>,
    latest: &'a str,
}

impl<'a> Table<'a> {
    fn read(command: &'static str, text: &'a str, columns: &[&str]) -> Result<Self, Failure> {
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        let columns = columns
            .iter()
            .map(|column| {
                let at = head.iter().position(|name| name == column);
                at.ok_or_else(|| Failure::of(format!("review-server {command} prints no column {column}")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Table { command, columns, lines, latest: "" })
    }

    /// The wanted cells of the next line; a missing one is empty.
    fn next<const N: usize>(&mut self) -> Result<[&'a str; N], Failure> {
        self.latest =
            self.lines.next().ok_or_else(|| Failure::of(format!("review-server {} stops too early", self.command)))?;
        let cells: Vec<&str> = self.latest.split(',').collect();
        let cell = |at: usize| self.columns.get(at).and_then(|column| cells.get(*column)).copied().unwrap_or_default();
        Ok(std::array::from_fn(cell))
    }

    fn end(&mut self) -> Result<(), Failure> {
        match self.lines.next() {
            None => Ok(()),
            Some(line) => Err(Failure::of(format!("review-server {} goes on with {line}", self.command))),
        }
    }

    fn unexpected(&self, day: Day) -> Failure {
        Failure::of(format!("review-server {} answers for {day}: {}", self.command, self.latest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRIDAY: Day = Day::of(2026, 11, 20);
    const SATURDAY: Day = Day::of(2026, 11, 21);

    const KINDS: &str = "date,is_workday,kind\n2026-11-20,1,workday\n2026-11-21,0,weekend\n";
    const DEADLINES: &str = "submitted_at,policy,due_date,status\n\
        2026-11-20T10:00:00+08:00,P0,2026-12-01,final\n2026-11-20T10:00:00+08:00,P1,2026-12-01,final\n\
        2026-11-21T10:00:00+08:00,P0,2026-12-01,final\n2026-11-21T10:00:00+08:00,P1,2026-12-02,provisional\n";

    #[test]
    fn our_answers_are_read_by_the_names_of_their_columns() {
        let days = ours(FRIDAY, SATURDAY, KINDS, DEADLINES).unwrap();
        assert_eq!(days.len(), 2);
        let due = |month, day, is_provisional| Counted { due: Day::of(2026, month, day), is_provisional };
        assert_eq!((days[1].kept, days[1].moved), (due(12, 1, false), due(12, 2, true)));
        assert_eq!((days[0].is_working_day, days[1].is_working_day), (true, false));
    }

    #[test]
    fn a_day_left_out_doubled_or_unreadable_is_a_failure() {
        for (what, kinds, deadlines) in [
            ("a day less", "date,is_workday,kind\n2026-11-20,1,workday\n", DEADLINES),
            ("the days in another order", "date,is_workday\n2026-11-21,0\n2026-11-20,1\n", DEADLINES),
            ("a day more", &format!("{KINDS}2026-11-22,0,weekend\n"), DEADLINES),
            ("no column", "date,kind\n", DEADLINES),
            ("an unknown status", KINDS, &DEADLINES.replace("provisional", "out_of_range")),
            ("no due date", KINDS, &DEADLINES.replace("2026-12-02", "")),
            ("another policy", KINDS, &DEADLINES.replace("P1", "P2")),
        ] {
            assert!(ours(FRIDAY, SATURDAY, kinds, deadlines).is_err(), "{what}");
        }
    }

    #[test]
    fn their_answers_name_the_calendar_and_may_be_a_refusal() {
        let text = "source holidays 0.109\n2026-11-20,1,2026-12-01\n2026-11-21,0,raises ValueError\n";
        let read = theirs(Source::Holidays, FRIDAY, SATURDAY, text).unwrap();
        assert_eq!(read.version, "0.109");
        assert_eq!(read.days[0].answer, Answer::Due(Day::of(2026, 12, 1)));
        assert_eq!(read.days[1].answer, Answer::Refuses("raises ValueError".to_owned()));
        assert!(theirs(Source::ChineseDays, FRIDAY, SATURDAY, text).is_err(), "another calendar's answers");
        assert!(theirs(Source::Holidays, FRIDAY, FRIDAY, text).is_err(), "a day more");
        assert!(theirs(Source::Holidays, FRIDAY, SATURDAY.next(), text).is_err(), "a day less");
    }
}
