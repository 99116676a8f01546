//! What an operator does with calendar packs at the server itself: trust keys, look at a pack's effect, put it in force, give an office a
//! region. Blocks; each call is one transaction, and a refusal leaves everything as it was. Works beside a running server.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Value, json};
use working_days::{CalendarKey, CalendarPack, PackError, SignedPack, TrustedKeys};

use crate::calendar::{CalendarError, Effect, PackInForce};
use crate::rules::recomputing::{self, Scope};
use crate::state::AppState;
use crate::store::calendar_key::{self, KeySlot};
use crate::store::calendar_pack::{self, NewCalendarPackRecord};
use crate::store::{audit, ms, office, open_case};

/// The pack in force.
///
/// # Errors
/// The database cannot be read.
pub fn in_force(state: &AppState) -> Result<Arc<PackInForce>, CalendarError> {
    state.store().read_blocking(|tx| Ok(state.calendar(tx)?))
}

/// Every office with the code of its region.
///
/// # Errors
/// The database cannot be read.
pub fn offices(state: &AppState) -> Result<Vec<(String, Option<String>)>, CalendarError> {
    state.store().read_blocking(|tx| Ok(office::all(tx)?.into_iter().map(|(_, name, region)| (name, region)).collect()))
}

/// The trusted keys.
///
/// # Errors
/// The database cannot be read.
pub fn keys(state: &AppState) -> Result<TrustedKeys, CalendarError> {
    state.store().read_blocking(|tx| Ok(calendar_key::load(tx)?))
}

/// Puts a key into a slot. A desktop accepts another set of keys only when it shares one with the set that it knows, so a change that
/// leaves nothing in common is refused unless `may_break_trust`.
///
/// # Errors
/// The key stands in the other slot, or [`CalendarError::TrustBroken`].
pub fn trust(state: &AppState, slot: KeySlot, key: &CalendarKey, may_break_trust: bool) -> Result<(), CalendarError> {
    change_keys(state, slot, Some(key), may_break_trust)
}

/// Empties a slot.
///
/// # Errors
/// [`CalendarError::TrustBroken`].
pub fn distrust(state: &AppState, slot: KeySlot, may_break_trust: bool) -> Result<(), CalendarError> {
    change_keys(state, slot, None, may_break_trust)
}

fn change_keys(
    state: &AppState,
    slot: KeySlot,
    key: Option<&CalendarKey>,
    may_break_trust: bool,
) -> Result<(), CalendarError> {
    let now_ms = ms(state.now());
    state.store().write_as(|tx| {
        let before = calendar_key::load(tx)?;
        let mut after = before.clone();
        after.slots[slot.index()] = key.cloned();
        if after == before {
            return Ok(());
        }
        if after.slots[0].is_some() && after.slots[0] == after.slots[1] {
            return Err(CalendarError::KeyTwice);
        }
        let known: Vec<_> = before.slots.iter().flatten().collect();
        let is_shared = after.slots.iter().flatten().any(|key| known.contains(&key));
        if !known.is_empty() && !is_shared && !may_break_trust {
            return Err(CalendarError::TrustBroken);
        }
        match key {
            Some(key) => calendar_key::set(tx, slot, key, now_ms)?,
            None => calendar_key::clear(tx, slot)?,
        }
        let text = |keys: &TrustedKeys| keys.slots[slot.index()].as_ref().map(|key| key.text().to_owned());
        let detail = json!({ "slot": slot.number(), "key": text(&after), "before": text(&before) });
        Ok(audit::write(tx, now_ms, None, "calendar_key_changed", None, Some(&detail.to_string()))?)
    })
}

/// Whether a pack could be put in force now: who signed it, and the rules between it and the pack in force.
///
/// # Errors
/// Why it could not.
pub fn check(state: &AppState, signed: &SignedPack) -> Result<CalendarPack, CalendarError> {
    state.store().read_blocking(|tx| {
        let pack = acceptable(tx, state, signed)?;
        must_be_ahead(pack.serial, open_case::newest_pack_serial(tx)?)?;
        Ok(pack)
    })
}

/// What putting a pack in force would do to the open cases at this moment. Changes nothing.
///
/// # Errors
/// As for [`activate`].
pub fn preview(state: &AppState, signed: &SignedPack) -> Result<Effect, CalendarError> {
    state.store().read_blocking(|tx| {
        let offered = PackInForce::offered(acceptable(tx, state, signed)?, signed.clone())?;
        let plan = recomputing::plan(tx, state, &offered, &Scope::All, state.now())?;
        must_be_ahead(offered.serial(), plan.counted_by)?;
        Ok(plan.effect)
    })
}

/// Puts a pack in force and computes every open case again, in one transaction. `by` is the operator's name, for the record; `shown` is the
/// serial of the pack in force against which the operator saw the effect, if it was shown.
///
/// # Errors
/// Another pack than `shown` is in force; or the pack breaks a rule, is not signed by a trusted key, may not follow the pack in force, was
/// issued in the future, is older than one by which an open case was counted, or lacks the region of an office. The pack in force stays.
pub fn activate(state: &AppState, signed: &SignedPack, by: &str, shown: Option<u32>) -> Result<Effect, CalendarError> {
    let now = state.now();
    state.store().write_as(|tx| {
        let before = state.calendar(tx)?.serial();
        must_be_as_shown(before, shown)?;
        let pack = acceptable(tx, state, signed)?;
        let signature = signed.signature.as_deref().ok_or(PackError::Unsigned)?;
        let offered = PackInForce::offered(pack, signed.clone())?;
        let plan = recomputing::plan(tx, state, &offered, &Scope::All, now)?;
        must_be_ahead(offered.serial(), plan.counted_by)?;
        let effect = &plan.effect;
        let record = NewCalendarPackRecord {
            serial: offered.serial(),
            sha256: offered.sha256(),
            pack: &signed.pack,
            signature,
            by,
            computed: effect.computed,
            moved: effect.moved,
            earlier: effect.earlier,
            later: effect.later,
            newly_overdue: effect.newly_overdue,
        };
        calendar_pack::insert(tx, &record, ms(now))?;
        plan.write(tx, by, now)?;
        let mut detail = counts(effect);
        detail["pack"] = json!(offered.serial());
        detail["sha256"] = json!(offered.sha256());
        detail["before"] = json!(before);
        detail["by"] = json!(by);
        audit::write(tx, ms(now), None, "calendar_activated", None, Some(&detail.to_string()))?;
        Ok(plan.effect)
    })
}

fn counts(effect: &Effect) -> Value {
    json!({
        "computed": effect.computed,
        "moved": effect.moved,
        "earlier": effect.earlier,
        "later": effect.later,
        "newly_overdue": effect.newly_overdue,
    })
}

fn must_be_as_shown(current: u32, shown: Option<u32>) -> Result<(), CalendarError> {
    match shown {
        Some(shown) if shown != current => Err(CalendarError::PackChanged { shown, current }),
        _ => Ok(()),
    }
}

/// Every case that is open has to get a row of a higher serial, or desktops would take the old one for the newer.
fn must_be_ahead(serial: u32, counted_by: Option<u32>) -> Result<(), CalendarError> {
    match counted_by {
        Some(counted) if serial <= counted => Err(CalendarError::CasesAhead { counted }),
        _ => Ok(()),
    }
}

fn acceptable(db: &Connection, state: &AppState, signed: &SignedPack) -> Result<CalendarPack, CalendarError> {
    let keys = calendar_key::load(db)?;
    let pack = match signed.verify(&keys) {
        // Said more helpfully than "unknown key".
        Err(PackError::UnknownKey) if keys.slots == [None, None] => return Err(CalendarError::NoKey),
        verified => verified?,
    };
    let current = state.calendar(db)?;
    pack.may_follow(current.pack())?;
    pack.must_be_issued_by(state.now())?;
    // A newer pack of the program that did not take over still must not be fallen behind.
    let embedded = state.embedded_pack().pack();
    if pack.serial <= embedded.serial {
        return Err(PackError::SerialNotHigher { offered: pack.serial, current: embedded.serial }.into());
    }
    let left_out = office::all(db)?
        .into_iter()
        .find_map(|(_, name, region)| region.filter(|code| pack.region(code).is_none()).map(|code| (name, code)));
    match left_out {
        Some((office, code)) => Err(CalendarError::RegionLost { office, code }),
        None => Ok(pack),
    }
}

/// What giving an office a region (or none) would do to its open cases. Changes nothing.
///
/// # Errors
/// There is no such office, or the pack in force has no such region.
pub fn preview_region(state: &AppState, office: &str, region: Option<&str>) -> Result<Effect, CalendarError> {
    state.store().read_blocking(|tx| {
        let (id, pack) = office_and_pack(tx, state, office, region)?;
        Ok(recomputing::plan(tx, state, &pack, &Scope::Office(id, region), state.now())?.effect)
    })
}

/// What an operator saw the effect of a region against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRegion {
    /// Serial of the pack in force.
    pub pack_serial: u32,
    /// The office's region then.
    pub region: Option<String>,
}

/// What the effect of giving an office another region is to be shown against.
///
/// # Errors
/// There is no such office.
pub fn region_shown(state: &AppState, office: &str) -> Result<ShownRegion, CalendarError> {
    state.store().read_blocking(|tx| {
        let id = office::find(tx, office)?.ok_or(CalendarError::UnknownOffice)?;
        let region = office::load(tx, id)?.and_then(|record| record.region);
        Ok(ShownRegion { pack_serial: state.calendar(tx)?.serial(), region })
    })
}

/// Gives an office a region, or none, and computes its open cases again. `shown` is what the operator saw the effect against, if it was
/// shown.
///
/// # Errors
/// As for [`preview_region`]; or another pack is in force, or the office is in another region, than `shown`.
pub fn set_region(
    state: &AppState,
    office: &str,
    region: Option<&str>,
    by: &str,
    shown: Option<&ShownRegion>,
) -> Result<Effect, CalendarError> {
    let now = state.now();
    state.store().write_as(|tx| {
        let (id, pack) = office_and_pack(tx, state, office, region)?;
        let before = office::load(tx, id)?.and_then(|record| record.region);
        must_be_as_shown(pack.serial(), shown.map(|shown| shown.pack_serial))?;
        if shown.is_some_and(|shown| shown.region != before) {
            return Err(CalendarError::RegionChanged);
        }
        let plan = recomputing::plan(tx, state, &pack, &Scope::Office(id, region), now)?;
        office::set_region(tx, id, region)?;
        plan.write(tx, by, now)?;
        let mut detail = counts(&plan.effect);
        detail["office"] = json!(id.to_string());
        detail["region"] = json!(region);
        detail["before"] = json!(before);
        detail["by"] = json!(by);
        audit::write(tx, ms(now), None, "office_region_set", None, Some(&detail.to_string()))?;
        Ok(plan.effect)
    })
}

fn office_and_pack(
    db: &Connection,
    state: &AppState,
    name: &str,
    region: Option<&str>,
) -> Result<(casework::OfficeId, Arc<PackInForce>), CalendarError> {
    let id = office::find(db, name)?.ok_or(CalendarError::UnknownOffice)?;
    let pack = state.calendar(db)?;
    if let Some(code) = region
        && pack.pack().region(code).is_none()
    {
        return Err(PackError::UnknownRegion { code: code.to_owned() }.into());
    }
    Ok((id, pack))
}

/// Computes those open cases again that were computed by an older pack than the one in force, since the program was built with it; and those
/// whose record names no hash, or another one than that of this serial. To be called when a server starts, before it serves; says in the log
/// what it found.
///
/// # Errors
/// The database cannot be read or written.
pub fn catch_up(state: &AppState) -> Result<Option<Effect>, CalendarError> {
    let now = state.now();
    state.store().write_as(|tx| {
        let pack = state.calendar(tx)?;
        let embedded = state.embedded_pack().serial();
        match calendar_pack::newest_serial(tx)? {
            Some(activated) if activated < embedded && pack.serial() == embedded => {
                tracing::warn!(activated, embedded, "the program's calendar pack is newer than the activated one and in force");
            }
            Some(activated) if activated < embedded => tracing::error!(
                activated,
                embedded,
                "the program's calendar pack is newer but would take days or a region away from the activated one, which stays in force: \
                 build and activate one that has both"
            ),
            _ => tracing::info!(serial = pack.serial(), embedded, "calendar pack in force"),
        }
        let plan = recomputing::plan(tx, state, &pack, &Scope::Behind, now)?;
        if plan.counted_by > Some(pack.serial()) {
            tracing::warn!(serial = pack.serial(), counted_by = plan.counted_by, "open cases were computed by a newer pack than this program has");
        }
        if plan.effect.computed == 0 {
            return Ok(None);
        }
        plan.write(tx, "program", now)?;
        let mut detail = counts(&plan.effect);
        detail["pack"] = json!(pack.serial());
        detail["sha256"] = json!(pack.sha256());
        detail["by"] = json!("program");
        audit::write(tx, ms(now), None, "calendar_caught_up", None, Some(&detail.to_string()))?;
        let Effect { computed, moved, earlier, later, newly_overdue, .. } = plan.effect;
        tracing::warn!(computed, moved, earlier, later, newly_overdue, "open cases were computed by the pack in force");
        Ok(Some(plan.effect))
    })
}
