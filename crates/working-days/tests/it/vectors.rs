//! The customer's vector files, every row.

use working_days::{Calendar, DayKind, Deadline, Policy, deadline};

use super::{day, instant};

#[test]
fn every_day_from_2016_to_2022_is_what_the_vectors_say() {
    let calendar = Calendar::embedded();
    let mut rows = 0;
    for line in include_str!("../vectors/workdays-2016-2022.csv").lines().skip(1) {
        let [date, works, kind] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        let date = day(date);
        assert_eq!(calendar.is_working_day(date), Some(works == "1"), "{line}");
        let known = match calendar.day(date).unwrap() {
            DayKind::Workday => "workday",
            DayKind::Weekend => "weekend",
            DayKind::Holiday { name, notice } => {
                assert!(notice.is_some(), "{line}");
                name
            }
            DayKind::MakeUp { .. } => "makeup",
            DayKind::Regional { .. } => "regional",
        };
        assert_eq!(known, kind, "{line}");
        assert_eq!(calendar.day(date).unwrap().is_working_day(), works == "1", "{line}");
        rows += 1;
    }
    assert_eq!(rows, 2557);
}

#[test]
fn every_deadline_vector_holds_for_all_three_policies() {
    let mut rows = 0;
    for line in include_str!("../vectors/deadline-vectors.csv").lines().skip(1) {
        let fields: Vec<_> = line.splitn(10, ',').collect();
        let policy = Policy::by_id(fields[1]).unwrap();
        let found = deadline(Calendar::embedded(), &policy, instant(fields[0]));
        let due = found.due().unwrap();
        assert_eq!(due.receipt_day, day(fields[3]), "{line}");
        assert_eq!(due.day1, day(fields[4]), "{line}");
        assert_eq!(due.date, day(fields[5]), "{line}");
        assert_eq!(due.target, instant(fields[6]), "{line}");
        assert_eq!(due.breach, instant(fields[7]), "{line}");
        match found {
            Deadline::Final(_) => assert_eq!(fields[8], "final", "{line}"),
            Deadline::Provisional { .. } => assert_eq!(fields[8], "provisional", "{line}"),
            Deadline::OutOfRange => unreachable!("it has a due day"),
        }
        rows += 1;
    }
    assert_eq!(rows, 60);
}
