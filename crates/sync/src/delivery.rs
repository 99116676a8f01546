//! Delivers the waiting decisions, most urgent deadline first. Each attempt is marked before its first byte goes out and ends in exactly
//! one word to the store; trouble with one row never holds up the others, trouble with the connection ends the round.

use std::collections::HashSet;
use std::time::Duration;

use contract::decision::Receipt;
use contract::server_info::ServerInfo;

use crate::api::AccessToken;
use crate::api_error::ApiError;
use crate::backoff::delay;
use crate::courier::{Courier, CourierMemory, Refusal};
use crate::cycle::{End, Stop};
use crate::disposition::{Awaited, DeliveryProblem, Disposition, RECEIPT_MISMATCH, disposition};
use crate::error::SyncError;
use crate::event::SyncEvent;
use crate::failpoint::failpoint;
use crate::outbox_ledger::Outgoing;
use crate::transport::TransportError;

pub(crate) const BATCH: usize = 50;
/// No attempt is ever planned this far ahead: a later one stems from a clock that was wrong, and is due now.
const ABSURDLY_LATE_MS: i64 = 16 * 60 * 1000;
/// This many troubled answers one after the other are the connection's fault, not a row's.
const TROUBLES_IN_A_ROW: u32 = 2;

/// Whose fault a failed attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// This row's, if anybody's.
    Row,
    /// Perhaps the connection's.
    Perhaps,
    /// The connection's or the whole server's.
    Connection,
}

/// Failed attempts one after the other.
#[derive(Debug, Default)]
pub(crate) struct Troubles(u32);

impl Troubles {
    /// Takes in how an attempt ended: `None` when the answer said what to do, else what went wrong. An error ends the round.
    pub(crate) fn hear(&mut self, failed: Option<&ApiError>) -> Result<(), End> {
        let Some(error) = failed else {
            self.0 = 0;
            return Ok(());
        };
        let trouble = trouble(error);
        self.0 = if trouble == Trouble::Row { 0 } else { self.0 + 1 };
        if trouble == Trouble::Connection || self.0 >= TROUBLES_IN_A_ROW {
            return Err(End::Offline(error.clone().into()));
        }
        Ok(())
    }
}

impl Courier {
    pub(crate) async fn deliver(
        &self,
        memory: &mut CourierMemory,
        stop: &Stop,
        credential: &AccessToken,
        server: &ServerInfo,
    ) -> Result<(), End> {
        let mut tried = HashSet::new();
        let mut troubles = Troubles::default();
        loop {
            let mut rows = self.due(memory, BATCH + tried.len()).await?;
            rows.retain(|row| !tried.contains(&row.decision_id));
            if rows.is_empty() {
                return Ok(());
            }
            rows.sort_by_key(|row| memory.held_back.contains(&row.decision_id));
            for row in rows {
                tried.insert(row.decision_id);
                let failed = self.deliver_one(memory, stop, credential, server, &row).await?;
                troubles.hear(failed.as_ref())?;
            }
        }
    }

    /// What is due by the server's time, or by the forward clock since it was seen first or tried last: a server whose clock stands still
    /// or went back must not keep a decision here.
    pub(crate) async fn due(&self, memory: &mut CourierMemory, limit: usize) -> Result<Vec<Outgoing>, End> {
        let now_ms = self.clock().ms;
        let mono_ms = self.api.clock().mono_ms();
        let horizon_ms = now_ms.saturating_add(ABSURDLY_LATE_MS);
        let mut rows = self.store.call(|ledger| ledger.outbox_due(i64::MAX, usize::MAX)).await?;
        rows.retain(|row| {
            // Row by row: one that a wrong clock put into next week must not wait, whatever the others do.
            if row.next_attempt_ms <= now_ms || row.next_attempt_ms > horizon_ms {
                return true;
            }
            let left_ms = row.next_attempt_ms.saturating_sub(now_ms);
            *memory.waits.entry(row.decision_id).or_insert_with(|| mono_ms.saturating_add(left_ms)) <= mono_ms
        });
        rows.truncate(limit);
        Ok(rows)
    }

    /// Posts a row and reads the answer; both, and when the loop is being stopped, an error instead.
    pub(crate) async fn post(
        &self,
        memory: &mut CourierMemory,
        stop: &Stop,
        credential: &AccessToken,
        server: &ServerInfo,
        row: &Outgoing,
    ) -> Result<(Disposition, Result<Receipt, ApiError>), End> {
        failpoint!("sync::deliver::before-send");
        let outcome = stop.or(self.api.decide(credential, row)).await?;
        failpoint!("sync::deliver::after-response");
        let awaited = Awaited {
            decision_id: row.decision_id,
            payload_sha256: row.payload_sha256,
            server_id: self.settings.server_id,
            receipt_key: &server.receipt_key,
        };
        let verdict = disposition(&awaited, &outcome);
        if matches!(&verdict, Disposition::Retry { problem, .. } if problem.code == RECEIPT_MISMATCH) {
            tracing::warn!(decision = %row.decision_id, "the receipt is another one's or not signed by the server");
            // Perhaps the server signs with another key meanwhile.
            memory.server_checked_ms = None;
        }
        Ok((verdict, outcome))
    }

    /// One attempt. Gives what went wrong when it is to be tried again.
    async fn deliver_one(
        &self,
        memory: &mut CourierMemory,
        stop: &Stop,
        credential: &AccessToken,
        server: &ServerInfo,
        row: &Outgoing,
    ) -> Result<Option<ApiError>, End> {
        let (id, case_id) = (row.decision_id, row.case_id);
        memory.waits.remove(&id);
        if !self.store.call(move |ledger| ledger.outbox_sending(id)).await? {
            return Ok(None);
        }
        self.emit(SyncEvent::OutboxChanged);
        let (verdict, outcome) = match self.post(memory, stop, credential, server, row).await {
            Ok(answered) => answered,
            Err(end) => {
                self.wait_with(row, Duration::ZERO, DeliveryProblem::of("interrupted")).await?;
                return Err(end);
            }
        };
        if !matches!(verdict, Disposition::Retry { .. }) {
            memory.held_back.remove(&id);
        }
        let now_ms = self.clock().ms;
        match verdict {
            Disposition::Delivered(receipt) => {
                let history = server.history.clone();
                self.store.call(move |ledger| ledger.outbox_delivered(id, &history, &receipt)).await?;
            }
            Disposition::Retry { after, soon, problem } => {
                memory.held_back.insert(id);
                let attempts = if soon { 1 } else { row.attempts.saturating_add(1) };
                tracing::warn!(decision = %id, code = problem.code, "not delivered, will be tried again");
                let wait = delay(attempts, self.jitter(), after);
                self.wait_with(row, wait, problem).await?;
                memory.waits.insert(id, self.api.clock().mono_ms().saturating_add(millis(wait)));
                // A receipt of another decision: this answer is worth nothing, the connection may be fine.
                return Ok(outcome.err());
            }
            Disposition::Conflict { problem, standing } => {
                let is_lease_lost = problem.code == "lease_lost";
                self.store.call(move |ledger| ledger.outbox_conflict(id, &problem, standing.as_ref(), now_ms)).await?;
                if is_lease_lost {
                    self.emit(SyncEvent::LeaseLost(case_id));
                }
            }
            Disposition::Park { problem } => {
                tracing::warn!(decision = %id, code = problem.code, "parked");
                self.store.call(move |ledger| ledger.outbox_park(id, &problem, now_ms)).await?;
            }
            Disposition::SignIn { problem, is_unknown } => {
                self.wait_with(row, Duration::ZERO, problem).await?;
                return Err(self.refuse(memory, credential, Refusal::NotKnown, is_unknown).await?);
            }
            Disposition::Revoked { problem } => {
                self.wait_with(row, Duration::ZERO, problem).await?;
                return Err(self.refuse(memory, credential, Refusal::Revoked, false).await?);
            }
            Disposition::Stop { problem, kind } => {
                let halted = SyncError { incident: problem.incident.clone(), ..SyncError::new(kind) };
                self.wait_with(row, Duration::ZERO, problem).await?;
                return Err(End::Halted(halted));
            }
        }
        self.emit(SyncEvent::OutboxChanged);
        self.emit(SyncEvent::CaseChanged(case_id));
        Ok(None)
    }

    async fn wait_with(&self, row: &Outgoing, wait: Duration, problem: DeliveryProblem) -> Result<(), End> {
        let id = row.decision_id;
        let next_ms = self.clock().ms.saturating_add(millis(wait));
        self.store.call(move |ledger| ledger.outbox_retry(id, next_ms, &problem)).await?;
        self.emit(SyncEvent::OutboxChanged);
        Ok(())
    }
}

pub(crate) fn millis(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
}

fn trouble(error: &ApiError) -> Trouble {
    let by_status = |status: u16| match status {
        429 => Trouble::Connection,
        408 | 425 | 502..=504 => Trouble::Perhaps,
        _ => Trouble::Row,
    };
    match error {
        ApiError::Transport(TransportError::Unreachable | TransportError::NotTrusted) => Trouble::Connection,
        ApiError::Transport(TransportError::Timeout | TransportError::Incomplete) | ApiError::NotAReviewServer => {
            Trouble::Perhaps
        }
        ApiError::Transport(TransportError::TooLarge) | ApiError::Unreadable | ApiError::PhotoDiffers => Trouble::Row,
        ApiError::Problem { problem, .. } => by_status(problem.code.status()),
        ApiError::Refused { status, .. } => by_status(*status),
    }
}
