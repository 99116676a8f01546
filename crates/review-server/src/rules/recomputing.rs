//! Deadlines of open cases are computed again when another pack or another region counts. Planning is apart from writing, so that a preview
//! shows exactly what an activation does. Every open case gets a row, moved or not; only changed ones, and those whose
//! record named no hash or another one, are told to the feed; no case gets a
//! new version (see docs/adr/0006-deadline-moves.md), and concluded ones are not touched.

use std::collections::HashMap;

use casework::OfficeId;
use chrono::{DateTime, Utc};
use contract::case::DeadlineOutcome;
use rusqlite::Connection;
use serde_json::json;

use crate::calendar::{Effect, MovedCase, PackInForce};
use crate::refusal::ServerError;
use crate::state::AppState;
use crate::store::deadline::{self, Appending, Computation, Reason};
use crate::store::open_case::{self, OpenCase};
use crate::store::{audit, feed, ms, office};

/// What a recomputation would write.
pub(crate) struct Plan<'a> {
    pack: &'a PackInForce,
    reason: Reason,
    recomputed: Vec<Recomputed>,
    pub(crate) effect: Effect,
    /// The highest serial by which an open case was counted until now.
    pub(crate) counted_by: Option<u32>,
}

struct Recomputed {
    case: OpenCase,
    region: Option<String>,
    outcome: DeadlineOutcome,
}

/// Which cases are computed again, and why.
pub(crate) enum Scope<'a> {
    /// All open ones, by another pack.
    All,
    /// Those open ones that were counted by an older pack, by another one of the same serial, or before there were packs.
    Behind,
    /// Those of one office, as if it were in this region.
    Office(OfficeId, Option<&'a str>),
}

/// Works out the new deadlines of the open cases at `now` by a pack, which may be in force or only offered.
pub(crate) fn plan<'a>(
    db: &Connection,
    state: &AppState,
    pack: &'a PackInForce,
    scope: &Scope<'_>,
    now: DateTime<Utc>,
) -> Result<Plan<'a>, ServerError> {
    let mut regions: HashMap<OfficeId, Option<String>> =
        office::all(db)?.into_iter().map(|(id, _, region)| (id, region)).collect();
    let (only, reason) = match scope {
        Scope::All | Scope::Behind => (None, Reason::Calendar),
        Scope::Office(id, region) => {
            regions.insert(*id, region.map(str::to_owned));
            (Some(*id), Reason::Region)
        }
    };
    let mut plan = Plan { pack, reason, recomputed: Vec::new(), effect: Effect::default(), counted_by: None };
    for case in open_case::all(db, only)? {
        let calendar = pack.calendar(regions.get(&case.office).and_then(Option::as_deref));
        plan.counted_by = plan.counted_by.max(Some(case.pack_serial));
        if matches!(scope, Scope::Behind) && !is_behind(&case, pack) {
            continue;
        }
        // A case keeps the policy of its promise, and its version: other settings are for the cases that come in under them.
        let set = &state.config().policy;
        let is_set = (set.id, set.version) == (case.policy.id, case.policy_version);
        let policy = if is_set { set } else { &case.policy };
        let outcome = deadline::outcome(&working_days::deadline(calendar, policy, case.submitted_at));
        plan.effect.count(&case, &outcome, ms(now));
        let region = calendar.region().map(str::to_owned);
        plan.recomputed.push(Recomputed { case, region, outcome });
    }
    plan.effect.cases.sort_by(|one, other| (&one.to, &one.case_no).cmp(&(&other.to, &other.case_no)));
    Ok(plan)
}

fn is_behind(case: &OpenCase, pack: &PackInForce) -> bool {
    case.pack_serial < pack.serial() || tells_another_hash(case, pack)
}

/// Whether the record names this pack's serial with another hash, or none.
fn tells_another_hash(case: &OpenCase, pack: &PackInForce) -> bool {
    case.pack_serial == pack.serial() && case.pack_sha256 != pack.sha256()
}

/// A date to compare with: none is later than any. ISO dates sort as text.
fn due_or_never(due: Option<&String>) -> (bool, Option<&String>) {
    (due.is_none(), due)
}

impl Effect {
    fn count(&mut self, case: &OpenCase, outcome: &DeadlineOutcome, now_ms: i64) {
        self.computed += 1;
        let (from, to) = (case.outcome.due(), outcome.due());
        let (from_date, to_date) = (from.map(|due| &due.due_date), to.map(|due| &due.due_date));
        if from_date == to_date {
            return;
        }
        self.moved += 1;
        self.earlier += u32::from(due_or_never(to_date) < due_or_never(from_date));
        self.later += u32::from(due_or_never(from_date) < due_or_never(to_date));
        let was_in_time = from.is_none_or(|due| now_ms < due.breach_ms);
        let is_newly_overdue = was_in_time && to.is_some_and(|due| due.breach_ms <= now_ms);
        self.newly_overdue += u32::from(is_newly_overdue);
        self.cases.push(MovedCase {
            case_no: case.no.clone(),
            submitted_at: case.submitted_at,
            from: from_date.cloned(),
            to: to_date.cloned(),
            is_newly_overdue,
        });
    }
}

impl Plan<'_> {
    /// Writes it down, brought about by `by`.
    pub(crate) fn write(&self, db: &Connection, by: &str, now: DateTime<Utc>) -> Result<(), ServerError> {
        let now_ms = ms(now);
        let mut deadlines = Appending::prepare(db)?;
        for Recomputed { case, region, outcome } in &self.recomputed {
            let computation = Computation {
                case: case.id,
                outcome,
                policy: case.policy.id,
                policy_version: case.policy_version,
                region: region.as_deref(),
                pack_serial: self.pack.serial(),
                pack_sha256: self.pack.sha256(),
                reason: self.reason,
                old_due_date: case.outcome.due().map(|due| due.due_date.as_str()),
                by,
            };
            // Receivers take the later of two computations: a clock that was set back must not hide this one.
            deadlines.append(&computation, now_ms.max(case.computed_at_ms.saturating_add(1)))?;
            if *outcome == case.outcome && !tells_another_hash(case, self.pack) {
                continue;
            }
            let (from, to) = (case.outcome.due(), outcome.due());
            if from.map(|due| due.breach_ms) != to.map(|due| due.breach_ms) {
                open_case::set_breach(db, case.id, deadline::breach_ms(outcome))?;
            }
            feed::touch(db, case.id, case.office)?;
            if from.map(|due| &due.due_date) != to.map(|due| &due.due_date) {
                let detail = json!({
                    "from": from.map(|due| &due.due_date),
                    "to": to.map(|due| &due.due_date),
                    "pack": self.pack.serial(),
                    "reason": self.reason.word(),
                });
                audit::write(db, now_ms, None, "deadline_moved", Some(case.id), Some(&detail.to_string()))?;
            }
        }
        Ok(())
    }
}
