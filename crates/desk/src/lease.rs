//! What a person does with leases: give a case back, stand back from it for good, end a colleague's lease, take cases offline. All but the
//! look need the server; what was drafted goes along with the case.

use casework::{AccessEvent, CaseId, Fence, Role};
use contract::lease::OpenedCase;

use crate::access;
use crate::case_work::{moment, plain};
use crate::deadline::{case_id, instant, js_ms};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::grace::offline_choices;
use crate::seat::{OpenCase, Seat, held};
use crate::view::{CaseWhyRequest, CommandError, TakeOfflineRequest, TakenOfflineView, TopicView};

/// The longest word why, in characters; the contract's bound.
const MAX_WHY: usize = 500;

impl Desk {
    /// Gives a case back: others may take it at once, with what was drafted.
    ///
    /// # Errors
    /// Locked, not held, a decision on it waits here, no connection, or the server's refusal.
    pub async fn case_give_back(&self, id: String) -> Result<(), CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let seat = desk.seat()?;
            let id = case_id(&id)?;
            let (vault, asking) = (seat.vault.clone(), seat.clone());
            let case = desk.vault_call(move || vault.held(id)).await?.ok_or(DeskError::NotHeld)?;
            if desk.blocking_call(move || asking.hidden_cases()).await?.contains(&id) {
                return Err(DeskError::AlreadyDecidedHere);
            }
            seat.engine.put_case_work(id).await?;
            seat.engine.give_back(id, case.fence.0).await?;
            desk.left(&seat, id, AccessEvent::GivenBack).await
        })
        .await
    }

    /// Stands back from a case (回避): it goes to somebody else, and never comes back to this person.
    ///
    /// # Errors
    /// Locked, the reason is missing or too long, no connection, or the server's refusal.
    pub async fn case_recuse(&self, request: CaseWhyRequest) -> Result<(), CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let seat = desk.seat()?;
            let (id, why) = (case_id(&request.case_id)?, why(&request)?);
            seat.engine.recuse(id, &why).await?;
            desk.left(&seat, id, AccessEvent::Recused).await
        })
        .await
    }

    /// Ends a colleague's lease; for supervisors.
    ///
    /// # Errors
    /// Locked, no supervisor, the reason is missing or too long, no connection, or the server's refusal.
    pub async fn case_revoke(&self, request: CaseWhyRequest) -> Result<(), CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let seat = desk.seat()?;
            let (id, why) = (case_id(&request.case_id)?, why(&request)?);
            if seat.role() != Role::Supervisor {
                return Err(DeskError::Decide(casework::DecideError::RoleMayNot));
            }
            Ok(seat.engine.revoke(id, &why).await?)
        })
        .await
    }

    /// What is taken offline, and what may be.
    ///
    /// # Errors
    /// Locked, or the vault cannot be read.
    pub async fn lease_view(&self) -> Result<TakenOfflineView, CommandError> {
        self.at_seat(|desk, seat| desk.taken_offline(seat)).await
    }

    /// Takes cases offline (带离线): more of them are leased, until the stated time.
    ///
    /// # Errors
    /// Locked, no connection, or the server's refusal.
    pub async fn lease_take_offline(&self, request: TakeOfflineRequest) -> Result<TakenOfflineView, CommandError> {
        let desk = self.clone();
        self.answering(async move {
            let until_ms = moment(request.until_ms)?;
            desk.change_offline(until_ms, request.count).await
        })
        .await
    }

    /// Ends taking offline: leases end as usual again.
    ///
    /// # Errors
    /// Locked, no connection, or the server's refusal.
    pub async fn lease_end_offline(&self) -> Result<TakenOfflineView, CommandError> {
        let desk = self.clone();
        // A time that is past ends it.
        self.answering(async move { desk.change_offline(0, 0).await }).await
    }

    async fn change_offline(&self, until_ms: i64, count: u32) -> Result<TakenOfflineView, DeskError> {
        let seat = self.seat()?;
        let taken = seat.engine.take_offline(until_ms, count).await?;
        *held(&seat.common.offline_until_ms) = taken.until_ms;
        for topic in [TopicView::Status, TopicView::Queue] {
            self.inner.announcer.changed(topic);
        }
        let desk = self.clone();
        self.blocking_call(move || desk.taken_offline(&seat)).await
    }

    fn taken_offline(&self, seat: &Seat) -> Result<TakenOfflineView, DeskError> {
        let now_ms = self.now_ms(seat);
        let choices = offline_choices(&seat.calendars.counting().own(), instant(now_ms));
        Ok(TakenOfflineView {
            until_ms: seat.offline_until_ms(now_ms).map(js_ms),
            held: seat.vault.held_counts(&seat.hidden_cases()?)?.held,
            most: seat.server().limits.taken_offline,
            choices_ms: choices.into_iter().map(|end| js_ms(end.timestamp_millis())).collect(),
        })
    }

    /// The case left this person's hands by an own act: it leaves the screen, and with the server has what was drafted.
    async fn left(&self, seat: &std::sync::Arc<Seat>, id: CaseId, what: AccessEvent) -> Result<(), DeskError> {
        let (of, now_ms) = (seat.clone(), self.now_ms(seat));
        self.blocking_call(move || {
            access::note_case(&of.delivery.work, now_ms, what, id);
            of.close_if_shown(id);
            // A screen that asks once more must not lease it again.
            of.open().lost = Some(id);
            if let Err(error) = of.vault.forget_case_work(id) {
                tracing::warn!(%error, "a draft of a case that was given away is still here");
            }
            Ok(())
        })
        .await?;
        for topic in [TopicView::Case, TopicView::Queue, TopicView::Status] {
            self.inner.announcer.changed(topic);
        }
        Ok(())
    }

    /// The person looks at a case: its lease now lasts to its end, and the access log has it.
    pub(crate) fn note_opened(&self, seat: &Seat, opened: OpenedCase) {
        let (id, fence) = (CaseId(opened.case_id), Fence(opened.fence));
        let now_ms = self.now_ms(seat);
        access::note_case(&seat.delivery.work, now_ms, AccessEvent::CaseOpened, id);
        let told = seat.vault.was_opened(id, fence).and_then(|was_opened| {
            if !was_opened {
                seat.vault.put_opened(id, fence, now_ms)?;
                // It is told with the next asking.
                seat.engine.ask_for_leases();
            }
            Ok(())
        });
        if let Err(error) = told {
            tracing::warn!(%error, "the server is not told that a case was opened");
        }
    }
}

impl Seat {
    /// Until when cases are taken offline, while they are.
    pub(crate) fn offline_until_ms(&self, now_ms: i64) -> Option<i64> {
        held(&self.common.offline_until_ms).filter(|until_ms| *until_ms > now_ms)
    }

    /// Whether the grant that was on the screen has ended, though the case may have come again under another one: what is on the screen is
    /// not silently leased again, a person closes it and opens it anew.
    pub(crate) fn is_lost(&self, id: CaseId, fence: Fence) -> bool {
        let open = self.open();
        let is_other_grant = |case: &OpenCase| case.shown.case_id == id && case.shown.fence != fence;
        open.lost == Some(id) || open.case.as_ref().is_some_and(is_other_grant)
    }

    /// Takes a case off the screen.
    pub(crate) fn close_if_shown(&self, id: CaseId) {
        let mut open = self.open();
        if open.case.as_ref().is_some_and(|open| open.shown.case_id == id) {
            open.case = None;
        }
        held(&self.common.on_screen).take_if(|shown| *shown == id);
    }
}

fn why(request: &CaseWhyRequest) -> Result<String, DeskError> {
    let why = plain(request.reason.trim(), MAX_WHY)?;
    if why.is_empty() { Err(DeskError::BadText) } else { Ok(why) }
}
