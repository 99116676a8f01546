//! How several notices make one calendar.

use working_days::{Calendar, DayKind, DaysOff};

use super::{calendar_of, day, pack_of, year_of};

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
fn of_two_years_notices_for_one_december_day_the_later_issued_one_counts() {
    // The notice for 2019 made Saturday 2018-12-29 a working day; as if 2018 had been amended a fortnight after it.
    let mut pack = pack_of(|_, _| true);
    let mut amendment = year_of(&mut pack, 2018).notices[0].clone();
    amendment.notice.issued = day("2018-12-20");
    amendment.off = vec![DaysOff { holiday: "元旦".to_owned(), days: vec![day("2018-12-29")] }];
    amendment.make_up.clear();
    year_of(&mut pack, 2018).notices.push(amendment);
    assert_eq!(pack.check(), Ok(()));
    let calendar = Calendar::of_pack(&pack, None).unwrap();
    assert!(matches!(calendar.day(day("2018-12-29")), Some(DayKind::Holiday { .. })));
    assert!(
        matches!(calendar.day(day("2018-12-31")), Some(DayKind::Holiday { notice: Some(of), .. }) if of.year == 2019)
    );
}
