//! Steps at the desks: what persons do, and what becomes of their computers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casework::{CaseId, DecisionId, Opinion, OpinionKind, ReasonCode, consequence_of_rejection, may_reject};
use chrono::DateTime;
use contract::decision::DecisionPayload;
use contract::server_info::ServerInfo;
use contract::{envelope, signature};
use futures::FutureExt;
use futures::future::BoxFuture;
use sync::Engine;
use uuid::{Builder, Uuid};
use vault::{HeldCase, NewOutboxRow, OutboxRow, OutboxState, QueueRow, StateWord, VaultError};
use working_days::BeijingDate;

use super::computer::{After, Kind};
use super::model::Decided;
use super::net::Place;
use super::step::Step;
use super::world::World;
use crate::network::trouble::{Trouble, broken, unknown};

/// A decision can be taken back within this time.
const UNDO_WINDOW_MS: i64 = 10_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl World<'_> {
    /// A step at some desk; `false` when there is nothing to do.
    pub(super) fn at_a_desk(&mut self, step: Step) -> Result<bool, Trouble> {
        let pc = self.dice.below(self.pcs.len());
        match step {
            Step::Courier => {
                let vault = self.dice.below(self.pcs[pc].vaults.len());
                let is_new = !self.pcs[pc].is_busy(vault, Kind::Courier);
                self.pcs[pc].courier(vault);
                Ok(is_new)
            }
            Step::Engine => {
                let is_new = self.pcs[pc].seat().is_some_and(|(vault, _)| !self.pcs[pc].is_busy(vault, Kind::Engine));
                self.pcs[pc].engine();
                Ok(is_new)
            }
            Step::SitDown => {
                let vault = self.dice.below(self.pcs[pc].vaults.len());
                // Whoever sits there is seldom sent away.
                let may = self.pcs[pc].sitting().is_none() || self.dice.percent(15);
                if !may || self.pcs[pc].sitting() == Some(vault) {
                    return Ok(false);
                }
                self.pcs[pc].sit(vault)?;
                self.say(format_args!("pc{pc}: {} sits down", self.pcs[pc].vaults[vault].is.person.clone()));
                self.pcs[pc].engine();
                Ok(true)
            }
            Step::Lock => {
                let was_open = self.pcs[pc].sitting().is_some();
                self.pcs[pc].lock()?;
                Ok(was_open)
            }
            Step::SignIn => {
                let can = self.pcs[pc].seat().is_some_and(|(vault, _)| !self.pcs[pc].is_busy(vault, Kind::Person));
                if can {
                    self.pcs[pc].sign_in();
                }
                Ok(can)
            }
            Step::SignOut => {
                let is_open = self.pcs[pc].seat().is_some();
                self.pcs[pc].sign_out()?;
                Ok(is_open)
            }
            Step::KillComputer => self.crash(pc, false),
            Step::PowerCutComputer => self.crash(pc, true),
            Step::WallClock => {
                let choices = [0, 0, -10 * 365 * DAY_MS, 12 * 365 * DAY_MS, DAY_MS, -8 * 3_600_000];
                let wrong = self.dice.pick(&choices).copied().unwrap_or(0);
                self.pcs[pc].clock.set_wrong_by(wrong);
                self.say(format_args!("pc{pc}: the wall clock is wrong by {wrong} ms"));
                Ok(true)
            }
            Step::DiskFull => {
                let can = self.pcs[pc].sitting().is_some_and(|vault| !self.pcs[pc].vaults[vault].is_full);
                self.pcs[pc].fill_disk(true)?;
                Ok(can)
            }
            Step::DiskFree => {
                let can = self.pcs[pc].sitting().is_some_and(|vault| self.pcs[pc].vaults[vault].is_full);
                self.pcs[pc].fill_disk(false)?;
                Ok(can)
            }
            Step::Decide => self.decide(pc),
            Step::Undo => self.undo(pc),
            Step::PutAway | Step::SendNow => self.moves_a_row(pc, step),
            _ => self.asks(pc, step),
        }
    }

    fn crash(&mut self, pc: usize, is_power: bool) -> Result<bool, Trouble> {
        self.say(format_args!("pc{pc}: {}", if is_power { "the power goes" } else { "killed" }));
        let mut dice = self.dice.clone();
        self.dice.number();
        self.pcs[pc].crash(is_power.then_some(&mut dice))?;
        self.what_was_saved_is_there(pc)?;
        Ok(true)
    }

    /// I1, at once after a crash.
    fn what_was_saved_is_there(&self, pc: usize) -> Result<(), Trouble> {
        for decided in self.model.decided.iter().filter(|decided| decided.place.pc == pc && !decided.is_undone) {
            let work = &self.pcs[pc].vaults[decided.place.vault].work;
            if work.outbox_row(decided.id).map_err(unknown("the outbox"))?.is_none() {
                return broken(format!("I1: decision {} is gone from the outbox after a crash", decided.no));
            }
        }
        Ok(())
    }

    /// What a person asks the server for, at the desk.
    fn asks(&mut self, pc: usize, step: Step) -> Result<bool, Trouble> {
        let Some((vault, seat)) = self.pcs[pc].seat() else { return Ok(false) };
        if self.pcs[pc].is_busy(vault, Kind::Person) {
            return Ok(false);
        }
        let (engine, open) = (seat.engine.clone(), seat.vault.clone());
        let now_ms = self.pcs[pc].now_ms(vault);
        let is_supervisor = self.pcs[pc].vaults[vault].is.person == "zhao";
        let any = self.dice.pick(&self.cases).copied();
        let held = match open.next_held(any, &[]).map_err(unknown("the queue"))? {
            Some(case) => open.held(case).map_err(unknown("the queue"))?.map(|held| (case, held.fence.0)),
            None => None,
        };
        let asked: BoxFuture<'static, After> = match (step, held, any) {
            (Step::Open, _, Some(case)) => asked(async move { engine.lease_case(case).await.map(drop) }),
            (Step::TakeOffline, ..) => {
                asked(async move { engine.take_offline(now_ms.saturating_add(DAY_MS), 4).await.map(drop) })
            }
            (Step::GiveBack, Some((case, fence)), _) => asked(async move { engine.give_back(case, fence).await }),
            (Step::ReportTechnical, Some((case, fence)), _) => {
                asked(async move { engine.report_technical(case, fence).await })
            }
            (Step::Recuse, Some((case, _)), _) => asked(async move { engine.recuse(case, "knows them").await }),
            (Step::Revoke, _, Some(case)) if is_supervisor => asked(revoking(engine, case)),
            _ => return Ok(false),
        };
        self.pcs[pc].begin(vault, Kind::Person, asked);
        Ok(true)
    }

    fn decide(&mut self, pc: usize) -> Result<bool, Trouble> {
        let Some((vault, seat)) = self.pcs[pc].seat() else { return Ok(false) };
        let open = seat.vault.clone();
        let hide = open.outbox_live_cases().map_err(unknown("the outbox"))?;
        let mut case = None;
        for _ in 0..=self.dice.below(4) {
            case = open.next_held(case, &hide).map_err(unknown("the queue"))?.or(case);
        }
        let Some(case) = case else { return Ok(false) };
        let (Some(row), Some(held)) =
            (open.case_row(case).map_err(unknown("the queue"))?, open.held(case).map_err(unknown("the queue"))?)
        else {
            return Ok(false);
        };
        if row.case.state == StateWord::Technical {
            return Ok(false);
        }
        let made = self.payload(Place { pc, vault }, &row, &held)?;
        let inserted = open.outbox_insert(&made.row);
        let id = made.decided.id;
        match inserted {
            Ok(()) => {
                let decided = made.decided;
                self.say(format_args!(
                    "pc{pc}: {} decides case {} (fence {}, version {}): decision {} {}",
                    self.pcs[pc].vaults[vault].is.person.clone(),
                    self.no_of(case),
                    decided.fence,
                    row.case.version.0,
                    decided.no,
                    decided.opinion
                ));
                self.model.decided.push(decided);
                // Not to be able to forget a draft keeps nobody from having decided.
                let _ = open.forget_case_work(case);
                Ok(true)
            }
            Err(VaultError::DiskFull { .. } | VaultError::AlreadyDecided) => {
                self.say(format_args!("pc{pc}: case {} is not decided", self.no_of(case)));
                if open.outbox_row(id).map_err(unknown("the outbox"))?.is_some() {
                    return broken("I1: a decision that was not saved is in the outbox");
                }
                Ok(true)
            }
            Err(error) => Err(Trouble::Unknown(format!("deciding: {error}"))),
        }
    }

    fn payload(&mut self, place: Place, row: &QueueRow, held: &HeldCase) -> Result<Made, Trouble> {
        let here = &self.pcs[place.pc].vaults[place.vault];
        let Some(seat) = &here.seat else { return Err(Trouble::Unknown("nobody sits there".into())) };
        let (open, account, time) = (seat.vault.clone(), here.is.account, here.api.clock().now());
        let device_id = here.is.device_id;
        let catalogue = open.reasons().map_err(unknown("the reasons"))?;
        let random = self.dice.bytes();
        let millis = u64::try_from(time.ms.max(0)).unwrap_or(0);
        let id = DecisionId(Builder::from_unix_timestamp_millis(millis, &random).into_uuid());
        let no = self.model.decided.len();
        let opinion = match self.dice.below(100) {
            0..=54 => Opinion::Approve,
            55..=84 => Opinion::Reject { reasons: vec![ReasonCode("blurred".to_owned())], text: None },
            _ => Opinion::Escalate { reasons: vec![ReasonCode("suspected_tampering".to_owned())], text: None },
        };
        let shown = may_reject(row.case.state == StateWord::Pending, &opinion).then(|| {
            let date = |ms: i64| BeijingDate::of(DateTime::from_timestamp_millis(ms).unwrap_or_default());
            consequence_of_rejection(row.case.round, date(held.submitted_at_ms), date(time.ms)).left
        });
        let mut evidence: Vec<String> = held.evidence.iter().map(|photo| photo.sha256.to_string()).collect();
        evidence.sort_unstable();
        let note = format!("note {no} of pc{}", place.pc);
        let payload = DecisionPayload {
            decision_id: id.0,
            case_id: row.case.case_id.0,
            author: account.0,
            device_id,
            round: row.case.round.number(),
            case_version: row.case.version.0,
            fence: held.fence.0,
            opinion: opinion.kind().word().to_owned(),
            reasons: opinion.reasons().iter().map(|code| code.0.clone()).collect(),
            reasons_version: catalogue.map_or(0, |catalogue| catalogue.version),
            applicant_text: None,
            internal_note: Some(note.clone()),
            evidence: evidence.clone(),
            reviews_left_shown: shown,
            decided_at_ms: time.ms,
            clock: time.claim(),
        };
        let bytes = serde_json::to_vec(&payload).map_err(unknown("a payload"))?;
        let text = open.server().map_err(unknown("the vault"))?.unwrap_or_default();
        let server: ServerInfo = serde_json::from_str(&text).map_err(unknown("the server's word"))?;
        let key = STANDARD.decode(&server.envelope_key.public_key).map_err(unknown("the server's key"))?;
        let payload_sha256 = envelope::payload_sha256(&bytes);
        let message = signature::decision_message(id, row.case.case_id, payload_sha256);
        let due = row.case.deadline.due();
        let decided = Decided {
            no,
            id,
            place,
            author: account,
            case: row.case.case_id,
            fence: held.fence.0,
            opinion: match opinion.kind() {
                OpinionKind::Approve => "approve",
                OpinionKind::Reject => "reject",
                OpinionKind::Escalate => "escalate",
            },
            payload_sha256: payload_sha256.to_string(),
            evidence,
            note,
            is_undone: false,
        };
        let row = NewOutboxRow {
            decision_id: id,
            case_id: row.case.case_id,
            case_no: row.case.case_no.clone(),
            round: row.case.round,
            case_version: row.case.version,
            fence: held.fence,
            target_ms: due.map(|due| due.target_ms),
            breach_ms: due.map(|due| due.breach_ms),
            created_at_ms: time.ms,
            not_before_ms: time.ms.saturating_add(UNDO_WINDOW_MS),
            payload_sha256,
            key_id: server.envelope_key.key_id,
            envelope: envelope::seal(&key, id, row.case.case_id, &bytes).map_err(unknown("sealing"))?,
            author_signature: open.sign_as_author(&message).map_err(unknown("signing"))?,
            device_signature: open.sign_as_device(&message).map_err(unknown("signing"))?,
            author_copy: bytes,
        };
        Ok(Made { decided, row })
    }

    fn undo(&mut self, pc: usize) -> Result<bool, Trouble> {
        let Some((vault, seat)) = self.pcs[pc].seat() else { return Ok(false) };
        let (open, now_ms) = (seat.vault.clone(), self.pcs[pc].now_ms(vault));
        let Some(row) = self
            .one_row(&open.outbox_list().map_err(unknown("the outbox"))?, &[OutboxState::Queued, OutboxState::Sending])
        else {
            return Ok(false);
        };
        let no = self.model.of(row.decision_id).map_or(0, |decided| decided.no);
        match open.outbox_undo(row.decision_id, now_ms) {
            Ok(()) => {
                if row.attempts > 0 {
                    return broken(format!("undo: decision {no} was sent before and could be taken back"));
                }
                self.model.undone(row.decision_id);
                self.say(format_args!("pc{pc}: takes decision {no} back"));
                Ok(true)
            }
            Err(VaultError::TooLate | VaultError::DiskFull { .. }) => {
                self.say(format_args!("pc{pc}: decision {no} cannot be taken back"));
                Ok(true)
            }
            Err(error) => Err(Trouble::Unknown(format!("taking back: {error}"))),
        }
    }

    fn moves_a_row(&mut self, pc: usize, step: Step) -> Result<bool, Trouble> {
        let Some((vault, seat)) = self.pcs[pc].seat() else { return Ok(false) };
        let (open, now_ms) = (seat.vault.clone(), self.pcs[pc].now_ms(vault));
        let is_away = step == Step::PutAway;
        let states: &[OutboxState] =
            if is_away { &[OutboxState::Conflict, OutboxState::Parked] } else { &[OutboxState::Parked] };
        let Some(row) = self.one_row(&open.outbox_list().map_err(unknown("the outbox"))?, states) else {
            return Ok(false);
        };
        let moved =
            if is_away { open.outbox_dismiss(row.decision_id) } else { open.outbox_retry_now(row.decision_id, now_ms) };
        match moved {
            Ok(()) | Err(VaultError::DiskFull { .. }) => Ok(true),
            Err(error) => Err(Trouble::Unknown(format!("moving a row: {error}"))),
        }
    }

    fn one_row(&mut self, rows: &[OutboxRow], states: &[OutboxState]) -> Option<OutboxRow> {
        let fitting: Vec<&OutboxRow> = rows.iter().filter(|row| states.contains(&row.state)).collect();
        self.dice.pick(&fitting).map(|row| (*row).clone())
    }
}

struct Made {
    decided: Decided,
    row: NewOutboxRow,
}

/// Whatever comes of it: a person reads it on the screen.
fn asked<T, E>(asking: impl Future<Output = Result<T, E>> + Send + 'static) -> BoxFuture<'static, After> {
    asking.map(|_| After::Nothing).boxed()
}

async fn revoking(engine: std::sync::Arc<Engine>, case: CaseId) -> Result<(), sync::SyncError> {
    engine.revoke(case, "is away").await
}

/// An id of the run's own dice.
pub(super) fn id_of(bytes: [u8; 10], millis: u64) -> Uuid {
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}
