//! Calendar packs (工作日历包): the notices of all known years as one versioned value with one canonical form. A pack that was read keeps
//! the rules that any pack keeps; whether it may replace another one is [`CalendarPack::may_follow`]'s to say, who signed it
//! [`crate::SignedPack`]'s. Bytes are taken as hostile: a bound on the size comes first, and every refusal is typed.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::beijing::BeijingDate;
use crate::notice::Arrangement;
use crate::pack_error::PackError;
use crate::{pack_file, pack_rules};

const EMBEDDED: &[u8] = include_bytes!("../data/calendar-pack.json");

/// A pack larger than this is refused before it is looked at: 1 MiB, a hundred times what eleven years need.
pub const MAX_PACK_BYTES: usize = 1024 * 1024;

/// Names one pack: two packs with the same id are the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PackId {
    /// Rises with every pack that is issued.
    pub serial: u32,
    /// SHA-256 of the canonical bytes.
    pub sha256: [u8; 32],
}

impl PackId {
    /// The hash in lower-case hex, as it stands in records.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// One year of a pack: official with its notices, or absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackYear {
    /// The civil year.
    pub year: i32,
    /// The notices that arrange it, in the order of issue; none where the State Council has not published one yet.
    pub notices: Vec<Arrangement>,
}

impl PackYear {
    /// Whether a notice settles the year.
    #[must_use]
    pub fn is_official(&self) -> bool {
        !self.notices.is_empty()
    }
}

/// A day off that holds in one region only (放假办法 art. 4; provincial extensions such as those of 2020).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionalDayOff {
    /// Beijing date.
    pub date: BeijingDate,
    /// The holiday's Chinese name, e.g. 古尔邦节.
    pub holiday: String,
    /// What ordered it: the document's number or title.
    pub source: String,
}

/// The days off that a region has besides the country's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Stable code: 1 to 16 of a–z, 0–9 and `-`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// In the order of their dates.
    pub off: Vec<RegionalDayOff>,
}

/// A calendar pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPack {
    /// Rises with every pack; never given twice. Read as YYYYMMDDnn its date is not after the day of issue.
    pub serial: u32,
    /// Serial of the pack that it was built on; `None` for the first of a line. It tells a receiver that it missed a pack.
    pub follows: Option<u32>,
    /// When it was made, UTC, in whole seconds. What lies before its Beijing date is past for [`CalendarPack::may_follow`].
    pub issued_at: DateTime<Utc>,
    /// Whether it is meant to correct what an earlier pack said: days before [`Self::issued_at`], or a day off too many.
    pub is_retroactive: bool,
    /// Consecutive years; the absent ones last.
    pub years: Vec<PackYear>,
    /// Regions with days off of their own, in the order of their codes.
    pub regions: Vec<Region>,
}

impl CalendarPack {
    /// The pack that the program was built with. Should it not load (a test proves that it does), it is empty and every deadline out of range.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static PACK: LazyLock<CalendarPack> =
            LazyLock::new(|| CalendarPack::parse(EMBEDDED).unwrap_or_else(|_| CalendarPack::empty()));
        &PACK
    }

    fn empty() -> Self {
        Self {
            serial: 0,
            follows: None,
            issued_at: DateTime::UNIX_EPOCH,
            is_retroactive: false,
            years: Vec::new(),
            regions: Vec::new(),
        }
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// Too large, not of the format, not in canonical form, or against a rule that every pack keeps.
    pub fn parse(bytes: &[u8]) -> Result<Self, PackError> {
        let pack = Self::read_form(bytes)?;
        if pack.canonical_bytes() != bytes {
            return Err(PackError::NotCanonical);
        }
        pack.check()?;
        Ok(pack)
    }

    /// Reads what has the shape of a pack, in whatever white space and order, and whatever it says. For packs that were judged when they
    /// were taken, which a newer program's rules must not judge again, and for the fuzz target; an offered pack is read by [`Self::parse`].
    ///
    /// # Errors
    /// Too large, or not of the format.
    #[doc(hidden)]
    pub fn read_form(bytes: &[u8]) -> Result<Self, PackError> {
        if bytes.len() > MAX_PACK_BYTES {
            return Err(PackError::TooLarge);
        }
        pack_file::read(bytes)
    }

    /// Whether the pack keeps the rules that any pack keeps; a read pack does.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), PackError> {
        pack_rules::check(self)
    }

    /// Whether this pack may be put in force after `current`, by whoever is to judge it: the operator and the server.
    ///
    /// # Errors
    /// The serial is not higher, an official year is lost or shorter, or the past changes without the flag.
    pub fn may_follow(&self, current: &Self) -> Result<(), PackError> {
        pack_rules::may_follow(self, current)
    }

    /// The same for a receiver, who may have missed packs between: then the past is not compared ([`Self::follows`] tells).
    ///
    /// # Errors
    /// As [`Self::may_follow`].
    pub fn may_be_taken_after(&self, current: &Self) -> Result<(), PackError> {
        pack_rules::may_be_taken_after(self, current)
    }

    /// Whether it was issued by `now`, with a day's grace for clocks.
    ///
    /// # Errors
    /// [`PackError::IssuedInFuture`].
    pub fn must_be_issued_by(&self, now: DateTime<Utc>) -> Result<(), PackError> {
        let latest = now.checked_add_signed(TimeDelta::days(1)).unwrap_or(now);
        if self.issued_at > latest { Err(PackError::IssuedInFuture) } else { Ok(()) }
    }

    /// The one form of this pack as bytes: JSON with fixed keys, order and white space. This is what is signed and hashed.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        pack_file::write(self)
    }

    /// Serial and hash.
    #[must_use]
    pub fn id(&self) -> PackId {
        PackId { serial: self.serial, sha256: Sha256::digest(self.canonical_bytes()).into() }
    }

    /// All notices, in the order of issue: a later one overrides an earlier one, day by day.
    #[must_use]
    pub fn notices(&self) -> Vec<&Arrangement> {
        let mut notices: Vec<_> = self.years.iter().flat_map(|year| &year.notices).collect();
        notices.sort_by_key(|arrangement| arrangement.notice.issued);
        notices
    }

    /// First and last year that a notice settles.
    #[must_use]
    pub fn official_years(&self) -> Option<(i32, i32)> {
        let mut official = self.years.iter().filter(|year| year.is_official()).map(|year| year.year);
        let first = official.next()?;
        Some((first, official.next_back().unwrap_or(first)))
    }

    /// The region of a code.
    #[must_use]
    pub fn region(&self, code: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.code == code)
    }
}
