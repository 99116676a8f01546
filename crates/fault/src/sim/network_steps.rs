//! Steps of the network: a request meets its fate, the server serves it, the answer is acted upon, and the row that it was about must stand as the
//! reaction table says.

use casework::DecisionId;
use sync::{TransportError, WireRequest};
use vault::OutboxState;

use super::fate::{self, Fate};
use super::net::{Flight, Outcome, Place, decision_of};
use super::plant::Plant;
use super::reaction;
use super::world::World;
use crate::network::trouble::{Trouble, must, unknown};

impl World<'_> {
    /// One request meets its fate; `false` when none is on its way.
    pub(super) fn network(&mut self) -> Result<bool, Trouble> {
        let count = self.net.count();
        if count == 0 {
            return Ok(false);
        }
        let index = self.dice.below(count);
        let Some(flight) = self.net.take(index) else { return Ok(false) };
        let is_delivery = decision_of(&flight.request).is_some();
        let weights = Fate::ALL.map(|fate| (fate.weight(is_delivery), fate));
        let wanted = self.dice.weighted(&weights).unwrap_or(Fate::Delivered);
        self.meet(flight, wanted)?;
        Ok(true)
    }

    /// Every request that waits is served, in order, by a perfect network.
    pub(super) fn network_is_perfect(&mut self) -> Result<bool, Trouble> {
        if self.net.count() == 0 {
            return Ok(false);
        }
        let Some(flight) = self.net.take(0) else { return Ok(false) };
        self.meet(flight, Fate::Delivered)?;
        Ok(true)
    }

    /// Time has passed: no request waits longer than it may. Half of those that are given up are still on their way.
    pub(super) fn give_up_waiting(&mut self, ms: i64) {
        let passed = u128::try_from(ms).unwrap_or(0);
        let count = self.net.count();
        for index in (0..count).rev() {
            let is_over =
                self.net.flights().get(index).is_some_and(|flight| flight.request.timeout.as_millis() <= passed);
            let Some(flight) = is_over.then(|| self.net.take(index)).flatten() else { continue };
            if self.dice.percent(50) {
                self.late.push((flight.from, flight.request.clone()));
            }
            flight.answer(Err(TransportError::Timeout));
        }
    }

    fn meet(&mut self, flight: Flight, wanted: Fate) -> Result<(), Trouble> {
        let decision = decision_of(&flight.request);
        let fate = self.possible(wanted, decision);
        let outcome = self.outcome(fate, &flight, decision)?;
        self.cover.fate(fate.word());
        let (from, what) = (flight.from, self.said_of(&flight.request, decision));
        let status = outcome.as_ref().map_or_else(|error| format!("{error}"), |answer| answer.status.to_string());
        self.say(format_args!("pc{}/{} {what}: {} -> {status}", from.pc, from.vault, fate.word()));
        match decision {
            Some(id) => self.answer_to_delivery(flight, id, outcome),
            None => {
                flight.answer(outcome);
                Ok(())
            }
        }
    }

    /// Fates that make sense only for deliveries happen to them alone. A refusal is forged only where the server does not have the decision, and
    /// an earlier answer is another's.
    fn possible(&self, wanted: Fate, decision: Option<DecisionId>) -> Fate {
        let is_possible = match (wanted, decision) {
            (Fate::Forged, Some(id)) => !self.model.is_accepted(id) && !self.is_on_its_way(id),
            (Fate::Stale, Some(_)) => !self.receipts.is_empty(),
            _ => true,
        };
        if is_possible { wanted } else { Fate::Delivered }
    }

    fn is_on_its_way(&self, id: DecisionId) -> bool {
        self.late.iter().any(|(_, request)| decision_of(request) == Some(id))
    }

    fn outcome(&mut self, fate: Fate, flight: &Flight, decision: Option<DecisionId>) -> Result<Outcome, Trouble> {
        let how = self.dice.below(1 << 20);
        let arrive = |world: &mut Self| world.serve(flight.from, &flight.request);
        Ok(match fate {
            Fate::Delivered => arrive(self)?,
            Fate::LostRequest => Err(TransportError::Unreachable),
            Fate::LostAnswer => arrive(self)?.and(Err(TransportError::Incomplete)),
            Fate::NoAnswerInTime => arrive(self)?.and(Err(TransportError::Timeout)),
            Fate::Doubled => {
                let _ = arrive(self)?;
                arrive(self)?
            }
            Fate::Late => {
                self.late.push((flight.from, flight.request.clone()));
                Err(TransportError::Timeout)
            }
            Fate::Html => fate::page(200),
            Fate::HtmlNotFound => fate::page(404),
            Fate::BadGateway => fate::page(502 + u16::try_from(how % 3).unwrap_or(0)),
            Fate::FaultAfter => arrive(self)?.and_then(|_| fate::page(500)),
            Fate::Cut => fate::cut(arrive(self)?, how),
            Fate::TooMany => {
                let asked = ["30", "0", "-5", "999999999", "Tue, 01 Dec 2020 00:00:00 GMT"][how % 5];
                fate::asks_to_wait(429, asked)
            }
            Fate::RequestTimeout => fate::page(408),
            Fate::TooEarly => fate::page(425),
            Fate::Spoiled => {
                let outcome = arrive(self)?;
                let is_receipt = outcome.as_ref().is_ok_and(|answer| answer.status == 200);
                if is_receipt { fate::spoiled(outcome, how) } else { outcome }
            }
            Fate::Stale => {
                let mine = decision.map(|id| id.to_string()).unwrap_or_default();
                let others =
                    self.receipts.iter().filter(|answer| !String::from_utf8_lossy(&answer.body).contains(&mine));
                let others: Vec<_> = others.cloned().collect();
                match self.dice.pick(&others) {
                    Some(earlier) => Ok(earlier.clone()),
                    None => arrive(self)?,
                }
            }
            Fate::Forged => {
                let (status, code) = fate::FORGED[how % fate::FORGED.len()];
                fate::problem(status, code, self.time.ms())
            }
        })
    }

    /// The server serves a request, and what it says about the truth is noted.
    pub(super) fn serve(&mut self, from: Place, request: &WireRequest) -> Result<Outcome, Trouble> {
        let account = self.pcs[from.pc].vaults[from.vault].is.account;
        if self.plan.plant == Some(Plant::DeliveredEarly)
            && let Some(id) = decision_of(request)
        {
            self.deliver_early(from, id)?;
        }
        let outcome = self.server.serve(self.runtime, request);
        self.model.observe(account, request, &outcome);
        if decision_of(request).is_some()
            && let Ok(answer) = &outcome
            && answer.status == 200
        {
            self.receipts.push(answer.clone());
        }
        Ok(outcome)
    }

    /// The planted bug: the row is called delivered as soon as it is sent.
    fn deliver_early(&self, from: Place, id: DecisionId) -> Result<(), Trouble> {
        let work = &self.pcs[from.pc].vaults[from.vault].work;
        let Some(row) = work.outbox_row(id).map_err(unknown("the outbox"))? else { return Ok(()) };
        if row.state != OutboxState::Sending {
            return Ok(());
        }
        let receipt = vault::ReceiptRow {
            case_version: row.case_version,
            state: "concluded".to_owned(),
            outcome: None,
            received_at_ms: self.time.ms(),
            json: None,
            epoch: None,
        };
        work.outbox_delivered(id, row.payload_sha256, &receipt, self.time.ms()).map_err(unknown("a planted bug"))
    }

    fn answer_to_delivery(&mut self, flight: Flight, id: DecisionId, outcome: Outcome) -> Result<(), Trouble> {
        let place = flight.from;
        let state = |world: &Self| {
            let here = &world.pcs[place.pc].vaults[place.vault];
            let row = here.work.outbox_row(id).map_err(unknown("the outbox"))?;
            Ok(row.map(|row| (row.state, here.is_full)))
        };
        let before = state(self)?;
        let read = self.model.of(id).map(|decided| reaction::read(&outcome, decided, self.signer()));
        let is_heard = flight.answer(outcome);
        self.settle_futures()?;
        let (Some((row, expected)), true) = (read, is_heard) else { return Ok(()) };
        self.cover.row(row);
        let expected = match before {
            Some((OutboxState::Sending, false)) => expected,
            Some((OutboxState::Delivered, false)) => reaction::offered(expected),
            _ => return Ok(()),
        };
        let after = state(self)?.map(|(state, _)| state);
        let no = self.model.of(id).map_or(0, |decided| decided.no);
        must(
            after == Some(expected),
            format_args!("reaction: after \"{row}\" decision {no} is {after:?} and not {expected:?}"),
        )
    }

    /// A request that was given up arrives; nobody hears the answer.
    pub(super) fn late_arrival(&mut self) -> Result<bool, Trouble> {
        if self.late.is_empty() {
            return Ok(false);
        }
        let index = self.dice.below(self.late.len());
        let (from, request) = self.late.remove(index);
        let outcome = self.serve(from, &request)?;
        let what = self.said_of(&request, decision_of(&request));
        let status = outcome.as_ref().map_or(0, |answer| answer.status);
        self.say(format_args!("pc{}/{} {what} arrives late: {status}", from.pc, from.vault));
        Ok(true)
    }

    fn said_of(&self, request: &WireRequest, decision: Option<DecisionId>) -> String {
        if let Some(decided) = decision.and_then(|id| self.model.of(id)) {
            return format!("delivers decision {} on case {}", decided.no, self.no_of(decided.case));
        }
        let path = request.path.split('?').next().unwrap_or_default();
        match super::net::case_of(path) {
            Some(case) => {
                format!(
                    "{:?} {} of case {}",
                    request.method,
                    path.rsplit('/').next().unwrap_or_default(),
                    self.no_of(case)
                )
            }
            None => format!("{:?} {path}", request.method),
        }
    }
}
