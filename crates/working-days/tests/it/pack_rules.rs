//! What a pack may say: one rule after the other, each broken alone in an otherwise good pack.

use working_days::{BeijingDate, Calendar, CalendarPack, DaysOff, MakeUpDay, PackError, PackYear};

use super::{day, days, instant, notice_of, pack_of, region, year_of};

/// The embedded pack after a change: the verdict on the value, which is the verdict on its bytes.
fn verdict(change: impl FnOnce(&mut CalendarPack)) -> Result<(), PackError> {
    let mut pack = CalendarPack::embedded().clone();
    change(&mut pack);
    let verdict = pack.check();
    assert_eq!(CalendarPack::parse(&pack.canonical_bytes()).map(|_| ()), verdict);
    verdict
}

fn refusal(change: impl FnOnce(&mut CalendarPack)) -> PackError {
    verdict(change).unwrap_err()
}

fn off(holiday: &str, days: &[&str]) -> DaysOff {
    DaysOff { holiday: holiday.to_owned(), days: days.iter().map(|date| day(date)).collect() }
}

fn make_up(date: &str) -> MakeUpDay {
    MakeUpDay { date: day(date), holiday: "国庆节".to_owned() }
}

/// Weekdays of a month without holidays, or its Saturdays and Sundays.
fn of_july(is_weekend: bool, count: usize) -> Vec<BeijingDate> {
    days(day("2026-07-01"), day("2026-07-31")).filter(|date| date.is_weekend() == is_weekend).take(count).collect()
}

#[test]
fn a_pack_needs_a_serial_and_a_plausible_time_of_issue() {
    assert_eq!(refusal(|pack| pack.serial = 0), PackError::NoSerial);
    assert_eq!(verdict(|pack| pack.serial = 1), Ok(()));
    assert_eq!(verdict(|pack| pack.serial = 2_026_112_499), Ok(()));
    for serial in [2_026_112_500, u32::MAX] {
        assert_eq!(refusal(|pack| pack.serial = serial), PackError::SerialAheadOfIssue { serial });
    }
    let on_itself = PackError::SerialNotHigher { offered: 2_026_112_401, current: 2_026_112_401 };
    assert_eq!(refusal(|pack| pack.follows = Some(pack.serial)), on_itself);
    assert_eq!(verdict(|pack| pack.follows = Some(1)), Ok(()));
    let issued = |at: &str| {
        let at = instant(at);
        move |pack: &mut CalendarPack| pack.issued_at = at
    };
    assert_eq!(refusal(issued("1970-01-01T00:00:00Z")), PackError::ImplausibleYear { year: 1970 });
    assert_eq!(refusal(issued("2101-01-01T00:00:00+08:00")), PackError::ImplausibleYear { year: 2101 });
    assert_eq!(verdict(issued("2100-12-31T23:59:59+08:00")), Ok(()));
}

#[test]
fn without_an_official_year_a_pack_is_empty() {
    assert_eq!(refusal(|pack| pack.years.clear()), PackError::Empty);
    assert_eq!(refusal(|pack| drop(pack.years.drain(..11))), PackError::Empty);
    assert_eq!(refusal(|pack| pack.years.iter_mut().for_each(|year| year.notices.clear())), PackError::Empty);
    assert_eq!(refusal(|pack| year_of(pack, 2016).notices.clear()), PackError::Empty);
}

#[test]
fn years_follow_each_other_with_the_absent_ones_last() {
    let out_of_order = |year| PackError::YearOutOfOrder { year };
    assert_eq!(refusal(|pack| drop(pack.years.remove(3))), out_of_order(2019));
    assert_eq!(refusal(|pack| pack.years.insert(3, pack.years[2].clone())), out_of_order(2019));
    assert_eq!(refusal(|pack| pack.years.swap(4, 5)), out_of_order(2020));
    // A year that an amended file lost: absent between official ones.
    assert_eq!(refusal(|pack| year_of(pack, 2020).notices.clear()), out_of_order(2021));
    // Absent years may follow, or none.
    assert_eq!(verdict(|pack| pack.years.push(PackYear { year: 2028, notices: Vec::new() })), Ok(()));
    assert_eq!(verdict(|pack| drop(pack.years.pop())), Ok(()));
    assert_eq!(refusal(|pack| pack.years.push(PackYear { year: 2029, notices: Vec::new() })), out_of_order(2028));
}

#[test]
fn years_before_2014_and_after_2100_are_refused_without_arithmetic_on_them() {
    for year in [i32::MIN, -1, 0, 1949, 2013, 2101, 9999, i32::MAX] {
        let moved = move |pack: &mut CalendarPack| {
            pack.years.truncate(1);
            pack.years[0].year = year;
            pack.years[0].notices[0].notice.year = year;
        };
        assert_eq!(refusal(moved), PackError::ImplausibleYear { year });
        let mut pack = CalendarPack::embedded().clone();
        moved(&mut pack);
        assert_eq!(Calendar::of_pack(&pack, None).unwrap_err(), PackError::ImplausibleYear { year });
        let mut last = CalendarPack::embedded().clone();
        last.years[11].year = year;
        assert_eq!(last.check(), Err(PackError::ImplausibleYear { year }));
    }
}

#[test]
fn a_notice_stands_in_its_year_in_the_order_of_issue() {
    let mut pack = CalendarPack::embedded().clone();
    year_of(&mut pack, 2020).notices.swap(0, 1);
    assert_eq!(pack.check(), Err(PackError::NoticeOutOfOrder { year: 2020 }));
    let mut pack = CalendarPack::embedded().clone();
    notice_of(&mut pack, 2026).notice.year = 2025;
    assert_eq!(pack.check(), Err(PackError::NoticeOutOfOrder { year: 2026 }));
    let text = String::from_utf8(CalendarPack::embedded().canonical_bytes()).unwrap();
    let mislabelled = text.replacen("\"absent\"", "\"official\"", 1);
    assert_eq!(CalendarPack::parse(mislabelled.as_bytes()), Err(PackError::NoticeOutOfOrder { year: 2027 }));
    let mislabelled = text.replacen("\"official\"", "\"absent\"", 1);
    assert_eq!(CalendarPack::parse(mislabelled.as_bytes()), Err(PackError::NoticeOutOfOrder { year: 2016 }));
}

#[test]
fn only_a_saturday_or_sunday_is_made_up() {
    let worked = |date: &'static str| refusal(move |pack| notice_of(pack, 2026).make_up.push(make_up(date)));
    assert_eq!(worked("2026-07-01"), PackError::MakeUpOnWeekday { day: day("2026-07-01") });
    assert_eq!(worked("2026-07-03"), PackError::MakeUpOnWeekday { day: day("2026-07-03") });
    assert_eq!(verdict(|pack| notice_of(pack, 2026).make_up.push(make_up("2026-07-04"))), Ok(()));
}

#[test]
fn one_notice_says_one_thing_of_a_day() {
    let twice = |date: &str| PackError::DayTwice { day: day(date) };
    let more = |date: &'static str| refusal(move |pack| notice_of(pack, 2026).off.push(off("国庆节", &[date])));
    assert_eq!(more("2026-10-01"), twice("2026-10-01"));
    assert_eq!(more("2026-10-10"), twice("2026-10-10"));
    assert_eq!(refusal(|pack| notice_of(pack, 2026).make_up.push(make_up("2026-10-10"))), twice("2026-10-10"));
    let both = |pack: &mut CalendarPack| notice_of(pack, 2026).off.push(off("国庆节", &["2026-07-01", "2026-07-01"]));
    assert_eq!(refusal(both), twice("2026-07-01"));
}

#[test]
fn a_notice_settles_its_year_and_the_december_before() {
    let outside = |date: &str| PackError::DayOutsideYear { day: day(date) };
    let more = |date: &'static str| verdict(move |pack| notice_of(pack, 2025).off.push(off("元旦", &[date])));
    assert_eq!(more("2024-11-30"), Err(outside("2024-11-30")));
    assert_eq!(more("2024-12-01"), Ok(()));
    assert_eq!(more("2025-12-31"), Ok(()));
    assert_eq!(more("2026-01-01"), Err(outside("2026-01-01")));
    // 2026-01-03 is a Saturday.
    assert_eq!(refusal(|pack| notice_of(pack, 2025).make_up.push(make_up("2026-01-03"))), outside("2026-01-03"));
}

#[test]
fn a_year_has_244_to_254_working_days() {
    let rest = |count| {
        verdict(move |pack| {
            notice_of(pack, 2026).off.push(DaysOff { holiday: "国庆节".to_owned(), days: of_july(false, count) });
        })
    };
    assert_eq!(rest(4), Ok(()));
    assert_eq!(rest(5), Err(PackError::WorkingDays { year: 2026, count: 243 }));
    let work = |count| {
        verdict(move |pack| {
            let worked = of_july(true, count).into_iter();
            notice_of(pack, 2026).make_up.extend(worked.map(|date| MakeUpDay { date, holiday: "国庆节".to_owned() }));
        })
    };
    assert_eq!(work(6), Ok(()));
    assert_eq!(work(7), Err(PackError::WorkingDays { year: 2026, count: 255 }));
}

#[test]
fn a_half_typed_year_is_refused() {
    // The fault of a published calendar: the year is there, its days are not.
    assert!(matches!(
        refusal(|pack| {
            notice_of(pack, 2026).off.clear();
            notice_of(pack, 2026).make_up.clear();
        }),
        PackError::WorkingDays { year: 2026, count: 261 }
    ));
    // Even where the number of working days stays plausible.
    assert_eq!(
        refusal(|pack| drop(notice_of(pack, 2026).off.remove(6))),
        PackError::StatutoryDays { year: 2026, found: 10, needed: 13 }
    );
}

/// The embedded pack without one day off, in whatever notice it stands; the year must not fail by its working days first.
fn without(date: BeijingDate) -> Result<(), PackError> {
    verdict(|pack| {
        for notice in &mut year_of(pack, date.year()).notices {
            notice.off.iter_mut().for_each(|off| off.days.retain(|off| *off != date));
        }
    })
}

#[test]
fn each_of_the_days_that_the_law_gives_must_be_off() {
    let since_2025 = [
        "2026-01-01",
        "2026-02-16",
        "2026-02-17",
        "2026-02-18",
        "2026-02-19",
        "2026-04-05",
        "2026-05-01",
        "2026-05-02",
        "2026-06-19",
        "2026-09-25",
        "2026-10-01",
        "2026-10-02",
        "2026-10-03",
    ];
    for date in since_2025.map(day) {
        assert_eq!(without(date), Err(PackError::StatutoryDays { year: 2026, found: 12, needed: 13 }), "{date}");
    }
    let before = [
        "2019-01-01",
        "2019-02-05",
        "2019-02-06",
        "2019-02-07",
        "2019-04-05",
        "2019-05-01",
        "2019-06-07",
        "2019-09-13",
        "2019-10-01",
        "2019-10-02",
        "2019-10-03",
    ];
    for date in before.map(day) {
        assert_eq!(without(date), Err(PackError::StatutoryDays { year: 2019, found: 10, needed: 11 }), "{date}");
    }
    // Not given by the law: New Year's Eve before 2025, the third day of a block, a weekend day of one.
    for date in ["2019-02-04", "2026-02-20", "2026-09-26"].map(day) {
        assert_eq!(without(date), Ok(()), "{date}");
    }
}

#[test]
fn in_2020_the_day_on_which_two_holidays_met_counts_for_both() {
    assert_eq!(without(day("2020-10-01")), Err(PackError::StatutoryDays { year: 2020, found: 9, needed: 11 }));
    assert_eq!(without(day("2020-10-02")), Err(PackError::StatutoryDays { year: 2020, found: 10, needed: 11 }));
}

#[test]
fn a_year_beyond_the_table_of_festivals_needs_thirteen_days_off() {
    let pack = |rests: usize| {
        let mut pack = pack_of(|year, _| year == 2026);
        pack.years.truncate(1);
        pack.years[0].year = 2036;
        let arrangement = &mut pack.years[0].notices[0];
        arrangement.notice.year = 2036;
        arrangement.make_up.clear();
        let weekdays = days(day("2036-07-01"), day("2036-12-31")).filter(|date| !date.is_weekend());
        arrangement.off = vec![DaysOff { holiday: "国庆节".to_owned(), days: weekdays.take(rests).collect() }];
        pack.check()
    };
    assert_eq!(pack(12), Err(PackError::StatutoryDays { year: 2036, found: 12, needed: 13 }));
    assert_eq!(pack(13), Ok(()));
}

#[test]
fn names_are_plain_text() {
    let bad = [
        String::new(),
        " ".to_owned(),
        "\u{3000}".to_owned(),
        "元旦\n".to_owned(),
        "元\t旦".to_owned(),
        "元\u{0}旦".to_owned(),
        "元\u{7f}旦".to_owned(),
        "\u{202e}元旦".to_owned(),
        "元\u{200f}旦".to_owned(),
        "\u{2066}元旦".to_owned(),
        "元\u{200b}旦".to_owned(),
        "元\u{2028}旦".to_owned(),
        "\u{feff}元旦".to_owned(),
        "\u{61c}元旦".to_owned(),
        "元".repeat(65),
    ];
    for name in bad {
        for place in 0..6 {
            let put = |pack: &mut CalendarPack| {
                pack.regions = vec![region("nx", &["2026-05-27"])];
                let notice = notice_of(pack, 2026);
                match place {
                    0 => notice.off[0].holiday.clone_from(&name),
                    1 => notice.make_up[0].holiday.clone_from(&name),
                    2 => notice.notice.number = Some(name.clone()),
                    3 => pack.regions[0].name.clone_from(&name),
                    4 => pack.regions[0].off[0].holiday.clone_from(&name),
                    _ => notice.notice.source = Some(name.repeat(5)),
                }
            };
            assert_eq!(refusal(put), PackError::BadName, "{name:?} at {place}");
        }
    }
    let long = |pack: &mut CalendarPack| notice_of(pack, 2026).off[0].holiday = "元".repeat(64);
    assert_eq!(verdict(long), Ok(()));
}

#[test]
fn regions_have_codes_in_order_and_days_in_order_within_the_packs_years() {
    let with = |regions| move |pack: &mut CalendarPack| pack.regions = regions;
    for code in ["", "XJ", "新疆", "x j", "x_j", "abcdefghijklmnopq"] {
        assert_eq!(refusal(with(vec![region(code, &[])])), PackError::BadName, "{code:?}");
    }
    assert_eq!(verdict(with(vec![region("a", &[]), region("abcdefghijklmno9", &[]), region("cn-65", &[])])), Ok(()));
    assert_eq!(refusal(with(vec![region("b", &[]), region("a", &[])])), PackError::BadName);
    assert_eq!(refusal(with(vec![region("a", &[]), region("a", &[])])), PackError::BadName);
    let one = |days: &[&str]| with(vec![region("a", days)]);
    assert_eq!(refusal(one(&["2026-05-27", "2026-05-27"])), PackError::DayTwice { day: day("2026-05-27") });
    assert_eq!(refusal(one(&["2026-05-28", "2026-05-27"])), PackError::DayOutsideYear { day: day("2026-05-27") });
    assert_eq!(refusal(one(&["2015-12-31"])), PackError::DayOutsideYear { day: day("2015-12-31") });
    assert_eq!(refusal(one(&["2028-01-01"])), PackError::DayOutsideYear { day: day("2028-01-01") });
    assert_eq!(verdict(one(&["2016-01-01", "2027-12-31"])), Ok(()));
}

#[test]
fn a_pack_holds_a_bounded_number_of_notices_regions_and_regional_days() {
    let amended = |times| {
        verdict(move |pack| {
            let mut last = notice_of(pack, 2026).clone();
            last.notice.issued = day("2026-03-01");
            year_of(pack, 2026).notices.extend(std::iter::repeat_n(last, times));
        })
    };
    assert_eq!(amended(11), Ok(()));
    assert_eq!(amended(12), Err(PackError::TooManyEntries));
    let regions = |count| {
        verdict(move |pack| {
            pack.regions = (0..count).map(|number| region(&format!("r{number:03}"), &[])).collect();
        })
    };
    assert_eq!(regions(100), Ok(()));
    assert_eq!(regions(101), Err(PackError::TooManyEntries));
    let rests = |count: usize| {
        verdict(move |pack| {
            let mut one = region("a", &["2016-01-01"]);
            let first = one.off[0].clone();
            one.off.extend(days(day("2016-01-02"), day("2027-12-31")).take(count - 1).map(|date| {
                let mut off = first.clone();
                off.date = date;
                off
            }));
            pack.regions = vec![one];
        })
    };
    assert_eq!(rests(480), Ok(()));
    assert_eq!(rests(481), Err(PackError::TooManyEntries));
}
