//! What a notices file may say, and what it is refused for.

use serde_json::{Value, json};
use working_days::{Calendar, CalendarError, DayKind};

use super::{NOTICES, calendar_of, day};

fn spoiled(spoil: impl FnOnce(&mut Vec<Value>)) -> CalendarError {
    let mut notices: Vec<Value> = serde_json::from_str(NOTICES).unwrap();
    spoil(&mut notices);
    Calendar::from_notices(&serde_json::to_string(&notices).unwrap()).unwrap_err()
}

#[test]
fn a_later_notice_overrides_an_earlier_one_day_by_day() {
    let calendar = Calendar::embedded();
    let DayKind::Holiday { name, notice: Some(notice) } = calendar.day(day("2020-02-01")).unwrap() else {
        panic!("2020-02-01 was off")
    };
    assert_eq!((name, notice.number.as_deref()), ("春节", Some("国办发明电〔2020〕1号")));
    let before = calendar_of(|_, issued| issued < day("2020-01-26"));
    assert!(matches!(before.day(day("2020-02-01")), Some(DayKind::MakeUp { name: "春节", .. })));
    assert_eq!(before.is_working_day(day("2020-01-31")), Some(true));
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    let mut notices: Vec<Value> = serde_json::from_str(NOTICES).unwrap();
    notices.reverse();
    let reversed = Calendar::from_notices(&serde_json::to_string(&notices).unwrap()).unwrap();
    for date in super::days(reversed.first_day(), reversed.last_day()) {
        assert_eq!(reversed.day(date), Calendar::embedded().day(date));
    }
}

#[test]
fn a_notice_can_settle_the_december_before_its_year() {
    let calendar = Calendar::embedded();
    assert!(
        matches!(calendar.day(day("2018-12-29")), Some(DayKind::MakeUp { name: "元旦", notice }) if notice.year == 2019)
    );
    assert!(matches!(calendar.day(day("2018-12-31")), Some(DayKind::Holiday { name: "元旦", .. })));
    // Cut so that 2019 is the first year, the December before it is simply not covered.
    let cut = calendar_of(|year, _| year >= 2019);
    assert_eq!((cut.first_day(), cut.day(day("2018-12-29"))), (day("2019-01-01"), None));
}

#[test]
fn a_file_that_makes_no_sense_is_refused_with_its_reason() {
    assert_eq!(Calendar::from_notices("[]").unwrap_err(), CalendarError::NoNotice);
    assert!(matches!(Calendar::from_notices("[{]"), Err(CalendarError::Malformed { line: 1, .. })));
    assert!(matches!(Calendar::from_notices(""), Err(CalendarError::Malformed { .. })));
    assert!(matches!(Calendar::from_notices(&"[".repeat(100_000)), Err(CalendarError::Malformed { .. })));
    assert!(matches!(spoiled(|n| n[0]["surprise"] = json!(1)), CalendarError::Malformed { .. }));
    assert_eq!(spoiled(|n| n[12]["off"] = json!([])), CalendarError::NoDayOff { year: 2026 });
    assert_eq!(spoiled(|n| drop(n.remove(1))), CalendarError::YearMissing { year: 2017 });
    assert_eq!(spoiled(|n| n[0]["year"] = json!(1999)), CalendarError::ImplausibleYear { year: 1999 });
    assert_eq!(spoiled(|n| n[0]["year"] = json!(i32::MAX)), CalendarError::ImplausibleYear { year: i32::MAX });
    assert_eq!(spoiled(|n| n[2]["issued"] = json!("2017-11-31")), CalendarError::NotADate { entry: 3 });
    assert_eq!(
        spoiled(|n| n[0]["off"][0]["days"] = json!(["2015-11-30"])),
        CalendarError::DayOutsideYear { year: 2016, day: day("2015-11-30") }
    );
    assert_eq!(
        spoiled(|n| n[0]["work"][0]["date"] = json!("2016-02-05")),
        CalendarError::MakeUpOnWeekday { day: day("2016-02-05") }
    );
    assert_eq!(
        spoiled(|n| n[0]["work"][0]["date"] = json!("2016-02-07")),
        CalendarError::OffAndMakeUp { day: day("2016-02-07") }
    );
}
