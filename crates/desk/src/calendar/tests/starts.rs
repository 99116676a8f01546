//! Which pack is in force after a start of this program or of a newer one, and what is counted again then.

use super::*;

fn moved(place: &Place, calendars: &Calendars) -> Option<u32> {
    let id = calendars.in_force().id;
    place.vault.calendar_recount(id.serial, Sha256(id.sha256)).unwrap().map(|sum| sum.moved)
}

/// What an operator had signed before this program was made: a serial less, and no notice for 2026 yet.
fn pack_before() -> CalendarPack {
    let mut pack = with_serial(CalendarPack::embedded().clone(), CalendarPack::embedded().serial - 1);
    pack.years.iter_mut().find(|year| year.year == 2026).unwrap().notices.clear();
    pack
}

fn region(code: &str) -> Region {
    Region { code: code.to_owned(), name: "样例".to_owned(), off: Vec::new() }
}

#[tokio::test]
async fn what_a_crash_left_uncounted_is_counted_at_the_next_start_against_the_pack_before() {
    let pair = pair();
    let place = Place::trusting(&pair);
    place.put_cases(&["2026-12-18T10:00:00+08:00"]);
    // One that only repeats the embedded days, then the one that moves.
    place.keep(&pair, &with_serial(CalendarPack::embedded().clone(), CalendarPack::embedded().serial + 1));
    place.keep(&pair, &next_pack());
    // An older one than the program's own is never in force beside a newer one.
    place.keep(&pair, &with_serial(CalendarPack::embedded().clone(), 1));
    let calendars = open(&place.vault, None);
    assert_eq!(calendars.in_force().id.serial, next_pack().serial);
    assert_eq!(moved(&place, &calendars), Some(1));
}

#[tokio::test]
async fn the_programs_newer_pack_takes_over_at_a_start_and_what_it_moves_is_recorded() {
    let pair = pair();
    let place = Place::new();
    let submitted = "2026-02-10T10:00:00+08:00";
    let before = row(submitted, &pack_before());
    assert_ne!(before.due(), row(submitted, CalendarPack::embedded()).due());
    place.put_rows(vec![case(1, before)]);
    place.keep(&pair, &pack_before());
    let calendars = open(&place.vault, None);
    assert_eq!(calendars.in_force().source, PackSourceView::Embedded);
    assert_eq!(moved(&place, &calendars), Some(1));
    let again = open(&place.vault, None);
    assert_eq!(moved(&place, &again), Some(1), "once");
}

#[tokio::test]
async fn what_a_newer_programs_own_pack_moves_is_recorded_where_no_pack_was_ever_accepted() {
    let place = Place::new();
    assert_eq!(moved(&place, &open(&place.vault, None)), None, "the same program again");
    place.put_rows(vec![case(1, row("2026-02-10T10:00:00+08:00", &pack_before()))]);
    place.vault.put_program_pack(&String::from_utf8(pack_before().canonical_bytes()).unwrap()).unwrap();
    assert_eq!(moved(&place, &open(&place.vault, None)), Some(1));
    let own = CalendarPack::embedded().canonical_bytes();
    assert_eq!(place.vault.program_pack().unwrap().map(String::into_bytes), Some(own));
}

#[tokio::test]
async fn the_programs_newer_pack_takes_nothing_away_that_an_accepted_one_has() {
    let pair = pair();
    let in_force = |pack: &CalendarPack, office: Option<&str>| {
        let place = Place::new();
        place.keep(&pair, pack);
        open(&place.vault, office).in_force().source
    };
    let mut with_region = pack_before();
    with_region.regions = vec![region("xj")];
    assert_eq!(in_force(&with_region, Some("xj")), PackSourceView::Server, "its days off would be lost");
    assert_eq!(in_force(&with_region, Some("nx")), PackSourceView::Embedded, "known to neither");
    assert_eq!(in_force(&with_region, None), PackSourceView::Embedded);
    // A notice that came out after the program's own pack was made, in an operator's own count of serials.
    let more = with_serial(next_pack(), CalendarPack::embedded().serial - 1);
    assert_eq!(in_force(&more, None), PackSourceView::Server);
    let twin = with_serial(next_pack(), CalendarPack::embedded().serial);
    assert_eq!(in_force(&twin, None), PackSourceView::Server);
}

#[tokio::test]
async fn an_accepted_pack_stays_when_a_newer_program_would_not_accept_it_any_more() {
    let pair = pair();
    let place = Place::trusting(&pair);
    let odd = with_serial(next_pack(), 2_099_010_101);
    assert!(odd.check().is_err(), "a serial ahead of its issue");
    place.keep(&pair, &odd);
    let calendars = open(&place.vault, None);
    assert_eq!(calendars.in_force().id, odd.id());
    assert_eq!(calendars.counting().own().is_working_day(day("2026-12-31")), Some(false));
}

#[tokio::test]
async fn a_pack_that_comes_before_the_rows_have_their_facts_is_counted_after_the_first_full_sweep() {
    let pair = pair();
    let place = Place::trusting(&pair);
    let whole = case(1, row("2026-12-18T10:00:00+08:00", CalendarPack::embedded()));
    let mut bare = whole.clone();
    bare.deadline.facts = None;
    let page = |is_first_of_epoch: bool, is_last: bool, row: &CaseRow| ChangesPage {
        epoch: "e1".to_owned(),
        cursor: 1,
        is_first_of_epoch,
        is_last,
        upserts: vec![row.clone()],
        gone: Vec::new(),
    };
    place.vault.apply_changes(&page(true, false, &bare), &[]).unwrap();
    place.calendars.import(&signed(&pair, &next_pack()).to_bytes()).unwrap();
    place.calendars.recount_if_waiting();
    assert_eq!(place.recount(), None, "nothing is recorded that would leave the case out");
    place.vault.apply_changes(&page(false, true, &whole), &[]).unwrap();
    place.calendars.recount_if_waiting();
    assert_eq!(place.recount().map(|sum| (sum.computed, sum.moved)), Some((1, 1)));
}
