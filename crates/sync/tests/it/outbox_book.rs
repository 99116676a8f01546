//! The outbox, the credential and the access log of the store in memory. Like the real one it gives a row up only to the receipt, and takes
//! every step only from the state that the row is in.

use casework::DecisionId;
use contract::access_log::AccessEntry;
use contract::decision::{Receipt, Standing};
use contract::server_info::ServerInfo;
use sync::{DeliveryProblem, LedgerError, OutboxLedger, Outgoing};
use zeroize::Zeroizing;

use crate::book::{Book, Row, is_sending};

impl OutboxLedger for Book {
    fn outbox_requeue_interrupted(&self) -> Result<(), LedgerError> {
        self.call("outbox_requeue_interrupted", |state| {
            for (_, row, _) in &mut state.outbox {
                if *row == Row::Sending {
                    *row = Row::Queued { next_ms: 0 };
                }
            }
        })
    }

    fn outbox_due(&self, now_ms: i64, limit: usize) -> Result<Vec<Outgoing>, LedgerError> {
        self.with(|state| {
            Ok(state
                .outbox
                .iter()
                .filter_map(|(outgoing, row, _)| match row {
                    Row::Queued { next_ms } if *next_ms <= now_ms => {
                        Some(Outgoing { next_attempt_ms: *next_ms, ..outgoing.clone() })
                    }
                    _ => None,
                })
                .take(limit)
                .collect())
        })
    }

    fn outbox_next_due(&self) -> Result<Option<i64>, LedgerError> {
        self.with(|state| {
            Ok(state
                .outbox
                .iter()
                .filter_map(|(_, row, _)| match row {
                    Row::Queued { next_ms } => Some(*next_ms),
                    _ => None,
                })
                .min())
        })
    }

    fn outbox_sending(&self, id: DecisionId) -> Result<bool, LedgerError> {
        self.change_row("outbox_sending", id, |row| matches!(row, Row::Queued { .. }), Row::Sending, None)
    }

    fn outbox_delivered(&self, id: DecisionId, history: &str, receipt: &Receipt) -> Result<(), LedgerError> {
        assert_eq!(receipt.decision_id, id.0);
        assert!(self.change_row("outbox_delivered", id, is_sending, Row::Delivered, None)?);
        self.with(|state| state.receipts.insert(id, (history.to_owned(), receipt.clone())));
        Ok(())
    }

    fn outbox_retry(&self, id: DecisionId, next_ms: i64, problem: &DeliveryProblem) -> Result<(), LedgerError> {
        assert!(self.change_row("outbox_retry", id, is_sending, Row::Queued { next_ms }, Some(problem))?);
        Ok(())
    }

    fn outbox_conflict(
        &self,
        id: DecisionId,
        problem: &DeliveryProblem,
        standing: Option<&Standing>,
        _now_ms: i64,
    ) -> Result<(), LedgerError> {
        let to = Row::Conflict(standing.cloned());
        assert!(self.change_row("outbox_conflict", id, is_sending, to, Some(problem))?);
        Ok(())
    }

    fn outbox_park(&self, id: DecisionId, problem: &DeliveryProblem, _now_ms: i64) -> Result<(), LedgerError> {
        assert!(self.change_row("outbox_park", id, is_sending, Row::Parked, Some(problem))?);
        Ok(())
    }

    fn stuck(&self, _now_ms: i64) -> Result<Vec<DecisionId>, LedgerError> {
        self.with(|state| Ok(std::mem::take(&mut state.stuck)))
    }

    fn offers(&self, history: &str, _now_ms: i64, limit: usize) -> Result<Vec<Outgoing>, LedgerError> {
        self.with(|state| {
            let mut rows: Vec<Outgoing> = state
                .outbox
                .iter()
                .filter(|(_, row, _)| *row == Row::Delivered)
                .filter_map(|(outgoing, ..)| {
                    let (had, receipt) = state.receipts.get(&outgoing.decision_id)?;
                    (had != history).then(|| Outgoing { receipt: Some(receipt.clone()), ..outgoing.clone() })
                })
                .collect();
            rows.truncate(limit);
            Ok(rows)
        })
    }

    fn offered(&self, id: DecisionId, history: &str, receipt: &Receipt) -> Result<(), LedgerError> {
        self.call("offered", |state| {
            state.receipts.insert(id, (history.to_owned(), receipt.clone()));
        })
    }

    fn offer_refused(
        &self,
        id: DecisionId,
        history: &str,
        problem: &DeliveryProblem,
        standing: Option<&Standing>,
        _now_ms: i64,
    ) -> Result<(), LedgerError> {
        let to = Row::Conflict(standing.cloned());
        assert!(self.change_row("offer_refused", id, |row| *row == Row::Delivered, to, Some(problem))?);
        self.with(|state| state.offers_refused.push((id, history.to_owned())));
        Ok(())
    }

    fn delivery_credential(&self) -> Result<Option<Zeroizing<String>>, LedgerError> {
        self.with(|state| Ok(state.credential.clone().map(Zeroizing::new)))
    }

    fn forget_delivery_credential(&self) -> Result<(), LedgerError> {
        self.call("forget_delivery_credential", |state| state.credential = None)
    }

    fn server_info(&self) -> Result<Option<ServerInfo>, LedgerError> {
        self.with(|state| Ok(state.servers.last().cloned()))
    }

    fn put_server_info(&self, server: &ServerInfo) -> Result<(), LedgerError> {
        self.call("put_server_info", |state| state.servers.push(server.clone()))
    }

    fn access_log_unshipped(&self, limit: usize) -> Result<Vec<AccessEntry>, LedgerError> {
        self.with(|state| {
            let unshipped = state.access_log.iter().filter(|entry| entry.seq > state.shipped_up_to);
            Ok(unshipped.take(limit).cloned().collect())
        })
    }

    fn access_log_shipped(&self, up_to_seq: u64) -> Result<(), LedgerError> {
        self.call("access_log_shipped", |state| state.shipped_up_to = up_to_seq)
    }

    fn access_log_rewind(&self, next_seq: u64) -> Result<(), LedgerError> {
        self.call("access_log_rewind", |state| state.shipped_up_to = next_seq - 1)
    }
}
