//! Which calendar pack is in force, and the working days by it. The database says so in every transaction anew, since an operator activates
//! from another process; what was read is kept until that answer changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use working_days::{Calendar, CalendarPack, Region, SignedPack};

use crate::refusal::ServerError;
use crate::store::{calendar_pack, office};

/// A pack with its signature and its calendars, one per region.
#[derive(Debug)]
pub struct PackInForce {
    pack: Arc<CalendarPack>,
    sha256: String,
    signed: SignedPack,
    activation: Option<Activation>,
    country: Arc<Calendar>,
    regions: HashMap<String, Arc<Calendar>>,
}

/// When and by whom a pack was put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Milliseconds since the Unix epoch, UTC.
    pub at_ms: i64,
    /// The operator's name.
    pub by: String,
}

impl PackInForce {
    /// A pack that has no signature because it is part of the program.
    pub(crate) fn embedded(pack: Arc<CalendarPack>) -> Result<Self, ServerError> {
        let text = text_of(&pack)?;
        Self::new(pack, SignedPack { pack: text, signature: None }, None)
    }

    fn new(pack: Arc<CalendarPack>, signed: SignedPack, activation: Option<Activation>) -> Result<Self, ServerError> {
        let unusable = |_| ServerError::Fault("the calendar pack in force makes no calendar");
        let country = Arc::new(Calendar::of_pack(&pack, None).map_err(unusable)?);
        let mut regions = HashMap::new();
        for region in &pack.regions {
            let calendar = Calendar::of_pack(&pack, Some(&region.code)).map_err(unusable)?;
            regions.insert(region.code.clone(), Arc::new(calendar));
        }
        let sha256 = pack.id().sha256_hex();
        Ok(Self { pack, sha256, signed, activation, country, regions })
    }

    /// A pack that is not in force (yet), to compute by.
    pub(crate) fn offered(pack: CalendarPack, signed: SignedPack) -> Result<Self, ServerError> {
        Self::new(Arc::new(pack), signed, None)
    }

    /// The pack.
    #[must_use]
    pub fn pack(&self) -> &CalendarPack {
        &self.pack
    }

    /// Its serial.
    #[must_use]
    pub fn serial(&self) -> u32 {
        self.pack.serial
    }

    /// SHA-256 of its canonical bytes, hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// As it travels.
    #[must_use]
    pub fn signed(&self) -> &SignedPack {
        &self.signed
    }

    /// How it came into force; `None` for the pack that the program was built with.
    #[must_use]
    pub fn activation(&self) -> Option<&Activation> {
        self.activation.as_ref()
    }

    /// The calendar of an office in this region. A code that the pack does not know counts as none: see [`Calendar::region`].
    #[must_use]
    pub fn calendar(&self, region: Option<&str>) -> &Calendar {
        region.and_then(|code| self.regions.get(code)).unwrap_or(&self.country)
    }
}

fn text_of(pack: &CalendarPack) -> Result<String, ServerError> {
    String::from_utf8(pack.canonical_bytes()).map_err(|_| ServerError::Fault("a calendar pack is not text"))
}

/// Finds the pack in force and remembers it.
#[derive(Debug)]
pub(crate) struct InForce {
    embedded: Arc<PackInForce>,
    activated: Mutex<Option<Activated>>,
}

/// The newest activated pack.
#[derive(Debug, Clone)]
struct Activated {
    pack: Arc<PackInForce>,
    /// Whether the program's own pack may take its place by itself.
    is_succeeded: bool,
}

impl InForce {
    pub(crate) fn new(embedded: Arc<CalendarPack>) -> Result<Self, ServerError> {
        Ok(Self { embedded: Arc::new(PackInForce::embedded(embedded)?), activated: Mutex::new(None) })
    }

    /// The pack that the program was built with.
    pub(crate) fn embedded(&self) -> &PackInForce {
        &self.embedded
    }

    /// The pack in force as this transaction sees it: the newest activated one, or the program's own when that is newer and may take its
    /// place. It does not by itself when it would take something away that the operator put in force, or lacks the region of an office:
    /// days would be lost or won without anybody's decision.
    pub(crate) fn find(&self, db: &Connection) -> Result<Arc<PackInForce>, ServerError> {
        let Some(serial) = calendar_pack::newest_serial(db)? else {
            return Ok(Arc::clone(&self.embedded));
        };
        let activated = self.activated(db, serial)?;
        if activated.is_succeeded && self.embedded.knows_every_region(db)? {
            return Ok(Arc::clone(&self.embedded));
        }
        Ok(activated.pack)
    }

    fn activated(&self, db: &Connection, serial: u32) -> Result<Activated, ServerError> {
        let mut known = self.activated.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| known.pack.serial() == serial) {
            return Ok(known.clone());
        }
        let record =
            calendar_pack::load(db, serial)?.ok_or(ServerError::Fault("the calendar pack in force is gone"))?;
        // It was judged when it was activated: the key may be out of its slot by now, and a rule of this program may be stricter than the
        // one that held then. Neither stops the server.
        let pack = CalendarPack::read_form(record.pack.as_bytes())
            .map_err(|_| ServerError::Fault("the calendar pack in force cannot be read by this program"))?;
        let signed = SignedPack { pack: record.pack, signature: Some(record.signature) };
        let activation = Activation { at_ms: record.activated_at_ms, by: record.activated_by };
        let pack = Arc::new(PackInForce::new(Arc::new(pack), signed, Some(activation))?);
        let is_succeeded = self.embedded.may_succeed(&pack);
        let found = Activated { pack, is_succeeded };
        *known = Some(found.clone());
        Ok(found)
    }
}

impl PackInForce {
    /// Whether this pack of the program may take the place of one that the operator activated: newer, nothing lost, the past kept, and
    /// every region there with at least its days off.
    fn may_succeed(&self, activated: &Self) -> bool {
        let keeps = |region: &Region| {
            self.pack.region(&region.code).is_some_and(|own| {
                region.off.iter().all(|day_off| own.off.iter().any(|known| known.date == day_off.date))
            })
        };
        self.pack.may_follow(&activated.pack).is_ok() && activated.pack.regions.iter().all(keeps)
    }

    fn knows_every_region(&self, db: &Connection) -> Result<bool, ServerError> {
        let mut regions = office::all(db)?.into_iter().filter_map(|(_, _, region)| region);
        Ok(regions.all(|code| self.pack.region(&code).is_some()))
    }
}
