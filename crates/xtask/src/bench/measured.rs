//! What the measuring programs print, put side by side, and held against the aims. Lines are `name<TAB>min<TAB>median` in nanoseconds for one
//! deadline, or `name<TAB>seconds` for work as a whole, or `name<TAB>count` in whole numbers; anything else that a program prints is not for us.

/// Ours: NaiveDate in, NaiveDate out.
const OURS: &str = "working-days";
/// How many times as long the others take, at least; by their fastest pass and ours.
const FACTORS: &[(&str, f64)] = &[
    ("HashSet day loop", 8.0),
    ("chinese_holiday", 12.0),
    ("tyme4rs", 1000.0),
    ("chinesecalendar", 1000.0),
    ("chinese-days", 1000.0),
];
/// Work as a whole, in words, and the seconds that it may take at most.
const LIMITS: &[(&str, &str, f64)] = &[("recompute_100k", "100,000 open cases recomputed and written", 1.0)];

/// All that was measured so far.
#[derive(Debug, Default)]
pub(super) struct Measured {
    rows: Vec<Row>,
    seconds: Vec<(String, f64)>,
    counts: Vec<(String, u64)>,
}

#[derive(Debug)]
struct Row {
    name: String,
    min_ns: f64,
    median_ns: f64,
}

impl Measured {
    /// Takes a line of a program's output, if it is one of the two kinds.
    pub(super) fn hear(&mut self, line: &str) {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        match cells[..] {
            [name, min, median] => {
                if let (Some(min_ns), Some(median_ns)) = (number(min), number(median)) {
                    self.rows.push(Row { name: name.to_owned(), min_ns, median_ns });
                }
            }
            [name, value] => match value.trim().parse() {
                Ok(count) => self.counts.push((name.to_owned(), count)),
                Err(_) => self.seconds.extend(number(value).map(|seconds| (name.to_owned(), seconds))),
            },
            _ => {}
        }
    }

    /// The tables and the aims.
    pub(super) fn report(&self) -> String {
        let ours = self.fastest(OURS);
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(32);
        let mut text = format!(
            "\n  {:width$}{:>14}{:>14}{:>12}\n",
            "7th working day after a date", "min ns", "median ns", "of ours"
        );
        for row in &self.rows {
            let ratio = ours.map_or_else(|| "?".to_owned(), |ours| times(row.min_ns / ours));
            text.push_str(&format!("  {:width$}{:>14.2}{:>14.2}{ratio:>12}\n", row.name, row.min_ns, row.median_ns));
        }
        text.push_str(&format!("\n  {:width$}{:>14}\n", "as a whole", "seconds"));
        for (name, seconds) in &self.seconds {
            text.push_str(&format!("  {name:width$}{seconds:>14.4}\n"));
        }
        for (name, count) in &self.counts {
            text.push_str(&format!("  {name:width$}{count:>9}\n"));
        }
        text.push_str("\n  aims\n");
        for (name, factor) in FACTORS {
            let got = self.fastest(name).zip(ours).map(|(theirs, ours)| theirs / ours);
            let words = got.map(times);
            text.push_str(&aim(&format!("{} {name}", times(*factor)), words, got.is_some_and(|got| got >= *factor)));
        }
        for (name, what, limit) in LIMITS {
            let got = self.seconds.iter().find(|(known, _)| known == name).map(|(_, seconds)| *seconds);
            let words = got.map(|seconds| format!("{seconds:.3} s"));
            text.push_str(&aim(&format!("{what} in {limit} s"), words, got.is_some_and(|seconds| seconds < *limit)));
        }
        text
    }

    /// The fastest pass of what is called so, or begins so.
    fn fastest(&self, name: &str) -> Option<f64> {
        let is_called =
            |row: &&Row| row.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        self.rows.iter().find(is_called).map(|row| row.min_ns).filter(|ns| *ns > 0.0)
    }
}

fn aim(what: &str, got: Option<String>, is_met: bool) -> String {
    let words = if is_met { "met" } else { "MISSED" };
    format!("    {words:<8}{what}: {}\n", got.as_deref().unwrap_or("not measured"))
}

/// A ratio, as exact as it deserves.
fn times(ratio: f64) -> String {
    if ratio < 100.0 && ratio.fract() != 0.0 { format!("{ratio:.1}x") } else { format!("{ratio:.0}x") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(lines: &[&str]) -> Measured {
        let mut measured = Measured::default();
        lines.iter().for_each(|line| measured.hear(line));
        measured
    }

    #[test]
    fn a_missed_aim_says_so_and_the_others_are_met() {
        let report = measured(&[
            "   Compiling working-days v0.1.0",
            "working-days\t10.00\t10.5",
            "HashSet day loop\t94\t97",
            "chinese_holiday\t119\t130",
            "tyme4rs\t807000\t838000",
            "chinesecalendar find_workday(7)\t229134\t243881",
            "chinese-days findWorkday(7)\t26985\t28028",
            "recompute_100k\t0.731",
            "recompute_100k_moved\t17351",
        ])
        .report();
        assert!(report.contains("    met     8x HashSet day loop: 9.4x\n"), "{report}");
        assert!(report.contains("    MISSED  12x chinese_holiday: 11.9x\n"), "{report}");
        assert!(report.contains("    met     1000x chinese-days: 2698x\n"), "{report}");
        assert!(report.contains("    met     100,000 open cases recomputed and written in 1 s: 0.731 s\n"), "{report}");
        assert!(report.contains("recompute_100k_moved                17351\n"), "{report}");
        assert_eq!(report.matches("met  ").count(), 5, "{report}");
    }

    #[test]
    fn what_was_not_measured_is_missed() {
        let report = measured(&["working-days\t10\t11", "tyme4rs\tnan\t1", "recompute_100k\t1.0"]).report();
        assert_eq!(report.matches("MISSED").count(), FACTORS.len() + LIMITS.len(), "{report}");
        assert!(report.contains("1000x tyme4rs: not measured"), "{report}");
    }
}
