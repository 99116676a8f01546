//! A broken `work.db`: whatever can still be read goes, row by row, into a fresh one; the broken file is moved aside with its WAL and never
//! deleted, and the decisions that could be read also stand in a plain file beside it, sealed as they are. A kill at any point leaves either
//! the broken file in its place, or the fresh one whole. What cannot be read is counted where that is possible, and never made up.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Transaction, params, params_from_iter};
use serde::{Deserialize, Serialize};

use crate::error::{Fault, VaultError, VaultFile};
use crate::failpoint::fail_point;
use crate::folder::{make_private_dir, private_file, remove_if_there, sync_dir, with_suffix};
use crate::keys::Secret;
use crate::salvage_source::{SavedRow, SavedTable, Source};
use crate::sealed_file::{Opening, SealedFile, free_suffix, move_aside};
use crate::table::recovery_row::{self, RecoveryRow};
use crate::table::work_meta::WORK_RECOVERED;

/// The table of the decisions.
const DECISIONS: &str = "outbox";
/// What is saved, the decisions first.
const TABLES: [&str; 8] = [
    DECISIONS,
    "case_work",
    "access_log",
    "opened",
    "work_meta",
    "calendar_packs",
    "calendar_keys",
    "calendar_refusal",
];
/// Where the copies are worked on.
const SCRATCH: &str = ".salvage";
/// The finished new file, before it takes the place of the broken one.
const FINISHED: &str = "work.db.salvaged";
const MAX_EXPORT_BYTES: u64 = 64 * 1024 * 1024;
/// The problem of a decision of which it is not sure that this was its last state: it may have been taken back or moved since.
const IN_DOUBT: &str = "salvaged";

/// What became of a broken `work.db`. To be said loudly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkRecovered {
    /// When, by the wall clock that was given at opening.
    pub at_ms: i64,
    /// What the broken file is called now, in the vault's folder; `None` when there was none.
    pub moved_to: Option<String>,
    /// Rows of all kinds that could be read.
    pub rows_kept: u64,
    /// Rows that could not; `None` where nobody knows how many there were.
    pub rows_lost: Option<u64>,
    /// Of the kept ones, decisions.
    pub decisions_kept: u64,
    /// Of the lost ones, decisions; `None` where nobody knows.
    pub decisions_lost: Option<u64>,
    /// The file in the vault's folder with every decision that could be read, sealed to the server as it is; `None` when there was none.
    pub wrote_export: Option<String>,
}

impl WorkRecovered {
    pub(crate) fn from_text(text: &str) -> Result<Self, VaultError> {
        serde_json::from_str(text).map_err(|_| VaultError::UnreadableRow { file: VaultFile::Work })
    }
}

/// Opens `work.db`; where it is broken and the key is proved to be right, saves what can be read first.
pub(crate) fn open_or_salvage(
    folder: &Path,
    key: &Secret,
    now_ms: i64,
    is_key_proved: bool,
) -> Result<SealedFile, VaultError> {
    finish(folder, now_ms)?;
    match SealedFile::open(folder, VaultFile::Work, key.clone(), Opening::Existing) {
        Err(VaultError::Damaged { .. }) if is_key_proved => {}
        opened => return opened,
    }
    let told = salvage(folder, key, now_ms)?;
    tracing::error!(
        rows_kept = told.rows_kept,
        rows_lost = told.rows_lost,
        decisions_kept = told.decisions_kept,
        decisions_lost = told.decisions_lost,
        "work.db is broken; what could be read was saved, and the broken file was moved aside"
    );
    SealedFile::open(folder, VaultFile::Work, key.clone(), Opening::Existing)
}

/// Puts a finished file in the place of the broken one that was moved away before a kill; removes what a kill left half done.
fn finish(folder: &Path, now_ms: i64) -> Result<(), VaultError> {
    let failed = VaultError::io(VaultFile::Work);
    let (finished, place) = (folder.join(FINISHED), folder.join(VaultFile::Work.file_name()));
    remove_if_there(&folder.join(SCRATCH)).map_err(&failed)?;
    if !finished.exists() {
        return Ok(());
    }
    if fs::symlink_metadata(&place).is_ok() {
        // The broken file is still there: it is read again.
        return remove_if_there(&finished).map_err(&failed);
    }
    // Its WAL may not have been moved yet.
    move_aside(folder, VaultFile::Work, now_ms)?;
    fs::rename(&finished, &place).map_err(&failed)?;
    sync_dir(folder).map_err(&failed)
}

fn salvage(folder: &Path, key: &Secret, now_ms: i64) -> Result<WorkRecovered, VaultError> {
    let failed = VaultError::io(VaultFile::Work);
    let scratch = folder.join(SCRATCH);
    make_private_dir(&scratch).map_err(&failed)?;
    let tables = read_copies(folder, &scratch, key)?;

    let place = folder.join(VaultFile::Work.file_name());
    let moved_to = fs::symlink_metadata(&place)
        .is_ok()
        .then(|| format!("{}{}", VaultFile::Work.file_name(), free_suffix(folder, VaultFile::Work, now_ms)));
    let fresh_path = scratch.join("fresh.db");
    let fresh = SealedFile::open_at(fresh_path.clone(), VaultFile::Work, key.clone(), Opening::Fresh)?;
    let mut told = WorkRecovered {
        at_ms: now_ms,
        moved_to,
        rows_kept: 0,
        rows_lost: Some(0),
        decisions_kept: 0,
        decisions_lost: Some(0),
        wrote_export: None,
    };
    let rows = fresh.write(|tx| {
        fill(tx, &tables, &mut told)?;
        recovery_row::all(tx)
    })?;
    if !rows.is_empty() {
        told.wrote_export = Some(write_export(folder, &rows, now_ms)?);
    }
    let text = serde_json::to_string(&told).map_err(|_| VaultError::Keys)?;
    fresh.write(|tx| {
        tx.execute("INSERT OR REPLACE INTO work_meta (name, value) VALUES (?1, ?2)", params![WORK_RECOVERED, text])?;
        Ok(())
    })?;
    fresh.close()?;

    // On the disk before the broken file leaves its place.
    fs::File::open(&fresh_path).and_then(|file| file.sync_all()).map_err(&failed)?;
    fs::rename(&fresh_path, folder.join(FINISHED)).map_err(&failed)?;
    sync_dir(folder).map_err(&failed)?;
    fail_point!("vault::salvage::before-swap");
    move_aside(folder, VaultFile::Work, now_ms)?;
    fail_point!("vault::salvage::between-renames");
    fs::rename(folder.join(FINISHED), &place).map_err(&failed)?;
    sync_dir(folder).map_err(&failed)?;
    remove_if_there(&scratch).map_err(&failed)?;
    Ok(told)
}

/// Reads copies of the broken file, so that it stays byte by byte what it is: first with its WAL; where that was not whole, also without, the
/// state at the last checkpoint, for rows that the first did not give. Decisions are also looked for page by page.
fn read_copies(folder: &Path, scratch: &Path, key: &Secret) -> Result<Vec<SavedTable>, VaultError> {
    let failed = VaultError::io(VaultFile::Work);
    let broken = folder.join(VaultFile::Work.file_name());
    if !fs::metadata(&broken).is_ok_and(|found| found.is_file() && found.len() > 0) {
        return Ok(TABLES.map(SavedTable::unreadable).into());
    }
    let mut source = Source::copy(&broken, scratch.join("copy.db"), key.clone(), true).map_err(&failed)?;
    let mut tables = TABLES.map(|table| source.table(table));
    if tables.iter().all(SavedTable::is_whole) {
        return Ok(tables.into());
    }
    for decisions in tables.iter_mut().filter(|table| table.name == DECISIONS && !table.is_whole()) {
        decisions.doubtful_rows = source.rows_page_by_page(DECISIONS);
    }
    if with_suffix(&broken, "-wal").exists() {
        let mut before = Source::copy(&broken, scratch.join("before.db"), key.clone(), false).map_err(&failed)?;
        for table in tables.iter_mut().filter(|table| !table.is_whole()) {
            table.doubtful_rows.extend(before.table(table.name).rows);
        }
    }
    Ok(tables.into())
}

fn fill(tx: &Transaction<'_>, tables: &[SavedTable], told: &mut WorkRecovered) -> Result<(), Fault> {
    for table in tables {
        let known = columns(tx, table.name)?;
        let mut kept = 0;
        for row in &table.rows {
            kept += u64::from(insert(tx, table.name, &known, row)?);
        }
        for row in &table.doubtful_rows {
            kept += u64::from(insert(tx, table.name, &known, &to_be_looked_at(table.name, row))?);
        }
        let lost = table.total.map(|total| total.saturating_sub(kept));
        told.rows_kept += kept;
        told.rows_lost = told.rows_lost.zip(lost).map(|(sum, lost)| sum + lost);
        if table.name == DECISIONS {
            (told.decisions_kept, told.decisions_lost) = (kept, lost);
        }
    }
    Ok(())
}

fn columns(tx: &Transaction<'_>, table: &str) -> Result<Vec<String>, Fault> {
    let mut names = tx.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = names.query_map([table], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Whether the row could be put in; one that breaks a rule of its table, or is here already, is not.
fn insert(tx: &Transaction<'_>, table: &str, known: &[String], row: &SavedRow) -> Result<bool, Fault> {
    let row: BTreeMap<&str, &Value> =
        row.iter().filter(|(name, _)| known.contains(name)).map(|(name, value)| (name.as_str(), value)).collect();
    let names: Vec<_> = row.keys().copied().collect();
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT INTO {table} ({}) VALUES ({places})", names.join(", "));
    match tx.prepare_cached(&sql)?.execute(params_from_iter(row.values())) {
        Ok(_) => Ok(true),
        Err(error) => match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation | rusqlite::ErrorCode::TypeMismatch) => Ok(false),
            _ => Err(error.into()),
        },
    }
}

/// A decision of a doubtful state does not go out by itself: it may have been taken back since, or be in conflict.
fn to_be_looked_at(table: &str, row: &SavedRow) -> SavedRow {
    let mut row = row.clone();
    let waits = |value: &Value| matches!(value, Value::Text(state) if state == "queued" || state == "sending");
    if table == DECISIONS && row.get("state").is_some_and(waits) {
        row.insert("state".to_owned(), Value::Text("parked".to_owned()));
        row.insert("problem_code".to_owned(), Value::Text(IN_DOUBT.to_owned()));
    }
    row
}

fn write_export(folder: &Path, rows: &[RecoveryRow], now_ms: i64) -> Result<String, VaultError> {
    let failed = VaultError::io(VaultFile::Work);
    let name = format!("work-salvaged-{now_ms}.json");
    let path = folder.join(&name);
    remove_if_there(&path).map_err(&failed)?;
    let mut file = private_file(&path, true).map_err(&failed)?;
    file.write_all(&recovery_row::to_text(rows)?).map_err(&failed)?;
    file.sync_all().map_err(&failed)?;
    Ok(name)
}

/// Reads such a file of a vault's folder.
pub(crate) fn read_export(folder: &Path, name: &str) -> Result<Vec<RecoveryRow>, VaultError> {
    let digits = name.strip_prefix("work-salvaged-").and_then(|rest| rest.strip_suffix(".json"));
    if !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')) {
        return Err(VaultError::NotFound);
    }
    let path = folder.join(name);
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => VaultError::NotFound,
        _ => VaultError::io(VaultFile::Work)(error),
    };
    if fs::metadata(&path).map_err(failed)?.len() > MAX_EXPORT_BYTES {
        return Err(VaultError::UnreadableRow { file: VaultFile::Work });
    }
    recovery_row::from_text(&fs::read(&path).map_err(failed)?)
}
