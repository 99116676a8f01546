//! Delivers the waiting decisions, most urgent deadline first. Each attempt is marked before its first byte goes out and ends in exactly
//! one word to the store; trouble with one row never holds up the others, trouble with the connection ends the round.

use std::collections::HashSet;
use std::time::Duration;

use crate::api_error::ApiError;
use crate::backoff::delay;
use crate::cycle::{End, Memory, Stop};
use crate::disposition::{DeliveryProblem, Disposition, disposition};
use crate::engine::Engine;
use crate::error::SyncError;
use crate::event::SyncEvent;
use crate::ledger::Outgoing;
use crate::session::CallError;
use crate::transport::TransportError;

const BATCH: usize = 50;
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

impl Engine {
    pub(crate) async fn deliver(&self, memory: &mut Memory, stop: &Stop) -> Result<(), End> {
        let mut tried = HashSet::new();
        let mut troubles = 0;
        loop {
            let mut rows = self.due(memory, BATCH + tried.len()).await?;
            rows.retain(|row| !tried.contains(&row.decision_id));
            if rows.is_empty() {
                return Ok(());
            }
            rows.sort_by_key(|row| memory.held_back.contains(&row.decision_id));
            for row in rows {
                tried.insert(row.decision_id);
                match self.deliver_one(memory, stop, &row).await? {
                    None => troubles = 0,
                    Some((trouble, error)) => {
                        troubles = if trouble == Trouble::Row { 0 } else { troubles + 1 };
                        if trouble == Trouble::Connection || troubles >= TROUBLES_IN_A_ROW {
                            return Err(End::Offline(error));
                        }
                    }
                }
            }
        }
    }

    /// What is due by the server's time, or by the forward clock since its last attempt: a server whose clock stands still or went back
    /// must not keep a decision here.
    async fn due(&self, memory: &Memory, limit: usize) -> Result<Vec<Outgoing>, End> {
        let now_ms = self.clock().ms;
        let mono_ms = self.api.clock().mono_ms();
        let waited: HashSet<_> =
            memory.waits.iter().filter(|&(_, &due_ms)| due_ms <= mono_ms).map(|(&id, _)| id).collect();
        let rows = self
            .on_ledger(move |ledger| {
                let horizon_ms = now_ms.saturating_add(ABSURDLY_LATE_MS);
                let mut rows = ledger.outbox_due(i64::MAX, usize::MAX)?;
                // Row by row: one that a wrong clock put into next week must not wait, whatever the others do.
                rows.retain(|row| {
                    let is_planned = row.next_attempt_ms <= now_ms || row.next_attempt_ms > horizon_ms;
                    is_planned || waited.contains(&row.decision_id)
                });
                rows.truncate(limit);
                Ok(rows)
            })
            .await?;
        Ok(rows)
    }

    /// One attempt. Gives what went wrong when it is to be tried again.
    async fn deliver_one(
        &self,
        memory: &mut Memory,
        stop: &Stop,
        row: &Outgoing,
    ) -> Result<Option<(Trouble, SyncError)>, End> {
        let (id, case_id) = (row.decision_id, row.case_id);
        memory.waits.remove(&id);
        if !self.on_ledger(move |ledger| ledger.outbox_sending(id)).await? {
            return Ok(None);
        }
        self.emit(SyncEvent::OutboxChanged);
        let api = &self.api;
        let answered = stop.or(self.session.call(|token| async move { api.decide(&token, row).await })).await;
        let outcome = match answered {
            Ok(Ok(receipt)) => Ok(receipt),
            Ok(Err(CallError::Api(error))) => Err(error),
            Ok(Err(CallError::Session(error))) => {
                let problem =
                    DeliveryProblem { code: error.kind.word(), status: None, incident: error.incident.clone() };
                self.wait_with(row, Duration::ZERO, problem).await?;
                return Err(error.into());
            }
            Err(end) => {
                self.wait_with(row, Duration::ZERO, DeliveryProblem::of("interrupted")).await?;
                return Err(end);
            }
        };
        let verdict = disposition(id, row.payload_sha256, &outcome);
        if !matches!(verdict, Disposition::Retry { .. }) {
            memory.held_back.remove(&id);
        }
        match verdict {
            Disposition::Delivered(receipt) => {
                self.on_ledger(move |ledger| ledger.outbox_delivered(id, &receipt)).await?;
                memory.leases_ms = None;
                self.emit(SyncEvent::OutboxChanged);
                self.emit(SyncEvent::CaseChanged(case_id));
                Ok(None)
            }
            Disposition::Retry { after, soon, problem } => {
                memory.held_back.insert(id);
                let attempts = if soon { 1 } else { row.attempts.saturating_add(1) };
                tracing::warn!(decision = %id, code = problem.code, "not delivered, will be tried again");
                let wait = delay(attempts, self.jitter(), after);
                self.wait_with(row, wait, problem).await?;
                let due_ms = self.api.clock().mono_ms().saturating_add(millis(wait));
                memory.waits.insert(id, due_ms);
                Ok(match outcome {
                    // A receipt of another decision: this answer is worth nothing, the connection may be fine.
                    Ok(_) => None,
                    Err(error) => Some((trouble(&error), error.into())),
                })
            }
            Disposition::Conflict { problem, standing } => {
                let is_lease_lost = problem.code == "lease_lost";
                self.on_ledger(move |ledger| {
                    ledger.outbox_conflict(id, &problem, standing.as_ref())?;
                    if is_lease_lost { ledger.lease_lost(case_id) } else { Ok(()) }
                })
                .await?;
                memory.leases_ms = None;
                self.emit(SyncEvent::OutboxChanged);
                self.emit(SyncEvent::CaseChanged(case_id));
                Ok(None)
            }
            Disposition::Park { problem } => {
                tracing::warn!(decision = %id, code = problem.code, "parked");
                self.on_ledger(move |ledger| ledger.outbox_park(id, &problem)).await?;
                self.emit(SyncEvent::OutboxChanged);
                self.emit(SyncEvent::CaseChanged(case_id));
                Ok(None)
            }
            Disposition::SignIn { problem } => {
                self.wait_with(row, Duration::ZERO, problem).await?;
                Err(End::SignIn)
            }
            Disposition::Stop { problem, kind } => {
                let halted = SyncError { incident: problem.incident.clone(), ..SyncError::new(kind) };
                self.wait_with(row, Duration::ZERO, problem).await?;
                Err(End::Halted(halted))
            }
        }
    }

    async fn wait_with(&self, row: &Outgoing, wait: Duration, problem: DeliveryProblem) -> Result<(), End> {
        let id = row.decision_id;
        let next_ms = self.clock().ms.saturating_add(millis(wait));
        self.on_ledger(move |ledger| ledger.outbox_retry(id, next_ms, &problem)).await?;
        self.emit(SyncEvent::OutboxChanged);
        Ok(())
    }
}

fn millis(wait: Duration) -> i64 {
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
