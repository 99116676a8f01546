//! Draft, note and hold of a held case: saved on this computer at once, sent to the server by the engine, brought along when the case goes to
//! another holder. The wire's form is the form in the vault; a decision clears all of it, taking the decision back brings it again.

use std::time::Duration;

use casework::{CaseId, Fence, OpinionKind};
use contract::case_work::{CaseWork, DraftWire, HoldWire};
use sync::ConnectionState;
use vault::CaseWorkRow;
use zeroize::Zeroizing;

use crate::deadline::{case_id, js_ms};
use crate::decision::AuthorCopy;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::seat::{Seat, held};
use crate::view::{
    CaseWorkRequest, CaseWorkView, CommandError, DraftView, HoldView, OpinionKindView, QueueWorkView, TopicView,
};

/// The longest note for colleagues, in characters; the contract's bound.
const MAX_NOTE: usize = 2_000;
/// The longest word why a case is laid aside, in characters; the contract's bound.
const MAX_HOLD_NOTE: usize = 500;
/// The longest text and note of a draft, in characters: what is half filled in may be longer than what can be confirmed.
const MAX_DRAFT_TEXT: usize = 2_000;
const MAX_REASONS: usize = 32;
const MAX_REASON: usize = 64;
/// The latest reminder, in milliseconds since 1970: what a number of JavaScript holds exactly.
const MAX_REMINDER: f64 = 9_007_199_254_740_991.0;
/// How long a sign-out waits for drafts to reach the server.
const PUSH_PATIENCE: Duration = Duration::from_secs(3);

impl Desk {
    /// Keeps draft, note and hold of the case on the screen. On the disk when this returns; the server gets it with the next round.
    ///
    /// # Errors
    /// Locked; another opening of the case, or not held any more; a text is too long or not plain; or it cannot be saved.
    pub async fn case_keep_work(&self, request: CaseWorkRequest) -> Result<(), CommandError> {
        self.at_seat(move |desk, seat| {
            let id = case_id(&request.case_id)?;
            let fence = {
                let open = seat.open();
                let shown = open.case.as_ref().filter(|open| open.token == request.case_token);
                shown.filter(|open| open.shown.case_id == id).map(|open| open.shown.fence)
            };
            let fence = fence.ok_or(DeskError::CaseChanged)?;
            let now_ms = desk.now_ms(seat);
            let work = from_request(&request, now_ms)?;
            // A decision on it has taken the draft along; what the window still sends must not bring it back.
            if seat.hidden_cases()?.contains(&id) {
                return Err(DeskError::AlreadyDecidedHere);
            }
            let before = stored(seat, id)?;
            let is_same = before.is_some_and(|before| {
                CaseWork { updated_at_ms: work.updated_at_ms, by_name: None, ..before.work } == work && before.is_mine
            });
            if !is_same {
                put(seat, id, fence, &work)?;
                desk.inner.announcer.changed(TopicView::Queue);
            }
            Ok(())
        })
        .await
    }

    /// Sends what the server does not have yet, as far as that is possible within seconds; the rest stays to be sent.
    pub(crate) async fn push_case_work(&self, seat: &Seat) {
        if seat.engine.connection() != ConnectionState::Online {
            return;
        }
        let vault = seat.vault.clone();
        let Ok(dirty) = self.vault_call(move || vault.case_work_dirty()).await else { return };
        let pushing = async {
            for row in dirty {
                if let Err(error) = seat.engine.put_case_work(row.case_id).await {
                    tracing::info!(%error, "a draft stays to be sent");
                }
            }
        };
        if tokio::time::timeout(PUSH_PATIENCE, pushing).await.is_err() {
            tracing::info!("drafts stay to be sent");
        }
    }
}

/// What is kept of a case.
pub(crate) struct Stored {
    pub(crate) work: CaseWork,
    /// Made here, by whoever sits here.
    pub(crate) is_mine: bool,
}

/// What is kept of a case; what cannot be read is told as none, and stays.
pub(crate) fn stored(seat: &Seat, id: CaseId) -> Result<Option<Stored>, DeskError> {
    Ok(seat.vault.case_work(id)?.and_then(|row| read(seat, &row)))
}

fn read(seat: &Seat, row: &CaseWorkRow) -> Option<Stored> {
    match serde_json::from_slice::<CaseWork>(&row.work) {
        Ok(work) => {
            let own_name = &held(&seat.reviewer).display_name;
            let is_mine = work.by_name.as_ref().is_none_or(|name| name == own_name);
            Some(Stored { work, is_mine })
        }
        Err(error) => {
            tracing::error!(%error, "a draft cannot be read");
            None
        }
    }
}

/// Saves what was made here; to be sent.
pub(crate) fn put(seat: &Seat, id: CaseId, fence: Fence, work: &CaseWork) -> Result<(), DeskError> {
    Ok(seat.vault.put_case_work(&CaseWorkRow {
        case_id: id,
        fence,
        remind_at_ms: work.hold.as_ref().and_then(|hold| hold.remind_at_ms),
        updated_at_ms: work.updated_at_ms,
        work: Zeroizing::new(serde_json::to_vec(work)?),
        is_dirty: true,
    })?)
}

/// What a decision held, as a draft again.
pub(crate) fn draft_of(copy: &AuthorCopy) -> DraftWire {
    let payload = &copy.payload;
    DraftWire {
        opinion: Some(payload.opinion.clone()),
        reasons: payload.reasons.clone(),
        applicant_text: payload.applicant_text.clone().unwrap_or_default(),
        internal_note: payload.internal_note.clone().unwrap_or_default(),
    }
}

/// Draft, note and hold of a case for the window.
pub(crate) fn view(stored: Option<Stored>) -> CaseWorkView {
    let Some(Stored { work, is_mine }) = stored else { return CaseWorkView::default() };
    CaseWorkView {
        draft: work.draft.map(|draft| DraftView {
            kind: draft.opinion.as_deref().and_then(OpinionKind::from_word).map(|kind| match kind {
                OpinionKind::Approve => OpinionKindView::Approve,
                OpinionKind::Reject => OpinionKindView::Reject,
                OpinionKind::Escalate => OpinionKindView::Escalate,
            }),
            reasons: draft.reasons,
            text: draft.applicant_text,
            note: draft.internal_note,
        }),
        note: work.note.unwrap_or_default(),
        hold: work.hold.map(|hold| HoldView { note: hold.note, remind_at_ms: hold.remind_at_ms.map(js_ms) }),
        by_name: work.by_name.filter(|_| !is_mine),
    }
}

/// All marks for the rows of the queue.
pub(crate) fn marks(seat: &Seat) -> Result<Vec<(CaseId, QueueWorkView)>, DeskError> {
    let rows = seat.vault.case_works()?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let work = read(seat, row)?.work;
            let mark = QueueWorkView {
                has_draft: work.draft.is_some(),
                is_on_hold: work.hold.is_some(),
                remind_at_ms: work.hold.and_then(|hold| hold.remind_at_ms).map(js_ms),
            };
            (mark.has_draft || mark.is_on_hold).then_some((row.case_id, mark))
        })
        .collect())
}

fn from_request(request: &CaseWorkRequest, now_ms: i64) -> Result<CaseWork, DeskError> {
    let draft = request.draft.as_ref().map(|draft| {
        if draft.reasons.len() > MAX_REASONS {
            return Err(DeskError::BadText);
        }
        for reason in &draft.reasons {
            plain(reason, MAX_REASON)?;
        }
        Ok(DraftWire {
            opinion: draft.kind.map(|kind| match kind {
                OpinionKindView::Approve => OpinionKind::Approve.word().to_owned(),
                OpinionKindView::Reject => OpinionKind::Reject.word().to_owned(),
                OpinionKindView::Escalate => OpinionKind::Escalate.word().to_owned(),
            }),
            reasons: draft.reasons.clone(),
            applicant_text: plain(&draft.text, MAX_DRAFT_TEXT)?,
            internal_note: plain(&draft.note, MAX_DRAFT_TEXT)?,
        })
    });
    let hold = request.hold.as_ref().map(|hold| {
        Ok::<_, DeskError>(HoldWire {
            note: plain(&hold.note, MAX_HOLD_NOTE)?,
            remind_at_ms: hold.remind_at_ms.map(moment).transpose()?,
        })
    });
    let note = plain(&request.note, MAX_NOTE)?;
    Ok(CaseWork {
        draft: draft.transpose()?,
        note: (!note.is_empty()).then_some(note),
        hold: hold.transpose()?,
        updated_at_ms: now_ms,
        by_name: None,
    })
}

/// A text as it was typed, if it is plain and short enough.
pub(crate) fn plain(text: &str, most: usize) -> Result<String, DeskError> {
    let is_plain = text.chars().all(|char| !char.is_control() || matches!(char, '\n' | '\r' | '\t'));
    (is_plain && text.chars().count() <= most).then(|| text.to_owned()).ok_or(DeskError::BadText)
}

/// A moment as the window gives it.
#[expect(clippy::cast_possible_truncation, reason = "checked to be within what both types hold exactly")]
pub(crate) fn moment(ms: f64) -> Result<i64, DeskError> {
    (ms.is_finite() && ms.abs() <= MAX_REMINDER).then_some(ms as i64).ok_or(DeskError::BadText)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> CaseWorkRequest {
        CaseWorkRequest {
            case_id: String::new(),
            case_token: String::new(),
            draft: Some(DraftView {
                kind: Some(OpinionKindView::Reject),
                reasons: vec!["blurred".into()],
                text: "请重新拍摄\n人像面".into(),
                note: String::new(),
            }),
            note: String::new(),
            hold: Some(HoldView { note: "等回电".into(), remind_at_ms: Some(1_795_000_000_000.0) }),
        }
    }

    #[test]
    fn what_is_typed_comes_back_as_it_was_typed() {
        let work = from_request(&request(), 7).unwrap();
        assert_eq!((work.note.as_deref(), work.updated_at_ms), (None, 7));
        let view = view(Some(Stored { work, is_mine: true }));
        assert_eq!((view.draft, view.hold), (request().draft, request().hold));
        assert_eq!(view.by_name, None);
    }

    #[test]
    fn whoever_made_it_is_named_only_where_it_was_a_colleague() {
        let work = CaseWork { note: Some("看过".into()), by_name: Some("李四".into()), ..CaseWork::default() };
        let name = |is_mine| view(Some(Stored { work: work.clone(), is_mine })).by_name;
        assert_eq!((name(false).as_deref(), name(true)), (Some("李四"), None));
    }

    #[test]
    fn a_text_that_is_too_long_or_not_plain_is_refused() {
        let bad = |change: fn(&mut CaseWorkRequest)| {
            let mut request = request();
            change(&mut request);
            matches!(from_request(&request, 7), Err(DeskError::BadText))
        };
        assert!(bad(|request| request.note = "长".repeat(MAX_NOTE + 1)));
        assert!(!bad(|request| request.note = "长".repeat(MAX_NOTE)));
        assert!(bad(|request| request.note = "a\u{0}b".into()));
        assert!(bad(|request| request.hold.as_mut().unwrap().note = "x".repeat(MAX_HOLD_NOTE + 1)));
        assert!(bad(|request| request.hold.as_mut().unwrap().remind_at_ms = Some(f64::NAN)));
        assert!(bad(|request| request.draft.as_mut().unwrap().reasons = vec!["x".repeat(65)]));
    }
}
