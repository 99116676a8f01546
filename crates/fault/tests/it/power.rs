//! The layer that stands for a disk which loses its power: what SQLite synced is there afterwards, and what it did not sync may be gone.

use std::path::Path;

use fault::power;
use rusqlite::Connection;

fn insert(folder: &Path, synchronous: &str, rows: u32) -> Connection {
    let database = Connection::open(folder.join("some.db")).unwrap();
    database
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS t (x);
             PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = {synchronous};"
        ))
        .unwrap();
    for row in 0..rows {
        database.execute("INSERT INTO t VALUES (?1)", [row]).unwrap();
    }
    database
}

/// How many rows a copy has after the power went, when the dice leave nothing unsynced.
fn left(synchronous: &str) -> u32 {
    power::watch().unwrap();
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = insert(folder.path(), synchronous, 20);
    for name in ["some.db", "some.db-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    power::lose(folder.path(), copy.path(), &mut || 0).unwrap();
    drop(database);
    power::forget(folder.path());
    let after = Connection::open(copy.path().join("some.db")).unwrap();
    let whole: String = after.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    after.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_was_synced_survives_and_what_was_not_is_lost() {
    assert_eq!(left("FULL"), 20);
    assert_eq!(left("OFF"), 0);
}
