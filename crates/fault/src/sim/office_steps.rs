//! Steps of the office and of time: the server's crashes and its clock, what supervisors, operators and applicants do, backup and restore.

use casework::CaseId;
use chrono::{DateTime, Utc};
use review_server::{admin, calendar};
use rusqlite::{Connection, OptionalExtension, params};

use super::desk_steps::id_of;
use super::net::Place;
use super::step::Step;
use super::template;
use super::world::{Backup, World};
use crate::network::trouble::{Trouble, unknown};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Copies a case into another round of its applicant, concluded.
const USED_UP: &str = "
    INSERT INTO cases (case_id, case_no, office_id, applicant_id, period_year, period_autumn, round, version, state,
                       submitted_at_ms, received_at_ms, breach_ms, name, former_name, document_type, document_number,
                       valid_from, valid_until)
    SELECT ?2, case_no || '-' || ?3, office_id, applicant_id, period_year, period_autumn, ?3, 1, 'concluded',
           submitted_at_ms, received_at_ms, breach_ms, name, former_name, document_type, document_number,
           valid_from, valid_until
    FROM cases WHERE case_id = ?1";

impl World<'_> {
    /// Does one step; `false` when there was nothing to do.
    pub(super) fn step(&mut self, step: Step) -> Result<bool, Trouble> {
        match step {
            Step::Network => self.network(),
            Step::LateArrival => self.late_arrival(),
            Step::Seconds => self.pass(1, 30_000),
            Step::Minutes => self.pass(60_000, 20 * 60_000),
            Step::Hours => self.pass(2 * 3_600_000, 40 * 3_600_000),
            Step::KillServer => self.crash_server(false),
            Step::PowerCutServer => self.crash_server(true),
            Step::ServerDown => self.server_down(),
            Step::ServerUp => {
                let was_down = !self.server.is_up();
                self.server.resume()?;
                Ok(was_down)
            }
            Step::ServerClock => {
                let choices = [0, 0, 0, -10 * 365 * DAY_MS, 12 * 365 * DAY_MS, DAY_MS, -3_600_000];
                let wrong = self.dice.pick(&choices).copied().unwrap_or(0);
                self.server.clock().set_wrong_by(wrong);
                self.say(format_args!("the server's clock is wrong by {wrong} ms"));
                Ok(true)
            }
            Step::EvidenceReplaced => self.evidence_replaced(),
            Step::CaseChanged => self.one_open_case("'pending', 'second_opinion'", |db, case| {
                db.execute("UPDATE cases SET version = version + 1 WHERE case_id = ?1", [case])
            }),
            Step::ReviewsUsedUp => self.reviews_used_up(),
            Step::Repaired => self.one_open_case("'technical'", |db, case| {
                db.execute("UPDATE cases SET state = 'pending', version = version + 1 WHERE case_id = ?1", [case])
            }),
            Step::Submitted => self.submitted(),
            Step::CalendarMoved => self.calendar_moved(),
            Step::TokensExpire => {
                let database = self.server.database()?;
                let done = database.execute("UPDATE access_tokens SET expires_at_ms = 0", []);
                done.map_err(unknown("the server's database")).map(|count| count > 0)
            }
            Step::Backup => self.backup(),
            Step::Restore => self.restore(),
            Step::DeviceRevoked => self.device_revoked(),
            Step::AccountClosed => self.account_closed(),
            Step::AccountOpened => self.accounts_opened(),
            _ => self.at_a_desk(step),
        }
    }

    fn pass(&mut self, low_ms: i64, high_ms: i64) -> Result<bool, Trouble> {
        let ms = self.dice.between(low_ms, high_ms);
        self.time.pass(ms);
        self.give_up_waiting(ms);
        Ok(true)
    }

    fn crash_server(&mut self, is_power: bool) -> Result<bool, Trouble> {
        if !self.server.is_up() {
            return Ok(false);
        }
        self.say(format_args!("the server {}", if is_power { "loses its power" } else { "is killed" }));
        let mut dice = self.dice.clone();
        self.dice.number();
        self.late.clear();
        self.server.crash(is_power.then_some(&mut dice))?;
        self.server.resume()?;
        Ok(true)
    }

    fn server_down(&mut self) -> Result<bool, Trouble> {
        if !self.server.is_up() {
            return Ok(false);
        }
        self.say(format_args!("the server is down"));
        self.late.clear();
        self.server.crash(None)?;
        Ok(true)
    }

    /// Changes one open case past the rules, and tells the feed.
    fn one_open_case(
        &mut self,
        states: &str,
        change: impl FnOnce(&Connection, &str) -> rusqlite::Result<usize>,
    ) -> Result<bool, Trouble> {
        let Some(case) = self.open_case(states)? else { return Ok(false) };
        let database = self.server.database()?;
        let changed = change(&database, &case.to_string()).and_then(|_| touch(&database, case));
        changed.map_err(unknown("changing a case"))?;
        self.say(format_args!("case {} changes", self.no_of(case)));
        Ok(true)
    }

    fn open_case(&mut self, states: &str) -> Result<Option<CaseId>, Trouble> {
        let database = self.server.database()?;
        let open = || -> rusqlite::Result<Vec<String>> {
            let sql = format!(
                "SELECT case_id FROM cases WHERE state IN ({states}) AND case_no NOT LIKE '%-_' ORDER BY rowid"
            );
            let mut query = database.prepare(&sql)?;
            let rows = query.query_map([], |row| row.get(0))?;
            rows.collect()
        };
        let open = open().map_err(unknown("the server's database"))?;
        Ok(self.dice.pick(&open).and_then(|text| text.parse().ok()))
    }

    fn evidence_replaced(&mut self) -> Result<bool, Trouble> {
        let Some(case) = self.open_case("'pending', 'second_opinion', 'supervisor_decides'")? else { return Ok(false) };
        let is_noticed = self.dice.percent(50);
        let new = format!("{:016x}{:016x}", self.dice.number(), self.dice.number()).repeat(2);
        let database = self.server.database()?;
        let replace = || -> rusqlite::Result<Vec<String>> {
            let id = case.to_string();
            database.execute(
                "INSERT INTO photos (sha256, photo_type, width, height, bytes)
                 SELECT ?2, photo_type, width, height, bytes FROM photos
                 WHERE sha256 = (SELECT sha256 FROM evidence WHERE case_id = ?1 ORDER BY position LIMIT 1)",
                params![id, new],
            )?;
            database.execute(
                "UPDATE evidence SET sha256 = ?2
                 WHERE case_id = ?1 AND position = (SELECT min(position) FROM evidence WHERE case_id = ?1)",
                params![id, new],
            )?;
            if is_noticed {
                database.execute("UPDATE cases SET version = version + 1 WHERE case_id = ?1", [&id])?;
            }
            touch(&database, case)?;
            let mut query = database.prepare("SELECT sha256 FROM evidence WHERE case_id = ?1 ORDER BY sha256")?;
            let rows = query.query_map([&id], |row| row.get(0))?;
            rows.collect()
        };
        let there = replace().map_err(unknown("replacing evidence"))?;
        self.model.office.evidence.insert(case, there);
        self.say(format_args!("evidence of case {} is replaced", self.no_of(case)));
        Ok(true)
    }

    fn reviews_used_up(&mut self) -> Result<bool, Trouble> {
        let Some(case) = self.open_case("'pending'")? else { return Ok(false) };
        let database = self.server.database()?;
        let round = "SELECT round FROM cases WHERE case_id = ?1
                     AND (SELECT count(*) FROM cases o WHERE o.applicant_id = cases.applicant_id) = 1";
        let round: Option<u8> = database
            .query_row(round, [case.to_string()], |row| row.get(0))
            .optional()
            .map_err(unknown("the server's database"))?;
        if round != Some(1) {
            return Ok(false);
        }
        for other in [2, 3] {
            let id = id_of(self.dice.bytes(), 0);
            let done = database.execute(USED_UP, params![case.to_string(), id.to_string(), other]);
            done.map_err(unknown("using up reviews"))?;
        }
        self.say(format_args!("the applicant of case {} has no review left", self.no_of(case)));
        Ok(true)
    }

    fn submitted(&mut self) -> Result<bool, Trouble> {
        let Some(state) = self.server.state().cloned() else { return Ok(false) };
        let router = review_server::app(state.clone());
        let number = 1000 + u32::try_from(self.cases.len()).unwrap_or(0);
        let now: DateTime<Utc> = state.now();
        let sent = self.runtime.block_on(template::submit(&router, self.template.office_id, now, number));
        // A server whose clock is far off has no calendar for it, or knows the key from before a restore.
        let Ok(case) = sent else { return Ok(false) };
        let database = self.server.database()?;
        let hashes = || -> rusqlite::Result<Vec<String>> {
            let mut query = database.prepare("SELECT sha256 FROM evidence WHERE case_id = ?1 ORDER BY sha256")?;
            let rows = query.query_map([case.to_string()], |row| row.get(0))?;
            rows.collect()
        };
        self.model.office.evidence.insert(case, hashes().map_err(unknown("the server's database"))?);
        self.cases.push(case);
        Ok(true)
    }

    fn calendar_moved(&mut self) -> Result<bool, Trouble> {
        let Some(state) = self.server.state() else { return Ok(false) };
        if self.has_moved_calendar {
            return Ok(false);
        }
        // Refused while the server's clock says that the pack is not issued yet.
        let done = calendar::activate(state, &self.template.newer_pack, "simulation", None).is_ok();
        self.has_moved_calendar = done;
        Ok(done)
    }

    fn backup(&mut self) -> Result<bool, Trouble> {
        if !self.server.is_up() || self.backups.len() >= 2 {
            return Ok(false);
        }
        self.backups_made += 1;
        let file = self.folder.path().join(format!("backup-{}", self.backups_made));
        self.server.backup(&file)?;
        self.say(format_args!("a backup"));
        self.backups.push(Backup { file, office: self.model.office.clone(), cases: self.cases.len() });
        Ok(true)
    }

    fn restore(&mut self) -> Result<bool, Trouble> {
        let Some(backup) = self.backups.pop() else { return Ok(false) };
        // A restored server refuses another restore in the same second under the same name; nothing here depends on it.
        self.time.pass(1_500);
        self.server.restore(&backup.file)?;
        self.say(format_args!("the backup is restored"));
        self.late.clear();
        self.model.restored(backup.office);
        self.revoke_again()?;
        self.cases.truncate(backup.cases.max(self.cases.len()));
        self.has_moved_calendar = false;
        Ok(true)
    }

    fn device_revoked(&mut self) -> Result<bool, Trouble> {
        if self.revoked.is_some() || !self.server.is_up() {
            return Ok(false);
        }
        let pc = self.dice.below(self.pcs.len());
        let vault = self.dice.below(self.pcs[pc].vaults.len());
        self.revoked = Some(Place { pc, vault });
        self.say(format_args!("the device pc{pc}/{vault} is revoked"));
        self.revoke_again()
    }

    /// What was revoked stays so: after a restore the operator revokes it again.
    fn revoke_again(&mut self) -> Result<bool, Trouble> {
        let (Some(place), Some(state)) = (self.revoked, self.server.state()) else { return Ok(false) };
        let is = &self.pcs[place.pc].vaults[place.vault].is;
        admin::revoke_device(state, &is.person, is.device_id).map_err(unknown("revoking a device"))?;
        Ok(true)
    }

    fn account_closed(&mut self) -> Result<bool, Trouble> {
        let Some(state) = self.server.state() else { return Ok(false) };
        let names = ["li", "wang", "chen"];
        let Some(name) = self.dice.pick(&names).copied() else { return Ok(false) };
        admin::disable_account(state, name).map_err(unknown("closing an account"))?;
        self.say(format_args!("the account of {name} is closed"));
        Ok(true)
    }

    /// Every account that is closed is opened again.
    pub(super) fn accounts_opened(&mut self) -> Result<bool, Trouble> {
        let Some(state) = self.server.state() else { return Ok(false) };
        let database = self.server.database()?;
        let closed = || -> rusqlite::Result<Vec<String>> {
            let mut query = database.prepare("SELECT name FROM accounts WHERE is_disabled = 1 ORDER BY name")?;
            let rows = query.query_map([], |row| row.get(0))?;
            rows.collect()
        };
        let closed = closed().map_err(unknown("the server's database"))?;
        for name in &closed {
            admin::reset_account(state, name, super::computer::PASSWORD).map_err(unknown("opening an account"))?;
        }
        Ok(!closed.is_empty())
    }
}

/// The feed tells of a case.
fn touch(database: &Connection, case: CaseId) -> rusqlite::Result<()> {
    let id = case.to_string();
    database.execute("DELETE FROM feed WHERE case_id = ?1", [&id])?;
    database.execute(
        "INSERT INTO feed (case_id, office_id) SELECT case_id, office_id FROM cases WHERE case_id = ?1",
        [&id],
    )?;
    Ok(())
}
