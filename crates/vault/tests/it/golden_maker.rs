//! Makes the vault folders under `tests/golden`: the rows by the program as it is, then each database again from the published migrations up
//! to the wanted schema. Run once for each schema and never again, since the point is that the files stay as they were:
//! `cargo test -p vault --test it -- golden_maker::make --exact --ignored` makes those that are not there.

use std::fs;

use rusqlite::Connection;
use vault::{CalendarPackRow, OutboxState, PackSource, RenditionRow, SecretName, Vault, VaultFile};

use crate::fixture::{NOW, case, case_id, decision, decision_id, held, sha, whole_feed};
use crate::golden::{DECISIONS, NEWEST, golden};
use crate::outbox::{problem, receipt};
use crate::process::{copy_folder, create};
use crate::work_state::{draft, fast_folder};

const WORK: [&str; 4] = [
    include_str!("../../migrations/work/0001_outbox.sql"),
    include_str!("../../migrations/work/0002_calendar.sql"),
    include_str!("../../migrations/work/0003_delivery.sql"),
    include_str!("../../migrations/work/0004_log_again.sql"),
];
const CASES: [&str; 2] =
    [include_str!("../../migrations/cases/0001_queue.sql"), include_str!("../../migrations/cases/0002_calendar.sql")];

/// Rows in every state.
fn fill(vault: &Vault, schema: u32) {
    vault.apply_changes(&whole_feed("e1", 70, vec![case(1), case(2), case(3)]), &[]).unwrap();
    vault.put_held(&[held(1), held(2)], true, &[]).unwrap();
    vault.put_rendition(sha(10), &RenditionRow { jpeg: vec![3; 300], width: 160, height: 120 }).unwrap();
    for (number, state, attempts, is_dismissed) in DECISIONS {
        let id = decision_id(number);
        vault.outbox_insert(&decision(number)).unwrap();
        if attempts > 0 {
            assert!(vault.outbox_mark_sending(id).unwrap());
        }
        match state {
            OutboxState::Queued if attempts > 0 => {
                vault.outbox_retry_later(id, NOW + 5000, &problem("server_error")).unwrap()
            }
            OutboxState::Queued | OutboxState::Sending => {}
            OutboxState::Delivered => {
                vault.outbox_delivered(id, decision(number).payload_sha256, &receipt(), NOW + 9).unwrap();
            }
            OutboxState::Conflict => vault.outbox_conflict(id, &problem("already_decided"), Some(b"{}"), NOW).unwrap(),
            OutboxState::Parked => vault.outbox_park(id, &problem("invalid"), NOW).unwrap(),
        }
        if is_dismissed {
            vault.outbox_dismiss(id).unwrap();
        }
    }
    vault.put_person("{\"name\":\"golden\"}").unwrap();
    vault.put_secret(SecretName::RefreshToken, b"golden token").unwrap();
    vault.put_clock_offset(-77).unwrap();
    if schema > 2 {
        vault.put_case_work(&draft(1, 20)).unwrap();
        vault.put_opened(case_id(1), casework::Fence(1), NOW).unwrap();
        vault.put_delivery_credential("golden credential").unwrap();
    }
    if schema > 1 {
        vault.put_calendar_keys(&["golden key".to_owned()]).unwrap();
        let pack = CalendarPackRow {
            serial: 5,
            sha256: sha(5),
            pack: "a golden pack".to_owned(),
            signature: "s".to_owned(),
            key: "k".to_owned(),
            source: PackSource::Imported,
            accepted_at_ms: NOW,
        };
        vault.put_calendar_pack(&pack).unwrap();
    }
}

/// Tables and columns after these steps, in the order in which they were made.
fn tables(steps: &[&str]) -> Vec<(String, Vec<String>)> {
    let plain = Connection::open_in_memory().unwrap();
    steps.iter().for_each(|step| plain.execute_batch(step).unwrap());
    let mut names = plain.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    names
        .into_iter()
        .map(|table| {
            let mut columns = plain.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
            let columns = columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            (table, columns)
        })
        .collect()
}

/// Makes a file again as the first `schema` steps make it, with the rows that it has.
fn step_back(vault: &Vault, file: VaultFile, steps: &[&str], schema: usize) {
    if schema >= steps.len() {
        return;
    }
    let (all, wanted) = (tables(steps), tables(&steps[..schema]));
    let mut sql = "PRAGMA foreign_keys = OFF; BEGIN;\n".to_owned();
    for (table, _) in &wanted {
        sql += &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table};\n");
    }
    for (table, _) in all.iter().rev() {
        sql += &format!("DROP TABLE {table};\n");
    }
    sql += &steps[..schema].join("\n");
    for (table, columns) in &wanted {
        let columns = columns.join(", ");
        sql += &format!(
            "\nDELETE FROM {table};\nINSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table};\nDROP TABLE kept_{table};"
        );
    }
    sql += &format!("\nPRAGMA user_version = {schema}; COMMIT; VACUUM; PRAGMA foreign_keys = ON;");
    vault.run_sql(file, &sql).unwrap();
}

#[test]
#[ignore = "makes the files under tests/golden that are not there"]
fn make() {
    for schema in 1..=NEWEST {
        if golden(schema).exists() {
            continue;
        }
        let folder = fast_folder();
        let vault = create(folder.path());
        fill(&vault, schema);
        step_back(&vault, VaultFile::Work, &WORK, schema as usize);
        step_back(&vault, VaultFile::Cases, &CASES, schema as usize);
        vault.close().unwrap();
        fs::create_dir_all(golden(schema)).unwrap();
        copy_folder(folder.path(), &golden(schema));
    }
}
