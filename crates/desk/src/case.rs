//! One case: opened with everything when I hold it, else by its row while the lease is asked for.

use std::collections::HashMap;

use casework::{CaseId, EvidenceKind, Language, Lease, LeaseStanding, Reason, ReasonCatalogue, ReasonKind, Validity};
use contract::lease::OpenedCase;
use contract::problem::ProblemCode;
use sync::{ConnectionState, SyncErrorKind};
use vault::{EvidenceState, HeldCase, HeldEvidence, QueueRow};

use crate::case_work;
use crate::deadline::{case_id, case_state_view, deadline_view, document_type_view, instant, js_ms, lamp_view};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::ids;
use crate::queue::row_view;
use crate::seat::{OpenCase, Refusal, Seat, Shown, held as locked};
use crate::view::{
    CaseOpenView, CaseView, CommandError, DeclaredView, EarlierRoundView, EvidenceKindView, LeaseStandingView,
    LeaseView, NotHeldReason, PhotoStateView, PhotoView, ReasonKindView, ReasonView, TopicView,
};

impl Desk {
    /// Opens a case. One that I do not hold is asked for when there is a connection; a `case` event tells when to ask again.
    ///
    /// # Errors
    /// Locked, no such case here, or the vault cannot be read.
    pub async fn case_open(&self, id: String) -> Result<CaseOpenView, CommandError> {
        self.at_seat(move |desk, seat| {
            let id = case_id(&id)?;
            let row = seat.vault.case_row(id)?.ok_or(DeskError::CaseNotHere)?;
            // A colleague's name on the row counts more than declared data that is still here.
            let held = seat.vault.held(id)?.filter(|held| row.is_held && !seat.is_lost(id, held.fence));
            match held {
                Some(held) => {
                    let case = desk.case_view(seat, &row, &held)?;
                    *locked(&seat.common.on_screen) = Some(id);
                    Ok(CaseOpenView::Held { case })
                }
                None => {
                    {
                        let mut open = seat.open();
                        let was_shown = open.case.take().is_some_and(|open| open.shown.case_id == id);
                        open.lost = was_shown.then_some(id).or(open.lost.filter(|lost| *lost == id));
                    }
                    locked(&seat.common.on_screen).take();
                    Ok(desk.not_held(seat, id, &row))
                }
            }
        })
        .await
    }

    /// Closes the open case: its photo tokens die.
    ///
    /// # Errors
    /// Locked.
    pub async fn case_close(&self) -> Result<(), CommandError> {
        self.at_seat(|_, seat| {
            let mut open = seat.open();
            open.case = None;
            open.refused = None;
            open.lost = None;
            drop(open);
            locked(&seat.common.on_screen).take();
            // What was drafted goes to the server now that nobody types any more.
            if !seat.vault.case_work_dirty()?.is_empty() {
                seat.engine.nudge();
            }
            Ok(())
        })
        .await
    }

    /// Sends a case of which a photo cannot be seen to the technical desk. Needs a connection; the clock runs on.
    ///
    /// # Errors
    /// Locked, not held, no connection, or the server's refusal.
    pub async fn case_report_technical(&self, id: String) -> Result<(), CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let seat = desk.seat()?;
            let id = case_id(&id)?;
            let vault = seat.vault.clone();
            let held = desk.vault_call(move || vault.held(id)).await?.ok_or(DeskError::NotHeld)?;
            Ok(seat.engine.report_technical(id, held.fence.0).await?)
        })
        .await
    }

    fn not_held(&self, seat: &Seat, id: CaseId, row: &QueueRow) -> CaseOpenView {
        let (now_ms, counting) = (self.now_ms(seat), seat.calendars.counting());
        let view = |refusal: Refusal| CaseOpenView::NotHeld {
            row: row_view(seat, &counting, row, None, now_ms),
            reason: refusal.reason,
            holder: refusal.holder,
        };
        if let Some((refused, refusal)) = seat.open().refused.clone()
            && refused == id
        {
            return view(refusal);
        }
        if seat.open().lost == Some(id) {
            let lease = row.case.lease.as_ref().filter(|lease| lease.holder != seat.account_id());
            let holder = lease.map(|lease| lease.holder_name.clone());
            let reason = if holder.is_some() { NotHeldReason::HeldByOther } else { NotHeldReason::Refused };
            return view(Refusal { reason, holder });
        }
        if seat.engine.connection() != ConnectionState::Online {
            return view(Refusal { reason: NotHeldReason::Offline, holder: None });
        }
        self.ask_for_lease(id);
        view(Refusal { reason: NotHeldReason::Fetching, holder: None })
    }

    fn ask_for_lease(&self, id: CaseId) {
        let Ok(seat) = self.seat() else { return };
        if seat.open().fetching.replace(id) == Some(id) {
            return;
        }
        let desk = self.clone();
        let asking_seat = seat.clone();
        let asking = self.inner.runtime.spawn(async move {
            let answer = seat.engine.lease_case(id).await;
            let refusal = answer.err().map(|problem| {
                let reason = match problem.kind {
                    SyncErrorKind::Problem(ProblemCode::LeaseHeld) => NotHeldReason::HeldByOther,
                    SyncErrorKind::Problem(_) | SyncErrorKind::Refused(_) => NotHeldReason::Refused,
                    _ => NotHeldReason::Offline,
                };
                let holder = problem.standing.and_then(|standing| standing.by_name);
                (id, Refusal { reason, holder })
            });
            {
                let mut open = seat.open();
                open.fetching = None;
                open.refused = refusal;
            }
            desk.inner.announcer.changed(TopicView::Case);
            desk.inner.announcer.changed(TopicView::Queue);
        });
        let mut tasks = crate::seat::held(&asking_seat.tasks);
        tasks.retain(|task| !task.is_finished());
        tasks.push(asking);
    }

    fn case_view(&self, seat: &Seat, row: &QueueRow, held: &HeldCase) -> Result<CaseView, DeskError> {
        let (now_ms, counting) = (self.now_ms(seat), seat.calendars.counting());
        let case = &row.case;
        let is_decided_here = seat.hidden_cases()?.contains(&case.case_id);
        let reasons = seat.vault.reasons()?;
        let reasons_version = reasons.as_ref().map_or(0, |catalogue| catalogue.version);
        let shown = Shown::of(case, held, reasons_version);
        // Held over reading and setting, so that two openings at once agree on one token.
        let mut open = seat.open();
        let before = open.case.take().filter(|open| open.shown == shown);
        let known = before.as_ref().map(|open| &open.photos);
        let mut photo_tokens = HashMap::new();
        let mut photos = Vec::with_capacity(held.evidence.len());
        for (index, evidence) in (0u32..).zip(in_showing_order(&held.evidence)) {
            photos.push(photo_view(seat, index, evidence, known, &mut photo_tokens)?);
        }
        let all_here =
            !photos.is_empty() && photos.iter().all(|photo| matches!(photo.state, PhotoStateView::Ready { .. }));
        let lease = Lease { holder: seat.account_id(), fence: held.fence, expires_at: instant(held.expires_at_ms) };
        let standing = lease.standing(seat.account_id(), held.fence, instant(now_ms));
        let is_opened_anew = before.is_none();
        // The same case, unchanged, keeps its token: a photo that arrives does not invalidate what the reviewer is filling in.
        let token = before.map_or_else(ids::token, |open| Ok(open.token))?;
        open.case = Some(OpenCase { token: token.clone(), shown, photos: photo_tokens });
        open.lost = None;
        drop(open);
        if is_opened_anew {
            self.note_opened(seat, OpenedCase { case_id: case.case_id.0, fence: held.fence.0 });
        }
        let declared = &held.declared;
        Ok(CaseView {
            case_id: case.case_id.to_string(),
            case_no: case.case_no.to_string(),
            case_token: token,
            state: case_state_view(case.state),
            round: case.round.number(),
            submitted_at_ms: js_ms(held.submitted_at_ms),
            deadline: deadline_view(&counting, &case.deadline, now_ms),
            lamp: lamp_view(&counting, &case.deadline, now_ms),
            lease: LeaseView {
                standing: match standing {
                    LeaseStanding::Held => LeaseStandingView::Held,
                    LeaseStanding::Lapsed | LeaseStanding::Lost => LeaseStandingView::Lapsed,
                },
                expires_at_ms: js_ms(held.expires_at_ms),
            },
            declared: DeclaredView {
                name: declared.name.as_str().to_owned(),
                former_name: declared.former_name.as_ref().map(|name| name.as_str().to_owned()),
                document_type: document_type_view(declared.document_type),
                document_number: declared.document_number.as_str().to_owned(),
                valid_from: declared.valid_from.to_string(),
                valid_until: match declared.validity {
                    Validity::Until(date) => Some(date.to_string()),
                    Validity::LongTerm => None,
                },
            },
            photos,
            earlier_rounds: held
                .earlier_rounds
                .iter()
                .map(|round| EarlierRoundView {
                    round: round.round.number(),
                    case_no: round.case_no.to_string(),
                    submitted_on: round.submitted_on.to_string(),
                    outcome: round.outcome.word().to_owned(),
                    reasons: round.reasons.iter().map(|code| code.0.clone()).collect(),
                })
                .collect(),
            reasons: reasons.map(|catalogue| reason_views(&catalogue)).unwrap_or_default(),
            work: case_work::view(case_work::stored(seat, case.case_id)?),
            is_decided_here,
            can_decide: all_here && !is_decided_here && seat.role().may_review(),
        })
    }
}

fn in_showing_order(evidence: &[HeldEvidence]) -> Vec<&HeldEvidence> {
    let mut ordered: Vec<_> = evidence.iter().collect();
    ordered.sort_by_key(|evidence| evidence.kind);
    ordered
}

fn photo_view(
    seat: &Seat,
    index: u32,
    evidence: &HeldEvidence,
    known: Option<&HashMap<String, casework::Sha256>>,
    tokens: &mut HashMap<String, casework::Sha256>,
) -> Result<PhotoView, DeskError> {
    let state = match evidence.state {
        EvidenceState::Waiting => PhotoStateView::Waiting,
        EvidenceState::Unshowable => PhotoStateView::Unshowable,
        EvidenceState::Ready => match seat.vault.rendition(evidence.sha256)? {
            None => PhotoStateView::Waiting,
            Some(rendition) => {
                let token = token_of(known, evidence.sha256)?;
                tokens.insert(token.clone(), evidence.sha256);
                PhotoStateView::Ready { url: photo_url(&token), width: rendition.width, height: rendition.height }
            }
        },
    };
    Ok(PhotoView {
        index,
        kind: match evidence.kind {
            EvidenceKind::PortraitSide => EvidenceKindView::PortraitSide,
            EvidenceKind::EmblemSide => EvidenceKindView::EmblemSide,
            EvidenceKind::Holding => EvidenceKindView::Holding,
            EvidenceKind::Supporting => EvidenceKindView::Supporting,
        },
        state,
        original_width: evidence.width,
        original_height: evidence.height,
        original_bytes: evidence.bytes,
    })
}

/// The photo's token: the known one while the case stays open unchanged, so that the window need not load it anew.
fn token_of(known: Option<&HashMap<String, casework::Sha256>>, sha256: casework::Sha256) -> Result<String, DeskError> {
    let known = known.and_then(|known| known.iter().find(|(_, of)| **of == sha256).map(|(token, _)| token.clone()));
    known.map_or_else(ids::token, Ok)
}

/// Windows and Android cannot register own schemes with the web view and use a host name instead.
fn photo_url(token: &str) -> String {
    if cfg!(any(target_os = "windows", target_os = "android")) {
        format!("http://photo.localhost/{token}")
    } else {
        format!("photo://localhost/{token}")
    }
}

fn reason_views(catalogue: &ReasonCatalogue) -> Vec<ReasonView> {
    let view = |reason: &Reason| ReasonView {
        code: reason.code.0.clone(),
        kind: match reason.kind {
            ReasonKind::Retry => ReasonKindView::Retry,
            ReasonKind::Escalate => ReasonKindView::Escalate,
        },
        needs_text: reason.needs_text,
        label_zh: reason.label(Language::Zh).to_owned(),
        label_en: reason.label(Language::En).to_owned(),
    };
    catalogue.reasons.iter().map(view).collect()
}
