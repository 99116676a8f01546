//! My leases: the list that the server renews and fills up, and the single steps that a person makes between two lists. A list that was asked
//! for before such a step is out of date and not applied, so that no case comes back that was given away, and none goes that was just taken.
//! Nothing here ever takes a case by itself: only the server's list and a person do.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use casework::CaseId;
use contract::access_log::StuckAnswer;
use contract::device::UnsealRequest;
use contract::lease::{LeaseAnswer, LeasesAnswer, LeasesRequest, TakeOffline};
use sha2::Digest;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cycle::{End, Memory, Stop};
use crate::engine::Engine;
use crate::error::{SyncError, SyncErrorKind};
use crate::event::SyncEvent;
use crate::ledger::{Ledger, LedgerError};
use crate::pull::unless_refused;

/// How many opened cases are told in one request.
const OPENED_AT_MOST: usize = 200;

/// What the server granted for a time without a network (带离线).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenOffline {
    /// Until when, server time; `None` when nothing is taken offline any more.
    pub until_ms: Option<i64>,
    /// How many cases are held now, in all.
    pub held: u32,
    /// How many the server leases ahead.
    pub limit: u32,
}

impl Engine {
    pub(crate) async fn pull_leases(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        let before = *self.lease_changes.lock().await;
        let opened = self.on_ledger(|ledger| ledger.opened_untold(OPENED_AT_MOST)).await?;
        let request = &LeasesRequest { opened, offline: None };
        let api = &self.api;
        let answer = stop.or(self.session.call(|token| async move { api.leases(&token, request).await })).await?;
        let Some(leases) = unless_refused(answer, "leases")? else {
            return Ok(());
        };
        memory.could_hold_more = leases.leases.len() < usize::try_from(leases.limit).unwrap_or(usize::MAX);
        let (digest, held) = (digest(&leases), held(&leases));
        if !self.apply_leases(before, request, leases).await? {
            return Ok(());
        }
        let (gone, is_first) = (changed(&memory.held, &held), memory.held.is_empty());
        if memory.leases_digest != digest || digest.is_none() {
            memory.leases_digest = digest;
            self.emit(SyncEvent::QueueChanged);
        }
        memory.held = held;
        if !is_first {
            // Whoever has one of them open must see that it went, or came back under another grant.
            gone.into_iter().for_each(|case_id| self.emit(SyncEvent::CaseChanged(case_id)));
        }
        Ok(())
    }

    /// Notes what was told, and keeps the list unless it is out of date; then it is asked for again.
    async fn apply_leases(&self, before: u64, told: &LeasesRequest, leases: LeasesAnswer) -> Result<bool, LedgerError> {
        let changes = self.lease_changes.lock().await;
        let is_current = *changes == before;
        let opened = told.opened.clone();
        // Applied even when nothing changed: a case may have been given back here meanwhile.
        self.on_ledger(move |ledger| {
            if !opened.is_empty() {
                ledger.opened_told(&opened)?;
            }
            if is_current { ledger.put_leases(&leases) } else { Ok(()) }
        })
        .await?;
        drop(changes);
        if !is_current {
            self.ask_leases.store(true, Ordering::Relaxed);
            self.nudge();
        }
        Ok(is_current)
    }

    /// Takes more cases, for a time without a network (带离线); a time that is past ends it. The server grants at most what its limits allow.
    ///
    /// # Errors
    /// When the server refuses or fails, or the store.
    pub async fn take_offline(&self, until_ms: i64, count: u32) -> Result<TakenOffline, SyncError> {
        let opened = self.on_ledger(|ledger| ledger.opened_untold(OPENED_AT_MOST)).await?;
        let request = &LeasesRequest { opened, offline: Some(TakeOffline { until_ms, count }) };
        let api = &self.api;
        // The step comes first, so that a list that is on its way is not applied over this one.
        let before = {
            let mut changes = self.lease_changes.lock().await;
            *changes += 1;
            *changes
        };
        let leases = self.session.call(|token| async move { api.leases(&token, request).await }).await?;
        let taken = TakenOffline {
            until_ms: leases.offline_until_ms,
            held: u32::try_from(leases.leases.len()).unwrap_or(u32::MAX),
            limit: leases.limit,
        };
        if self.apply_leases(before, request, leases).await? {
            self.emit(SyncEvent::QueueChanged);
            self.photos.notify_one();
        }
        Ok(taken)
    }

    /// Leases one case and keeps what comes with it. It counts as opened at the server.
    ///
    /// # Errors
    /// [`contract::problem::ProblemCode::LeaseHeld`] (with what stands), `NotLeasable`, `Recused`, or that the server or the store fails.
    pub async fn lease_case(&self, case_id: CaseId) -> Result<LeaseAnswer, SyncError> {
        let api = &self.api;
        let lease = self.session.call(|token| async move { api.lease_case(&token, case_id).await }).await?;
        if lease.case.row.case_id != case_id.0 {
            return Err(SyncErrorKind::Unreadable.into());
        }
        let kept = lease.clone();
        self.change_lease(move |ledger| ledger.put_lease(&kept)).await?;
        self.emit(SyncEvent::CaseChanged(case_id));
        self.emit(SyncEvent::QueueChanged);
        self.photos.notify_one();
        Ok(lease)
    }

    /// Gives a case back; afterwards it is not held here.
    ///
    /// # Errors
    /// When the server refuses or fails, or the store.
    pub async fn give_back(&self, case_id: CaseId, fence: u32) -> Result<(), SyncError> {
        let api = &self.api;
        self.session.call(|token| async move { api.give_back(&token, case_id, fence).await }).await?;
        self.not_held(case_id).await
    }

    /// Reports that a photo of a held case cannot be seen (待技术处理); afterwards it is not held here.
    ///
    /// # Errors
    /// When the server refuses or fails, or the store.
    pub async fn report_technical(&self, case_id: CaseId, fence: u32) -> Result<(), SyncError> {
        let api = &self.api;
        self.session.call(|token| async move { api.report_technical(&token, case_id, fence).await }).await?;
        self.not_held(case_id).await
    }

    /// Stands back from a case for good (回避), held or not; afterwards it is not held here.
    ///
    /// # Errors
    /// When the server refuses or fails, or the store.
    pub async fn recuse(&self, case_id: CaseId, reason: &str) -> Result<(), SyncError> {
        let api = &self.api;
        self.session.call(|token| async move { api.recuse(&token, case_id, reason).await }).await?;
        self.not_held(case_id).await
    }

    /// Ends the lease of whoever holds the case; for supervisors. Their own lease, if it is that, is gone with it.
    ///
    /// # Errors
    /// When the server refuses or fails, or the store.
    pub async fn revoke(&self, case_id: CaseId, reason: &str) -> Result<(), SyncError> {
        let api = &self.api;
        self.session.call(|token| async move { api.revoke(&token, case_id, reason).await }).await?;
        self.not_held(case_id).await
    }

    /// Decisions of the office that their desktops cannot deliver; for supervisors.
    ///
    /// # Errors
    /// When the server refuses or fails.
    pub async fn stuck(&self) -> Result<StuckAnswer, SyncError> {
        let api = &self.api;
        Ok(self.session.call(|token| async move { api.stuck(&token).await }).await?)
    }

    /// The key of `work.db` of an own device whose password was forgotten; standard base64.
    ///
    /// # Errors
    /// When the server refuses or fails.
    pub async fn unseal(&self, sealed: &UnsealRequest) -> Result<Zeroizing<String>, SyncError> {
        let api = &self.api;
        Ok(self.session.call(|token| async move { api.unseal(&token, sealed).await }).await?)
    }

    /// Leases are asked for with the next cycle: what is held may have changed at the server.
    pub fn ask_for_leases(&self) {
        self.ask_leases.store(true, Ordering::Relaxed);
        self.nudge();
    }

    async fn not_held(&self, case_id: CaseId) -> Result<(), SyncError> {
        self.drop_lease(case_id).await?;
        self.nudge();
        Ok(())
    }

    /// Drops what came with the lease of a case.
    pub(crate) async fn drop_lease(&self, case_id: CaseId) -> Result<(), LedgerError> {
        self.change_lease(move |ledger| ledger.lease_lost(case_id)).await?;
        self.ask_leases.store(true, Ordering::Relaxed);
        self.emit(SyncEvent::CaseChanged(case_id));
        self.emit(SyncEvent::QueueChanged);
        Ok(())
    }

    /// One step beside the lists.
    async fn change_lease(
        &self,
        change: impl FnOnce(&dyn Ledger) -> Result<(), LedgerError> + Send + 'static,
    ) -> Result<(), LedgerError> {
        let mut changes = self.lease_changes.lock().await;
        *changes += 1;
        self.on_ledger(change).await
    }
}

fn held(leases: &LeasesAnswer) -> BTreeMap<Uuid, u32> {
    leases.leases.iter().map(|lease| (lease.case.row.case_id, lease.fence)).collect()
}

/// The cases that are not held as they were.
fn changed(before: &BTreeMap<Uuid, u32>, now: &BTreeMap<Uuid, u32>) -> Vec<CaseId> {
    let is_other = |(case_id, fence): &(&Uuid, &u32)| now.get(case_id) != Some(fence);
    before.iter().filter(is_other).map(|(&case_id, _)| CaseId(case_id)).collect()
}

/// Tells one list of leases from another without keeping its personal data in memory.
fn digest(leases: &LeasesAnswer) -> Option<[u8; 32]> {
    serde_json::to_vec(leases).ok().map(|json| sha2::Sha256::digest(Zeroizing::new(json).as_slice()).into())
}
