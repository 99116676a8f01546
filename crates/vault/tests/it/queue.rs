//! The queue and the feed: order, filters, pages, epochs, sweeps, crossings.

use casework::{CaseVersion, DocumentType, Round};
use vault::{
    AppliedChanges, ChangesPage, DeadlineFacts, DeadlineReason, DeadlineRow, DueRow, FeedPosition, HeldCounts,
    OutcomeRow, QueueFilter, StateWord, Vault, VaultError,
};
use working_days::BeijingDate;

use crate::fixture::{
    Home, NOW, PACK, case, case_due, case_id, colleague, delta, held, leased_to, me, moved_by, rendition, sha,
    whole_feed,
};

fn numbers(vault: &Vault, filter: QueueFilter<'_>, offset: u32, limit: u32) -> (u32, Vec<u32>) {
    let page = vault.queue_page(filter, offset, limit).unwrap();
    let numbers = page.rows.iter().map(|row| row.case.case_no.0[8..].parse().unwrap());
    (page.total, numbers.collect())
}

fn all(vault: &Vault) -> Vec<u32> {
    numbers(vault, QueueFilter::default(), 0, 1000).1
}

#[test]
fn every_kind_of_row_comes_back_as_it_was_put() {
    let (home, vault) = Home::with_keychain();
    let date = |day| BeijingDate::from_ymd(2027, 1, day).unwrap();
    let mut provisional = leased_to(case(1), colleague());
    provisional.name = "𠮷田𬭚·買買提".to_owned();
    provisional.state = StateWord::SecondOpinion;
    provisional.document_type = DocumentType::TwTravelPermit5y;
    provisional.round = Round::new(3).unwrap();
    provisional.deadline = DeadlineRow {
        outcome: OutcomeRow::Provisional {
            due: DueRow { due_date: date(8), target_ms: 5, breach_ms: 6 },
            earliest: date(7),
            latest: date(11),
        },
        policy: "P1".to_owned(),
        facts: Some(DeadlineFacts {
            submitted_at_ms: 4,
            policy_version: 3,
            region: Some("xj".to_owned()),
            pack_serial: u32::MAX,
            pack_sha256: None,
            reason: DeadlineReason::Region,
            computed_at_ms: 7,
            first_due_date: None,
        }),
    };
    let mut unknown = case(2);
    unknown.deadline.outcome = OutcomeRow::OutOfRange;
    unknown.state = StateWord::Technical;
    let rows = [provisional, unknown, moved_by(case(3), 7, 2)];
    vault.apply_changes(&whole_feed("e1", 1, rows.to_vec()), &[]).unwrap();
    let vault = home.reopen(&vault);
    for row in rows {
        let found = vault.case_row(row.case_id).unwrap().unwrap();
        assert_eq!(found.case, row);
        assert!(!found.is_held && !found.is_offline_ready);
    }
}

#[test]
fn the_order_is_by_deadline_then_number_and_unknown_deadlines_come_last() {
    let (_home, vault) = Home::with_keychain();
    let mut unknown = case(1);
    unknown.deadline.outcome = OutcomeRow::OutOfRange;
    let rows = vec![unknown, case_due(5, 2), case_due(4, 2), case_due(9, 0), case_due(2, 30)];
    vault.apply_changes(&whole_feed("e1", 1, rows), &[]).unwrap();
    assert_eq!(all(&vault), [9, 4, 5, 2, 1]);
    assert_eq!(numbers(&vault, QueueFilter::default(), 1, 2), (5, vec![4, 5]));
    assert_eq!(numbers(&vault, QueueFilter::default(), 9, 2), (5, vec![]));
}

#[test]
fn hidden_cases_are_neither_shown_nor_counted() {
    let (_home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 1, (1..=600).map(case).collect()), &[]).unwrap();
    let hide: Vec<_> = (2..=500).map(case_id).collect();
    let filter = QueueFilter { only_held_by: None, hide: &hide };
    assert_eq!(numbers(&vault, filter, 0, 3), (101, vec![1, 501, 502]));
}

#[test]
fn mine_are_those_that_i_hold() {
    let (_home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 1, (1..=5).map(case).collect()), &[]).unwrap();
    vault.put_held(&[held(1), held(2), held(3)], true, &[]).unwrap();
    // 1: the lease lapsed and nobody took it; 2: a colleague took it.
    let rows = vec![case(1), leased_to(case(2), colleague()), leased_to(case(4), colleague())];
    vault.apply_changes(&delta("e1", 2, rows, vec![]), &[]).unwrap();
    let filter = |holder| QueueFilter { only_held_by: Some(holder), hide: &[] };
    assert_eq!(numbers(&vault, filter(me()), 0, 9), (2, vec![1, 3]));
    assert_eq!(numbers(&vault, filter(colleague()), 0, 9), (2, vec![2, 4]));
    let is_held = |number| vault.case_row(case_id(number)).unwrap().unwrap().is_held;
    assert!(is_held(1) && !is_held(2) && is_held(3) && !is_held(4));
}

#[test]
fn the_next_case_goes_round_and_skips_what_is_decided_or_technical() {
    let (_home, vault) = Home::with_keychain();
    let mut technical = held(3);
    technical.0.state = StateWord::Technical;
    vault.put_held(&[held(1), held(2), technical, held(4)], true, &[]).unwrap();
    let next = |after: Option<u32>, hide: &[u32]| {
        let hide: Vec<_> = hide.iter().map(|number| case_id(*number)).collect();
        vault.next_held(after.map(case_id), &hide).unwrap()
    };
    assert_eq!(next(None, &[]), Some(case_id(1)));
    assert_eq!(next(Some(1), &[]), Some(case_id(2)));
    assert_eq!(next(Some(2), &[]), Some(case_id(4)));
    assert_eq!(next(Some(4), &[]), Some(case_id(1)));
    assert_eq!(next(Some(4), &[1, 4]), Some(case_id(2)));
    assert_eq!(next(Some(2), &[1, 4]), None, "never the same one");
    assert_eq!(next(Some(77), &[1]), Some(case_id(2)), "a case that left the queue: from the beginning");
    assert_eq!(next(None, &[1, 2, 4]), None);
}

#[test]
fn what_can_be_decided_offline_is_counted() {
    let (_home, vault) = Home::with_keychain();
    vault.put_held(&[held(1), held(2), held(3)], true, &[]).unwrap();
    for number in [10, 11, 20] {
        vault.put_rendition(sha(number), &rendition(1)).unwrap();
    }
    assert_eq!(vault.held_counts(&[]).unwrap(), HeldCounts { held: 3, offline_ready: 1 });
    assert_eq!(vault.held_counts(&[case_id(1)]).unwrap(), HeldCounts { held: 2, offline_ready: 0 });
    let page = vault.queue_page(QueueFilter::default(), 0, 9).unwrap();
    let ready: Vec<_> = page.rows.iter().map(|row| (row.is_held, row.is_offline_ready)).collect();
    assert_eq!(ready, [(true, true), (true, false), (true, false)]);
}

#[test]
fn a_page_and_its_cursor_stand_together() {
    let (home, vault) = Home::with_keychain();
    assert_eq!(vault.feed_position().unwrap(), FeedPosition::default());
    let mut first = whole_feed("e1", 10, vec![case(1), case(2)]);
    first.is_last = false;
    assert!(vault.apply_changes(&first, &[]).unwrap().changed);
    let position = |cursor, was_pulled| FeedPosition { epoch: Some("e1".to_owned()), cursor, was_pulled };
    assert_eq!(vault.feed_position().unwrap(), position(10, false));
    // A crash between two pages.
    let vault = home.reopen(&vault);
    assert_eq!(vault.feed_position().unwrap(), position(10, false));
    vault.apply_changes(&delta("e1", 20, vec![case(3)], vec![]), &[]).unwrap();
    assert_eq!(vault.feed_position().unwrap(), position(20, true));
    assert_eq!(all(&vault), [1, 2, 3]);
}

#[test]
fn an_empty_page_and_a_repeated_page_change_nothing() {
    let (_home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 1, vec![case(1)]), &[]).unwrap();
    let nothing = AppliedChanges::default();
    assert_eq!(vault.apply_changes(&delta("e1", 1, vec![], vec![]), &[]).unwrap(), nothing);
    assert_eq!(vault.apply_changes(&delta("e1", 1, vec![case(1)], vec![case_id(9)]), &[]).unwrap(), nothing);
    assert_eq!(all(&vault), [1]);
}

#[test]
fn a_tombstone_takes_the_row_and_what_was_held_of_it() {
    let (_home, vault) = Home::with_keychain();
    vault.put_held(&[held(1), held(2)], true, &[]).unwrap();
    vault.put_rendition(sha(10), &rendition(1)).unwrap();
    vault.apply_changes(&whole_feed("e1", 1, vec![case(1), case(2)]), &[]).unwrap();
    let applied = vault.apply_changes(&delta("e1", 2, vec![], vec![case_id(1)]), &[case_id(1)]).unwrap();
    assert_eq!(applied.removed, [case_id(1)]);
    assert!(vault.held(case_id(1)).unwrap().is_none());
    assert!(vault.rendition(sha(10)).unwrap().is_none());
    assert!(vault.held(case_id(2)).unwrap().is_some());
}

#[test]
fn a_new_epoch_sweeps_only_after_its_last_page_and_keeps_what_is_decided() {
    let (home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 50, (1..=6).map(case).collect()), &[]).unwrap();
    vault.put_held(&[held(3), held(4)], true, &[]).unwrap();
    let keep = [case_id(4)];
    let mut first = whole_feed("e2", 1, vec![case(1)]);
    first.is_last = false;
    assert!(vault.apply_changes(&first, &keep).unwrap().removed.is_empty());
    assert_eq!(all(&vault).len(), 6);
    let vault = home.reopen(&vault);
    let middle = ChangesPage { is_last: false, ..delta("e2", 2, vec![], vec![]) };
    vault.apply_changes(&middle, &keep).unwrap();
    assert_eq!(all(&vault).len(), 6, "nothing is dropped before the last page");
    let last = vault.apply_changes(&delta("e2", 3, vec![case(2)], vec![]), &keep).unwrap();
    assert_eq!(last.removed.len(), 3);
    assert_eq!(all(&vault), [1, 2, 4]);
    assert!(vault.held(case_id(3)).unwrap().is_none());
    assert!(vault.held(case_id(4)).unwrap().is_some());
    // The sweep is over: later pages drop nothing.
    vault.apply_changes(&delta("e2", 4, vec![], vec![]), &[]).unwrap();
    assert_eq!(all(&vault), [1, 2, 4]);
}

#[test]
fn a_page_of_another_epoch_is_refused() {
    let (_home, vault) = Home::with_keychain();
    let refused = vault.apply_changes(&delta("e1", 2, vec![case(1)], vec![]), &[]).unwrap_err();
    assert_eq!(refused, VaultError::FeedOutOfOrder);
    vault.apply_changes(&whole_feed("e1", 1, vec![case(1)]), &[]).unwrap();
    let refused = vault.apply_changes(&delta("e2", 2, vec![case(2)], vec![]), &[]).unwrap_err();
    assert_eq!(refused, VaultError::FeedOutOfOrder);
    assert_eq!(all(&vault), [1]);
    assert_eq!(vault.feed_position().unwrap().cursor, 1);
}

#[test]
fn an_older_version_never_replaces_a_newer_one_unless_the_server_went_back() {
    let (_home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 1, vec![case(1)]), &[]).unwrap();
    let mut newer = held(1);
    newer.0.version = CaseVersion(5);
    vault.put_held(&[newer], false, &[]).unwrap();
    let version = || vault.case_row(case_id(1)).unwrap().unwrap().case.version;
    assert!(!vault.apply_changes(&delta("e1", 2, vec![case(1)], vec![]), &[]).unwrap().changed);
    assert_eq!(version(), CaseVersion(5));
    vault.apply_changes(&whole_feed("e2", 1, vec![case(1)]), &[]).unwrap();
    assert_eq!(version(), CaseVersion(1));
}

#[test]
fn of_one_version_the_deadline_that_was_computed_later_holds_and_the_rest_is_taken() {
    let (_home, vault) = Home::with_keychain();
    let deadline = || vault.case_row(case_id(1)).unwrap().unwrap().case.deadline;
    let moved = moved_by(case(1), PACK + 1, 3);
    vault.apply_changes(&whole_feed("e1", 1, vec![case(1)]), &[]).unwrap();
    vault.apply_changes(&delta("e1", 2, vec![moved.clone()], vec![]), &[]).unwrap();
    assert_eq!(deadline(), moved.deadline, "in the order of the computations");
    // A lease answer that was on its way when the calendar changed.
    let (crossing, detail) = held(1);
    vault.put_held(&[(crossing.clone(), detail)], false, &[]).unwrap();
    let row = vault.case_row(case_id(1)).unwrap().unwrap().case;
    assert_eq!(row.deadline, moved.deadline);
    assert_eq!(row.lease, crossing.lease);
    // The server computed again by an earlier pack: the serial does not tell what holds.
    let mut back = moved_by(case(1), PACK - 1, 1);
    back.deadline.facts.as_mut().unwrap().computed_at_ms = NOW + 1;
    vault.apply_changes(&delta("e1", 3, vec![back.clone()], vec![]), &[]).unwrap();
    assert_eq!(deadline(), back.deadline);
    vault.apply_changes(&delta("e1", 4, vec![moved], vec![]), &[]).unwrap();
    assert_eq!(deadline(), back.deadline, "the higher serial was computed before it");
    // The server went back: it is believed.
    vault.apply_changes(&whole_feed("e2", 1, vec![case(1)]), &[]).unwrap();
    assert_eq!(vault.case_row(case_id(1)).unwrap().unwrap().case.deadline, case(1).deadline);
}

#[test]
fn the_held_cases_of_a_date_are_counted_without_hidden_and_technical_ones() {
    let (_home, vault) = Home::with_keychain();
    let today = |number| {
        let (_, detail) = held(number);
        (leased_to(case_due(number, 0), me()), detail)
    };
    let mut technical = today(4);
    technical.0.state = StateWord::Technical;
    vault.put_held(&[today(1), today(2), held(3), technical], true, &[]).unwrap();
    vault.apply_changes(&delta_of_nobody(5), &[]).unwrap();
    let date = BeijingDate::from_ymd(2026, 12, 29).unwrap();
    assert_eq!(vault.held_due_on(date, &[]).unwrap(), 2);
    assert_eq!(vault.held_due_on(date, &[case_id(2)]).unwrap(), 1);
    assert_eq!(vault.held_due_on(date.succ(), &[]).unwrap(), 0);
}

fn delta_of_nobody(number: u32) -> ChangesPage {
    let rows = [1, 2, 4].map(|held| leased_to(case_due(held, 0), me()));
    let mut page = whole_feed("e1", 1, [rows.to_vec(), vec![case_due(number, 0)]].concat());
    page.upserts[2].state = StateWord::Technical;
    page.is_last = false;
    page
}

#[test]
fn readers_and_a_writer_work_at_once() {
    let (_home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 1, (1..=50).map(case).collect()), &[]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..60 {
                    assert_eq!(vault.queue_page(QueueFilter::default(), 0, 100).unwrap().rows.len(), 50);
                }
            });
        }
        scope.spawn(|| {
            for cursor in 2..40 {
                let mut row = case(1);
                row.version = CaseVersion(u32::try_from(cursor).unwrap());
                vault.apply_changes(&delta("e1", cursor, vec![row], vec![case_id(900)]), &[]).unwrap();
                vault.put_held(&[held(2)], true, &[]).unwrap();
                vault.drop_held(case_id(2)).unwrap();
            }
        });
    });
    let _ = NOW;
}
