//! The arithmetic over packs that no State Council ever issued, against a reference that goes day by day and knows nothing of tables.

use std::collections::HashMap;

use chrono::NaiveTime;
use proptest::prelude::*;
use working_days::{
    Arrangement, BeijingDate, Calendar, CalendarPack, DaysOff, Deadline, MakeUpDay, Notice, PackYear, Policy, deadline,
    explain,
};

use super::{days, region};

const HOLIDAYS: [&str; 7] = ["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"];

fn new_year(year: i32) -> BeijingDate {
    BeijingDate::from_ymd(year, 1, 1).unwrap()
}

/// Days of one year by their offset from 1 January: off for a holiday, or worked if they are weekend days.
#[derive(Debug, Clone)]
struct Draft {
    blocks: Vec<(i32, i32)>,
    worked: Vec<i32>,
    amended: Vec<i32>,
}

fn draft() -> impl Strategy<Value = Draft> {
    let blocks = proptest::collection::vec((-10..365i32, 1..=9i32), 6..=9);
    let worked = proptest::collection::vec(-20..365i32, 0..20);
    let amended = proptest::collection::vec(0..365i32, 0..3);
    (blocks, worked, amended).prop_map(|(blocks, worked, amended)| Draft { blocks, worked, amended })
}

fn notice(year: i32, issued: BeijingDate) -> Notice {
    Notice { year, number: None, issued, source: None }
}

/// A year of it, made plausible: no day twice, 244 to 254 working days. Festivals of years after 2035 are not known, so any days will do.
fn year(year: i32, draft: &Draft) -> PackYear {
    let (first, last) = (new_year(year), new_year(year + 1).pred());
    let from = first.plus_days(-31);
    let mut taken: HashMap<BeijingDate, bool> = HashMap::new();
    let mut off = Vec::new();
    for (block, holiday) in draft.blocks.iter().zip(HOLIDAYS.iter().cycle()) {
        let start = first.plus_days(block.0);
        let free = days(start, start.plus_days(block.1 - 1)).filter(|date| from <= *date && *date <= last);
        let free: Vec<_> = free.filter(|date| taken.insert(*date, false).is_none()).collect();
        off.push(DaysOff { holiday: (*holiday).to_owned(), days: free });
    }
    let mut make_up = Vec::new();
    for offset in &draft.worked {
        let date = first.plus_days(*offset);
        if date.is_weekend() && from <= date && date <= last && taken.insert(date, true).is_none() {
            make_up.push(MakeUpDay { date, holiday: "国庆节".to_owned() });
        }
    }
    let amended = draft.amended.iter().map(|offset| first.plus_days(*offset));
    let mut amended: Vec<_> = amended.filter(|date| *date <= last).collect();
    amended.sort();
    amended.dedup();
    let first_notice = Arrangement { notice: notice(year, first.plus_days(-40)), off, make_up };
    let extended = vec![DaysOff { holiday: "春节".to_owned(), days: amended }];
    let second_notice = Arrangement { notice: notice(year, first.plus_days(31)), off: extended, make_up: Vec::new() };
    PackYear { year, notices: vec![first_notice, second_notice] }
}

/// A pack of one or two official years; `None` when too much or too little of a year is off.
fn pack(first_year: i32, drafts: &[Draft], regional: &[i32]) -> Option<CalendarPack> {
    let mut pack = CalendarPack::embedded().clone();
    pack.years = (first_year..).zip(drafts).map(|(number, draft)| year(number, draft)).collect();
    let mut off: Vec<_> = regional.iter().map(|offset| new_year(first_year).plus_days(*offset)).collect();
    off.sort();
    off.dedup();
    off.retain(|date| pack.years.iter().any(|year| year.year == date.year()));
    let off: Vec<_> = off.iter().map(ToString::to_string).collect();
    pack.regions = vec![region("nx", &off.iter().map(String::as_str).collect::<Vec<_>>())];
    pack.check().ok().map(|()| pack)
}

/// What works, by the notices in the order of issue, else by the weekday.
struct Reference {
    days: HashMap<BeijingDate, bool>,
    until: BeijingDate,
}

impl Reference {
    fn new(pack: &CalendarPack, region: Option<&str>) -> Self {
        let mut notices: Vec<_> = pack.years.iter().flat_map(|year| &year.notices).collect();
        notices.sort_by_key(|arrangement| arrangement.notice.issued);
        let mut settled = HashMap::new();
        for arrangement in notices {
            settled.extend(arrangement.off.iter().flat_map(|off| off.days.iter().map(|date| (*date, false))));
            settled.extend(arrangement.make_up.iter().map(|worked| (worked.date, true)));
        }
        let regional = pack.regions.iter().filter(|known| Some(known.code.as_str()) == region);
        settled.extend(regional.flat_map(|known| known.off.iter().map(|off| (off.date, false))));
        let until = new_year(pack.years.last().unwrap().year + 1).pred();
        Self { days: settled, until }
    }

    fn works(&self, date: BeijingDate) -> bool {
        self.days.get(&date).copied().unwrap_or(!date.is_weekend())
    }

    /// The n-th working day after a day.
    fn after(&self, mut date: BeijingDate, n: u32) -> Option<BeijingDate> {
        let mut left = n;
        while left > 0 {
            date = date.succ();
            if date > self.until {
                return None;
            }
            left -= u32::from(self.works(date));
        }
        Some(date)
    }

    /// Receipt day, day 1 and due day as the sentences of the three policies say.
    fn due(&self, policy: &str, date: BeijingDate, hour: u32) -> Option<[BeijingDate; 3]> {
        let next = |date| self.after(date, 1);
        let receipt = match policy {
            "P1" if !self.works(date) || hour >= 17 => next(date)?,
            _ => date,
        };
        if policy == "P2" && self.works(date) && hour < 17 {
            return Some([date, date, self.after(date, 6)?]);
        }
        Some([receipt, next(receipt)?, self.after(receipt, 7)?])
    }
}

fn packs() -> impl Strategy<Value = CalendarPack> {
    let drafts = proptest::collection::vec(draft(), 1..=2);
    let regional = proptest::collection::vec(0..730i32, 0..12);
    (2036..2098i32, drafts, regional)
        .prop_filter_map("too much or too little is off", |(first, drafts, regional)| pack(first, &drafts, &regional))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn a_deadline_by_tables_is_the_deadline_by_days(pack in packs(), hour in 0..24u32, is_regional in any::<bool>()) {
        let region = is_regional.then_some("nx");
        let calendar = Calendar::of_pack(&pack, region).unwrap();
        let reference = Reference::new(&pack, region);
        prop_assert_eq!(calendar.official_until(), reference.until);
        for date in days(calendar.first_day(), reference.until) {
            prop_assert_eq!(calendar.is_working_day(date), Some(reference.works(date)), "{}", date);
            let at = date.at(NaiveTime::from_hms_opt(hour, 0, 0).unwrap());
            for policy in [Policy::p0(), Policy::p1(), Policy::p2()] {
                let found = deadline(&calendar, &policy, at);
                match (reference.due(policy.id, date, hour), &found) {
                    (Some(expected), Deadline::Final(due)) => {
                        prop_assert_eq!([due.receipt_day, due.day1, due.date], expected, "{} by {}", at, policy.id);
                    }
                    // Nothing is known of the year after, not even its festivals.
                    (None, Deadline::OutOfRange) => {}
                    (expected, found) => prop_assert!(false, "{at} by {}: {found:?}, not {expected:?}", policy.id),
                }
            }
        }
    }

    #[test]
    fn the_laws_of_counting_hold_over_any_pack(pack in packs(), offset in 0..700i32, a in 0..300u32, b in 0..300u32) {
        let calendar = Calendar::of_pack(&pack, None).unwrap();
        let reference = Reference::new(&pack, None);
        let date = calendar.first_day().plus_days(offset);
        if date <= reference.until {
            prop_assert_eq!(calendar.add(date, a), reference.after(date, a));
            prop_assert_eq!(calendar.add(date, a + b), calendar.add(date, a).and_then(|middle| calendar.add(middle, b)));
        }
        if let Some(later) = calendar.add(date, a) {
            prop_assert_eq!(calendar.between(date, later), Some(a as i32));
            prop_assert_eq!(calendar.between(later, date), Some(-(a as i32)));
            let is_followed = reference.works(later) && calendar.next(later).is_some();
            let back = calendar.next(later).and_then(|next| calendar.previous(next));
            prop_assert!(!is_followed || back == Some(later), "{}", later);
        }
        if let (Some(sooner), Some(later)) = (calendar.add(date, b), calendar.add(date.succ(), b)) {
            prop_assert!(sooner <= later);
        }
    }

    #[test]
    fn a_random_pack_survives_writing_and_reading(pack in packs()) {
        let bytes = pack.canonical_bytes();
        let again = CalendarPack::parse(&bytes);
        prop_assert_eq!(again.as_ref(), Ok(&pack));
        let calendar = Calendar::of_pack(&pack, Some("nx")).unwrap();
        let told = explain(&calendar, &Policy::p0(), calendar.first_day().start());
        prop_assert_eq!(told.days.last().and_then(|day| day.number), Some(7));
    }
}
