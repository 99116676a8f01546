//! A local store in memory behind both ports (the outbox's stands in a file of its own): it keeps what it is told, logs every call that changes something, and fails on
//! request. Outbox rows have the states of the real store and refuse what the real one refuses.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use casework::{CaseId, DecisionId, Sha256};
use contract::access_log::AccessEntry;
use contract::calendar::CalendarAnswer;
use contract::decision::{Receipt, Standing};
use contract::device::DeviceRequest;
use contract::feed::{Change, ChangesAnswer};
use contract::lease::{LeaseAnswer, LeasesAnswer, OpenedCase};
use contract::reason::ReasonsAnswer;
use contract::server_info::ServerInfo;
use contract::session::Person;
use sync::{
    CalendarStored, DeliveryProblem, FeedPosition, Ledger, LedgerError, Outgoing, PhotoStored, PhotoWanted, UnsentWork,
};
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
    /// Receipts of delivered rows, and the history that has them.
    pub(crate) receipts: BTreeMap<DecisionId, (String, Receipt)>,
    /// Delivered rows that another history did not take.
    pub(crate) offers_refused: Vec<(DecisionId, String)>,
    /// Rows that are stuck and not marked.
    pub(crate) stuck: Vec<DecisionId>,
    pub(crate) credential: Option<String>,
    pub(crate) access_log: Vec<AccessEntry>,
    pub(crate) shipped_up_to: u64,
    pub(crate) opened: Vec<OpenedCase>,
    pub(crate) work: Vec<UnsentWork>,
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
        let (refresh, credential) = (Some("refresh-0".to_owned()), Some("rdd_1".to_owned()));
        Self { state: Mutex::new(State { refresh, credential, ..State::default() }) }
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

    pub(crate) fn call<T>(&self, name: &'static str, change: impl FnOnce(&mut State) -> T) -> Result<T, LedgerError> {
        self.with(|state| {
            if let Some(error) = state.fail.get_mut(name).and_then(VecDeque::pop_front).flatten() {
                state.log.push(format!("{name} failed"));
                return Err(error);
            }
            state.log.push(name.to_owned());
            Ok(change(state))
        })
    }

    pub(crate) fn change_row(
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

pub(crate) fn is_sending(row: &Row) -> bool {
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

    fn opened_untold(&self, limit: usize) -> Result<Vec<OpenedCase>, LedgerError> {
        self.with(|state| Ok(state.opened.iter().take(limit).copied().collect()))
    }

    fn opened_told(&self, opened: &[OpenedCase]) -> Result<(), LedgerError> {
        self.call("opened_told", |state| state.opened.retain(|case| !opened.contains(case)))
    }

    fn case_work_dirty(&self, limit: usize) -> Result<Vec<UnsentWork>, LedgerError> {
        self.with(|state| Ok(state.work.iter().take(limit).cloned().collect()))
    }

    fn case_work_synced(&self, case_id: CaseId, updated_at_ms: i64) -> Result<(), LedgerError> {
        self.call("case_work_synced", |state| {
            let is_it =
                |unsent: &UnsentWork| unsent.case_id == case_id && unsent.request.work.updated_at_ms == updated_at_ms;
            state.work.retain(|unsent| !is_it(unsent));
        })
    }

    fn device_keys(&self) -> Result<DeviceRequest, LedgerError> {
        Ok(DeviceRequest { device_key: "device-key".to_owned(), author_key: "author-key".to_owned() })
    }

    fn has_delivery_credential(&self) -> Result<bool, LedgerError> {
        self.with(|state| Ok(state.credential.is_some()))
    }

    fn put_delivery_credential(&self, credential: &str) -> Result<(), LedgerError> {
        self.call("put_delivery_credential", |state| state.credential = Some(credential.to_owned()))
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
