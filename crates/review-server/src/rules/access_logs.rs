//! The access log of a desktop comes in: every entry continues the one before, and what the server has already is the same. The log is the
//! device's word; the server keeps it, and can tell when it was changed afterwards.

use chrono::{DateTime, Utc};
use contract::access_log::{AccessEntry, AccessLogAnswer, AccessLogRequest};
use contract::problem::ProblemCode;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::viewer::Author;
use crate::state::AppState;
use crate::store::device_log::{self, LogOf};
use crate::store::{audit, ms};

/// The most entries of one request.
const MAX_ENTRIES: usize = 500;
/// The longest word or detail, in characters.
const MAX_CHARS: usize = 64;

/// Takes entries, or says in a refusal of its own (the inner result) what does not fit. Only that refusal leaves a trace.
///
/// A server that was restored lacks what was shipped after the backup: it tells the number that it wants, and the desktop ships again from
/// there. A desktop that keeps shipped entries for a while only may not have it any more. Then it ships the oldest that it has: to a restored
/// server that told the same number before, the place is a gap, which is written down, and the chain goes on behind it.
pub(crate) fn receive(
    db: &Connection,
    state: &AppState,
    author: &Author,
    request: &AccessLogRequest,
    now: DateTime<Utc>,
) -> Result<Result<AccessLogAnswer, ServerError>, ServerError> {
    if request.device_id != author.device {
        return Err(ServerError::at_field(ProblemCode::BadRequest, "device_id"));
    }
    let entries = &request.entries;
    if !(1..=MAX_ENTRIES).contains(&entries.len()) {
        return Err(ServerError::at_field(ProblemCode::BadRequest, "entries"));
    }
    let log = LogOf { device: request.device_id, account: author.viewer.id() };
    for (index, entry) in entries.iter().enumerate() {
        must_be_well_formed(index, entry)?;
    }
    let head = device_log::head(db, log)?;
    let wanted = head.as_ref().map_or(0, |(seq, _)| *seq) + 1;
    let first = &entries[0];
    if first.seq > wanted && !may_leave_gap(db, state, log, author, first.seq, wanted, now)? {
        return Ok(Err(ServerError::at_field(ProblemCode::AuditChainBroken, wanted.to_string())));
    }
    let mut previous: Option<String> = match first.seq {
        seq if seq == wanted => Some(head.map_or_else(|| casework::CHAIN_START.to_string(), |(_, hash)| hash)),
        // Behind a gap, or known already and compared as a whole below.
        _ => None,
    };
    for (expected, entry) in (first.seq..).zip(entries) {
        let continues = entry.seq == expected && previous.as_ref().is_none_or(|hash| *hash == entry.previous);
        let is_whole = device_log::hash_of(log, entry).is_some_and(|hash| hash.to_string() == entry.hash);
        if !continues || !is_whole {
            return broken(db, author, log, entry.seq, now);
        }
        match device_log::load(db, log, entry.seq)? {
            Some(known) if known == *entry => {}
            Some(_) => return broken(db, author, log, entry.seq, now),
            None => device_log::insert(db, log, entry, ms(now))?,
        }
        previous = Some(entry.hash.clone());
    }
    let up_to_seq = device_log::head(db, log)?.map_or(0, |(seq, _)| seq);
    Ok(Ok(AccessLogAnswer { up_to_seq }))
}

/// Whether a log may go on behind a gap: the server was restored, and the device was told before what is wanted and still has no more.
fn may_leave_gap(
    db: &Connection,
    state: &AppState,
    log: LogOf,
    author: &Author,
    next: u64,
    wanted: u64,
    now: DateTime<Utc>,
) -> Result<bool, ServerError> {
    if state.restored_at_ms().is_none() || !device_log::was_asked_for(db, log, wanted)? {
        device_log::note_asked(db, log, wanted, ms(now))?;
        return Ok(false);
    }
    device_log::insert_gap(db, log, next, ms(now))?;
    let detail = format!("{} {wanted} {next}", log.device);
    audit::write(db, ms(now), Some(author.viewer.id()), "access_log_gap", None, Some(&detail))?;
    Ok(true)
}

/// Refuses what differs from the server's copy or does not hold together, and writes it down once.
fn broken(
    db: &Connection,
    author: &Author,
    log: LogOf,
    seq: u64,
    now: DateTime<Utc>,
) -> Result<Result<AccessLogAnswer, ServerError>, ServerError> {
    if device_log::note_broken(db, log, seq, ms(now))? {
        let detail = format!("{} {seq}", log.device);
        audit::write(db, ms(now), Some(author.viewer.id()), "access_log_differs", None, Some(&detail))?;
    }
    Ok(Err(ProblemCode::AuditChainBroken.into()))
}

fn must_be_well_formed(index: usize, entry: &AccessEntry) -> Result<(), ServerError> {
    let is_plain =
        |text: &str| (1..=MAX_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_hash = |text: &str| text.parse::<casework::Sha256>().is_ok_and(|hash| hash.to_string() == *text);
    let field = if entry.seq == 0 || i64::try_from(entry.seq).is_err() {
        "seq"
    } else if !is_plain(&entry.what) {
        "what"
    } else if !entry.detail.as_deref().is_none_or(is_plain) {
        "detail"
    } else if !is_hash(&entry.previous) {
        "previous"
    } else if !is_hash(&entry.hash) {
        "hash"
    } else {
        return Ok(());
    };
    Err(ServerError::at_field(ProblemCode::BadRequest, format!("entries[{index}].{field}")))
}
