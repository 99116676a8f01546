//! The database file: whose it is, which schema, who may read it, and what it itself refuses.

use contract::paths;
use contract::server_info::ServerInfo;
use review_server::{AppState, Config, Data, OpenError, StoreError};

use crate::notices::{Signer, pack_of, with_pack_of};
use crate::office::Office;

fn reopen(office: &Office) -> Result<AppState, OpenError> {
    AppState::open(Config::new(Data::Folder(office.folder.path().to_owned())))
}

#[tokio::test]
async fn a_server_is_the_same_after_a_restart() {
    let office = Office::open();
    let case = office.new_case("a-1").await.case_id;
    let before: ServerInfo = office.get(paths::SERVER, None).await.json();
    let again = reopen(&office).unwrap();
    assert_eq!(review_server::admin::case_count(&again).unwrap(), 1);
    let office = office.restart();
    assert_eq!(office.get(paths::SERVER, None).await.json::<ServerInfo>(), before);
    let wang = office.sign_in("wang").await;
    assert_eq!(office.rows(&wang).await[0].case_id, case);
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let office = Office::open();
    office.database().pragma_update(None, "user_version", 5).unwrap();
    let error = reopen(&office).unwrap_err();
    assert!(matches!(error, OpenError::Store(StoreError::NewerSchema { found: 5, known: 4 })), "{error}");
    let version: i32 = office.database().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 5);
}

#[test]
fn a_database_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("review-server.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    let error = AppState::open(Config::new(Data::Folder(folder.path().to_owned()))).unwrap_err();
    assert!(matches!(error, OpenError::Store(StoreError::NotOurs)), "{error}");
    std::fs::write(&file, b"not a database at all, but long enough to be looked at as if it were one").unwrap();
    assert!(AppState::open(Config::new(Data::Folder(folder.path().to_owned()))).is_err());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_data() {
    use std::os::unix::fs::PermissionsExt;
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let state = AppState::open(Config::new(Data::Folder(folder.clone()))).unwrap();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", entry.path().display());
    }
    drop(state);
}

#[test]
fn the_database_works_as_it_is_meant_to() {
    let office = Office::open();
    let database = office.database();
    let journal: String = database.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal");
    let loose: i64 = database
        .query_row("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(loose, 0, "every table is STRICT");
    assert!(rusqlite::version_number() >= 3_051_003);
}

#[tokio::test]
async fn the_database_itself_refuses_a_second_conclusion() {
    let office = Office::open();
    let wang = office.sign_in("wang").await;
    let case = office.new_case("a-1").await.case_id;
    office.decide(&wang, case, "approve", &[]).await;
    let database = office.database();
    let copy = database.execute(
        "INSERT INTO conclusions SELECT case_id, round, 'rejected', 'other', account_id, concluded_at_ms FROM conclusions",
        [],
    );
    assert!(copy.unwrap_err().to_string().contains("UNIQUE"));
}

#[tokio::test]
async fn the_database_itself_keeps_deadlines_and_packs_as_they_were_written() {
    let office = Office::open_with(with_pack_of("2026-03-01"));
    office.new_case("a-1").await;
    let mut pack = pack_of("2026-03-09");
    pack.is_retroactive = true;
    let signed = Signer::trusted_by(&office).sign(&pack);
    review_server::calendar::activate(&office.state, &signed, "zhang", None).unwrap();
    let database = office.database();
    for table in ["deadlines", "calendar_packs"] {
        for change in [
            format!("DELETE FROM {table}"),
            format!("UPDATE {table} SET rowid = rowid"),
            format!("UPDATE {table} SET {}", if table == "deadlines" { "due_date = NULL" } else { "moved = 0" }),
        ] {
            let refused = database.execute(&change, []).unwrap_err();
            assert!(refused.to_string().contains("is never"), "{change}: {refused}");
        }
    }
    assert_eq!(office.count("SELECT count(*) FROM deadlines"), 2);
    assert_eq!(office.count("SELECT count(*) FROM calendar_packs WHERE computed = 1"), 1);
}

#[test]
fn data_in_memory_is_a_whole_server_too() {
    let state = AppState::open(Config::new(Data::Memory)).unwrap();
    assert_eq!(review_server::admin::case_count(&state).unwrap(), 0);
    let new = review_server::admin::NewAccount {
        name: "wang",
        display_name: "王",
        role: casework::Role::Reviewer,
        office: "海淀",
        password: "long enough",
    };
    review_server::admin::create_account(&state, &new).unwrap();
    let again = review_server::admin::create_account(&state, &new).unwrap_err();
    assert!(matches!(again, review_server::admin::AdminError::NameTaken));
}
