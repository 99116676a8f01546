//! After the faults: the network is perfect, the clocks are right, everybody signs in once more. Within a bounded number of rounds everything that
//! can be delivered has to be (I9).

use vault::OutboxState;

use super::world::World;
use crate::network::trouble::{Trouble, broken, unknown};

/// Rounds after which everything has to stand.
const ROUNDS: u32 = 30;
/// Longer than any wait between two attempts.
const PAST_ANY_WAIT_MS: i64 = 16 * 60 * 1000;
/// A restored server lets some decisions wait for a day; later rounds are longer.
const LONG_ROUNDS_AFTER: u32 = 6;
const LONG_ROUND_MS: i64 = 2 * 60 * 60 * 1000;
/// Requests of one round; more would be a loop without an end.
const REQUESTS_AT_MOST: u32 = 3_000;

impl World<'_> {
    /// Everything goes well from now on.
    pub(super) fn calm_down(&mut self) -> Result<(), Trouble> {
        self.say(format_args!("calm"));
        self.server.clock().set_wrong_by(0);
        self.server.resume()?;
        self.accounts_opened()?;
        for pc in &mut self.pcs {
            pc.fill_disk(false)?;
            pc.clock.set_wrong_by(0);
        }
        self.run_dry()?;
        while self.late_arrival()? {}
        for round in 0..ROUNDS {
            let wait_ms = if round >= LONG_ROUNDS_AFTER { LONG_ROUND_MS } else { PAST_ANY_WAIT_MS };
            self.time.pass(wait_ms);
            self.everybody_once()?;
            if self.waiting()?.is_empty() {
                return Ok(());
            }
        }
        let waiting = self.waiting()?;
        broken(format!("I9: the faults have stopped and these still wait: {}", waiting.join("; ")))
    }

    /// Everybody with a vault sits down, signs in where needed, and lets sync and delivery look.
    fn everybody_once(&mut self) -> Result<(), Trouble> {
        for pc in 0..self.pcs.len() {
            for vault in 0..self.pcs[pc].vaults.len() {
                if self.pcs[pc].vaults[vault].seat.is_none() {
                    self.pcs[pc].sit(vault)?;
                }
                self.pcs[pc].courier(vault);
                self.run_dry()?;
                self.pcs[pc].sign_in();
                self.run_dry()?;
                self.pcs[pc].engine();
                self.run_dry()?;
                self.pcs[pc].courier(vault);
                self.run_dry()?;
            }
        }
        Ok(())
    }

    /// Until nothing runs any more.
    fn run_dry(&mut self) -> Result<(), Trouble> {
        for _ in 0..REQUESTS_AT_MOST {
            self.settle_futures()?;
            self.must_be_unbroken()?;
            if !self.network_is_perfect()? {
                return match self.pcs.iter().find(|pc| !pc.is_idle()) {
                    Some(pc) => Err(Trouble::Unknown(format!("something on {pc:?} waits for nothing"))),
                    None => Ok(()),
                };
            }
        }
        broken("I9: requests without an end")
    }

    /// What still waits though nothing stands in its way. What a revoked device has is the supervisor's.
    fn waiting(&self) -> Result<Vec<String>, Trouble> {
        let database = self.server.database()?;
        let mut waiting = Vec::new();
        for decided in self.model.decided.iter().filter(|decided| !decided.is_undone) {
            let here = &self.pcs[decided.place.pc].vaults[decided.place.vault];
            let row = here.work.outbox_row(decided.id).map_err(unknown("the outbox"))?;
            let Some(row) = row else { continue };
            // After a restore what was delivered has to come back, or has to be a conflict.
            let is_missing = || -> rusqlite::Result<bool> {
                let sql = "SELECT count(*) FROM opinions WHERE decision_id = ?1";
                Ok(database.query_row(sql, [decided.id.to_string()], |row| row.get::<_, i64>(0))? == 0)
            };
            let waits = match row.state {
                OutboxState::Queued | OutboxState::Sending => true,
                OutboxState::Delivered => is_missing().map_err(unknown("the server's database"))?,
                OutboxState::Conflict | OutboxState::Parked => false,
            };
            if !waits {
                continue;
            }
            if self.revoked != Some(decided.place) {
                let code = row.problem.map(|problem| problem.code).unwrap_or_default();
                waiting.push(format!(
                    "decision {} of pc{} ({:?} {code}, courier {:?})",
                    decided.no,
                    decided.place.pc,
                    row.state,
                    here.courier.state(),
                ));
            }
        }
        Ok(waiting)
    }
}
