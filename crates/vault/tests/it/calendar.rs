//! Calendar packs, keys and refusals in `work.db`; what a pack moved in `cases.db`.

use std::time::Instant;

use vault::{
    CalendarMoveRow, CalendarPackRow, CalendarRecountRow, CalendarRefusalRow, DeadlineRow, DueTold, PackSource,
    Recounted, VaultError, VaultFile,
};
use working_days::BeijingDate;

use crate::fixture::{Home, NOW, PACK, case, case_due, case_id, delta, sha, whole_feed};

fn pack(serial: u32, source: PackSource) -> CalendarPackRow {
    CalendarPackRow {
        serial,
        sha256: sha(serial),
        pack: format!("{{\"serial\":{serial}}}\n"),
        signature: "untrusted comment: x\nAAAA".to_owned(),
        key: "RWQ".to_owned(),
        source,
        accepted_at_ms: NOW,
    }
}

fn date(day: u32) -> BeijingDate {
    BeijingDate::from_ymd(2027, 1, day).unwrap()
}

fn due(row: &DeadlineRow) -> BeijingDate {
    row.due().unwrap().due_date
}

/// Moves a case due on the 30th of December to the given date; leaves others where they are.
fn to(new_due: Option<BeijingDate>, is_late_by_move: bool) -> impl Fn(&DeadlineRow) -> Option<Recounted> {
    move |row| {
        let is_moved = due(row) == BeijingDate::from_ymd(2026, 12, 30).unwrap();
        let new_due = if is_moved { new_due } else { Some(due(row)) };
        Some(Recounted { old_due: Some(due(row)), new_due, is_late_by_move: is_moved && is_late_by_move })
    }
}

#[test]
fn accepted_packs_survive_a_restart_newest_first_and_never_change() {
    let (home, vault) = Home::with_keychain();
    assert!(vault.calendar_packs().unwrap().is_empty());
    let packs = [pack(PACK + 100, PackSource::Imported), pack(PACK + 1, PackSource::Server)];
    vault.put_calendar_pack(&packs[1]).unwrap();
    vault.put_calendar_pack(&packs[0]).unwrap();
    assert!(matches!(
        vault.put_calendar_pack(&pack(PACK + 1, PackSource::Imported)),
        Err(VaultError::Storage { file: VaultFile::Work, .. })
    ));
    let vault = home.reopen(&vault);
    assert_eq!(vault.calendar_packs().unwrap(), packs);
    vault.forget_cases(NOW).unwrap();
    assert_eq!(vault.calendar_packs().unwrap(), packs, "sign-out keeps them: an imported one cannot be fetched again");
}

#[test]
fn keys_are_replaced_as_a_set_of_at_most_two() {
    let (home, vault) = Home::with_keychain();
    assert!(vault.calendar_keys().unwrap().is_empty());
    let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    vault.put_calendar_keys(&keys(&["b", "a"])).unwrap();
    assert!(vault.put_calendar_keys(&keys(&["a", "b", "c"])).is_err());
    assert!(vault.put_calendar_keys(&keys(&["a", "a"])).is_err());
    let vault = home.reopen(&vault);
    assert_eq!(vault.calendar_keys().unwrap(), ["b", "a"]);
    vault.put_calendar_keys(&keys(&["a"])).unwrap();
    assert_eq!(vault.calendar_keys().unwrap(), ["a"]);
}

#[test]
fn the_last_refusal_and_what_was_told_are_remembered() {
    let (home, vault) = Home::with_keychain();
    assert_eq!((vault.calendar_refusal().unwrap(), vault.due_told().unwrap()), (None, None));
    let refusal = |word: &str, at_ms: i64| CalendarRefusalRow {
        word: word.to_owned(),
        sha256: (word != "malformed").then(|| sha(at_ms.try_into().unwrap())),
        at_ms,
    };
    vault.put_calendar_refusal(&refusal("malformed", 0)).unwrap();
    assert_eq!(vault.calendar_refusal().unwrap(), Some(refusal("malformed", 0)));
    vault.put_calendar_refusal(&refusal("unsigned", 1)).unwrap();
    vault.put_calendar_refusal(&refusal("unknown_key", 2)).unwrap();
    vault.put_due_told(DueTold { date: date(4), count: 3 }).unwrap();
    assert_eq!(vault.server_pack_serial().unwrap(), None);
    vault.put_server_pack_serial(PACK).unwrap();
    let vault = home.reopen(&vault);
    assert_eq!(vault.calendar_refusal().unwrap(), Some(refusal("unknown_key", 2)));
    assert_eq!(vault.due_told().unwrap(), Some(DueTold { date: date(4), count: 3 }));
    assert_eq!(vault.server_pack_serial().unwrap(), Some(PACK));
    vault.forget_calendar_refusal().unwrap();
    assert_eq!(vault.calendar_refusal().unwrap(), None);
}

#[test]
fn a_recount_is_recorded_once_with_its_moves_and_its_sums() {
    let (home, vault) = Home::with_keychain();
    // 1 is due on the 30th of December, 2 on the 31st, and so on.
    vault.apply_changes(&whole_feed("e1", 1, (1..=5).map(case).collect()), &[]).unwrap();
    let serial = PACK + 1;
    let first = vault.recount_deadlines(serial, sha(1), NOW, to(Some(date(4)), false)).unwrap();
    let expected = CalendarRecountRow {
        pack_serial: serial,
        pack_sha256: sha(1),
        computed: 5,
        moved: 1,
        earlier: 0,
        later: 1,
        newly_overdue: 0,
        computed_at_ms: NOW,
    };
    assert_eq!(first, Some(expected));
    // After a crash it is asked for again, and nothing is doubled.
    assert_eq!(vault.recount_deadlines(serial, sha(1), NOW + 9, to(None, true)).unwrap(), Some(expected));
    let earlier = vault.recount_deadlines(serial + 1, sha(2), NOW, |row| {
        to(Some(BeijingDate::from_ymd(2026, 12, 28).unwrap()), true)(row).filter(|_| due(row) < date(2))
    });
    let earlier = earlier.unwrap().unwrap();
    assert_eq!((earlier.computed, earlier.moved, earlier.earlier, earlier.newly_overdue), (3, 1, 1, 1));
    let gone = vault.recount_deadlines(serial + 2, sha(3), NOW, to(None, false)).unwrap().unwrap();
    assert_eq!((gone.moved, gone.earlier, gone.later), (1, 0, 1), "out of range is later than any date");

    let vault = home.reopen(&vault);
    assert_eq!(vault.calendar_recount(serial, sha(1)).unwrap(), Some(expected));
    assert_eq!(vault.calendar_recount(serial, sha(2)).unwrap(), None);
    let moved = CalendarMoveRow {
        case_id: case_id(1),
        case_no: case(1).case_no,
        old_due: Some(BeijingDate::from_ymd(2026, 12, 30).unwrap()),
        new_due: Some(date(4)),
        is_late_by_move: false,
    };
    assert_eq!(vault.calendar_moves(serial, sha(1), 10).unwrap(), [moved]);
    assert!(vault.calendar_moves(serial, sha(1), 0).unwrap().is_empty());
    // A case that leaves takes its moves with it; the sums stay.
    vault.apply_changes(&delta("e1", 2, vec![], vec![case_id(1)]), &[]).unwrap();
    assert!(vault.calendar_moves(serial, sha(1), 10).unwrap().is_empty());
    assert_eq!(vault.calendar_recount(serial, sha(1)).unwrap(), Some(expected));
}

#[test]
fn a_hundred_thousand_rows_are_recounted_in_one_pass() {
    let (_home, vault) = Home::with_keychain();
    let rows = (1..=100_000).map(|number| case_due(number, number % 300)).collect();
    vault.apply_changes(&whole_feed("e1", 1, rows), &[]).unwrap();
    let start = Instant::now();
    let recount = vault.recount_deadlines(PACK + 1, sha(1), NOW, to(Some(date(4)), false)).unwrap().unwrap();
    println!("100,000 rows recounted, {} moved: {:?}", recount.moved, start.elapsed());
    assert_eq!((recount.computed, recount.moved), (100_000, 334));
}
