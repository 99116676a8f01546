//! The year whose notice is not out: what the law alone gives, and how honest the span around a provisional date is.

use working_days::{BeijingDate, Calendar, DayKind, Deadline, Policy, ProvisionalReason, deadline};

use super::{calendar_of, day, days, instant, pack_of};

fn lawful_days_off(calendar: &Calendar) -> Vec<(String, String)> {
    days(calendar.official_until().succ(), calendar.last_day())
        .filter_map(|date| match calendar.day(date).unwrap() {
            DayKind::Holiday { name, notice: None } => Some((date.to_string(), name.to_owned())),
            DayKind::Holiday { notice: Some(_), .. } | DayKind::Regional { .. } | DayKind::MakeUp { .. } => {
                panic!("{date} has no notice yet")
            }
            DayKind::Workday | DayKind::Weekend => None,
        })
        .collect()
}

#[test]
fn the_provisional_2027_has_the_thirteen_days_of_the_law_and_their_compensation() {
    let expected = [
        ("2027-01-01", "元旦"),
        ("2027-02-05", "春节"), // 除夕
        ("2027-02-06", "春节"), // Saturday
        ("2027-02-07", "春节"), // Sunday
        ("2027-02-08", "春节"),
        ("2027-02-09", "春节"), // for the Saturday
        ("2027-02-10", "春节"), // for the Sunday
        ("2027-04-05", "清明节"),
        ("2027-05-01", "劳动节"), // Saturday
        ("2027-05-02", "劳动节"), // Sunday
        ("2027-05-03", "劳动节"),
        ("2027-05-04", "劳动节"),
        ("2027-06-09", "端午节"),
        ("2027-09-15", "中秋节"),
        ("2027-10-01", "国庆节"),
        ("2027-10-02", "国庆节"), // Saturday
        ("2027-10-03", "国庆节"), // Sunday
        ("2027-10-04", "国庆节"),
        ("2027-10-05", "国庆节"),
    ];
    let expected: Vec<_> = expected.iter().map(|(date, name)| ((*date).to_owned(), (*name).to_owned())).collect();
    assert_eq!(lawful_days_off(Calendar::embedded()), expected);
}

#[test]
fn before_2025_the_law_gave_eleven_days() {
    let calendar = calendar_of(|year, _| year <= 2018);
    let off: Vec<_> = lawful_days_off(&calendar).into_iter().map(|(date, _)| date).collect();
    let expected = [
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
    assert_eq!(off, expected);
}

/// 清明, 端午, 中秋 and the four statutory days of 春节 must be off in every notice; this checks the table of festivals.
#[test]
fn no_notice_ever_worked_a_day_that_the_law_gives() {
    for year in 2016..2026 {
        let lawful = calendar_of(|of, _| of <= year);
        for date in days(lawful.official_until().succ(), lawful.last_day()) {
            if let Some(DayKind::Holiday { name, .. }) = lawful.day(date) {
                let actual = Calendar::embedded().day(date).unwrap();
                if let DayKind::Holiday { name: actual, .. } = actual {
                    assert!(actual.contains(name), "{date}: {name} is {actual} in the notice");
                }
                assert!(!actual.is_working_day(), "{date}: {name} was worked");
            }
        }
    }
}

#[test]
fn a_count_across_new_year_2027_is_provisional() {
    let found = deadline(Calendar::embedded(), &Policy::p0(), instant("2026-12-23T10:00:00+08:00"));
    let Deadline::Provisional { due, earliest, latest, why } = found else { panic!("{found:?}") };
    assert_eq!((due.receipt_day, due.day1, due.date), (day("2026-12-23"), day("2026-12-24"), day("2027-01-04")));
    assert_eq!(due.target, instant("2027-01-04T17:00:00+08:00"));
    assert_eq!(due.breach, instant("2027-01-05T00:00:00+08:00"));
    // Both days of the weekend worked; or New Year's block from Wednesday to Friday.
    assert_eq!((earliest, latest), (day("2026-12-30"), day("2027-01-06")));
    assert_eq!(why, ProvisionalReason::NoticeMissing { year: 2027 });
    assert!(found.is_provisional());
}

#[test]
fn far_from_any_holiday_a_provisional_date_has_no_span() {
    let found = deadline(Calendar::embedded(), &Policy::p0(), instant("2027-07-20T10:00:00+08:00"));
    let Deadline::Provisional { due, earliest, latest, .. } = found else { panic!("{found:?}") };
    assert_eq!((earliest, due.date, latest), (day("2027-07-29"), day("2027-07-29"), day("2027-07-29")));
}

#[test]
fn a_year_without_festival_dates_is_not_guessed() {
    let mut pack = pack_of(|year, _| year == 2026);
    pack.years.truncate(1);
    pack.years[0].year = 2035;
    let calendar = Calendar::of_pack(&pack, None).unwrap();
    assert_eq!(calendar.last_day(), calendar.official_until());
    assert_eq!(deadline(&calendar, &Policy::p0(), instant("2035-12-27T10:00:00+08:00")), Deadline::OutOfRange);
}

/// Replays the turn of each year with nothing of the next notice known, over the last 16 days of submissions.
#[test]
fn in_ten_turns_of_the_year_four_of_160_dates_would_have_moved() {
    let mut wrong = Vec::new();
    for year in 2016..2026 {
        let known = calendar_of(|of, _| of <= year);
        let last = BeijingDate::from_ymd(year, 12, 31).unwrap();
        for date in days(last.plus_days(-15), last) {
            let of = |calendar| deadline(calendar, &Policy::p0(), date.start()).due().unwrap().date;
            if of(&known) != of(Calendar::embedded()) {
                wrong.push(date.to_string());
            }
        }
    }
    assert_eq!(wrong, ["2018-12-20", "2018-12-29", "2018-12-30", "2025-12-23"]);
}

/// Whole years with nothing of their notice known: the date that came true lies within the span, even
/// in 2019 and 2020, when the running year was changed.
#[test]
fn ten_years_of_notices_kept_within_the_span() {
    let (mut outside, mut provisional, mut span_days, mut widest) = (Vec::<String>::new(), 0, 0, 0);
    for year in 2016..2026 {
        let known = calendar_of(|of, _| of <= year);
        for policy in [Policy::p0(), Policy::p1(), Policy::p2()] {
            for date in days(known.official_until().plus_days(-20), known.last_day().plus_days(-25)) {
                let at = date.at(chrono::NaiveTime::from_hms_opt(10, 0, 0).unwrap());
                if let Deadline::Provisional { due, earliest, latest, .. } = deadline(&known, &policy, at) {
                    assert!(earliest <= due.date && due.date <= latest);
                    let actual = deadline(Calendar::embedded(), &policy, at).due().unwrap().date;
                    provisional += 1;
                    span_days += latest.days_since(earliest);
                    widest = widest.max(latest.days_since(earliest));
                    if !(earliest <= actual && actual <= latest) {
                        outside.push(format!("{} {date}", policy.id));
                    }
                }
            }
        }
    }
    println!(
        "{provisional} provisional dates, {span_days} days of span in all, {widest} at most, {} outside",
        outside.len()
    );
    assert!(outside.is_empty(), "{outside:?}");
}
