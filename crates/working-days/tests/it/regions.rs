//! Days off that hold in one region only.

use working_days::{Calendar, CalendarPack, DayKind, Deadline, PackError, Policy, deadline};

use super::{day, days, instant, pack_of, region};

fn pack() -> CalendarPack {
    let mut pack = CalendarPack::embedded().clone();
    pack.regions = vec![
        region(
            "nx",
            &[
                "2026-03-20", // a Friday
                "2026-05-09", // a make-up Saturday
                "2026-05-30", // a Saturday
                "2026-10-01", // off in the whole country
                "2027-01-04", // in the year without notice
                "2027-02-09", // off by law as compensation
                "2027-02-20", // a Saturday that a notice might work
            ],
        ),
        region("xj", &[]),
    ];
    assert_eq!(pack.check(), Ok(()));
    pack
}

fn due(calendar: &Calendar, at: &str) -> String {
    deadline(calendar, &Policy::p0(), instant(at)).due().unwrap().date.to_string()
}

#[test]
fn a_regional_day_off_moves_a_deadline_there_and_nowhere_else() {
    let pack = pack();
    let (country, here) = (Calendar::of_pack(&pack, None).unwrap(), Calendar::of_pack(&pack, Some("nx")).unwrap());
    let elsewhere = Calendar::of_pack(&pack, Some("xj")).unwrap();
    assert_eq!((country.region(), here.region()), (None, Some("nx")));
    let at = "2026-03-12T10:00:00+08:00";
    assert_eq!((due(&country, at), due(&elsewhere, at)), ("2026-03-23".to_owned(), "2026-03-23".to_owned()));
    assert_eq!(due(&here, at), "2026-03-24");
    assert_eq!((country.pack(), here.pack()), (&pack.id(), &pack.id()));
}

#[test]
fn a_make_up_day_is_not_worked_where_the_region_rests() {
    let pack = pack();
    let here = Calendar::of_pack(&pack, Some("nx")).unwrap();
    let make_up = day("2026-05-09");
    assert!(matches!(here.day(make_up), Some(DayKind::Regional { day_off }) if day_off.date == make_up));
    assert_eq!(here.is_working_day(make_up), Some(false));
    assert_eq!(Calendar::of_pack(&pack, None).unwrap().is_working_day(make_up), Some(true));
}

#[test]
fn on_a_weekend_a_regional_day_off_is_named_and_changes_no_count() {
    let pack = pack();
    let here = Calendar::of_pack(&pack, Some("nx")).unwrap();
    assert!(matches!(here.day(day("2026-05-30")), Some(DayKind::Regional { .. })));
    let country = Calendar::of_pack(&pack, None).unwrap();
    let week = (day("2026-05-25"), day("2026-05-31"));
    assert_eq!(here.between(week.0, week.1), country.between(week.0, week.1));
}

#[test]
fn a_day_that_the_whole_country_is_off_keeps_its_notice() {
    let here = Calendar::of_pack(&pack(), Some("nx")).unwrap();
    assert!(matches!(here.day(day("2026-10-01")), Some(DayKind::Holiday { name: "国庆节", notice: Some(_) })));
}

#[test]
fn only_the_days_of_the_region_differ() {
    let pack = pack();
    let (country, here) = (Calendar::of_pack(&pack, None).unwrap(), Calendar::of_pack(&pack, Some("nx")).unwrap());
    let differ: Vec<_> = days(country.first_day(), country.last_day())
        .filter(|date| country.is_working_day(*date) != here.is_working_day(*date))
        .map(|date| date.to_string())
        .collect();
    assert_eq!(differ, ["2026-03-20", "2026-05-09", "2027-01-04"]);
}

#[test]
fn an_unknown_region_is_refused_by_name() {
    let unknown = |code: &str| PackError::UnknownRegion { code: code.to_owned() };
    assert_eq!(Calendar::of_pack(&pack(), Some("gx")).unwrap_err(), unknown("gx"));
    assert_eq!(Calendar::of_pack(CalendarPack::embedded(), Some("nx")).unwrap_err(), unknown("nx"));
}

#[test]
fn no_provisional_span_ever_works_a_regional_day() {
    let pack = pack();
    let here = Calendar::of_pack(&pack, Some("nx")).unwrap();
    for date in days(day("2026-12-15"), day("2027-11-20")) {
        let Deadline::Provisional { due, earliest, latest, .. } = deadline(&here, &Policy::p0(), date.start()) else {
            continue;
        };
        for rests in ["2027-01-04", "2027-02-09", "2027-02-20"].map(day) {
            assert!(earliest != rests && due.date != rests && latest != rests, "{date}");
        }
        let country = Calendar::of_pack(&pack, None).unwrap();
        let Deadline::Provisional { earliest: before, .. } = deadline(&country, &Policy::p0(), date.start()) else {
            panic!("{date} is provisional in the region only")
        };
        assert!(earliest >= before, "{date}: a region rests more, so nothing is earlier there");
    }
}

#[test]
fn a_regional_day_outside_of_the_calendar_is_left_out() {
    let mut pack = pack_of(|year, _| year == 2026);
    pack.years.push(working_days::PackYear { year: 2028, notices: Vec::new() });
    pack.regions = vec![region("nx", &["2028-05-04"])];
    assert_eq!(pack.check(), Ok(()));
    let here = Calendar::of_pack(&pack, Some("nx")).unwrap();
    assert_eq!((here.last_day(), here.day(day("2028-05-04"))), (day("2027-12-31"), None));
}
