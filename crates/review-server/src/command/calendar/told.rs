//! What calendar commands say to an operator about packs, keys, differences and effects.

use review_server::calendar::{Difference, Effect};
use working_days::{Arrangement, BeijingDate, CalendarPack, TrustedKeys};

use crate::command::instant::beijing;

/// How many cases or days are listed unless all are asked for.
const LISTED: usize = 50;

/// One line with a name and a value, under each other.
pub(super) fn row(name: &str, value: impl std::fmt::Display) -> String {
    format!("{name:<16}{value}")
}

/// The two slots.
pub(super) fn keys(keys: &TrustedKeys) -> Vec<String> {
    keys.slots
        .iter()
        .zip(["key slot 1", "key slot 2"])
        .map(|(slot, name)| row(name, slot.as_ref().map_or("empty", |key| key.text())))
        .collect()
}

/// A pack in a few lines.
pub(super) fn pack(pack: &CalendarPack) -> Vec<String> {
    let mut lines = vec![
        row("serial", pack.serial),
        row("sha256", pack.id().sha256_hex()),
        row("issued at", beijing(pack.issued_at)),
    ];
    if let Some(base) = pack.follows {
        lines.push(row("built on", base));
    }
    if pack.is_retroactive {
        lines.push(row("", "meant to change days before its issue"));
    }
    if let Some((first, last)) = pack.official_years() {
        lines.push(row("official years", format!("{first} to {last}")));
    }
    for region in &pack.regions {
        lines.push(row("region", format!("{} {}, {} days off", region.code, region.name, region.off.len())));
    }
    lines
}

/// What `pack` says otherwise than the one before, whose serial is `before`. A new year is told whole, to be compared with the notice.
pub(super) fn difference(difference: &Difference, pack: &CalendarPack, before: u32) -> Vec<String> {
    let Difference { new_years, days, new_regions, lost_regions } = difference;
    let mut lines = vec![format!("against pack {before}:")];
    for year in pack.years.iter().filter(|year| new_years.contains(&year.year)) {
        lines.push(format!("  {} becomes official", year.year));
        lines.extend(year.notices.iter().flat_map(notice));
    }
    lines.extend(new_regions.iter().map(|code| format!("  region {code} is new")));
    lines.extend(lost_regions.iter().map(|code| format!("  region {code} is gone")));
    lines.extend(days.iter().take(LISTED).map(|day| {
        let mark = if day.is_work_changed { "" } else { " (worked or off as before)" };
        format!("  {day}{mark}")
    }));
    if days.len() > LISTED {
        lines.push(format!("  and {} more days", days.len() - LISTED));
    }
    if lines.len() == 1 {
        lines.push("  no day is different".to_owned());
    }
    lines
}

fn notice(arrangement: &Arrangement) -> Vec<String> {
    let Arrangement { notice, off, make_up } = arrangement;
    let number = notice.number.as_deref().unwrap_or("notice without number");
    let mut lines = vec![format!("    {number} of {}", notice.issued)];
    for block in off {
        let span = match block.days.as_slice() {
            [] => continue,
            [day] => format!("{day} {}", day.weekday()),
            [first, .., last] => format!("{first} to {last}"),
        };
        lines.push(format!("      {span} {}, {} off", block.holiday, days(block.days.len())));
    }
    for worked in make_up {
        lines.push(format!("      {} {} worked for {}", worked.date, worked.date.weekday(), worked.holiday));
    }
    lines
}

fn days(count: usize) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// What a change does to the open cases.
pub(super) fn effect(effect: &Effect, is_whole: bool) -> Vec<String> {
    let Effect { computed, moved, earlier, later, newly_overdue, cases } = effect;
    let mut lines = vec![
        row("open cases", computed),
        row("moved", moved),
        row("  earlier", earlier),
        row("  later", later),
        row("newly overdue", newly_overdue),
    ];
    let most = if is_whole { usize::MAX } else { LISTED };
    let told = |date: &Option<String>| date.clone().unwrap_or_else(|| "no date".to_owned());
    lines.extend(cases.iter().take(most).map(|case| {
        let mark = if case.is_newly_overdue { "  overdue by this" } else { "" };
        let submitted = BeijingDate::of(case.submitted_at);
        format!("  {}  submitted {submitted}  {} -> {}{mark}", case.case_no, told(&case.from), told(&case.to))
    }));
    if cases.len() > most {
        lines.push(format!("  and {} more; --all lists them", cases.len() - most));
    }
    lines
}
