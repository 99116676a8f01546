//! Offers delivered decisions again to a server that went back in time: one whose history is another since it was restored. Each goes with
//! the receipt that it got, in the order in which they were received, before anything new is delivered. A row stays delivered meanwhile.

use std::collections::HashSet;

use contract::server_info::ServerInfo;

use crate::api::AccessToken;
use crate::api_error::ApiError;
use crate::backoff::delay;
use crate::courier::{Courier, CourierMemory, Refusal};
use crate::cycle::{End, Stop};
use crate::delivery::{BATCH, Troubles, millis};
use crate::disposition::Disposition;
use crate::error::SyncError;
use crate::event::SyncEvent;
use crate::outbox_ledger::Outgoing;

impl Courier {
    /// Offers what this history of the server was not offered, each row once in a cycle.
    pub(crate) async fn offer(
        &self,
        memory: &mut CourierMemory,
        stop: &Stop,
        credential: &AccessToken,
        server: &ServerInfo,
    ) -> Result<(), End> {
        if !memory.has_offers {
            return Ok(());
        }
        let mut tried = HashSet::new();
        let mut troubles = Troubles::default();
        loop {
            let (history, now_ms, limit) = (server.history.clone(), self.clock().ms, BATCH + tried.len());
            let mut rows = self.store.call(move |ledger| ledger.offers(&history, now_ms, limit)).await?;
            if rows.is_empty() {
                memory.has_offers = false;
                memory.offer_attempts.clear();
                return Ok(());
            }
            let mono_ms = self.api.clock().mono_ms();
            rows.retain(|row| {
                let waits = memory.waits.get(&row.decision_id).is_some_and(|&due_ms| due_ms > mono_ms);
                !waits && !tried.contains(&row.decision_id)
            });
            if rows.is_empty() {
                return Ok(());
            }
            rows.sort_by_key(|row| row.receipt.as_ref().map(|receipt| receipt.received_at_ms));
            for row in rows {
                tried.insert(row.decision_id);
                let failed = self.offer_one(memory, stop, credential, server, &row).await?;
                troubles.hear(failed.as_ref())?;
            }
        }
    }

    async fn offer_one(
        &self,
        memory: &mut CourierMemory,
        stop: &Stop,
        credential: &AccessToken,
        server: &ServerInfo,
        row: &Outgoing,
    ) -> Result<Option<ApiError>, End> {
        let (id, history, now_ms) = (row.decision_id, server.history.clone(), self.clock().ms);
        memory.waits.remove(&id);
        let (verdict, outcome) = self.post(memory, stop, credential, server, row).await?;
        match verdict {
            Disposition::Delivered(receipt) => {
                memory.offer_attempts.remove(&id);
                self.store.call(move |ledger| ledger.offered(id, &history, &receipt)).await?;
                Ok(None)
            }
            Disposition::Retry { after, soon, problem } => {
                let attempts = memory.offer_attempts.entry(id).or_insert(0);
                *attempts = if soon { 1 } else { attempts.saturating_add(1) };
                tracing::warn!(decision = %id, code = problem.code, "not taken again, will be offered again");
                let wait = delay(*attempts, self.jitter(), after);
                memory.waits.insert(id, self.api.clock().mono_ms().saturating_add(millis(wait)));
                Ok(outcome.err())
            }
            Disposition::Conflict { problem, standing } => {
                self.offer_refused(row, history, problem, standing, now_ms).await?;
                Ok(None)
            }
            Disposition::Park { problem } => {
                self.offer_refused(row, history, problem, None, now_ms).await?;
                Ok(None)
            }
            Disposition::SignIn { is_unknown, .. } => {
                Err(self.refuse(memory, credential, Refusal::NotKnown, is_unknown).await?)
            }
            Disposition::Revoked { .. } => Err(self.refuse(memory, credential, Refusal::Revoked, false).await?),
            Disposition::Stop { problem, kind } => {
                Err(End::Halted(SyncError { incident: problem.incident, ..SyncError::new(kind) }))
            }
        }
    }

    async fn offer_refused(
        &self,
        row: &Outgoing,
        history: String,
        problem: crate::disposition::DeliveryProblem,
        standing: Option<contract::decision::Standing>,
        now_ms: i64,
    ) -> Result<(), End> {
        let id = row.decision_id;
        tracing::warn!(decision = %id, code = problem.code, "a restored server does not take a delivered decision");
        self.store.call(move |ledger| ledger.offer_refused(id, &history, &problem, standing.as_ref(), now_ms)).await?;
        self.emit(SyncEvent::OutboxChanged);
        self.emit(SyncEvent::CaseChanged(row.case_id));
        Ok(())
    }
}
