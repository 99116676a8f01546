//! The pack in force: the newest one that was accepted here, or the program's own where it may follow that one; signatures are verified
//! again when a pack is loaded, rules are not. Hands out its calendars, for the whole country or for a region; a region that the pack does not
//! know is counted as the whole country.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use sync::SharedClock;
use vault::{CalendarPackRow, DeadlineRow, PackSource};
use working_days::{Calendar, CalendarKey, CalendarPack, PackError, PackId, SignedPack, TrustedKeys};

use crate::announce::Announcer;
use crate::desk::SharedVault;
use crate::error::DeskError;
use crate::seat::held;
use crate::view::{PackSourceView, TopicView};

/// One pack with its calendars.
pub(crate) struct PackInForce {
    pub(crate) pack: CalendarPack,
    pub(crate) id: PackId,
    pub(crate) source: PackSourceView,
    country: Arc<Calendar>,
    /// By code; `None` for one that the pack does not know.
    regions: Mutex<HashMap<String, Option<Arc<Calendar>>>>,
}

impl PackInForce {
    /// The program's own pack.
    pub(crate) fn embedded() -> Self {
        let pack = CalendarPack::embedded().clone();
        Self {
            id: pack.id(),
            pack,
            source: PackSourceView::Embedded,
            country: Arc::new(Calendar::embedded().clone()),
            regions: Mutex::default(),
        }
    }

    pub(crate) fn of(pack: CalendarPack, source: PackSourceView) -> Result<Self, PackError> {
        Ok(Self {
            country: Arc::new(Calendar::of_pack(&pack, None)?),
            id: pack.id(),
            pack,
            source,
            regions: Mutex::default(),
        })
    }

    /// The calendar of a region, or of the whole country where none is named or the pack does not know it.
    pub(crate) fn calendar(&self, region: Option<&str>) -> Arc<Calendar> {
        let Some(code) = region else { return self.country.clone() };
        let mut regions = held(&self.regions);
        let known = match regions.get(code) {
            Some(known) => known.clone(),
            None => {
                let built = Calendar::of_pack(&self.pack, Some(code)).map(Arc::new);
                if let Err(error) = &built {
                    tracing::warn!(%error, serial = self.id.serial, "counted as the whole country");
                }
                regions.entry(code.to_owned()).or_insert(built.ok()).clone()
            }
        };
        known.unwrap_or_else(|| self.country.clone())
    }

    pub(crate) fn region_name(&self, region: Option<&str>) -> Option<String> {
        self.pack.region(region?).map(|region| region.name.clone())
    }
}

/// The pack in force and the region of whoever sits here, as of one moment: every row of an answer is counted by the same.
pub(crate) struct Counting {
    pub(crate) in_force: Arc<PackInForce>,
    pub(crate) region: Option<String>,
    /// Serial of the pack that the server has in force, as last heard.
    pub(crate) server_serial: Option<u32>,
}

impl Counting {
    /// The calendar for today's working days here.
    pub(crate) fn own(&self) -> Arc<Calendar> {
        self.in_force.calendar(self.region.as_deref())
    }

    /// The calendar of a row: the region that the server counted by, as far as that is known.
    pub(crate) fn of_row(&self, row: &DeadlineRow) -> Arc<Calendar> {
        match &row.facts {
            Some(facts) => self.in_force.calendar(facts.region.as_deref()),
            None => self.own(),
        }
    }
}

/// The calendar of one seat.
pub(crate) struct Calendars {
    pub(crate) vault: SharedVault,
    pub(crate) clock: SharedClock,
    announcer: Arc<Announcer>,
    in_force: RwLock<Arc<PackInForce>>,
    region: Mutex<Option<String>>,
    /// One pack at a time is judged.
    pub(crate) accepting: Mutex<()>,
    /// What the server has in force, as last heard.
    pub(super) server_serial: Mutex<Option<u32>>,
    /// The pack before the one in force, while its recount waits for the first full sweep after an upgrade.
    pub(super) uncounted: Mutex<Option<Arc<PackInForce>>>,
}

impl Calendars {
    /// Loads the pack in force; what its arrival moved is recounted if a crash came between.
    ///
    /// # Errors
    /// The vault cannot be read.
    pub(crate) fn open(
        vault: SharedVault,
        clock: SharedClock,
        announcer: Arc<Announcer>,
        region: Option<String>,
    ) -> Result<Self, DeskError> {
        let (in_force, before) = load(&vault.calendar_packs()?, region.as_deref());
        let kept = vault.program_pack()?;
        let before = before.or_else(|| kept.as_deref().and_then(own_before));
        let server_serial = vault.server_pack_serial()?;
        let calendars = Self {
            vault,
            clock,
            announcer,
            in_force: RwLock::new(Arc::new(in_force)),
            region: Mutex::new(region),
            accepting: Mutex::new(()),
            server_serial: Mutex::new(server_serial),
            uncounted: Mutex::new(None),
        };
        if let Some(before) = before {
            calendars.recount(Arc::new(before), &calendars.in_force());
        }
        // Not before its recount, which the next start makes up for otherwise.
        let own = CalendarPack::embedded().canonical_bytes();
        if kept.as_deref().map(str::as_bytes) != Some(&own) && held(&calendars.uncounted).is_none() {
            calendars.vault.put_program_pack(&String::from_utf8_lossy(&own))?;
        }
        Ok(calendars)
    }

    pub(crate) fn in_force(&self) -> Arc<PackInForce> {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn counting(&self) -> Counting {
        Counting {
            in_force: self.in_force(),
            region: held(&self.region).clone(),
            server_serial: *held(&self.server_serial),
        }
    }

    /// The office got another region.
    pub(crate) fn set_region(&self, region: Option<String>) {
        let before = std::mem::replace(&mut *held(&self.region), region.clone());
        if before != region {
            self.changed();
        }
    }

    pub(crate) fn put_in_force(&self, pack: PackInForce) -> Arc<PackInForce> {
        let pack = Arc::new(pack);
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = pack.clone();
        pack
    }

    /// Every deadline and lamp may be another one now.
    pub(crate) fn changed(&self) {
        for topic in [TopicView::Calendar, TopicView::Queue, TopicView::Case, TopicView::Status] {
            self.announcer.changed(topic);
        }
    }

    pub(crate) fn refusal_changed(&self) {
        self.announcer.changed(TopicView::Calendar);
    }
}

/// The pack in force, and the one that was before it, if one was ever accepted here. A kept pack whose signature does not verify any more
/// is passed over; it stays where it is.
fn load(accepted: &[CalendarPackRow], region: Option<&str>) -> (PackInForce, Option<PackInForce>) {
    let mut accepted = accepted.iter().filter_map(|row| {
        verified_again(row)
            .inspect_err(
                |error| tracing::error!(%error, serial = row.serial, "an accepted calendar pack is passed over"),
            )
            .ok()
    });
    let Some(newest) = accepted.next() else {
        return (PackInForce::embedded(), None);
    };
    let own = CalendarPack::embedded();
    match own.may_be_taken_after(&newest.pack) {
        Ok(()) if loses_region(own, &newest.pack, region) => {
            tracing::warn!(serial = newest.id.serial, "the program's newer pack does not know the office's region");
        }
        Ok(()) => return (PackInForce::embedded(), Some(newest)),
        Err(error) if own.serial > newest.id.serial => {
            tracing::warn!(%error, serial = newest.id.serial, "the program's newer pack may not follow the accepted one");
        }
        Err(_) => {}
    }
    let before = accepted.next().unwrap_or_else(PackInForce::embedded);
    (newest, Some(before))
}

/// The own pack of the program that ran here before, where this one's is newer.
fn own_before(kept: &str) -> Option<PackInForce> {
    let pack = CalendarPack::read_form(kept.as_bytes()).ok()?;
    let is_older = pack.serial < CalendarPack::embedded().serial;
    is_older.then(|| PackInForce::of(pack, PackSourceView::Embedded).ok()).flatten()
}

/// Whether the office would lose its regional days off with this pack.
fn loses_region(next: &CalendarPack, current: &CalendarPack, region: Option<&str>) -> bool {
    region.is_some_and(|code| current.region(code).is_some() && next.region(code).is_none())
}

/// By the key of its acceptance: it stays good when the keys are replaced one after the other.
fn verified_again(row: &CalendarPackRow) -> Result<PackInForce, PackError> {
    let signed = SignedPack { pack: row.pack.clone(), signature: Some(row.signature.clone()) };
    let keys = TrustedKeys { slots: [Some(CalendarKey::parse(&row.key)?), None] };
    let pack = signed.verify_accepted(&keys)?;
    // As it was accepted, whatever this program would write.
    let id = PackId { serial: row.serial, sha256: row.sha256.0 };
    Ok(PackInForce { id, ..PackInForce::of(pack, source_view(row.source))? })
}

/// Where an accepted pack came from, for the window.
pub(super) fn source_view(source: PackSource) -> PackSourceView {
    match source {
        PackSource::Server => PackSourceView::Server,
        PackSource::Imported => PackSourceView::Imported,
    }
}
