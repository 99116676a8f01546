//! A vault that the program of schema 1 left behind: it opens, held cases can be reviewed without the server, the next pull fills in what
//! is missing without dropping anything, and its decisions go out as soon as their author signed them.

use rusqlite::Connection;
use vault::{FeedPosition, OutboxState, QueueFilter, Vault, VaultError, VaultFile};

use crate::fixture::{Home, NOW, case, case_id, decision, decision_id, delta, held, rendition, sha, whole_feed};

/// What the later steps added, taken away again.
const CASES_BACK: &str = "
    DROP TABLE calendar_moves;
    DROP TABLE calendar_recounts;
    ALTER TABLE cases DROP COLUMN first_due_date;
    ALTER TABLE cases DROP COLUMN computed_at_ms;
    ALTER TABLE cases DROP COLUMN deadline_reason;
    ALTER TABLE cases DROP COLUMN pack_sha256;
    ALTER TABLE cases DROP COLUMN pack_serial;
    ALTER TABLE cases DROP COLUMN region;
    ALTER TABLE cases DROP COLUMN policy_version;
    ALTER TABLE cases DROP COLUMN submitted_at_ms;";
const WORK_BACK: &str = "
    DROP TABLE calendar_packs;
    DROP TABLE calendar_keys;
    DROP TABLE calendar_refusal;
    DROP TABLE case_work;
    DROP TABLE opened;
    DROP TABLE access_log;
    DROP INDEX outbox_one_open_per_case;
    ALTER TABLE outbox DROP COLUMN stuck_told_at_ms;
    ALTER TABLE outbox DROP COLUMN refused_epoch;
    ALTER TABLE outbox DROP COLUMN offered_epoch;
    ALTER TABLE outbox DROP COLUMN receipt;
    ALTER TABLE outbox DROP COLUMN is_undo_over;
    ALTER TABLE outbox DROP COLUMN target_ms;
    ALTER TABLE outbox DROP COLUMN device_signature;
    ALTER TABLE outbox DROP COLUMN author_signature;
    CREATE UNIQUE INDEX outbox_one_open_per_case ON outbox (case_id) WHERE is_dismissed = 0 AND state <> 'delivered';";

fn schema_1(sql: &str) -> String {
    let plain = Connection::open_in_memory().unwrap();
    plain.execute_batch(sql).unwrap();
    let mut schema = plain
        .prepare("SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name")
        .unwrap();
    let entries: Vec<String> = schema.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    entries.join("\n\n") + "\n"
}

/// Three cases, two of them held, one of these with all its photos and the other one decided.
fn old_vault() -> (Home, Vault) {
    let (home, vault) = Home::with_keychain();
    vault.apply_changes(&whole_feed("e1", 70, vec![case(1), case(2), case(3)]), &[]).unwrap();
    vault.put_held(&[held(1), held(2)], true, &[]).unwrap();
    for photo in [10, 11] {
        vault.put_rendition(sha(photo), &rendition(1)).unwrap();
    }
    vault.outbox_insert(&decision(2)).unwrap();
    for (file, back, first) in [
        (VaultFile::Cases, CASES_BACK, include_str!("../../migrations/cases/0001_queue.sql")),
        (VaultFile::Work, WORK_BACK, include_str!("../../migrations/work/0001_outbox.sql")),
    ] {
        vault.run_sql(file, back).unwrap();
        vault.pretend_schema(file, 1).unwrap();
        assert_eq!(vault.schema_text(file).unwrap(), schema_1(first));
    }
    let vault = home.reopen(&vault);
    (home, vault)
}

#[test]
fn a_vault_of_schema_1_opens_and_its_held_cases_can_be_reviewed_offline() {
    let (_home, vault) = old_vault();
    assert!(vault.recovered().is_empty());
    let row = vault.case_row(case_id(1)).unwrap().unwrap();
    assert!(row.is_held && row.is_offline_ready);
    assert_eq!(row.case.deadline.due(), case(1).deadline.due());
    assert_eq!(row.case.deadline.policy, "P0");
    assert_eq!(row.case.deadline.facts, None, "not known before the server shows it again");
    assert_eq!(vault.held(case_id(1)).unwrap().unwrap().declared, held(1).1.declared);
    assert_eq!(vault.outbox_list().unwrap()[0].state, OutboxState::Queued);
    assert_eq!(vault.queue_page(QueueFilter::default(), 0, 9).unwrap().total, 3);
    let recount = vault.recount_deadlines(9, sha(9), NOW, |_| panic!("nothing to count by")).unwrap();
    assert_eq!(recount, None, "recorded now it would stand as a pack that moved nothing");
    assert_eq!(vault.calendar_recount(9, sha(9)).unwrap(), None);
}

#[test]
fn the_first_pull_after_the_upgrade_fills_in_the_facts_and_drops_nothing_before_its_end() {
    let (home, vault) = old_vault();
    assert_eq!(
        vault.feed_position().unwrap(),
        FeedPosition { epoch: None, cursor: 0, was_pulled: true },
        "the feed begins again, and the queue is not one that was never here"
    );
    let deadline = |vault: &Vault, number| vault.case_row(case_id(number)).unwrap().unwrap().case.deadline;
    let mut first = whole_feed("e1", 1, vec![case(1)]);
    first.is_last = false;
    vault.apply_changes(&first, &[]).unwrap();
    let vault = home.reopen(&vault);
    assert_eq!(deadline(&vault, 1), case(1).deadline);
    assert_eq!(deadline(&vault, 2).facts, None);
    assert!(vault.held(case_id(2)).unwrap().is_some());
    let recount = || vault.recount_deadlines(9, sha(9), NOW, |_| None).unwrap();
    assert_eq!(recount(), None, "half of the sweep");
    vault.apply_changes(&delta("e1", 70, vec![case(2)], vec![]), &[]).unwrap();
    assert_eq!(deadline(&vault, 2), case(2).deadline);
    assert!(vault.held(case_id(2)).unwrap().is_some());
    assert!(vault.case_row(case_id(3)).unwrap().is_none(), "the server does not show it any more");
    assert!(recount().is_some());
}

#[test]
fn a_row_that_the_sweep_does_not_bring_is_not_waited_for() {
    let (_home, vault) = old_vault();
    vault.apply_changes(&whole_feed("e1", 1, vec![case(1)]), &[case_id(2)]).unwrap();
    assert_eq!(vault.case_row(case_id(2)).unwrap().unwrap().case.deadline.facts, None, "kept for its decision");
    assert!(vault.recount_deadlines(9, sha(9), NOW, |_| None).unwrap().is_some());
}

#[test]
fn a_decision_of_schema_1_waits_for_its_signatures_and_then_goes_out() {
    let (home, vault) = old_vault();
    let row = vault.outbox_row(decision_id(2)).unwrap().unwrap();
    assert!(!row.is_signed && !row.is_undo_over && row.target_ms.is_none());
    assert_eq!(vault.outbox_due(i64::MAX, 9).unwrap(), []);
    assert_eq!(vault.outbox_next_due().unwrap(), None);
    let refused = vault.outbox_sign_missing(|_| Err(VaultError::Closed)).unwrap_err();
    assert_eq!(refused, VaultError::Closed);
    let signed = vault.outbox_sign_missing(|row| {
        assert_eq!((row.case_id, row.payload_sha256), (case_id(2), decision(2).payload_sha256));
        Ok((vault.sign_as_author(b"message")?, vault.sign_as_device(b"message")?))
    });
    assert_eq!(signed.unwrap(), 1);
    assert_eq!(vault.outbox_sign_missing(|_| panic!("all are signed")).unwrap(), 0);
    let due = vault.outbox_due(i64::MAX, 9).unwrap();
    assert_eq!(due[0].author_signature, vault.sign_as_author(b"message").unwrap());
    assert_eq!(due[0].device_signature, vault.sign_as_device(b"message").unwrap());
    assert_eq!((due[0].envelope.clone(), due[0].receipt.clone()), (decision(2).envelope, None));
    let vault = home.reopen(&vault);
    assert_eq!(vault.outbox_next_due().unwrap(), Some(decision(2).not_before_ms));
}
