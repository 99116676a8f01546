//! The comparison in words and tables: one row per calendar, every explained difference under its reason, and a sentence with all values for
//! each that is not explained. Makes text and nothing else.

use super::answers::{Answer, OurDay};
use super::comparison::{Beside, Comparison, Verdict};
use super::explained::{self, Rule};
use crate::day::Day;

/// Room for a list of days.
const WIDTH: usize = 120;

/// One row per calendar.
pub(super) fn table(comparison: &Comparison<'_>) -> String {
    let head = ["calendar", "days", "differ", "deadlines", "differ", "explained", "unexplained"].map(str::to_owned);
    let mut rows = vec![head];
    for beside in &comparison.beside {
        let is_explained = |verdict: &&Verdict| matches!(verdict, Verdict::Explained(_));
        let explained = beside.verdicts.iter().filter(is_explained).count();
        let differ = beside.verdicts.iter().filter(|verdict| **verdict != Verdict::Agrees).count();
        rows.push([
            named(beside),
            beside.is_same_day.len().to_string(),
            beside.is_same_day.iter().filter(|is_same| !**is_same).count().to_string(),
            beside.verdicts.len().to_string(),
            differ.to_string(),
            explained.to_string(),
            (differ - explained).to_string(),
        ]);
    }
    let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
    let line = |[name, rest @ ..]: &[String; 7]| {
        let cells: Vec<String> = rest.iter().map(|cell| format!("{cell:>13}")).collect();
        format!("  {name:width$}{}\n", cells.concat())
    };
    format!("\n{}", rows.iter().map(line).collect::<String>())
}

/// Each rule, how often it explains a difference, and on which days.
pub(super) fn explanations(comparison: &Comparison<'_>) -> String {
    let mut text = String::new();
    for (source, rule) in Rule::ALL {
        let Some(beside) = comparison.beside.iter().find(|beside| beside.theirs.source == source) else {
            continue;
        };
        let days: Vec<Day> = beside.explained_by(rule).map(|at| comparison.ours[at].day).collect();
        text.push_str(&format!(
            "{} differs for {} submission days:\n    {}.\n",
            named(beside),
            days.len(),
            rule.reason()
        ));
        text.push_str(&day_list(&days));
    }
    text.push_str("Deadlines that reach beyond the notices, by every calendar:\n");
    text.push_str(&beyond(comparison));
    text
}

/// A sentence with all values for everything that is not as it should be.
pub(super) fn complaints(comparison: &Comparison<'_>) -> Vec<String> {
    let mut complaints: Vec<String> = comparison
        .unexplained()
        .map(|at| {
            let verdicts = comparison.beside.iter().filter_map(|beside| match beside.verdicts[at] {
                Verdict::OutOfDate(rule) => Some(format!(
                    "\n      {} says what ours says, though it is known to differ here: {}",
                    named(beside),
                    rule.reason()
                )),
                _ => None,
            });
            format!("    {}{}", values(comparison, at), verdicts.collect::<String>())
        })
        .collect();
    complaints.extend(comparison.wrongly_marked().map(|at| {
        format!(
            "    {}: ours must be provisional exactly when it is due after {}, the last day that the pinned calendars know; if ours knows \
             more by now, raise their versions and the days compared",
            values(comparison, at),
            explained::KNOWN_UNTIL
        )
    }));
    complaints.extend(comparison.idle_rules().map(|(source, rule)| {
        format!(
            "    {} does not differ any more where it is known to; remove the explanation: {}",
            source.name(),
            rule.reason()
        )
    }));
    complaints
}

/// Every value of every day, as comma-separated values.
pub(super) fn record(comparison: &Comparison<'_>) -> String {
    let mut text = String::from("date,ours_is_workday,ours_P0,ours_P0_is_provisional,ours_P1");
    for beside in &comparison.beside {
        let name = beside.theirs.source.name();
        text.push_str(&format!(",{name}_is_workday,{name}_due,{name}_verdict"));
    }
    text.push('\n');
    for (at, our) in comparison.ours.iter().enumerate() {
        let (is_workday, is_provisional) = (u8::from(our.is_working_day), u8::from(our.kept.is_provisional));
        text.push_str(&format!("{},{is_workday},{},{is_provisional},{}", our.day, our.kept.due, our.moved.due));
        for beside in &comparison.beside {
            let their = &beside.theirs.days[at];
            let verdict = match beside.verdicts[at] {
                Verdict::Agrees => "agrees",
                Verdict::Explained(_) => "explained",
                Verdict::Unexplained => "unexplained",
                Verdict::OutOfDate(_) => "explanation out of date",
            };
            text.push_str(&format!(",{},{},{verdict}", u8::from(their.is_working_day), their.answer));
        }
        text.push('\n');
    }
    text
}

fn named(beside: &Beside<'_>) -> String {
    format!("{} {}", beside.theirs.source.name(), beside.theirs.version)
}

fn values(comparison: &Comparison<'_>, at: usize) -> String {
    let work = |is_working_day: bool| if is_working_day { "working day" } else { "day off" };
    let our = &comparison.ours[at];
    let mut text = format!("{}: ours {}, due {}", our.day, work(our.is_working_day), our_due(our));
    if our.moved != our.kept {
        text.push_str(&format!(" (by P1 {})", our.moved.due));
    }
    for beside in &comparison.beside {
        let their = &beside.theirs.days[at];
        let answer = match &their.answer {
            Answer::Due(day) => format!("due {day}"),
            Answer::Refuses(words) => words.clone(),
        };
        text.push_str(&format!("; {} {}, {answer}", beside.theirs.source.name(), work(their.is_working_day)));
    }
    text
}

fn our_due(our: &OurDay) -> String {
    format!("{}{}", our.kept.due, if our.kept.is_provisional { " provisional" } else { "" })
}

/// Every submission day whose deadline is beyond the notices by any rule, with all values.
fn beyond(comparison: &Comparison<'_>) -> String {
    let head: Vec<String> = ["submitted".to_owned(), "ours".to_owned()]
        .into_iter()
        .chain(comparison.beside.iter().map(|beside| beside.theirs.source.name().to_owned()))
        .collect();
    let is_beyond = |our: &OurDay| [our.kept, our.moved].iter().any(|count| explained::is_beyond_notices(count.due));
    let days = comparison.ours.iter().enumerate().filter(|(_, our)| is_beyond(our)).map(|(at, our)| {
        let theirs = comparison.beside.iter().map(|beside| beside.theirs.days[at].answer.to_string());
        [our.day.to_string(), our_due(our)].into_iter().chain(theirs).collect::<Vec<String>>()
    });
    std::iter::once(head)
        .chain(days)
        .map(|cells| {
            let line: String = cells.iter().map(|cell| format!("{cell:<28}")).collect();
            format!("    {}\n", line.trim_end())
        })
        .collect()
}

/// Days by year, those in a row as a span.
fn day_list(days: &[Day]) -> String {
    let mut text = String::new();
    for of_year in days.chunk_by(|one, other| one.year() == other.year()) {
        let mut line = of_year.first().map(|day| format!("    {}:", day.year())).unwrap_or_default();
        for span in of_year.chunk_by(|one, other| one.next() == *other) {
            let short = |day: &Day| day.to_string().split_off(5);
            let words = match span {
                [day] => short(day),
                [first, .., last] => format!("{}..{}", short(first), short(last)),
                [] => continue,
            };
            if line.len() + 1 + words.len() > WIDTH {
                text.push_str(&format!("{line}\n"));
                line = " ".repeat(9);
            }
            line.push_str(&format!(" {words}"));
        }
        text.push_str(&format!("{line}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::comparison::tests::{ours, theirs};
    use super::*;

    #[test]
    fn the_table_counts_and_the_list_names_every_day() {
        let ours = ours();
        let theirs = theirs(&ours);
        let comparison = Comparison::of(&ours, &theirs);
        let rows: Vec<Vec<String>> = table(&comparison)
            .lines()
            .skip(2)
            .map(|line| line.split_whitespace().map(str::to_owned).collect())
            .collect();
        assert_eq!(rows[0], ["chinesecalendar", "1", "25", "0", "25", "13", "13", "0"]);
        assert_eq!(rows[1], ["holidays", "1", "25", "0", "25", "0", "0", "0"]);
        let list = explanations(&comparison);
        assert!(list.contains("    2026: 12-12..12-13 12-19..12-20\n"), "{list}");
        assert!(list.contains("2026-12-23                  2027-01-04 provisional"), "{list}");
        assert!(complaints(&comparison).is_empty());
    }

    #[test]
    fn a_complaint_names_the_day_and_every_value() {
        let ours = ours();
        let mut theirs = theirs(&ours);
        theirs[2].days[0].is_working_day = false;
        let comparison = Comparison::of(&ours, &theirs);
        assert_eq!(
            complaints(&comparison),
            [
                "    2026-12-07: ours working day, due 2026-12-16; chinesecalendar working day, due 2026-12-16; holidays \
              working day, due 2026-12-16; chinese-days day off, due 2026-12-16"
            ]
        );
        assert_eq!(record(&comparison).lines().count(), ours.len() + 1);
    }

    #[test]
    fn days_in_a_row_are_one_span() {
        let days = [Day::of(2016, 1, 1), Day::of(2016, 1, 2), Day::of(2016, 1, 4), Day::of(2017, 1, 1)];
        assert_eq!(day_list(&days), "    2016: 01-01..01-02 01-04\n    2017: 01-01\n");
    }
}
