//! A power cut, for every database of this process: a layer between SQLite and the file system that remembers, of each file, what was written
//! since it was last synced, with what stood there before. A copy of the files can then be put back to what a disk would have after the cut: all
//! that was synced, and of the rest what the dice leave. Everything else is passed on unchanged; names of files count as synced at once.
#![expect(
    unsafe_code,
    reason = "SQLite's interface to a file system is a table of C functions; there is no safe form of it"
)]

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

/// A change that is not synced.
struct Change {
    at: u64,
    new: Vec<u8>,
    /// What stood there; shorter than `new` where the file grew.
    old: Vec<u8>,
    /// The length of the file before.
    length: u64,
    /// The file was cut off at `at`; `old` is what went.
    is_cut: bool,
}

fn changes() -> MutexGuard<'static, HashMap<PathBuf, Vec<Change>>> {
    static CHANGES: OnceLock<Mutex<HashMap<PathBuf, Vec<Change>>>> = OnceLock::new();
    CHANGES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes from the copy of a folder what was not synced in the folder itself: either all of it, or what the dice do not leave.
///
/// # Errors
/// A file of the copy cannot be written.
pub fn lose(folder: &Path, copy: &Path, dice: &mut dyn FnMut() -> u64) -> std::io::Result<()> {
    let changes = changes();
    let mut files: Vec<(&PathBuf, &Vec<Change>)> =
        changes.iter().filter(|(path, made)| path.starts_with(folder) && !made.is_empty()).collect();
    files.sort_by_key(|(path, _)| *path);
    for (path, made) in files {
        let Ok(inside) = path.strip_prefix(folder) else { continue };
        let target = copy.join(inside);
        if !target.is_file() {
            continue;
        }
        let mut file = std::fs::OpenOptions::new().write(true).open(&target)?;
        for change in made.iter().rev() {
            undo(&mut file, change)?;
        }
        // A third of the cuts leave nothing, a third a beginning, a third any part of it.
        let (how, most) = (dice() % 3, u64::try_from(made.len()).unwrap_or(u64::MAX));
        let beginning = dice() % (most + 1);
        for (number, change) in (0u64..).zip(made) {
            let is_left = match how {
                0 => false,
                1 => number < beginning,
                _ => dice().is_multiple_of(2),
            };
            if is_left {
                redo(&mut file, change)?;
            }
        }
    }
    Ok(())
}

/// Forgets what is known of the files of a folder.
pub fn forget(folder: &Path) {
    changes().retain(|path, _| !path.starts_with(folder));
}

fn undo(file: &mut std::fs::File, change: &Change) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(change.at))?;
    file.write_all(&change.old)?;
    file.set_len(change.length)
}

fn redo(file: &mut std::fs::File, change: &Change) -> std::io::Result<()> {
    if change.is_cut {
        return file.set_len(change.at);
    }
    file.seek(SeekFrom::Start(change.at))?;
    file.write_all(&change.new)
}

/// An open file: SQLite sees the methods first; the file below follows in the same memory.
#[repr(C)]
struct Watched {
    methods: *const sqlite3_io_methods,
    /// Owned: the path of a file that is watched, else null.
    path: *mut PathBuf,
}

/// The file below begins behind the head, aligned for anything.
const HEAD: usize = size_of::<Watched>().next_multiple_of(16);

static BELOW: OnceLock<Below> = OnceLock::new();

struct Below {
    vfs: *mut sqlite3_vfs,
    methods: OnceLock<Methods>,
}

struct Methods(sqlite3_io_methods);

// SAFETY: SQLite's own file system lives as long as the process, never changes once it is registered, and is made for all threads.
unsafe impl Send for Below {}
// SAFETY: as above.
unsafe impl Sync for Below {}
// SAFETY: a table of functions without data.
unsafe impl Send for Methods {}
// SAFETY: as above.
unsafe impl Sync for Methods {}

/// Puts the layer under every database that is opened from now on in this process. Once is enough.
///
/// # Errors
/// SQLite has no file system, or does not take another.
pub fn watch() -> Result<(), String> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(install).clone()
}

fn install() -> Result<(), String> {
    // SAFETY: initialising twice is allowed; the pointer that is found stays good for the process.
    let below = unsafe {
        ffi::sqlite3_initialize();
        ffi::sqlite3_vfs_find(std::ptr::null())
    };
    if below.is_null() {
        return Err("SQLite has no file system".to_owned());
    }
    let _ = BELOW.set(Below { vfs: below, methods: OnceLock::new() });
    // SAFETY: `below` was found by SQLite and is a whole table; the copy is leaked, so it lives as long as SQLite may use it.
    let registered = unsafe {
        let mut mine = *below;
        mine.szOsFile += c_int::try_from(HEAD).unwrap_or(64);
        mine.pNext = std::ptr::null_mut();
        mine.zName = c"power".as_ptr();
        mine.xOpen = Some(open);
        ffi::sqlite3_vfs_register(Box::into_raw(Box::new(mine)), 1)
    };
    if registered == ffi::SQLITE_OK { Ok(()) } else { Err(format!("SQLite does not take the layer: {registered}")) }
}

fn below(file: *mut sqlite3_file) -> *mut sqlite3_file {
    file.cast::<u8>().wrapping_add(HEAD).cast()
}

unsafe extern "C" fn open(
    _vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let Some(system) = BELOW.get() else { return ffi::SQLITE_ERROR };
    let is_watched = flags & (ffi::SQLITE_OPEN_MAIN_DB | ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0;
    let watched = file.cast::<Watched>();
    // SAFETY: SQLite gives memory of `szOsFile` bytes, which holds the head and the file below; the name is a C string or null and lives as long as
    // the file is open. Without methods, SQLite does not close a file that was not opened.
    unsafe {
        (*watched).methods = std::ptr::null();
        (*watched).path = std::ptr::null_mut();
        let Some(real) = (*system.vfs).xOpen else { return ffi::SQLITE_ERROR };
        let opened = real(system.vfs, name, below(file), flags, out);
        if opened != ffi::SQLITE_OK || (*below(file)).pMethods.is_null() {
            return opened;
        }
        let methods = system.methods.get_or_init(|| Methods(mine(&*(*below(file)).pMethods)));
        if is_watched && !name.is_null() {
            let path = PathBuf::from(CStr::from_ptr(name).to_string_lossy().into_owned());
            (*watched).path = Box::into_raw(Box::new(path));
        }
        (*watched).methods = &raw const methods.0;
        opened
    }
}

/// The table of a watched file. Version 2: without memory maps, so that nothing is read past this layer.
fn mine(real: &sqlite3_io_methods) -> sqlite3_io_methods {
    sqlite3_io_methods {
        iVersion: real.iVersion.min(2),
        xClose: Some(close),
        xRead: Some(read),
        xWrite: Some(write),
        xTruncate: Some(truncate),
        xSync: Some(sync),
        xFileSize: Some(file_size),
        xLock: Some(lock),
        xUnlock: Some(unlock),
        xCheckReservedLock: Some(check_reserved_lock),
        xFileControl: Some(file_control),
        xSectorSize: Some(sector_size),
        xDeviceCharacteristics: Some(device_characteristics),
        xShmMap: Some(shm_map),
        xShmLock: Some(shm_lock),
        xShmBarrier: Some(shm_barrier),
        xShmUnmap: Some(shm_unmap),
        xFetch: None,
        xUnfetch: None,
    }
}

/// Calls a method of the file below, or gives another value where it has none.
macro_rules! pass {
    ($file:ident, $method:ident, $none:expr $(, $argument:expr)*) => {
        // SAFETY: the file below is open as long as this one, and its arguments are SQLite's own.
        unsafe {
            match (*(*below($file)).pMethods).$method {
                Some(real) => real(below($file) $(, $argument)*),
                None => $none,
            }
        }
    };
}

fn path_of<'a>(file: *mut sqlite3_file) -> Option<&'a PathBuf> {
    // SAFETY: the path is made at opening and lives until closing; SQLite calls no method after that.
    unsafe { (*file.cast::<Watched>()).path.as_ref() }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let watched = file.cast::<Watched>();
    // SAFETY: SQLite closes a file once.
    unsafe {
        let path = std::mem::replace(&mut (*watched).path, std::ptr::null_mut());
        if !path.is_null() {
            drop(Box::from_raw(path));
        }
    }
    pass!(file, xClose, ffi::SQLITE_OK)
}

unsafe extern "C" fn read(file: *mut sqlite3_file, to: *mut c_void, count: c_int, at: sqlite3_int64) -> c_int {
    pass!(file, xRead, ffi::SQLITE_IOERR, to, count, at)
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, count: c_int, at: sqlite3_int64) -> c_int {
    let before = path_of(file).map(|path| (path, old(file, at, count)));
    let written = pass!(file, xWrite, ffi::SQLITE_IOERR, from, count, at);
    if written == ffi::SQLITE_OK
        && let Some((path, (old, length))) = before
    {
        // SAFETY: SQLite gives `count` bytes.
        let new = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(count).unwrap_or(0)) };
        let at = u64::try_from(at).unwrap_or(0);
        note(path, Change { at, new: new.to_vec(), old, length, is_cut: false });
    }
    written
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let rest = |length: u64| c_int::try_from(length.saturating_sub(u64::try_from(size).unwrap_or(0))).unwrap_or(0);
    let before = path_of(file).map(|path| (path, old(file, size, rest(length_of(file)))));
    let done = pass!(file, xTruncate, ffi::SQLITE_IOERR, size);
    if done == ffi::SQLITE_OK
        && let Some((path, (old, length))) = before
    {
        let at = u64::try_from(size).unwrap_or(0);
        note(path, Change { at, new: Vec::new(), old, length, is_cut: true });
    }
    done
}

fn length_of(file: *mut sqlite3_file) -> u64 {
    let mut length: sqlite3_int64 = 0;
    let found = pass!(file, xFileSize, ffi::SQLITE_IOERR, &raw mut length);
    if found == ffi::SQLITE_OK { u64::try_from(length).unwrap_or(0) } else { 0 }
}

/// What stands where something is about to be written, and how long the file is.
fn old(file: *mut sqlite3_file, at: sqlite3_int64, count: c_int) -> (Vec<u8>, u64) {
    let length = length_of(file);
    let there = length.saturating_sub(u64::try_from(at).unwrap_or(0)).min(u64::try_from(count).unwrap_or(0));
    let mut bytes = vec![0u8; usize::try_from(there).unwrap_or(0)];
    let size = c_int::try_from(bytes.len()).unwrap_or(0);
    if size > 0 {
        pass!(file, xRead, ffi::SQLITE_IOERR, bytes.as_mut_ptr().cast(), size, at);
    }
    (bytes, length)
}

fn note(path: &Path, change: Change) {
    let mut changes = changes();
    match changes.get_mut(path) {
        Some(made) => made.push(change),
        None => drop(changes.insert(path.to_owned(), vec![change])),
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let done = pass!(file, xSync, ffi::SQLITE_OK, flags);
    if done == ffi::SQLITE_OK
        && let Some(path) = path_of(file)
    {
        changes().remove(path);
    }
    done
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    pass!(file, xFileSize, ffi::SQLITE_IOERR, size)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    pass!(file, xLock, ffi::SQLITE_IOERR, level)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    pass!(file, xUnlock, ffi::SQLITE_IOERR, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    pass!(file, xCheckReservedLock, ffi::SQLITE_IOERR, out)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    pass!(file, xFileControl, ffi::SQLITE_NOTFOUND, what, argument)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    pass!(file, xSectorSize, 4096)
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    pass!(file, xDeviceCharacteristics, 0)
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    pass!(file, xShmMap, ffi::SQLITE_IOERR, page, size, extend, out)
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
    pass!(file, xShmLock, ffi::SQLITE_IOERR, offset, count, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    pass!(file, xShmBarrier, ());
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    pass!(file, xShmUnmap, ffi::SQLITE_OK, delete)
}
