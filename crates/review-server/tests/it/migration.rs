//! A database of schema 1, with cases in it, under this program.

use std::sync::Arc;

use casework::Role;
use contract::case::DeadlineOutcome;
use contract::intake::IntakeAnswer;
use review_server::admin::{self, NewAccount};
use review_server::calendar::{self, CalendarError};
use review_server::{AppState, Config, Data, ManualClock, PasswordCost};
use working_days::CalendarPack;

use crate::notices::{Signer, pack_of};
use crate::office::{Office, PASSWORD, at};
#[cfg(unix)]
use crate::program::Served;

const FIRST: &str = include_str!("../../migrations/0001_first.sql");

/// Four cases as the program before wrote them: an open one of each kind of deadline, and a concluded one.
const CASES: &str = "
INSERT INTO offices VALUES ('01980000-0000-7000-8000-0000000000f0', '海淀', 0);
INSERT INTO applicants VALUES (1, 'a-1', 0), (2, 'a-2', 0), (3, 'a-3', 0), (4, 'a-4', 0);
INSERT INTO cases (case_id, case_no, office_id, applicant_id, period_year, period_autumn, round, state, submitted_at_ms, received_at_ms,
    breach_ms, name, document_type, document_number, valid_from)
SELECT printf('01980000-0000-7000-8000-%012d', n), '2019-0422-000' || n, '01980000-0000-7000-8000-0000000000f0', n, 2019, 0, 1,
    CASE n WHEN 4 THEN 'concluded' ELSE 'pending' END, 1555898400000, 1555898400000, CASE n WHEN 3 THEN NULL ELSE 1556812800000 END,
    '测试', 'resident_id_card', '11010519491231002X', '2019-01-01'
FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4);
INSERT INTO deadlines (case_id, status, policy, due_date, target_ms, breach_ms, earliest, latest, computed_at_ms)
SELECT case_id, CASE applicant_id WHEN 2 THEN 'provisional' WHEN 3 THEN 'out_of_range' ELSE 'final' END, 'P0',
    iif(applicant_id = 3, NULL, '2019-05-02'), iif(applicant_id = 3, NULL, 1556787600000), breach_ms,
    iif(applicant_id = 2, '2019-04-30', NULL), iif(applicant_id = 2, '2019-05-06', NULL), 1555898400000
FROM cases;
INSERT INTO intake_keys
SELECT 'key-' || applicant_id, 'f', case_id, json_object('case_id', case_id, 'case_no', case_no, 'round', 1, 'deadline', json(
    CASE applicant_id
    WHEN 2 THEN '{\"status\":\"provisional\",\"due_date\":\"2019-05-02\",\"target_ms\":1556787600000,\"breach_ms\":1556812800000,\"policy\":\"P0\",\"earliest\":\"2019-04-30\",\"latest\":\"2019-05-06\"}'
    WHEN 3 THEN '{\"status\":\"out_of_range\",\"policy\":\"P0\"}'
    ELSE '{\"status\":\"final\",\"due_date\":\"2019-05-02\",\"target_ms\":1556787600000,\"breach_ms\":1556812800000,\"policy\":\"P0\"}' END)),
    1555898400000
FROM cases;
INSERT INTO feed (case_id, office_id) SELECT case_id, office_id FROM cases WHERE state = 'pending';
PRAGMA application_id = 1380217718;
PRAGMA user_version = 1;
";

fn old_data() -> (tempfile::TempDir, rusqlite::Connection) {
    let folder = tempfile::tempdir().unwrap();
    let database = rusqlite::Connection::open(folder.path().join("review-server.db")).unwrap();
    database.execute_batch(FIRST).unwrap();
    database.execute_batch(CASES).unwrap();
    (folder, database)
}

fn open(folder: &tempfile::TempDir, clock: &Arc<ManualClock>, pack: CalendarPack) -> AppState {
    let mut config = Config::new(Data::Folder(folder.path().to_owned()));
    config.clock = Arc::clone(clock) as _;
    config.embedded_pack = Arc::new(pack);
    config.password_cost = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
    AppState::open(config).unwrap()
}

/// The day after the cases of before came in.
fn then() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(at("2019-04-23T10:00:00+08:00")))
}

fn answers(database: &rusqlite::Connection) -> Vec<IntakeAnswer> {
    let mut statement = database.prepare("SELECT answer FROM intake_keys ORDER BY intake_key").unwrap();
    let texts = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    texts.map(|text| serde_json::from_str(&text.unwrap()).unwrap()).collect()
}

#[test]
fn deadlines_of_before_keep_their_dates_and_name_the_first_pack() {
    let (folder, database) = old_data();
    open(&folder, &then(), pack_of("2019-03-21"));
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT user_version FROM pragma_user_version"), 4);
    assert_eq!(
        count(
            "SELECT count(*) FROM deadlines WHERE policy_version = 1 AND pack_serial = 2026112401 AND pack_sha256 = ''
                 AND reason = 'initial' AND region IS NULL AND old_due_date IS NULL"
        ),
        4
    );
    assert_eq!(count("SELECT count(*) FROM deadlines WHERE due_date = '2019-05-02' AND breach_ms = 1556812800000"), 3);
    assert_eq!(count("SELECT count(*) FROM deadlines WHERE status = 'provisional' AND latest = '2019-05-06'"), 1);
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    // What was answered to the portal is answered again, in today's form.
    for (answer, expected) in answers(&database).into_iter().zip(["final", "provisional", "out_of_range", "final"]) {
        let deadline = answer.deadline;
        assert_eq!(deadline.computed_at_ms, 1_555_898_400_000);
        let status = match &deadline.outcome {
            DeadlineOutcome::Final { .. } => "final",
            DeadlineOutcome::Provisional { .. } => "provisional",
            DeadlineOutcome::OutOfRange => "out_of_range",
        };
        assert_eq!((status, deadline.submitted_at_ms, deadline.policy.as_str()), (expected, 1_555_898_400_000, "P0"));
        assert_eq!(deadline.first_due_date, deadline.outcome.due().map(|due| due.due_date.clone()));
    }
}

#[tokio::test]
async fn no_empty_hash_is_told_and_a_start_records_the_real_one() {
    let (folder, database) = old_data();
    let clock = then();
    let embedded = CalendarPack::embedded().clone();
    let (serial, sha256) = (embedded.serial, embedded.id().sha256_hex());
    let state = open(&folder, &clock, embedded);
    let new =
        NewAccount { name: "wang", display_name: "王", role: Role::Reviewer, office: "海淀", password: PASSWORD };
    admin::create_account(&state, &new).unwrap();
    let office = admin::ensure_office(&state, "海淀").unwrap().0;
    let app = review_server::app(state.clone());
    let office = Office { state, app, clock, folder, office, other_office: office };
    let wang = office.sign_in("wang").await;

    for answer in answers(&database) {
        assert_eq!(answer.deadline.pack_sha256.len(), 64);
    }
    let before = office.rows(&wang).await;
    assert_eq!(before.len(), 3);
    for row in &before {
        assert_eq!((row.deadline.pack_serial, row.deadline.pack_sha256.len()), (2_026_112_401, 64));
        assert!(serial != 2_026_112_401 || row.deadline.pack_sha256 == sha256, "the first pack's hash is told");
    }

    let cursor = office.changes(&wang, 0).await.cursor;
    let effect = calendar::catch_up(&office.state).unwrap().unwrap();
    assert_eq!((effect.computed, effect.moved), (3, 3));
    assert_eq!(calendar::catch_up(&office.state).unwrap(), None, "once");
    let rows = office.rows(&wang).await;
    assert!(rows.iter().all(|row| {
        let deadline = &row.deadline;
        (deadline.pack_serial, &deadline.pack_sha256, deadline.reason.as_str()) == (serial, &sha256, "calendar")
    }));
    assert_eq!(office.changes(&wang, cursor).await.changes.len(), 3, "and the feed tells them");
    assert_eq!(office.count("SELECT count(*) FROM deadlines WHERE computed_by = 'program'"), 3);
    // What came in out of range was promised its date only now.
    let promises: Vec<_> = rows.iter().map(|row| row.deadline.first_due_date.as_deref().unwrap()).collect();
    assert_eq!(promises.iter().filter(|promise| **promise == "2019-05-02").count(), 2);
    assert_eq!(promises.iter().filter(|promise| **promise == "2019-04-30").count(), 1);
}

#[cfg(unix)]
#[test]
fn the_program_that_serves_completes_the_record_before_it_listens() {
    let (folder, database) = old_data();
    let data = folder.path().to_str().unwrap();
    let now = "2019-04-23T10:00:00+08:00";
    let served = Served::start(&["serve", "--data", data, "--listen", "127.0.0.1:0", "--now", now]);
    let newest = "SELECT max(deadline_id) AS deadline_id FROM deadlines JOIN cases USING (case_id) WHERE state = 'pending' GROUP BY case_id";
    let count = |what: &str| {
        let sql = format!("SELECT count(*) FROM deadlines JOIN ({newest}) USING (deadline_id) WHERE {what}");
        database.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(count("length(pack_sha256) = 64 AND reason = 'calendar' AND computed_by = 'program'"), 3);
    let (is_well, log) = served.stop();
    assert!(is_well && log.contains("open cases were computed by the pack in force"), "{log}");
}

#[tokio::test]
async fn a_case_whose_record_names_the_serial_with_another_hash_is_computed_and_told_again() {
    let office = Office::open();
    let case = office.new_case("a-1").await;
    let desk = office.sign_in("wang").await;
    let cursor = office.changes(&desk, 0).await.cursor;
    assert_eq!(calendar::catch_up(&office.state).unwrap(), None);
    // A pack of the same serial that says another thing of a day long past: a program that was built twice.
    let database = office.database();
    database
        .execute(
            "INSERT INTO deadlines SELECT NULL, case_id, status, policy, policy_version, region, pack_serial, ?1, 'calendar', due_date,
                 due_date, target_ms, breach_ms, earliest, latest, engine, 'program', computed_at_ms FROM deadlines",
            ["0".repeat(64)],
        )
        .unwrap();
    let effect = calendar::catch_up(&office.state).unwrap().unwrap();
    assert_eq!((effect.computed, effect.moved), (1, 0));
    let told = office.changes(&desk, cursor).await;
    assert_eq!(told.changes.len(), 1, "a desktop that has the other hash gets this one");
    let row = office.rows(&desk).await.remove(0);
    assert_eq!(row.deadline.pack_sha256, case.deadline.pack_sha256);
    assert!(row.deadline.computed_at_ms > case.deadline.computed_at_ms, "later, though no time went by");
}

#[test]
fn a_pack_moves_cases_of_before_as_well() {
    let (folder, database) = old_data();
    let clock = then();
    let state = open(&folder, &clock, pack_of("2019-03-21"));
    assert_eq!(calendar::catch_up(&state).unwrap(), None, "they were counted by a newer pack, says their record");
    let signer = Signer::new();
    calendar::trust(&state, calendar::KeySlot::Two, &signer.key(), false).unwrap();
    let signed = signer.sign(&pack_of("2019-03-22"));
    let older = calendar::activate(&state, &signed, "zhang", None).unwrap_err();
    assert!(matches!(older, CalendarError::CasesAhead { counted: 2_026_112_401 }), "{older}");
    for refused in [calendar::check(&state, &signed).map(|_| ()), calendar::preview(&state, &signed).map(|_| ())] {
        assert_eq!(refused.unwrap_err().to_string(), older.to_string());
    }

    let mut pack = pack_of("2019-03-22");
    (pack.serial, pack.issued_at, pack.is_retroactive) = (2_026_112_501, at("2026-11-25T09:00:00+08:00"), true);
    let early = calendar::activate(&state, &signer.sign(&pack), "zhang", None).unwrap_err();
    assert!(matches!(early, CalendarError::Pack(working_days::PackError::IssuedInFuture)), "{early}");
    clock.set(at("2026-11-25T10:00:00+08:00"));
    let effect = calendar::activate(&state, &signer.sign(&pack), "zhang", None).unwrap();
    // Two from 2 May to 30 April; one had no date, which is later than every date, and has one now.
    assert_eq!((effect.computed, effect.moved, effect.earlier, effect.later), (3, 3, 3, 0));
    let rows: i64 = database
        .query_row("SELECT count(*) FROM deadlines WHERE due_date = '2019-04-30'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 3);
}

/// MIG-UP: the audit of before becomes the beginning of the chain, nothing lost, in its order.
#[test]
fn what_the_audit_said_before_is_chained_in_its_order() {
    let (folder, database) = old_data();
    // With a gap in the numbers and a detail that is not ASCII, as an operator's name was.
    let old = "INSERT INTO audit (audit_id, at_ms, account_id, what, case_id, detail) VALUES
        (3, 100, '01980000-0000-7000-8000-0000000000a1', 'submitted', '01980000-0000-7000-8000-000000000001', NULL),
        (4, 90, NULL, 'calendar_activated', NULL, '{\"by\":\"张\"}'),
        (9, 120, NULL, 'sign_in_refused', NULL, NULL)";
    database.execute(old, []).unwrap();
    let state = open(&folder, &then(), pack_of("2019-03-21"));
    let text = |sql: &str| database.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let told = "SELECT group_concat(seq || ' ' || at_ms || ' ' || what, ', ' ORDER BY seq) FROM audit WHERE seq <= 3";
    assert_eq!(text(told), "1 100 submitted, 2 90 calendar_activated, 3 120 sign_in_refused");
    assert_eq!(text("SELECT detail FROM audit WHERE seq = 2"), r#"{"by":"张"}"#, "kept as it was");
    assert_eq!(text("SELECT count(*) || '' FROM sqlite_schema WHERE name = 'audit_unchained'"), "0");
    let nothing = folder.path().join("audit-heads");
    let good = review_server::audit_check::verify(&state, &nothing).unwrap();
    assert!(good.entries >= 3);
    drop(state);
    // Opening again chains nothing again.
    let state = open(&folder, &then(), pack_of("2019-03-21"));
    assert_eq!(review_server::audit_check::verify(&state, &nothing).unwrap(), good);
}
