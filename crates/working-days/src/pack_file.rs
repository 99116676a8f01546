//! The bytes of a calendar pack: JSON with fixed keys in a fixed order, two spaces of indent and a line feed at the end. Only the form is
//! read and written here; what a pack may say is `pack_rules`'.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::beijing::BeijingDate;
use crate::notice::{Arrangement, DaysOff, MakeUpDay, Notice};
use crate::pack::{CalendarPack, PackYear, Region, RegionalDayOff};
use crate::pack_error::PackError;

/// The only format so far.
const FORMAT: &str = "review-desk-calendar/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    format: String,
    serial: u32,
    follows: Option<u32>,
    issued_at: String,
    retroactive: bool,
    years: Vec<YearFile>,
    regions: Vec<RegionFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i32,
    status: StatusFile,
    notices: Vec<NoticeFile>,
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum StatusFile {
    Official,
    Absent,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeFile {
    number: Option<String>,
    issued: String,
    source: Option<String>,
    off: Vec<OffFile>,
    make_up: Vec<MakeUpFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OffFile {
    holiday: String,
    days: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MakeUpFile {
    date: String,
    holiday: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionFile {
    code: String,
    name: String,
    off: Vec<RegionalOffFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionalOffFile {
    date: String,
    holiday: String,
    source: String,
}

/// Enough of a pack to tell a newer format from a malformed file.
#[derive(Deserialize)]
struct AnyFormat {
    format: String,
}

pub(crate) fn read(bytes: &[u8]) -> Result<CalendarPack, PackError> {
    let file: PackFile =
        serde_json::from_slice(bytes).map_err(|error| match serde_json::from_slice::<AnyFormat>(bytes) {
            Ok(other) if other.format != FORMAT => PackError::UnknownFormat,
            _ => PackError::Malformed { line: error.line(), column: error.column() },
        })?;
    if file.format != FORMAT {
        return Err(PackError::UnknownFormat);
    }
    let issued_at = DateTime::parse_from_rfc3339(&file.issued_at).map_err(|_| not_a_date(&file.issued_at))?.to_utc();
    let years = file.years.into_iter().map(year).collect::<Result<_, _>>()?;
    let regions = file.regions.into_iter().map(region).collect::<Result<_, _>>()?;
    Ok(CalendarPack {
        serial: file.serial,
        follows: file.follows,
        issued_at,
        is_retroactive: file.retroactive,
        years,
        regions,
    })
}

fn not_a_date(text: &str) -> PackError {
    PackError::NotADate { text: text.chars().take(32).collect() }
}

fn date(text: &str) -> Result<BeijingDate, PackError> {
    BeijingDate::parse(text).ok_or_else(|| not_a_date(text))
}

fn year(file: YearFile) -> Result<PackYear, PackError> {
    let year = file.year;
    if (file.status == StatusFile::Absent) != file.notices.is_empty() {
        return Err(PackError::NoticeOutOfOrder { year });
    }
    let notices = file.notices.into_iter().map(|notice| arrangement(year, notice)).collect::<Result<_, _>>()?;
    Ok(PackYear { year, notices })
}

fn arrangement(year: i32, file: NoticeFile) -> Result<Arrangement, PackError> {
    let dates = |days: Vec<String>| days.iter().map(|day| date(day)).collect::<Result<Vec<_>, _>>();
    let days_off = |off: OffFile| Ok::<_, PackError>(DaysOff { holiday: off.holiday, days: dates(off.days)? });
    let make_up = |work: MakeUpFile| Ok::<_, PackError>(MakeUpDay { date: date(&work.date)?, holiday: work.holiday });
    Ok(Arrangement {
        notice: Notice { year, number: file.number, issued: date(&file.issued)?, source: file.source },
        off: file.off.into_iter().map(days_off).collect::<Result<_, _>>()?,
        make_up: file.make_up.into_iter().map(make_up).collect::<Result<_, _>>()?,
    })
}

fn region(file: RegionFile) -> Result<Region, PackError> {
    let day_off = |off: RegionalOffFile| {
        Ok::<_, PackError>(RegionalDayOff { date: date(&off.date)?, holiday: off.holiday, source: off.source })
    };
    let off = file.off.into_iter().map(day_off).collect::<Result<_, _>>()?;
    Ok(Region { code: file.code, name: file.name, off })
}

pub(crate) fn write(pack: &CalendarPack) -> Vec<u8> {
    let file = PackFile {
        format: FORMAT.to_owned(),
        serial: pack.serial,
        follows: pack.follows,
        issued_at: instant(pack.issued_at),
        retroactive: pack.is_retroactive,
        years: pack.years.iter().map(year_file).collect(),
        regions: pack.regions.iter().map(region_file).collect(),
    };
    // Strings, numbers and lists only: it always serialises, and an empty text would be no pack.
    let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn year_file(year: &PackYear) -> YearFile {
    let status = if year.is_official() { StatusFile::Official } else { StatusFile::Absent };
    YearFile { year: year.year, status, notices: year.notices.iter().map(notice_file).collect() }
}

fn notice_file(arrangement: &Arrangement) -> NoticeFile {
    let text = BeijingDate::to_string;
    let Arrangement { notice, off, make_up } = arrangement;
    NoticeFile {
        number: notice.number.clone(),
        issued: text(&notice.issued),
        source: notice.source.clone(),
        off: off
            .iter()
            .map(|off| OffFile { holiday: off.holiday.clone(), days: off.days.iter().map(text).collect() })
            .collect(),
        make_up: make_up
            .iter()
            .map(|work| MakeUpFile { date: text(&work.date), holiday: work.holiday.clone() })
            .collect(),
    }
}

fn region_file(region: &Region) -> RegionFile {
    let day_off = |off: &RegionalDayOff| RegionalOffFile {
        date: off.date.to_string(),
        holiday: off.holiday.clone(),
        source: off.source.clone(),
    };
    RegionFile { code: region.code.clone(), name: region.name.clone(), off: region.off.iter().map(day_off).collect() }
}
