//! What a holder has on the desk of a case besides a decision: draft, note and hold. It belongs to the case, so that the next holder gets it,
//! and is cleared by every arrow of the case, so that a second opinion stays blind.
//!
//! Of two desktops of one holder the later change wins, by what they say of server time; of two holders the one who has the lease.

use casework::{CaseId, Fence, OpinionKind};
use chrono::{DateTime, Utc};
use contract::case_work::{CaseWork, CaseWorkRequest};
use contract::problem::ProblemCode;
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::rules::leasing;
use crate::rules::reason_text::is_plain_text;
use crate::rules::viewer::Viewer;
use crate::store::case_work::{self, CaseWorkRecord};
use crate::store::{account, ms};

/// The longest note and internal note, in characters.
const MAX_NOTE_CHARS: usize = 2000;
/// The longest note on a hold, in characters.
const MAX_HOLD_CHARS: usize = 500;
/// The most reasons of a draft, and the longest code of one.
const MAX_REASONS: usize = 50;
const MAX_CODE_CHARS: usize = 64;

/// Replaces what is kept of the case, for whoever holds it under this fence, lapsed or not. What is older than what the same person put here
/// already changes nothing.
pub(crate) fn put(
    db: &Connection,
    viewer: &Viewer,
    id: CaseId,
    request: CaseWorkRequest,
    now: DateTime<Utc>,
) -> Result<(), ServerError> {
    viewer.must_review()?;
    let case = viewer.case(db, id)?;
    leasing::must_not_be_recused(db, viewer, &case)?;
    let fence = Fence(request.fence);
    leasing::must_hold(db, viewer, &case, fence, now)?;
    let mut work = request.work;
    check(&work)?;
    work.by_name = None;
    // A clock that runs ahead must not make its words the last for ever.
    work.updated_at_ms = work.updated_at_ms.min(ms(now));
    let is_older = case_work::load(db, id)?
        .is_some_and(|kept| kept.account == viewer.id() && kept.work.updated_at_ms > work.updated_at_ms);
    if is_older {
        return Ok(());
    }
    // Also when it is empty: that it was cleared is a change like any other.
    case_work::store(db, id, fence, &CaseWorkRecord { account: viewer.id(), work }, ms(now))
}

/// What is kept of a case, with the name of whoever made it; `None` when there is nothing in it.
pub(crate) fn of_case(db: &Connection, id: CaseId) -> Result<Option<CaseWork>, ServerError> {
    let Some(CaseWorkRecord { account, mut work }) = case_work::load(db, id)? else {
        return Ok(None);
    };
    if work.draft.is_none() && work.note.is_none() && work.hold.is_none() {
        return Ok(None);
    }
    work.by_name = account::load(db, account)?.map(|account| account.display_name);
    Ok(Some(work))
}

/// Clears it: the case moved.
pub(crate) fn clear(db: &Connection, id: CaseId) -> Result<(), ServerError> {
    case_work::clear(db, id)
}

fn check(work: &CaseWork) -> Result<(), ServerError> {
    let must = |is_good: bool, field: &str| {
        if is_good { Ok(()) } else { Err(ServerError::at_field(ProblemCode::BadRequest, field)) }
    };
    must(work.updated_at_ms >= 0, "updated_at_ms")?;
    if let Some(note) = &work.note {
        must(is_plain_text(note, MAX_NOTE_CHARS), "note")?;
    }
    if let Some(hold) = &work.hold {
        must(is_plain_text(&hold.note, MAX_HOLD_CHARS), "hold")?;
    }
    if let Some(draft) = &work.draft {
        let is_known = draft.opinion.as_deref().is_none_or(|word| OpinionKind::from_word(word).is_some());
        must(is_known, "draft.opinion")?;
        let is_code = |code: &String| code.chars().count() <= MAX_CODE_CHARS && !code.chars().any(char::is_control);
        must(draft.reasons.len() <= MAX_REASONS && draft.reasons.iter().all(is_code), "draft.reasons")?;
        must(is_plain_text(&draft.applicant_text, casework::Opinion::MAX_TEXT_CHARS), "draft.applicant_text")?;
        must(is_plain_text(&draft.internal_note, MAX_NOTE_CHARS), "draft.internal_note")?;
    }
    Ok(())
}
