//! Which pack may take the place of which: forward only, nothing lost, the past kept; and the two notices that changed a running year,
//! replayed as the packs before and after them.

use working_days::{
    Arrangement, BeijingDate, Calendar, CalendarPack, DayKind, DaysOff, Deadline, MakeUpDay, Notice, PackError, Policy,
    deadline,
};

use super::{day, days, instant, notice_of, pack_as_of, region, year_of};

/// The embedded pack, issued again at noon of a day with a higher serial and a change.
fn next(issued: &str, change: impl FnOnce(&mut CalendarPack)) -> CalendarPack {
    let mut pack = CalendarPack::embedded().clone();
    pack.serial += 1;
    pack.issued_at = instant(&format!("{issued}T12:00:00+08:00"));
    change(&mut pack);
    // A test may antedate a pack; that alone would be refused too.
    let checked = pack.check();
    assert!(matches!(checked, Ok(()) | Err(PackError::SerialAheadOfIssue { .. })), "{checked:?}");
    pack
}

fn verdict(offered: &CalendarPack) -> Result<(), PackError> {
    offered.may_follow(CalendarPack::embedded())
}

fn rest(pack: &mut CalendarPack, date: &str) {
    notice_of(pack, day(date).year()).off.push(DaysOff { holiday: "国庆节".to_owned(), days: vec![day(date)] });
}

fn work(pack: &mut CalendarPack, date: &str) {
    let worked = MakeUpDay { date: day(date), holiday: "国庆节".to_owned() };
    notice_of(pack, day(date).year()).make_up.push(worked);
}

/// A day that was off is mentioned no more.
fn forget(pack: &mut CalendarPack, date: &str) {
    for notice in &mut year_of(pack, day(date).year()).notices {
        notice.off.iter_mut().for_each(|off| off.days.retain(|off| *off != day(date)));
    }
}

#[test]
fn a_serial_only_rises() {
    let current = CalendarPack::embedded();
    for serial in [current.serial, current.serial - 1, 1] {
        let mut offered = next("2026-11-25", |_| {});
        offered.serial = serial;
        assert_eq!(
            offered.may_follow(current),
            Err(PackError::SerialNotHigher { offered: serial, current: current.serial })
        );
    }
    assert_eq!(verdict(&next("2026-11-25", |_| {})), Ok(()));
    assert_eq!(current.may_follow(current).unwrap_err().word(), "serial_not_higher");
}

#[test]
fn an_official_year_is_neither_dropped_nor_emptied() {
    let mut dropped = next("2026-11-25", |pack| drop(pack.years.remove(0)));
    assert_eq!(verdict(&dropped), Err(PackError::YearLost { year: 2016 }));
    dropped.is_retroactive = true;
    assert_eq!(verdict(&dropped), Err(PackError::YearLost { year: 2016 }));
    let emptied = next("2026-11-25", |pack| year_of(pack, 2026).notices.clear());
    assert_eq!(verdict(&emptied), Err(PackError::YearLost { year: 2026 }));
    let cut = next("2026-11-25", |pack| pack.years.truncate(10));
    assert_eq!(verdict(&cut), Err(PackError::YearLost { year: 2026 }));
}

#[test]
fn a_year_loses_no_notice_even_where_no_day_changes() {
    // All that the second notice of 2019 says, put into the first one.
    let joined = next("2026-11-25", |pack| {
        let year = year_of(pack, 2019);
        let second = year.notices.pop().unwrap();
        let first = &mut year.notices[0];
        let said: Vec<_> = second.off.iter().flat_map(|off| &off.days).copied().collect();
        first.off.iter_mut().for_each(|off| off.days.retain(|day| !said.contains(day)));
        first.off.extend(second.off);
        first.make_up.extend(second.make_up);
    });
    let days_of_2019 = || days(day("2019-01-01"), day("2019-12-31"));
    let calendar = Calendar::of_pack(&joined, None).unwrap();
    assert!(days_of_2019().all(|date| calendar.is_working_day(date) == Calendar::embedded().is_working_day(date)));
    assert_eq!(verdict(&joined), Err(PackError::YearShrunk { year: 2019 }));
}

#[test]
fn a_year_does_not_get_fewer_days_off() {
    // 2026-12-31 lies ahead in October; so a day off more or less there changes no past.
    let mut current = next("2026-10-20", |pack| rest(pack, "2026-12-31"));
    current.serial -= 1;
    let offered = next("2026-10-21", |_| {});
    assert_eq!(offered.may_follow(&current), Err(PackError::YearShrunk { year: 2026 }));
    let moved = next("2026-10-21", |pack| rest(pack, "2026-12-30"));
    assert_eq!(moved.may_follow(&current), Ok(()));
}

#[test]
fn the_past_changes_only_when_the_pack_says_so() {
    let changed = |date: &str| Err(PackError::PastChanged { day: day(date) });
    for (date, rests) in [("2026-11-24", true), ("2026-11-22", false), ("2016-01-04", true)] {
        let put = |pack: &mut CalendarPack| if rests { rest(pack, date) } else { work(pack, date) };
        assert_eq!(verdict(&next("2026-11-25", put)), changed(date));
        let flagged = next("2026-11-25", |pack| {
            put(pack);
            pack.is_retroactive = true;
        });
        assert_eq!(verdict(&flagged), Ok(()));
    }
    // The day of issue itself is not over yet.
    assert_eq!(verdict(&next("2026-11-25", |pack| rest(pack, "2026-11-25"))), Ok(()));
    // Of several days the first is named.
    let two = next("2026-11-25", |pack| {
        rest(pack, "2026-03-03");
        rest(pack, "2019-03-05");
    });
    assert_eq!(verdict(&two), changed("2019-03-05"));
    // Another name or notice for the same day off is no change of the day.
    let renamed = next("2026-11-25", |pack| notice_of(pack, 2026).off[0].holiday = "新年".to_owned());
    assert_eq!(verdict(&renamed), Ok(()));
    // A day off of a weekend that is forgotten stays off; so it is the count that speaks.
    let forgotten = next("2026-11-25", |pack| forget(pack, "2026-09-26"));
    assert_eq!(verdict(&forgotten), Err(PackError::YearShrunk { year: 2026 }));
}

#[test]
fn an_early_date_of_issue_opens_no_past() {
    let antedated = next("2016-01-01", |pack| rest(pack, "2026-03-03"));
    assert_eq!(verdict(&antedated), Err(PackError::PastChanged { day: day("2026-03-03") }));
    let regional = next("2016-01-01", |pack| pack.regions = vec![region("nx", &["2026-03-03"])]);
    assert_eq!(verdict(&regional), Err(PackError::PastChanged { day: day("2026-03-03") }));
}

#[test]
fn the_past_of_a_region_is_kept_too() {
    let changed = |date: &str| Err(PackError::PastChanged { day: day(date) });
    let with = |days: &[&str]| {
        let regions = vec![region("nx", days), region("xj", &[])];
        next("2026-11-25", move |pack| pack.regions = regions)
    };
    let ahead = with(&["2026-12-01"]);
    assert_eq!(verdict(&ahead), Ok(()));
    assert_eq!(verdict(&with(&["2026-05-27", "2026-12-01"])), changed("2026-05-27"));
    let mut flagged = with(&["2026-05-27"]);
    flagged.is_retroactive = true;
    assert_eq!(verdict(&flagged), Ok(()));
    // And once it is there, it cannot vanish, with its region or alone.
    let mut later = with(&["2026-05-28"]);
    later.serial += 1;
    assert_eq!(later.may_follow(&flagged), changed("2026-05-27"));
    later.regions.clear();
    assert_eq!(later.may_follow(&flagged), changed("2026-05-27"));
    let mut kept = with(&["2026-05-27", "2026-12-02"]);
    kept.serial += 1;
    assert_eq!(kept.may_follow(&flagged), Ok(()));
}

#[test]
fn every_notice_so_far_made_a_pack_that_may_follow_the_one_before() {
    let mut issued: Vec<_> = CalendarPack::embedded().notices().iter().map(|each| each.notice.issued).collect();
    issued.dedup();
    assert_eq!(issued.len(), 13);
    for pair in issued.windows(2) {
        let (before, after) = (pack_as_of(&pair[0].to_string()), pack_as_of(&pair[1].to_string()));
        assert_eq!((before.check(), after.check()), (Ok(()), Ok(())));
        assert_eq!(after.may_follow(&before), Ok(()), "{}", pair[1]);
    }
}

/// A first notice for 2027: what the law gives, and a longer Spring Festival that two weekend days are worked for.
fn notice_of_2027() -> Arrangement {
    let lawful = days(day("2027-01-01"), day("2027-12-31"))
        .filter_map(|date| match Calendar::embedded().day(date) {
            Some(DayKind::Holiday { name, .. }) => Some(DaysOff { holiday: name.to_owned(), days: vec![date] }),
            _ => None,
        })
        .chain([DaysOff { holiday: "春节".to_owned(), days: vec![day("2027-02-11"), day("2027-02-12")] }]);
    let make_up = ["2027-01-31", "2027-02-20"].map(|date| MakeUpDay { date: day(date), holiday: "春节".to_owned() });
    Arrangement {
        notice: Notice { year: 2027, number: None, issued: day("2026-12-03"), source: None },
        off: lawful.collect(),
        make_up: make_up.to_vec(),
    }
}

#[test]
fn the_first_notice_for_2027_turns_provisional_dates_into_final_ones() {
    let offered = next("2026-12-03", |pack| year_of(pack, 2027).notices.push(notice_of_2027()));
    assert_eq!(verdict(&offered), Ok(()));
    let calendar = Calendar::of_pack(&offered, None).unwrap();
    assert_eq!((calendar.official_until(), calendar.last_day()), (day("2027-12-31"), day("2028-12-31")));
    let at = instant("2026-12-23T10:00:00+08:00");
    assert!(deadline(Calendar::embedded(), &Policy::p0(), at).is_provisional());
    assert!(matches!(deadline(&calendar, &Policy::p0(), at), Deadline::Final(due) if due.date == day("2027-01-04")));
    // Without any day, it is no notice.
    let mut empty = offered;
    notice_of(&mut empty, 2027).off.clear();
    assert!(matches!(empty.check(), Err(PackError::WorkingDays { year: 2027, .. })));
}

/// Submission dates whose P0 due day differs between the two packs, with the days by which it moved.
fn moved(before: &CalendarPack, after: &CalendarPack, year: i32) -> Vec<(BeijingDate, i32)> {
    let (before, after) = (Calendar::of_pack(before, None).unwrap(), Calendar::of_pack(after, None).unwrap());
    let (first, last) = (day(&format!("{}-12-01", year - 1)), day(&format!("{year}-12-15")));
    days(first, last)
        .filter_map(|date| {
            let of = |calendar| deadline(calendar, &Policy::p0(), date.start()).due().unwrap().date;
            Some((date, of(&after).days_since(of(&before)))).filter(|(_, by)| *by != 0)
        })
        .collect()
}

#[test]
fn the_notice_of_2019_03_22_moves_twelve_submission_dates() {
    let (before, after) = (pack_as_of("2019-03-21"), pack_as_of("2019-03-22"));
    assert_eq!(after.may_follow(&before), Ok(()));
    let moved = moved(&before, &after, 2019);
    assert_eq!(moved.iter().filter(|(_, by)| *by < 0).count(), 7);
    assert_eq!(moved.iter().filter(|(_, by)| *by > 0).count(), 5);
    assert!(moved.iter().all(|(date, _)| *date >= day("2019-04-01")), "no case that was open that day moves");
}

#[test]
fn the_notice_of_2020_01_26_moves_sixteen_submission_dates_all_later() {
    let (before, after) = (pack_as_of("2020-01-25"), pack_as_of("2020-01-26"));
    assert_eq!(after.may_follow(&before), Ok(()));
    let moved = moved(&before, &after, 2020);
    assert_eq!(moved.len(), 16);
    assert!(moved.iter().all(|(_, by)| *by > 0));
    assert_eq!(moved.iter().filter(|(date, _)| *date < day("2020-01-26")).count(), 10, "submitted before the notice");
}

#[test]
fn a_notice_that_is_entered_after_its_days_needs_the_flag() {
    let before = pack_as_of("2020-01-25");
    let mut late = pack_as_of("2020-01-26");
    late.issued_at = instant("2020-02-10T10:00:00+08:00");
    late.serial = 2_020_021_001;
    assert_eq!(late.may_follow(&before), Err(PackError::PastChanged { day: day("2020-01-31") }));
    late.is_retroactive = true;
    assert_eq!(late.may_follow(&before), Ok(()));
}

#[test]
fn who_missed_a_pack_can_still_take_the_next_one() {
    let (known, missed) = (pack_as_of("2020-01-25"), pack_as_of("2020-01-26"));
    let mut next = missed.clone();
    next.serial = 2_020_031_001;
    next.issued_at = instant("2020-03-10T10:00:00+08:00");
    next.follows = Some(missed.serial);
    assert_eq!(next.may_follow(&missed), Ok(()), "the issuer compared it with the one before");
    assert_eq!(next.may_be_taken_after(&known), Ok(()));
    assert_eq!(next.may_follow(&known), Err(PackError::PastChanged { day: day("2020-01-31") }), "a server misses none");
    next.follows = Some(known.serial);
    assert_eq!(next.may_be_taken_after(&known), Err(PackError::PastChanged { day: day("2020-01-31") }));
    next.follows = Some(missed.serial);
    next.years[4].notices.clear();
    assert!(
        matches!(next.may_be_taken_after(&known), Err(PackError::YearLost { year: 2020 })),
        "all else is still held to"
    );
}

#[test]
fn a_day_off_too_many_is_taken_back_by_a_pack_that_says_it_corrects() {
    let shorter = |is_retroactive: bool| {
        next("2026-11-25", |pack| {
            pack.is_retroactive = is_retroactive;
            let last = &mut notice_of(pack, 2026).off;
            last.iter_mut().for_each(|off| off.days.retain(|off| *off != day("2026-02-23")));
        })
    };
    assert_eq!(verdict(&shorter(false)), Err(PackError::YearShrunk { year: 2026 }));
    assert_eq!(verdict(&shorter(true)), Ok(()));
}

#[test]
fn a_pack_of_tomorrow_is_early_and_one_of_the_day_after_is_refused() {
    let pack = next("2026-11-26", |_| {});
    assert_eq!(pack.must_be_issued_by(instant("2026-11-25T12:00:00+08:00")), Ok(()));
    assert_eq!(pack.must_be_issued_by(instant("2026-11-25T11:59:59+08:00")), Err(PackError::IssuedInFuture));
    assert_eq!(pack.must_be_issued_by(instant("2031-01-01T00:00:00+08:00")), Ok(()));
}
