//! A local store in memory behind the `Ledger` port: it keeps what it is told, logs every call that changes something, and fails on
//! request. Outbox rows have the states of the real store and refuse what the real one refuses.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use casework::{CaseId, DecisionId, Sha256};
use contract::calendar::CalendarAnswer;
use contract::decision::{Receipt, Standing};
use contract::feed::{Change, ChangesAnswer};
use contract::lease::{LeaseAnswer, LeasesAnswer};
use contract::reason::ReasonsAnswer;
use contract::server_info::ServerInfo;
use contract::session::Person;
use sync::{CalendarStored, DeliveryProblem, FeedPosition, Ledger, LedgerError, Outgoing, PhotoStored, PhotoWanted};
use zeroize::Zeroizing;

use crate::sample;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Row {
    Queued { next_ms: i64 },
    Sending,
    Delivered,
    Conflict(Option<Standing>),
    Parked,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) position: FeedPosition,
    pub(crate) pages: Vec<(ChangesAnswer, bool, bool)>,
    pub(crate) cases: BTreeMap<u128, ()>,
    pub(crate) leases: Vec<LeasesAnswer>,
    pub(crate) lost: Vec<CaseId>,
    pub(crate) outbox: Vec<(Outgoing, Row, Option<DeliveryProblem>)>,
    pub(crate) photos: Vec<PhotoWanted>,
    pub(crate) refresh: Option<String>,
    pub(crate) persons: Vec<Person>,
    pub(crate) servers: Vec<ServerInfo>,
    pub(crate) offsets: Vec<i64>,
    pub(crate) reasons: Vec<u32>,
    /// Packs that were put, and what becomes of the next ones.
    pub(crate) calendars: Vec<CalendarAnswer>,
    pub(crate) refuses_calendars: bool,
    /// Packs that the server said it still has.
    pub(crate) unchanged_calendars: Vec<String>,
    pub(crate) log: Vec<String>,
    pub(crate) fail: HashMap<&'static str, VecDeque<Option<LedgerError>>>,
    /// When this row begins to be sent, that one is taken back.
    pub(crate) take_back: Option<(u128, u128)>,
}

pub(crate) struct Book {
    state: Mutex<State>,
}

impl Default for Book {
    fn default() -> Self {
        Self { state: Mutex::new(State { refresh: Some("refresh-0".to_owned()), ..State::default() }) }
    }
}

impl Book {
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// Adds a waiting decision. The order of adding is the order of deadlines.
    pub(crate) fn queue(&self, row: Outgoing, next_ms: i64) {
        self.with(|state| state.outbox.push((row, Row::Queued { next_ms }, None)));
    }

    pub(crate) fn row(&self, n: u128) -> Row {
        self.entry(n).1
    }

    pub(crate) fn problem_word(&self, n: u128) -> Option<String> {
        self.entry(n).2.map(|problem| problem.code)
    }

    fn entry(&self, n: u128) -> (Outgoing, Row, Option<DeliveryProblem>) {
        self.with(|state| state.outbox.iter().find(|(row, ..)| row.decision_id.0.as_u128() == n).cloned().unwrap())
    }

    pub(crate) fn fail_next(&self, call: &'static str, error: LedgerError) {
        self.fail_after(call, 0, error);
    }

    /// Lets this many calls pass, then fails one.
    pub(crate) fn fail_after(&self, call: &'static str, passes: usize, error: LedgerError) {
        self.with(|state| {
            let plan = state.fail.entry(call).or_default();
            plan.extend(vec![None; passes]);
            plan.push_back(Some(error));
        });
    }

    fn call<T>(&self, name: &'static str, change: impl FnOnce(&mut State) -> T) -> Result<T, LedgerError> {
        self.with(|state| {
            if let Some(error) = state.fail.get_mut(name).and_then(VecDeque::pop_front).flatten() {
                state.log.push(format!("{name} failed"));
                return Err(error);
            }
            state.log.push(name.to_owned());
            Ok(change(state))
        })
    }

    fn change_row(
        &self,
        name: &'static str,
        id: DecisionId,
        from: impl Fn(&Row) -> bool,
        to: Row,
        problem: Option<&DeliveryProblem>,
    ) -> Result<bool, LedgerError> {
        self.call(name, |state| {
            let Some(entry) = state.outbox.iter_mut().find(|(row, ..)| row.decision_id == id) else {
                return false;
            };
            if !from(&entry.1) {
                return false;
            }
            if to == Row::Sending {
                entry.0.attempts += 1;
            }
            entry.1 = to.clone();
            entry.2 = problem.cloned();
            if let Some(problem) = problem {
                state.log.push(problem.code.clone());
            }
            if let (Row::Sending, Some((first, second))) = (to, state.take_back)
                && id.0.as_u128() == first
            {
                state.outbox.retain(|(row, ..)| row.decision_id.0.as_u128() != second);
            }
            true
        })
    }
}

fn is_sending(row: &Row) -> bool {
    *row == Row::Sending
}

#[async_trait]
impl Ledger for Book {
    fn feed_position(&self) -> Result<FeedPosition, LedgerError> {
        self.with(|state| Ok(state.position.clone()))
    }

    fn apply_changes(&self, page: &ChangesAnswer, is_first_of_epoch: bool, is_last: bool) -> Result<(), LedgerError> {
        self.call("apply_changes", |state| {
            state.position = FeedPosition { epoch: Some(page.epoch.clone()), cursor: page.cursor };
            for change in &page.changes {
                match change {
                    Change::Case { row } => state.cases.insert(row.case_id.as_u128() - 1000, ()),
                    Change::Gone { case_id, .. } => state.cases.remove(&(case_id.as_u128() - 1000)),
                };
            }
            state.pages.push((page.clone(), is_first_of_epoch, is_last));
        })
    }

    fn put_leases(&self, leases: &LeasesAnswer) -> Result<(), LedgerError> {
        self.call("put_leases", |state| state.leases.push(leases.clone()))
    }

    fn put_lease(&self, _lease: &LeaseAnswer) -> Result<(), LedgerError> {
        self.call("put_lease", |_| ())
    }

    fn lease_lost(&self, case_id: CaseId) -> Result<(), LedgerError> {
        self.call("lease_lost", |state| state.lost.push(case_id))
    }

    fn put_reasons(&self, reasons: &ReasonsAnswer) -> Result<(), LedgerError> {
        self.call("put_reasons", |state| state.reasons.push(reasons.version))
    }

    fn reasons_version(&self) -> Result<Option<u32>, LedgerError> {
        self.with(|state| Ok(state.reasons.last().copied()))
    }

    fn calendar_etag(&self) -> Result<String, LedgerError> {
        self.with(|state| {
            let in_force = if state.refuses_calendars { None } else { state.calendars.last() };
            Ok(sample::sha256_hex(in_force.map_or("pack", |calendar| &calendar.pack)))
        })
    }

    fn put_calendar(&self, calendar: &CalendarAnswer) -> Result<CalendarStored, LedgerError> {
        self.call("put_calendar", |state| {
            state.calendars.push(calendar.clone());
            if state.refuses_calendars { CalendarStored::Refused } else { CalendarStored::InForce }
        })
    }

    fn calendar_unchanged(&self, sha256: &str) -> Result<(), LedgerError> {
        self.with(|state| state.unchanged_calendars.push(sha256.to_owned()));
        Ok(())
    }

    fn photos_wanted(&self, limit: usize) -> Result<Vec<PhotoWanted>, LedgerError> {
        self.with(|state| Ok(state.photos.iter().take(limit).copied().collect()))
    }

    async fn put_photo(&self, sha256: Sha256, _bytes: Vec<u8>) -> Result<PhotoStored, LedgerError> {
        self.call("put_photo", |state| {
            state.photos.retain(|photo| photo.sha256 != sha256);
            PhotoStored::Shown
        })
    }

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

    fn outbox_delivered(&self, id: DecisionId, receipt: &Receipt) -> Result<(), LedgerError> {
        assert_eq!(receipt.decision_id, id.0);
        assert!(self.change_row("outbox_delivered", id, is_sending, Row::Delivered, None)?);
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
    ) -> Result<(), LedgerError> {
        let to = Row::Conflict(standing.cloned());
        assert!(self.change_row("outbox_conflict", id, is_sending, to, Some(problem))?);
        Ok(())
    }

    fn outbox_park(&self, id: DecisionId, problem: &DeliveryProblem) -> Result<(), LedgerError> {
        assert!(self.change_row("outbox_park", id, is_sending, Row::Parked, Some(problem))?);
        Ok(())
    }

    fn refresh_token(&self) -> Result<Option<Zeroizing<String>>, LedgerError> {
        self.with(|state| Ok(state.refresh.clone().map(Zeroizing::new)))
    }

    fn put_refresh_token(&self, token: &str) -> Result<(), LedgerError> {
        self.call("put_refresh_token", |state| state.refresh = Some(token.to_owned()))
    }

    fn put_person(&self, person: &Person) -> Result<(), LedgerError> {
        self.call("put_person", |state| state.persons.push(person.clone()))
    }

    fn put_server_info(&self, server: &ServerInfo) -> Result<(), LedgerError> {
        self.call("put_server_info", |state| state.servers.push(server.clone()))
    }

    fn put_clock_offset(&self, offset_ms: i64) -> Result<(), LedgerError> {
        self.call("put_clock_offset", |state| state.offsets.push(offset_ms))
    }
}
