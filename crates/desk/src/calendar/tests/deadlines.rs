//! Deadlines and lamps as the window gets them.

use super::*;

#[tokio::test]
async fn another_date_here_is_told_with_its_reason() {
    let pair = pair();
    let place = Place::trusting(&pair);
    let now_ms = instant(NOW).timestamp_millis();
    let at = "2026-12-18T10:00:00+08:00";
    let difference = |row: &DeadlineRow| {
        let view = deadline_view(&place.calendars.counting(), row, now_ms);
        view.difference.map(|difference| (difference.due_date, difference.why))
    };
    let same = row(at, CalendarPack::embedded());
    let newer = row(at, &next_pack());
    assert_eq!(difference(&same), None);
    assert_eq!(difference(&newer), Some((Some("2026-12-29".to_owned()), WhyDiffersView::OlderPackHere)));
    let change = |row: &DeadlineRow, change: &dyn Fn(&mut DeadlineFacts)| {
        let mut row = row.clone();
        change(row.facts.as_mut().unwrap());
        row
    };
    let serial = CalendarPack::embedded().serial;
    let twin = change(&newer, &|facts| facts.pack_serial = serial);
    assert_eq!(difference(&twin).unwrap().1, WhyDiffersView::OtherPack);
    let fault = change(&twin, &|facts| facts.pack_sha256 = Some(Sha256(CalendarPack::embedded().id().sha256)));
    assert_eq!(difference(&fault).unwrap().1, WhyDiffersView::Unexplained);
    let version = change(&fault, &|facts| facts.policy_version = 2);
    assert_eq!(difference(&version).unwrap().1, WhyDiffersView::OtherPolicy);
    assert_eq!(difference(&change(&same, &|facts| facts.policy_version = 2)), None, "the same date needs no word");
    let unknown = DeadlineRow { policy: "P9".to_owned(), ..same.clone() };
    assert_eq!(difference(&unknown), Some((None, WhyDiffersView::OtherPolicy)));
    assert_eq!(difference(&DeadlineRow { facts: None, ..newer.clone() }), None, "not known yet after an upgrade");
    let nothing = DeadlineRow { outcome: OutcomeRow::OutOfRange, ..same.clone() };
    assert_eq!(difference(&nothing).unwrap().0.as_deref(), Some("2026-12-29"));
    let unnamed = change(&twin, &|facts| facts.pack_sha256 = None);
    assert_eq!(difference(&unnamed).unwrap().1, WhyDiffersView::Unexplained, "no hash, no second pack");
    place.calendars.import(&signed(&pair, &next_pack()).to_bytes()).unwrap();
    assert_eq!(difference(&newer), None);
    assert_eq!(difference(&same), Some((Some("2026-12-28".to_owned()), WhyDiffersView::NewerPackHere)));
}

#[tokio::test]
async fn the_first_promise_is_shown_beside_a_moved_date_and_who_is_late_by_the_move_alone() {
    let place = Place::new();
    let mut moved = row("2026-12-18T10:00:00+08:00", &next_pack());
    let facts = moved.facts.as_mut().unwrap();
    (facts.reason, facts.first_due_date) = (DeadlineReason::Calendar, Some(day("2026-12-29")));
    let view = |row: &DeadlineRow, now: &str| {
        deadline_view(&place.calendars.counting(), row, instant(now).timestamp_millis()).moved
    };
    let told = view(&moved, NOW).unwrap();
    assert_eq!((told.first_due_date.as_str(), told.reason), ("2026-12-29", MoveReasonView::Calendar));
    assert!(told.is_late_by_move, "due on the 28th now, promised for the 29th, which is today");
    assert!(!view(&moved, "2026-12-28T10:00:00+08:00").unwrap().is_late_by_move, "not late yet");
    assert!(!view(&moved, "2026-12-30T00:00:00+08:00").unwrap().is_late_by_move, "late by the first promise as well");
    moved.facts.as_mut().unwrap().reason = DeadlineReason::Region;
    assert_eq!(view(&moved, NOW).unwrap().reason, MoveReasonView::Region);
    assert_eq!(view(&row("2026-12-18T10:00:00+08:00", &next_pack()), NOW), None);
}

#[tokio::test]
async fn a_region_counts_its_own_days_off_and_an_unknown_one_the_countrys() {
    let pair = pair();
    let place = Place::trusting(&pair);
    let mut pack = next_pack();
    pack.regions = vec![Region {
        code: "xj".to_owned(),
        name: "新疆".to_owned(),
        off: vec![RegionalDayOff {
            date: day("2026-12-28"), holiday: "样例节".to_owned(), source: "样例".to_owned()
        }],
    }];
    place.calendars.set_region(Some("xj".to_owned()));
    assert_eq!(place.calendars.counting().own().region(), None, "the pack in force does not know it");
    place.calendars.import(&signed(&pair, &pack).to_bytes()).unwrap();
    let counting = place.calendars.counting();
    assert_eq!(counting.own().region(), Some("xj"));
    assert_eq!(counting.in_force.region_name(Some("xj")).as_deref(), Some("新疆"));
    let now_ms = instant("2026-12-24T10:00:00+08:00").timestamp_millis();
    let mut row = row("2026-12-18T10:00:00+08:00", &pack);
    let lamp = |row: &DeadlineRow| lamp_view(&counting, row, now_ms).days;
    assert_eq!(lamp(&row), Some(3), "25, 26, 28: a row of the whole country");
    row.facts.as_mut().unwrap().region = Some("xj".to_owned());
    let view = deadline_view(&counting, &row, now_ms);
    assert_eq!(view.difference.unwrap().due_date.as_deref(), Some("2026-12-29"), "the 28th is off there");
    assert_eq!(lamp(&row), Some(2));
}

#[tokio::test]
async fn a_row_of_an_old_pack_does_not_make_this_desktops_pack_the_newer_one() {
    let pair = pair();
    let place = Place::trusting(&pair);
    // The server counted it before both packs: none of them moved it there.
    let row = row("2026-12-18T10:00:00+08:00", &with_serial(CalendarPack::embedded().clone(), 1));
    let told = || {
        let counting = place.calendars.counting();
        let why = deadline_view(&counting, &row, 0).difference.map(|difference| difference.why);
        (why, server_pack_serial(&counting, row.facts.as_ref().unwrap()))
    };
    place.calendars.import(&signed(&pair, &next_pack()).to_bytes()).unwrap();
    assert_eq!(told(), (Some(WhyDiffersView::NewerPackHere), 1), "nothing heard of the server's pack yet");
    let embedded =
        SignedPack { signature: None, pack: String::from_utf8(CalendarPack::embedded().canonical_bytes()).unwrap() };
    place.calendars.hear_pack(&answer(&embedded)).unwrap();
    let own = CalendarPack::embedded().serial;
    assert_eq!(told(), (Some(WhyDiffersView::NewerPackHere), own), "older than the one here, and still the server's");
    // One that cannot be taken here.
    let later = with_serial(next_pack(), next_pack().serial + 1);
    place.calendars.hear_pack(&answer(&signed(&super::pair(), &later))).unwrap();
    assert_eq!(told(), (Some(WhyDiffersView::OlderPackHere), later.serial));
    let again = open(&place.vault, None).counting();
    assert_eq!(again.server_serial, Some(later.serial), "known after a restart, before the server is there");
    place.calendars.hear_unchanged(&next_pack().id().sha256_hex()).unwrap();
    assert_eq!(told(), (Some(WhyDiffersView::NewerPackHere), next_pack().serial));
}

#[tokio::test]
async fn the_list_of_moves_and_the_row_call_the_same_cases_late_by_a_move() {
    let pair = pair();
    for (first, expected) in [("2026-12-29", true), ("2026-12-28", false)] {
        let place = Place::trusting(&pair);
        let mut row = row("2026-12-18T10:00:00+08:00", CalendarPack::embedded());
        let facts = row.facts.as_mut().unwrap();
        // Promised for this date first, moved to the 29th since, and to the 28th now.
        (facts.reason, facts.first_due_date) = (DeadlineReason::Calendar, Some(day(first)));
        place.put_rows(vec![case(1, row)]);
        place.calendars.import(&signed(&pair, &next_pack()).to_bytes()).unwrap();
        assert_eq!(
            place.recount().map(|sum| (sum.moved, sum.newly_overdue)),
            Some((1, u32::from(expected))),
            "{first}"
        );
    }
}
