//! The two notices that changed a running year, replayed: 2019-03-22 (劳动节) and 2020-01-26 (the extended 春节). Cases are submitted on every
//! day around them while the old pack is in force; the new one then moves exactly the submission dates that are known from those years.

use chrono::Duration;
use contract::case::CaseRow;
use contract::feed::Change;
use review_server::calendar::{self, Effect};
use uuid::Uuid;
use working_days::BeijingDate;

use crate::notices::{Signer, day, pack_of, with_pack_of};
use crate::office::{Desk, Draft, Office, at};

/// Submission date, due date before and after the notice of 2019-03-22: seven earlier, five later.
const MOVED_2019: [(&str, &str, &str); 12] = [
    ("2019-04-18", "2019-04-29", "2019-04-28"),
    ("2019-04-19", "2019-04-30", "2019-04-29"),
    ("2019-04-20", "2019-04-30", "2019-04-29"),
    ("2019-04-21", "2019-04-30", "2019-04-29"),
    ("2019-04-22", "2019-05-02", "2019-04-30"),
    ("2019-04-23", "2019-05-03", "2019-05-05"),
    ("2019-04-28", "2019-05-08", "2019-05-09"),
    ("2019-04-29", "2019-05-09", "2019-05-10"),
    ("2019-04-30", "2019-05-10", "2019-05-13"),
    ("2019-05-01", "2019-05-10", "2019-05-13"),
    ("2019-05-03", "2019-05-14", "2019-05-13"),
    ("2019-05-04", "2019-05-14", "2019-05-13"),
];

/// The same for 2020-01-26: all later, ten of them submitted before the notice was there.
const MOVED_2020: [(&str, &str, &str); 16] = [
    ("2020-01-16", "2020-01-31", "2020-02-03"),
    ("2020-01-17", "2020-02-01", "2020-02-04"),
    ("2020-01-18", "2020-02-01", "2020-02-04"),
    ("2020-01-19", "2020-02-03", "2020-02-05"),
    ("2020-01-20", "2020-02-04", "2020-02-06"),
    ("2020-01-21", "2020-02-05", "2020-02-07"),
    ("2020-01-22", "2020-02-06", "2020-02-10"),
    ("2020-01-23", "2020-02-07", "2020-02-11"),
    ("2020-01-24", "2020-02-07", "2020-02-11"),
    ("2020-01-25", "2020-02-07", "2020-02-11"),
    ("2020-01-26", "2020-02-07", "2020-02-11"),
    ("2020-01-27", "2020-02-07", "2020-02-11"),
    ("2020-01-28", "2020-02-07", "2020-02-11"),
    ("2020-01-29", "2020-02-07", "2020-02-11"),
    ("2020-01-30", "2020-02-07", "2020-02-11"),
    ("2020-01-31", "2020-02-10", "2020-02-11"),
];

/// A case on every day of the 58 before the office's now, at the day's first and last second; the case of the day's noon was concluded.
struct Replay {
    office: Office,
    desk: Desk,
    open: Vec<(BeijingDate, Uuid)>,
    concluded: Vec<Uuid>,
    offline: Vec<(BeijingDate, Draft)>,
}

impl Replay {
    async fn before(notice: &str, now: &str, offline_on: &str) -> Self {
        let eve = day(notice).pred().to_string();
        let office = Office::open_with(with_pack_of(&eve));
        office.clock.set(at(now));
        let desk = office.sign_in("wang").await;
        let (mut open, mut concluded, mut offline) = (Vec::new(), Vec::new(), Vec::new());
        let today = BeijingDate::of(office.now());
        for ago in (1..=58).rev() {
            let date = today.plus_days(-ago);
            for (name, second) in [("first", 0), ("last", 86_399)] {
                let since = office.now() - (date.start() + Duration::seconds(second));
                let case = office.case_of(&format!("{date}-{name}"), since).await;
                open.push((date, case));
                if date == day(offline_on) {
                    let lease = office.lease(&desk, case).await;
                    offline.push((date, office.draft(&desk, &lease, "approve", &[])));
                }
            }
            let noon = office.now() - (date.start() + Duration::hours(12));
            let case = office.case_of(&format!("{date}-noon"), noon).await;
            office.decide(&desk, case, "approve", &[]).await;
            concluded.push(case);
        }
        Self { office, desk, open, concluded, offline }
    }

    /// Puts the notice in force. Gives the effect, and the rows that the feed tells of afterwards.
    async fn activate(&self, notice: &str) -> (Effect, Vec<CaseRow>) {
        let cursor = self.office.changes(&self.desk, 0).await.cursor;
        let signed = Signer::trusted_by(&self.office).sign(&pack_of(notice));
        let previewed = calendar::preview(&self.office.state, &signed).unwrap();
        assert!(self.office.changes(&self.desk, cursor).await.changes.is_empty(), "a preview changes nothing");
        let effect = calendar::activate(&self.office.state, &signed, "zhang", None).unwrap();
        assert_eq!(effect, previewed);
        let rows = self.office.changes(&self.desk, cursor).await.changes.into_iter().map(|change| match change {
            Change::Case { row } => row,
            Change::Gone { .. } => panic!("a moved case is gone"),
        });
        (effect, rows.collect())
    }

    /// Submission date with the due dates before and after, of every case that the feed told of, without repetitions.
    fn moves(&self, rows: &[CaseRow]) -> Vec<(String, String, String)> {
        let mut moves: Vec<_> = rows
            .iter()
            .map(|row| {
                let submitted = self.open.iter().find(|(_, case)| *case == row.case_id).unwrap().0;
                let due = row.deadline.outcome.due().unwrap().due_date.clone();
                (submitted.to_string(), row.deadline.first_due_date.clone().unwrap(), due)
            })
            .collect();
        moves.sort();
        moves.dedup();
        moves
    }
}

fn owned(moves: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    moves.iter().map(|(day, from, to)| ((*day).to_owned(), (*from).to_owned(), (*to).to_owned())).collect()
}

fn counts(effect: &Effect) -> [u32; 4] {
    [effect.moved, effect.earlier, effect.later, effect.newly_overdue]
}

#[tokio::test]
async fn the_notice_of_march_2019_moves_twelve_submission_dates_and_leaves_the_first_promise() {
    let replay = Replay::before("2019-03-22", "2019-05-10T10:00:00+08:00", "2019-04-22").await;
    let office = &replay.office;
    let versions = office.count("SELECT sum(version) FROM cases");
    let (effect, rows) = replay.activate("2019-03-22").await;
    assert_eq!(replay.moves(&rows), owned(&MOVED_2019));
    // Two cases of each day. None was in time by its old date and is late by the new one at this late moment.
    assert_eq!((effect.computed, counts(&effect)), (116, [24, 14, 10, 0]));
    assert_eq!(rows.len(), 24, "the feed tells of the moved ones and of no other");
    assert!(rows.iter().all(|row| row.deadline.reason == "calendar" && row.deadline.pack_serial == 2_019_032_201));
    assert_eq!(office.count("SELECT sum(version) FROM cases"), versions);

    // Every open case has one more row, each with what it was and what it is; no old row is gone or changed.
    assert_eq!(
        office.count("SELECT count(*) FROM deadlines WHERE reason = 'initial' AND pack_serial = 2019032101"),
        174
    );
    assert_eq!(office.count("SELECT count(*) FROM deadlines WHERE reason = 'calendar' AND computed_by = 'zhang'"), 116);
    assert_eq!(
        office.count(
            "SELECT count(*) FROM deadlines new JOIN deadlines first ON first.case_id = new.case_id AND first.reason = 'initial'
             WHERE new.reason = 'calendar' AND new.old_due_date = first.due_date
                 AND new.pack_sha256 <> first.pack_sha256 AND new.policy_version = 1 AND new.engine <> ''"
        ),
        116
    );
    // Concluded ones keep the pack that they were concluded under.
    for case in &replay.concluded {
        assert_eq!(office.count(&format!("SELECT count(*) FROM deadlines WHERE case_id = '{case}'")), 1);
    }
    assert_eq!(
        office.count(
            "SELECT count(*) FROM cases c WHERE c.state = 'pending' AND c.breach_ms <>
            (SELECT breach_ms FROM deadlines d WHERE d.case_id = c.case_id ORDER BY deadline_id DESC LIMIT 1)"
        ),
        0,
        "the order of the queue follows"
    );

    // The record: one line for the pack, one for each moved case.
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'deadline_moved'"), 24);
    let moved: String = office
        .database()
        .query_row(
            "SELECT a.detail FROM audit a JOIN cases c USING (case_id) JOIN applicants USING (applicant_id)
             WHERE a.what = 'deadline_moved' AND applicant_ref = '2019-04-22-first'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(moved, r#"{"from":"2019-05-02","pack":2019032201,"reason":"calendar","to":"2019-04-30"}"#);
    let activated = office.audited("calendar_activated").remove(0);
    assert_eq!(
        (&activated["moved"], &activated["before"], &activated["by"]),
        (&24.into(), &2_019_032_101u32.into(), &"zhang".into())
    );
    assert_eq!(
        office.count("SELECT computed * 1000000 + moved * 10000 + earlier * 100 + later FROM calendar_packs"),
        116_241_410
    );
}

#[tokio::test]
async fn the_notice_of_january_2020_moves_sixteen_submission_dates() {
    let replay = Replay::before("2020-01-26", "2020-02-12T10:00:00+08:00", "2020-01-20").await;
    let (effect, rows) = replay.activate("2020-01-26").await;
    assert_eq!(replay.moves(&rows), owned(&MOVED_2020));
    assert_eq!(counts(&effect), [32, 0, 32, 0]);
}

#[tokio::test]
async fn on_the_day_of_a_notice_only_what_was_submitted_by_then_can_move() {
    let replay = Replay::before("2020-01-26", "2020-01-26T10:00:00+08:00", "2020-01-20").await;
    let (_, rows) = replay.activate("2020-01-26").await;
    assert_eq!(replay.moves(&rows), owned(&MOVED_2020[..10]));
    let replay = Replay::before("2019-03-22", "2019-03-22T10:00:00+08:00", "2019-03-20").await;
    let (effect, rows) = replay.activate("2019-03-22").await;
    assert_eq!((effect.computed, effect.moved, rows.len()), (116, 0, 0));
    // Whatever comes in now is counted by the notice.
    replay.office.clock.set(at("2019-04-22T10:00:00+08:00"));
    let case = replay.office.new_case("a-1").await;
    assert_eq!(case.deadline.first_due_date.as_deref(), Some("2019-04-30"));
}

#[tokio::test]
async fn a_case_that_the_notice_alone_makes_late_is_counted_as_such() {
    // In time until 2 May by the old notice; since 1 May 00:00 overdue by the new one.
    let replay = Replay::before("2019-03-22", "2019-05-01T10:00:00+08:00", "2019-04-22").await;
    let (effect, _) = replay.activate("2019-03-22").await;
    assert_eq!(effect.newly_overdue, 2);
    let late: Vec<_> = effect.cases.iter().filter(|case| case.is_newly_overdue).collect();
    assert!(late.iter().all(|case| BeijingDate::of(case.submitted_at) == day("2019-04-22")), "{late:?}");
}

#[tokio::test]
async fn a_decision_made_offline_before_the_notice_is_accepted_after_it() {
    let replay = Replay::before("2019-03-22", "2019-05-10T10:00:00+08:00", "2019-04-22").await;
    let (_, rows) = replay.activate("2019-03-22").await;
    assert_eq!(replay.offline.len(), 2);
    for (_, draft) in &replay.offline {
        assert!(rows.iter().any(|row| row.case_id == draft.payload.case_id), "its deadline moved meanwhile");
        let answer = replay.office.deliver(&replay.desk, draft).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
}
