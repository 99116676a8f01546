//! Reads a broken database row by row. A page whose seal is broken makes the whole connection useless, so it is opened again after each failure,
//! and rows are looked for by every way that leads to them: forwards, backwards, over the indexes, by number, and page by page. Works on a
//! copy only, which it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::connection::connect;
use crate::error::{Fault, VaultFile};
use crate::folder::with_suffix;
use crate::keys::Secret;
use crate::sealed_file::Opening;

/// How far behind the last row that was seen others are looked for.
const BEYOND: i64 = 64;
/// Numbers are not tried any more after so many failures in one table: each costs a new connection.
const MAX_FAILURES: u32 = 2_000;

/// A file that was cut is taken for whole as long as its header does not count more pages than there are; what is missing reads as zeros.
const ROOM_BYTES: u64 = 64 * 1024 * 1024;
const PAGE_BYTES: u64 = 4096;

/// A row by the names of its columns.
pub(crate) type SavedRow = BTreeMap<String, Value>;

/// What could be read of a table.
pub(crate) struct SavedTable {
    pub(crate) name: &'static str,
    /// How many rows it had, where an index or the table itself could be read to its end.
    pub(crate) total: Option<u64>,
    pub(crate) rows: Vec<SavedRow>,
    /// Rows that may not be what they were last: of an older state of the file, or of pages that nothing leads to any more. Those that are
    /// among `rows` too do not count.
    pub(crate) doubtful_rows: Vec<SavedRow>,
}

impl SavedTable {
    /// A table of which nothing is known.
    pub(crate) fn unreadable(name: &'static str) -> Self {
        Self { name, total: None, rows: Vec::new(), doubtful_rows: Vec::new() }
    }

    /// Whether all of it was read.
    pub(crate) fn is_whole(&self) -> bool {
        self.total == Some(self.rows.len() as u64)
    }
}

/// A copy of a broken file.
pub(crate) struct Source {
    path: PathBuf,
    key: Secret,
    pages: u64,
    connection: Option<Connection>,
}

impl Source {
    /// Copies a broken file, with its WAL when there is one and it is wanted.
    pub(crate) fn copy(broken: &Path, to: PathBuf, key: Secret, with_wal: bool) -> io::Result<Self> {
        fs::copy(broken, &to)?;
        let wal = with_suffix(broken, "-wal");
        let mut bytes = fs::metadata(&to)?.len();
        if with_wal && wal.exists() {
            bytes += fs::copy(wal, with_suffix(&to, "-wal"))?;
        }
        // A hole, not bytes on the disk.
        OpenOptions::new().write(true).open(&to)?.set_len(bytes.next_multiple_of(PAGE_BYTES) + ROOM_BYTES)?;
        Ok(Self { path: to, key, pages: bytes.div_ceil(PAGE_BYTES), connection: None })
    }

    /// Reads what can be read of a table; one that is not there yet, in the schema of an older program, is whole and empty.
    pub(crate) fn table(&mut self, name: &'static str) -> SavedTable {
        let is_there = self.ask(|connection| {
            connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?.exists([name])
        });
        match is_there {
            None => return SavedTable::unreadable(name),
            Some(false) => return SavedTable { total: Some(0), ..SavedTable::unreadable(name) },
            Some(true) => {}
        }
        let (numbers, total) = self.row_numbers(name);
        let mut rows = Vec::new();
        let mut failures = 0;
        for number in numbers {
            match self.row(name, number) {
                Some(row) => rows.extend(row),
                None => failures += 1,
            }
            if failures > MAX_FAILURES {
                break;
            }
        }
        SavedTable { name, total, rows, doubtful_rows: Vec::new() }
    }

    /// The numbers under which rows may stand, and how many rows there are if one way could be gone to its end.
    fn row_numbers(&mut self, table: &str) -> (BTreeSet<i64>, Option<u64>) {
        let (mut numbers, is_whole) = self.scan(&format!("SELECT rowid FROM {table} NOT INDEXED ORDER BY rowid"));
        if is_whole {
            let total = numbers.len() as u64;
            return (numbers, Some(total));
        }
        numbers.extend(self.scan(&format!("SELECT rowid FROM {table} NOT INDEXED ORDER BY rowid DESC")).0);
        let mut total = None;
        for index in self.indexes(table) {
            let (found, is_whole) = self.scan(&format!("SELECT rowid FROM {table} INDEXED BY \"{index}\""));
            if is_whole {
                total = Some(found.len() as u64);
            }
            numbers.extend(found);
        }
        let last = numbers.last().copied().unwrap_or(0);
        if total.is_none() {
            numbers.extend(1..=last.saturating_add(BEYOND));
        }
        (numbers, total)
    }

    /// The indexes that hold every row of a table.
    fn indexes(&mut self, table: &str) -> Vec<String> {
        let names = self.ask(|connection| {
            let mut names = connection.prepare("SELECT name FROM pragma_index_list(?1) WHERE partial = 0")?;
            let names = names.query_map([table], |row| row.get::<_, String>(0))?;
            names.collect::<Result<Vec<_>, _>>()
        });
        names.unwrap_or_default()
    }

    /// The numbers that a statement gives before it fails, and whether it came to its end.
    fn scan(&mut self, sql: &str) -> (BTreeSet<i64>, bool) {
        let mut numbers = BTreeSet::new();
        let whole = self.ask(|connection| {
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                numbers.insert(row.get(0)?);
            }
            Ok(())
        });
        (numbers, whole.is_some())
    }

    /// A row; `Some(None)` when there is none under this number, `None` when it cannot be read.
    fn row(&mut self, table: &str, number: i64) -> Option<Option<SavedRow>> {
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(&format!("SELECT * FROM {table} WHERE rowid = ?1"))?;
            let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
            statement.query_row([number], |row| saved(row, &names)).optional()
        })
    }

    /// Reads every page as if it were the table's only one: leads to rows whose way down the tree is broken. What belongs to other tables
    /// comes along, and is told apart by the rules of the table that it is put into.
    pub(crate) fn rows_page_by_page(&mut self, table: &str) -> Vec<SavedRow> {
        let count = self.ask(|connection| connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0)));
        let last = count.unwrap_or(0).min(i64::try_from(self.pages).unwrap_or(i64::MAX));
        let mut rows = Vec::new();
        for page in 2..=last {
            let is_led_there = self.ask(|connection| {
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
                connection.execute_batch("PRAGMA writable_schema = ON")?;
                connection.execute(
                    "UPDATE sqlite_schema SET rootpage = ?1 WHERE type = 'table' AND name = ?2",
                    params![page, table],
                )?;
                // Reads the schema again.
                connection.execute_batch("PRAGMA writable_schema = RESET")
            });
            if is_led_there.is_none() {
                continue;
            }
            self.ask(|connection| {
                let mut statement = connection.prepare(&format!("SELECT * FROM {table} NOT INDEXED"))?;
                let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
                let mut found = statement.query([])?;
                while let Some(row) = found.next()? {
                    rows.push(saved(row, &names)?);
                }
                Ok(())
            });
        }
        rows
    }

    /// Asks the file; `None` when it cannot answer, and then the next question goes to a new connection.
    fn ask<T>(&mut self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().ok()?,
        };
        let answer = question(&connection).ok()?;
        self.connection = Some(connection);
        Some(answer)
    }

    fn connect(&self) -> Result<Connection, Fault> {
        connect(&self.path, VaultFile::Work, &self.key, Opening::Existing)
    }
}

fn saved(row: &Row<'_>, names: &[String]) -> rusqlite::Result<SavedRow> {
    names.iter().enumerate().map(|(at, name)| Ok((name.clone(), row.get::<_, Value>(at)?))).collect()
}
