//! A new pack from the one before and what notice files add to it. The result keeps every rule that a pack keeps, and may follow its base;
//! signing it is another step.

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use thiserror::Error;
use working_days::{Arrangement, BeijingDate, CalendarPack, PackError, PackYear, Region};

use crate::calendar::NoticeFile;

/// What a new pack is made of.
#[derive(Debug)]
pub struct Building<'a> {
    /// The pack that it adds to.
    pub base: &'a CalendarPack,
    /// What is added, in this order.
    pub files: &'a [NoticeFile],
    /// Its serial; without one, the issue day's first (YYYYMMDD01) or the base's next, whichever is higher.
    pub serial: Option<u32>,
    /// When it is issued, UTC.
    pub issued_at: DateTime<Utc>,
    /// Whether it is meant to change days before its issue.
    pub is_retroactive: bool,
}

/// Why no pack came of it.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The pack would break a rule.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The files say nothing that the base does not say.
    #[error("the new pack would say the same as the one before")]
    NothingNew,
}

impl Building<'_> {
    /// Puts the pack together.
    ///
    /// # Errors
    /// It would break a rule, could not follow its base, or say nothing new.
    pub fn pack(&self) -> Result<CalendarPack, BuildError> {
        let mut pack = self.base.clone();
        for file in self.files {
            if let Some(arrangement) = &file.notice {
                add_notice(&mut pack.years, arrangement);
            }
            for region in &file.regions {
                add_region(&mut pack.regions, region);
            }
        }
        if (&pack.years, &pack.regions) == (&self.base.years, &self.base.regions) {
            return Err(BuildError::NothingNew);
        }
        pack.issued_at = self.issued_at.trunc_subsecs(0);
        pack.is_retroactive = self.is_retroactive;
        pack.serial = self.serial.unwrap_or_else(|| self.next_serial());
        pack.follows = Some(self.base.serial);
        pack.check()?;
        pack.may_follow(self.base)?;
        Ok(pack)
    }

    fn next_serial(&self) -> u32 {
        let day = BeijingDate::of(self.issued_at).naive();
        let of_the_day = u32::try_from(day.year()).ok().and_then(|year| {
            let date = year.checked_mul(10_000)?.checked_add(day.month() * 100 + day.day())?;
            date.checked_mul(100)?.checked_add(1)
        });
        of_the_day.unwrap_or(0).max(self.base.serial.saturating_add(1))
    }
}

/// Adds a notice to its year, in the order of issue. One of the same day and number takes the place of the one that is there: a typed
/// notice was corrected, or a missing number added.
fn add_notice(years: &mut Vec<PackYear>, arrangement: &Arrangement) {
    let year = arrangement.notice.year;
    // Years that come to lie between stay absent, which the pack's rules then refuse. A year far away is refused by them, too.
    if years.last().is_none_or(|last| last.year < year) {
        let next = years.last().map_or(year, |last| last.year + 1);
        let first_missing = if year - next < 100 { next } else { year };
        years.extend((first_missing..=year).map(|year| PackYear { year, notices: Vec::new() }));
    }
    if years.first().is_some_and(|first| year < first.year) {
        years.insert(0, PackYear { year, notices: Vec::new() });
    }
    if let Some(entry) = years.iter_mut().find(|entry| entry.year == year) {
        let is_same = |known: &Arrangement| {
            let (known, new) = (&known.notice, &arrangement.notice);
            known.issued == new.issued && (known.number == new.number || known.number.is_none() || new.number.is_none())
        };
        match entry.notices.iter_mut().find(|known| is_same(known)) {
            Some(known) => *known = arrangement.clone(),
            None => entry.notices.push(arrangement.clone()),
        }
        entry.notices.sort_by_key(|known| known.notice.issued);
    }
    // The year after the last official one stands there as absent: so a reader sees that it is missing, not forgotten.
    if let Some(last) = years.last().filter(|last| last.is_official()) {
        let year = last.year + 1;
        years.push(PackYear { year, notices: Vec::new() });
    }
}

fn add_region(regions: &mut Vec<Region>, region: &Region) {
    regions.retain(|known| known.code != region.code);
    regions.push(region.clone());
    regions.sort_by(|one, other| one.code.cmp(&other.code));
}
